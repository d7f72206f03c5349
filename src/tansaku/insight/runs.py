"""Why a furnace run is planned, in plain words."""

from __future__ import annotations

from tansaku.language import _

LITTLE = 0.05
"""Where another setting would gain less than this share less, the choice is told to be close."""


def run_sentence(
    *, first: bool, gain: str, chance: str, samples: int, other: str | None, less: float | None
) -> str:
    """The reason of a planned run as one line.

    Args:
        first: It is the first run of its plan.
        gain: By how much the best is expected to rise, as text with its unit.
        chance: That one of the samples so far planned beats the best, as text.
        samples: Crucibles that are filled.
        other: The best other setting as text; ``None`` where there is none.
        less: Share of the gain that the other setting would lose.
    """
    alone = _(
        "Its {samples} samples are expected to raise the best by {gain}; the chance that one of"
        " them beats the best so far is {chance}."
    )
    after = _(
        "Its {samples} samples are expected to raise the best by {gain} beyond the runs before it;"
        " with them the chance that one beats the best so far is {chance}."
    )
    text = (alone if first else after).format(samples=samples, gain=gain, chance=chance)
    if other is None or less is None:
        return text
    if less < LITTLE:
        return text + " " + _("About as good: {other}.").format(other=other)
    return (
        text
        + " "
        + _("The next best setting, {other}, would gain {less:.0f} % less.").format(
            other=other, less=100 * less
        )
    )


def drawn_sentence() -> str:
    """The reason of a run that was drawn at random."""
    return _("Drawn at random: so far no model can tell which settings are better.")
