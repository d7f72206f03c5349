"""Verdicts: whether older data help, as numbers when they are judged, in words when shown."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, computed_field

from tansaku.language import _, joined, percent
from tansaku.spec import Spec

FAR = 0.2
"""Share of the candidates within reach of the older data below which that is worth a word: they
say something of fewer than one in five."""


PLAIN_MOST = 1000.0
"""Times as probable from which the number itself says nothing more to a person."""


LEFT_OUT = 0.05
"""Weight below which older data move a suggestion no more than a rounding would."""


def _is_empty(value: object) -> bool:
    """What does not apply is not written."""
    return not value


def _is_none(value: object) -> bool:
    """What is not known is not written: older documents stay as they are."""
    return value is None


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
        target: The target that it is judged for; empty where there is one only.
        verdict: ``helps``, ``open`` (no evidence yet) or ``hurts``.
        measured: Distinct results of the target that this rests on.
        needed: Results from which there can be a verdict.
        weight: Share of the source in what ``standard`` believes; for one source the chance that it
            helps.
        chance: Probability that the source helps, held against the target by itself; ``None`` in
            verdicts of older versions, where it was the weight.
        factor: How many times as probable the results are together with the source as without it
            (Bayes factor); ``None`` in verdicts of older versions.
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
    target: str = Field(default="", exclude_if=_is_empty)
    verdict: Literal["helps", "open", "hurts"]
    measured: int
    needed: int
    weight: float
    chance: float | None = Field(default=None, exclude_if=_is_none)
    factor: float | None = Field(default=None, exclude_if=_is_none)
    gain: Range | None = Field(default=None)
    correlation: Range
    rank: Range | None = Field(default=None)
    reach: float
    co_located: int


def brief(found: SourceVerdict) -> str:
    """The verdict in a few words, for a line among others.

    Example:
        >>> found = SourceVerdict(source="old", verdict="hurts", measured=9, needed=3, weight=0.2,
        ...     correlation=Range(value=0.1, low=-0.2, high=0.4), reach=1.0, co_located=0)
        >>> brief(found)
        "older data 'old' hurt (weight 20 %)"
    """
    texts = {
        "helps": _("older data {source} run the other way, which helps (weight {weight})")
        if _opposed(found)
        else _("older data {source} help (weight {weight})"),
        "hurts": _("older data {source} hurt (weight {weight})"),
        "open": _("older data {source}: no evidence yet (weight {weight})"),
    }
    return texts[found.verdict].format(source=_name(found), weight=percent(found.weight))


def _opposed(found: SourceVerdict) -> bool:
    """Whether what is good there is bad here: the interval of the correlation lies below 0."""
    return found.correlation.high < 0


def _name(found: SourceVerdict) -> str:
    """What the source is called, and the target that it is judged for where there are several."""
    text = _("'{name}' ({target})") if found.target else _("'{name}'")
    return text.format(name=found.source, target=found.target)


def words(found: SourceVerdict) -> str:
    """The verdict in one or two plain sentences, in the language in use."""
    facts = {
        "source": _name(found),
        "n": found.measured,
        "needed": found.needed,
        "weight": percent(found.weight),
        "chance": percent(found.weight if found.chance is None else found.chance),
        "times": "" if found.factor is None else _times(found.factor),
        "correlation": f"{found.correlation.value:+.2f}",
        "low": f"{found.correlation.low:+.2f}",
        "high": f"{found.correlation.high:+.2f}",
        "reach": percent(found.reach),
    }
    text = _sentence(found).format(**facts)
    if found.reach < FAR:
        text = joined(
            text, _("Only {reach} of the candidates are within their reach.").format(**facts)
        )
    return text


class VerdictInWords(SourceVerdict):
    """A verdict as answers have it."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def words(self) -> str:
        """The verdict as a sentence, in the language in use."""
        return words(self)


AnsweredVerdict = Annotated[
    SourceVerdict,
    PlainSerializer(lambda found: VerdictInWords(**dict(found)), return_type=VerdictInWords),
]
"""A verdict that is answered together with its sentence."""


def _times(factor: float) -> str:
    """How many times as probable, to two digits; far away only how much at least."""
    if factor >= PLAIN_MOST:
        return _("more than {number} times").format(number=f"{PLAIN_MOST:.0f}")
    if factor <= 1 / PLAIN_MOST:
        return _("less than {number} times").format(number=f"{1 / PLAIN_MOST:g}")
    return _("{number} times").format(number=f"{factor:.2g}" if factor < 100 else f"{factor:.0f}")


def _sentence(found: SourceVerdict) -> str:
    if found.measured < found.needed:
        return _(
            "Older data {source}: no evidence yet; {n} of the {needed} results that a verdict"
            " needs are there."
        )
    if found.factor is None:  # of an older version
        return {
            "helps": _("Older data {source} help; the chance of it is {chance}."),
            "hurts": _("Older data {source} hurt; the chance that they help is {chance}."),
            "open": _(
                "Older data {source}: no evidence yet; the chance that they help is {chance}."
            ),
        }[found.verdict]
    if found.verdict == "helps" and _opposed(found):
        return _(
            "Older data {source} run the other way: what is high there is low here (correlation"
            " {correlation}, {low} to {high}). Known so, they help: with them the {n} results are"
            " {times} as probable as without; the chance that they help is {chance}."
        )
    if found.verdict == "helps":
        return _(
            "Older data {source} help: with them the {n} results are {times} as probable as"
            " without; the chance that they help is {chance}, the correlation of the two systems"
            " {correlation} ({low} to {high})."
        )
    if found.verdict == "hurts":
        return _(
            "Older data {source} hurt: with them the {n} results are only {times} as probable as"
            " without; the chance that they help is down to {chance}."
        )
    return _(
        "Older data {source}: no evidence yet: with them the {n} results are {times} as probable"
        " as without; the chance that they help is {chance}."
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
            text = joined(text, _("'standard' would use them less."))
        return text.format(**facts)
    if found.weight < LEFT_OUT:
        return _("They are all but left out: the suggestions rest on the new results.")
    if found.verdict == "hurts":
        return _("They are used less, with a weight of {weight}.").format(**facts)
    return _("They are used with a weight of {weight}.").format(**facts)
