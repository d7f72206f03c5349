"""A reason card in sentences, for every shell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from tansaku.campaign.reason_card import (
    Alternative,
    GainSplit,
    NextIf,
    Pull,
    ReasonCard,
    TargetCard,
)
from tansaku.insight.reasons import percent
from tansaku.language import _
from tansaku.space.values import settings

SMALL = 0.02
"""Share of the largest part below which an input makes no difference worth a word."""


def card_lines(card: ReasonCard) -> Iterator[str]:
    """What the card says, one sentence a line."""
    for name, each in card.targets.items():
        if each.pulls:
            yield _("{target} rests most on {samples}.").format(
                target=name, samples=", ".join(_pull(pull, each.unit) for pull in each.pulls)
            )
        else:
            yield _("{target}: no measured sample is near enough to say much of it.").format(
                target=name
            )
        if each.differs and each.best_mean is not None:
            yield _against_best(name, each)
    if card.gain is not None:
        yield _split(card.gain)
    if card.tightest is not None:
        yield _("The tightest limit is {limit}: kept with {chance}.").format(
            limit=card.tightest, chance=percent(card.limits[card.tightest])
        )
    if card.safe is not None:
        yield _("Safer, with a better chance to beat the best: {candidate}.").format(
            candidate=_candidate(card.safe)
        )
    if card.bold is not None:
        yield _("Bolder, where more can be hoped for: {candidate}.").format(
            candidate=_candidate(card.bold)
        )
    if card.next_if:
        yield _next(card.next_if, {name: each.unit for name, each in card.targets.items()})


def _pull(pull: Pull, unit: str) -> str:
    """``LLZ-01 (x=0.1; 3e-5 S/cm, weight 0.37)``."""
    value = f"{pull.value:.3g} {unit}".strip()
    said = _("{value}, weight {weight}").format(value=value, weight=f"{pull.weight:.2g}")
    inputs = settings(pull.inputs)
    return f"{inputs} ({said})" if pull.sample is None else f"{pull.sample} ({inputs}; {said})"


def _against_best(name: str, each: TargetCard) -> str:
    """The difference to the best result, input by input, the largest first."""
    least = SMALL * max(map(abs, each.differs.values()))
    parts = sorted(each.differs.items(), key=lambda part: -abs(part[1]))
    named = [f"{input} ({_change(by, each)})" for input, by in parts if abs(by) > least]
    if not named:
        return _("{target}: expected as at the best so far ({inputs}).").format(
            target=name, inputs=settings(each.best)
        )
    whole = _change(sum(each.differs.values()), each)
    said = _("{target} against the best so far ({inputs}): {whole}, by {parts}.")
    return said.format(
        target=name,
        inputs=settings(each.best),
        whole=whole,
        parts=parts[0][0] if len(named) == 1 else ", ".join(named),
    )


def _change(by: float, target: TargetCard) -> str:
    """A difference on the model scale: a factor of what is modelled on log10."""
    if target.in_decades:
        return f"× {10**by:.3g}"
    return f"{by:+.2g} {target.unit}".strip()


def _split(gain: GainSplit) -> str:
    return _(
        "Of the expected improvement {exploiting} is exploiting (it looks good) and {exploring}"
        " exploring (it is unclear)."
    ).format(exploiting=f"{100 * gain.share:.0f} %", exploring=f"{100 * (1 - gain.share):.0f} %")


def _candidate(other: Alternative) -> str:
    """``x=0.1 (y = 2e-5 S/cm, 12 %)``."""
    said = [
        f"{name} = {f'{each.mean:.3g} {each.unit}'.strip()}"
        for name, each in other.predicted.items()
    ]
    if other.chance_to_beat_best is not None:
        said.append(percent(other.chance_to_beat_best))
    return f"{settings(other.inputs)} ({', '.join(said)})"


def _next(outcomes: tuple[NextIf, ...], units: Mapping[str, str]) -> str:
    """What would come next, by how this one comes out."""
    if all(each.next == outcomes[0].next for each in outcomes):
        return _("Whatever comes out, the next would be {inputs}.").format(
            inputs=settings(outcomes[0].next)
        )
    cases = []
    for settled, same in groupby(outcomes, lambda each: each.next):
        values = _(" or ").join(
            ", ".join(
                f"{name} = {f'{value:.3g} {units[name]}'.strip()}"
                for name, value in each.values.items()
            )
            for each in same
        )
        cases.append(_("{inputs} at {values}").format(inputs=settings(settled), values=values))
    return _("The next would be {cases}.").format(cases="; ".join(cases))
