"""Targets: what is wanted, and the way between the target's own unit and the model scale."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from pydantic import model_validator

from tansaku.design import Direction, Floats
from tansaku.errors import CellError, UsageError
from tansaku.language import _
from tansaku.spec import Spec

INTERVAL_Z = 1.959963984540054
"""Half-width of the reported interval in sd: the two-sided 95 % point of the normal law."""


class Goal(StrEnum):
    """What is wanted of a target."""

    MAX = "max"
    MIN = "min"
    MATCH = "match"


class Scale(StrEnum):
    """On which scale a target is modelled."""

    LINEAR = "linear"
    LOG10 = "log10"


class Predicted(Spec):
    """A prediction in the target's own unit.

    Attributes:
        mean: Posterior mean; for a log10 target the median, 10**log10_mean.
        sd: Standard deviation; for a log10 target half the width of the one-sd interval,
            (10**(m+s) - 10**(m-s)) / 2.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        unit: The target's unit, empty where none is known.
        log10_mean: Posterior mean of log10 of the target; log10 targets only.
        log10_sd: Posterior sd of log10 of the target, in decades; log10 targets only.
    """

    mean: float
    sd: float
    low: float
    high: float
    unit: str = ""
    log10_mean: float | None = None
    log10_sd: float | None = None


class Target(Spec):
    """A measured property and what is wanted of it.

    Attributes:
        name: The column's name.
        goal: max, min, or match ``value``.
        value: The value to match, in ``unit``; only with goal match.
        scale: ``linear`` or ``log10``: the scale on which it is modelled.
        unit: Unit as text, empty where none is known.

    Example:
        >>> target = Target.parse("sigma:max:log10")
        >>> target.to_model(np.array([1e-5])).tolist()
        [-5.0]
    """

    name: str
    goal: Goal = Goal.MAX
    value: float | None = None
    scale: Scale = Scale.LINEAR
    unit: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Target:
        if (self.goal is Goal.MATCH) != (self.value is not None):
            raise UsageError(
                _("Target '{name}': a value belongs to goal 'match', and only to it.").format(
                    name=self.name
                ),
                _("Write {name}:=25 to match 25.").format(name=self.name),
            )
        if self.scale is Scale.LOG10 and self.value is not None and self.value <= 0:
            raise UsageError(
                _("Target '{name}': log10 of the wanted value {value:g} does not exist.").format(
                    name=self.name, value=self.value
                ),
                _("Match a positive value, or use the linear scale."),
            )
        return self

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read ``name[:max|min|=value][:log10|linear]``.

        Raises:
            UsageError: an empty name or a word that is none of these.
        """
        name, *words = text.split(":")
        fields: dict[str, object] = {}
        for word in words:
            if word in ("max", "min"):
                fields["goal"] = Goal(word)
            elif word in ("log10", "linear"):
                fields["scale"] = Scale(word)
            elif word.startswith("=") and _is_number(word[1:]):
                fields |= {"goal": Goal.MATCH, "value": float(word[1:])}
            else:
                raise UsageError(
                    _("Target '{text}': the word '{word}' is not understood.").format(
                        text=text, word=word
                    ),
                    _("Write name[:max|min|=value][:log10], for example sigma:max:log10."),
                )
        if not name.strip():
            raise UsageError(
                _("Target '{text}' has no name.").format(text=text),
                _("Write name[:max|min|=value][:log10], for example sigma:max:log10."),
            )
        return cls(name=name.strip(), **fields)  # type: ignore[arg-type]

    @classmethod
    def of(
        cls,
        target: str | Target,
        *,
        goal: str = "max",
        scale: str = "linear",
        value: float | None = None,
        unit: str = "",
    ) -> Target:
        """A target from its parts; a whole Target stays as it is.

        Raises:
            UsageError: an unknown goal or scale.
        """
        if isinstance(target, Target):
            return target
        for given, known, noun in (
            (goal, [g.value for g in Goal], _("goal")),
            (scale, [s.value for s in Scale], _("scale")),
        ):
            if given not in known:
                raise UsageError(
                    _("Unknown {kind} '{name}'.").format(kind=noun, name=given),
                    _("Known: {names}.").format(names=", ".join(known)),
                )
        return cls(name=target, goal=Goal(goal), scale=Scale(scale), value=value, unit=unit)

    def __str__(self) -> str:
        """As written in the shell; :meth:`parse` reads it back (the unit apart)."""
        goal = f"={self.value!r}" if self.goal is Goal.MATCH else self.goal.value
        return f"{self.name}:{goal}" + (":log10" if self.scale is Scale.LOG10 else "")

    @property
    def direction(self) -> Direction:
        """What the engine is to do with model-scale values."""
        return Direction.MATCH if self.goal is Goal.MATCH else Direction.MAXIMISE

    @property
    def sign(self) -> float:
        """-1 where the target is minimised, else 1."""
        return -1.0 if self.goal is Goal.MIN else 1.0

    def to_model(self, values: Floats) -> Floats:
        """Values in the target's unit -> model scale, any shape.

        Raises:
            CellError: log10 of a value <= 0 (positions in the message count from 0).
        """
        if self.scale is Scale.LOG10:
            bad = np.flatnonzero(~(values > 0))
            if bad.size:
                raise CellError(
                    _(
                        "Target '{name}' is on a log10 scale but is not above 0 in rows {rows}."
                    ).format(name=self.name, rows=", ".join(str(i) for i in bad[:10])),
                    _("Correct or empty these cells, or use the linear scale."),
                )
            values = np.log10(values)
        return self.sign * values

    def match_on_model_scale(self) -> float:
        """The wanted value on the model scale; 0 where nothing is to be matched."""
        return 0.0 if self.value is None else float(self.to_model(np.array(self.value)))

    def score(self, values: Floats) -> Floats:
        """How good values in the target's unit are, on the model scale; larger is better."""
        model = self.to_model(values)
        if self.goal is not Goal.MATCH:
            return model
        return -np.abs(model - self.match_on_model_scale())

    def to_unit(self, mean: float, sd: float) -> Predicted:
        """Model-scale mean and sd -> a prediction in the target's unit."""
        m = self.sign * mean
        if self.scale is Scale.LINEAR:
            return Predicted(
                mean=m, sd=sd, low=m - INTERVAL_Z * sd, high=m + INTERVAL_Z * sd, unit=self.unit
            )
        return Predicted(
            mean=10.0**m,
            sd=(10.0 ** (m + sd) - 10.0 ** (m - sd)) / 2,
            low=10.0 ** (m - INTERVAL_Z * sd),
            high=10.0 ** (m + INTERVAL_Z * sd),
            unit=self.unit,
            log10_mean=m,
            log10_sd=sd,
        )


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False
