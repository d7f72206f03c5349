"""Health in sentences and as a table, for every shell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tansaku.campaign.model_health import Health, TargetHealth
from tansaku.insight.figures import measured
from tansaku.language import _, joined


def verdict_names() -> dict[str, str]:
    """{verdict: its colour, in the language in use}."""
    return {"green": _("green"), "amber": _("amber"), "red": _("red")}


def health_lines(found: Health) -> Iterator[str]:
    """The verdict, what else was found, and what stands out."""
    text = _("{verdict}: {sentence}").format(
        verdict=verdict_names()[found.verdict], sentence=found.sentence
    )
    yield joined(text, found.advice)
    for each in found.every:
        if each not in found.gravest:
            yield joined(each.sentence, each.advice)
    for one in (one for target in found.targets for one in target.outliers):
        yield _("{samples}: {value} was measured, {low} to {high} is expected.").format(
            samples=", ".join(one.called),
            value=measured(one.value, one.limit),
            low=f"{one.low:.3g}",
            high=f"{one.high:.3g}",
        )


def health_table(found: Health) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """(Headings, of which the first two are of words; a row for each target with a verdict)."""
    header = [
        _("target"), _("verdict"), _("results"), _("Q2"), _("within 95 %"), _("sd of noise"),
        _("sd of signal"),
    ]  # fmt: skip
    return header, [_row(each) for each in found.targets if each.inside is not None]


def _row(each: TargetHealth) -> list[str]:
    q2 = "-" if each.q2 is None else f"{each.q2:.2f}"
    sds = ["-" if sd is None else f"{sd:.2g}" for sd in (each.noise_sd, each.signal_sd)]
    inside = _("{inside} of {n}").format(inside=each.inside, n=each.n)
    return [each.target, verdict_names()[each.verdict], str(each.n), q2, inside, *sds]
