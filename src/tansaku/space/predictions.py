"""Predictions: how well a value is known, and what the next measurement may give."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, WrapSerializer

from tansaku.spec import Spec

INTERVAL_Z = 1.959963984540054
"""Half-width of the reported interval in sd: the two-sided 95 % point of the normal law."""


def _is_none(value: object) -> bool:
    """What was not said is not written: older documents stay as they are."""
    return value is None


def _is_empty(value: object) -> bool:
    """The same of a mapping."""
    return not value


class Interval(Spec):
    """How well something is known, in the target's own unit.

    Attributes:
        sd: Standard deviation; for a log10 target half the width of the one-sd interval,
            (10**(m+s) - 10**(m-s)) / 2.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        log10_sd: Standard deviation of log10, in decades; log10 targets only.
    """

    sd: float
    low: float
    high: float
    log10_sd: float | None = Field(default=None, exclude_if=_is_none)


class InPhase(Spec):
    """What the next measurement gives in the case that a phase forms, in the target's own unit.

    Attributes:
        chance: Probability that it forms.
        mean, sd: As in :class:`Predicted`.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        log10_sd: As in :class:`Predicted`.
    """

    chance: float
    mean: float
    sd: float
    low: float
    high: float
    log10_sd: float | None = Field(default=None, exclude_if=_is_none)


class Predicted(Spec):
    """What the next measurement is expected to give, in the target's own unit.

    Attributes:
        mean: Posterior mean; for a log10 target the median, 10**log10_mean.
        sd: Standard deviation of the next measurement, its noise included; for a log10 target half
            the width of the one-sd interval, (10**(m+s) - 10**(m-s)) / 2.
        low: Lower end of the 95 % interval of the next measurement.
        high: Upper end of the 95 % interval of the next measurement.
        unit: The target's unit, empty where none is known.
        log10_mean: Posterior mean of log10 of the target; log10 targets only.
        log10_sd: Standard deviation of log10 of the next measurement, in decades; log10 targets
            only.
        function: How well the value itself is known, without the noise of measuring it; ``None``
            in what 0.1.0 stored, whose intervals are the function's.
        phases: {phase: what is expected if it forms}, where samples differ in their phase.
    """

    mean: float
    sd: float
    low: float
    high: float
    unit: str = ""
    log10_mean: float | None = None
    log10_sd: float | None = None
    function: Interval | None = Field(default=None, exclude_if=_is_none)
    phases: dict[str, InPhase] = Field(default={}, exclude_if=_is_empty)


BriefPrediction = Annotated[
    Predicted,
    WrapSerializer(lambda found, dump: {k: v for k, v in dump(found).items() if v is not None}),
]
"""A prediction in an answer that leaves out what a target on a linear scale does not have."""
