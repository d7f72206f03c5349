"""Verdicts: whether older data help, as numbers when they are judged, in words when shown."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from tansaku.language import _, percent
from tansaku.spec import Spec

FAR = 0.2
"""Share of the candidates within reach of the older data below which that is worth a word: they
say something of fewer than one in five."""


LEFT_OUT = 0.05
"""Weight below which older data move a suggestion no more than a rounding would."""


class Range(Spec):
    """A number with its 90 % interval.

    Attributes:
        value: The best guess.
        low: 5 % lie below.
        high: 5 % lie above.
    """

    value: float
    low: float
    high: float


class SourceVerdict(Spec):
    """What one source is worth to the target, as far as its own results tell.

    Attributes:
        source: The source's name.
        verdict: ``helps``, ``open`` (no evidence yet) or ``hurts``.
        measured: Distinct results of the target that this rests on.
        needed: Results from which there can be a verdict.
        weight: Probability that the source helps.
        gain: Mean gain of the leave-one-out log score with the source over that without it, for
            each result; ``None`` with too few.
        correlation: Between the two systems, as the model has it.
        rank: Rank correlation with the source's values at the same points; ``None`` with too few.
        reach: Share of the candidates within reach of the source.
        co_located: Results at settings of the source.

    Example:
        >>> found = SourceVerdict(source="old", verdict="open", measured=2, needed=3, weight=0.7,
        ...     correlation=Range(value=0.6, low=-0.2, high=0.9), reach=1.0, co_located=0)
        >>> words(found)
        "Older data 'old': no evidence yet; 2 of the 3 results that a verdict needs are there."
    """

    source: str
    verdict: Literal["helps", "open", "hurts"]
    measured: int
    needed: int
    weight: float
    gain: Range | None = Field(default=None)
    correlation: Range
    rank: Range | None = Field(default=None)
    reach: float
    co_located: int

    @property
    def times(self) -> float | None:
        """How many times as probable each result is with the source as without it."""
        return None if self.gain is None else math.exp(self.gain.value)


def words(found: SourceVerdict) -> str:
    """The verdict in one or two plain sentences, in the language in use."""
    facts = {
        "source": found.source,
        "n": found.measured,
        "needed": found.needed,
        "weight": percent(found.weight),
        "times": "-" if found.times is None else f"{found.times:.2g}",
        "correlation": f"{found.correlation.value:+.2f}",
        "low": f"{found.correlation.low:+.2f}",
        "high": f"{found.correlation.high:+.2f}",
        "reach": percent(found.reach),
    }
    text = _sentence(found).format(**facts)
    if found.reach < FAR:
        text += " " + _("Only {reach} of the candidates are within their reach.").format(**facts)
    return text


def _sentence(found: SourceVerdict) -> str:
    if found.verdict == "helps":
        return _(
            "Older data '{source}' help: with them each of the {n} results is {times} times as"
            " probable as without; the chance that they help is {weight}, the correlation of the"
            " two systems {correlation} ({low} to {high})."
        )
    if found.verdict == "hurts":
        return _(
            "Older data '{source}' hurt: with them each of the {n} results is only {times} times as"
            " probable as without; the chance that they help is down to {weight}."
        )
    if found.gain is None:
        return _(
            "Older data '{source}': no evidence yet; {n} of the {needed} results that a verdict"
            " needs are there."
        )
    return _(
        "Older data '{source}': no evidence yet: with them each of the {n} results is {times} times"
        " as probable as without; the chance that they help is {weight}."
    )


def use(found: SourceVerdict, sources: str, strategy: str) -> str:
    """What the strategy makes of it, in one sentence.

    Args:
        found: The verdict.
        sources: What the strategy does with sources: ``weighed``, ``trusted``, ..
        strategy: Its name.
    """
    facts = {"strategy": strategy, "weight": percent(found.weight)}
    if sources == "ignored":
        return _("The strategy {strategy} makes no use of them.").format(**facts)
    if sources == "ranked":
        text = _("The strategy {strategy} weighs them by how well they rank the results.")
        return text.format(**facts)
    if sources != "weighed":
        text = _("The strategy {strategy} uses them without asking whether they help.")
        if found.verdict == "hurts":
            text += " " + _("'standard' would use them less.")
        return text.format(**facts)
    if found.weight < LEFT_OUT:
        return _("They are all but left out: the suggestions rest on the new results.")
    if found.verdict == "hurts":
        return _("They are used less, with a weight of {weight}.").format(**facts)
    return _("They are used with a weight of {weight}.").format(**facts)
