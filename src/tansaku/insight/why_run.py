"""Why a furnace run is planned, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tansaku.language import _, joined

LITTLE = 0.05
"""Where another setting would gain less than this share less, the choice is told to be close."""

LARGE = 99.5
"""Per cent from which whole numbers are told: two digits of them would be 1e+02."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What runs are expected to gain.

    Attributes:
        of: What grows: ``best``, ``hypervolume``, ``compromise``, ``desirability`` or ``limits``.
        value: By how much.
        unit: Of the value; empty where it has none.
        volume: Hypervolume of the best compromises so far, where that is what grows.

    Example:
        >>> Gain("hypervolume", 0.5, "", 2.0).text
        '25 %'
    """

    of: str
    value: float
    unit: str = ""
    volume: float | None = None

    @property
    def text(self) -> str:
        """With its unit; of a hypervolume the share by which it grows, where there is one."""
        if self.volume:
            share = 100 * self.value / self.volume
            return f"{share:.2g} %" if share < LARGE else f"{share:.0f} %"
        return f"{self.value:.2g} {self.unit}".strip()

    @property
    def kind(self) -> str:
        """What is said of it."""
        return "first_volume" if self.of == "hypervolume" and not self.volume else self.of


_FIRST: dict[str, Callable[[], str]] = {
    "best": lambda: _(
        "Its {samples} samples are expected to raise the best by {gain}; the chance that one of"
        " them beats the best so far is {chance}."
    ),
    "hypervolume": lambda: _(
        "Its {samples} samples are expected to enlarge what the best compromises reach (their"
        " hypervolume) by {gain}; the chance that one of them is a new best compromise is {chance}."
    ),
    "first_volume": lambda: _(
        "No sample beats the reference point in every goal and keeps all limits yet; the chance"
        " that one of its {samples} samples does is {chance}."
    ),
    "compromise": lambda: _(
        "Its {samples} samples are expected to come nearer to the best of every goal by {gain} of"
        " the way from the reference; the chance that one of them is a new best compromise is"
        " {chance}."
    ),
    "desirability": lambda: _(
        "Its {samples} samples are expected to raise the desirability by {gain}; the chance that"
        " no sample so far is as good as one of them in everything is {chance}."
    ),
    "limits": lambda: _(
        "Of its {samples} samples {gain} are expected to keep all limits; the chance that at least"
        " one does is {chance}."
    ),
}
"""Of the first run of a plan."""

_LATER: dict[str, Callable[[], str]] = {
    "best": lambda: _(
        "Its {samples} samples are expected to raise the best by {gain} beyond the runs before it;"
        " with them the chance that one beats the best so far is {chance}."
    ),
    "hypervolume": lambda: _(
        "Its {samples} samples are expected to enlarge what the best compromises reach (their"
        " hypervolume) by {gain} beyond the runs before it; with them the chance of a new best"
        " compromise is {chance}."
    ),
    "first_volume": lambda: _(
        "With its {samples} samples the chance that one beats the reference point in every goal"
        " and keeps all limits is {chance}."
    ),
    "compromise": lambda: _(
        "Its {samples} samples are expected to come nearer to the best of every goal by {gain} of"
        " the way from the reference beyond the runs before it; with them the chance of a new best"
        " compromise is {chance}."
    ),
    "desirability": lambda: _(
        "Its {samples} samples are expected to raise the desirability by {gain} beyond the runs"
        " before it; with them the chance that no sample so far is as good as one of them in"
        " everything is {chance}."
    ),
    "limits": lambda: _(
        "Of its {samples} samples {gain} are expected to keep all limits; with the runs before it"
        " the chance that at least one does is {chance}."
    ),
}

_ALL: dict[str, Callable[[], str]] = {
    "best": lambda: _("All runs together: expected to raise the best by {gain}."),
    "hypervolume": lambda: _(
        "All runs together: expected to enlarge what the best compromises reach by {gain}."
    ),
    "first_volume": lambda: _(
        "All runs together: expected to reach a hypervolume of {gain} above the reference point."
    ),
    "compromise": lambda: _(
        "All runs together: expected to come nearer to the best of every goal by {gain} of the way"
        " from the reference."
    ),
    "desirability": lambda: _("All runs together: expected to raise the desirability by {gain}."),
    "limits": lambda: _("All runs together: {gain} samples are expected to keep all limits."),
}


def run_sentence(
    gain: Gain,
    *,
    first: bool,
    chance: str,
    samples: int,
    other: str | None,
    less: float | None,
    cost: float | None = None,
) -> str:
    """The reason of a planned run as one line.

    Args:
        gain: What it is expected to add to the runs before it.
        first: It is the first run of its plan.
        chance: That one of the samples so far planned is better than all so far, as text.
        samples: Crucibles that are filled.
        other: The best other setting as text; ``None`` where there is none.
        less: Share of the gain (per cost) that the other setting would lose.
        cost: What its samples cost together; ``None`` where nothing was said of costs.
    """
    template = (_FIRST if first else _LATER)[gain.kind]()
    text = template.format(samples=samples, gain=gain.text, chance=chance)
    if cost is not None:
        text = joined(
            text,
            _("Together they cost {cost}; improvement is counted per cost.").format(
                cost=f"{cost:.4g}"
            ),
        )
    if other is None or less is None:
        return text
    if less < LITTLE:
        return joined(text, _("About as good: {other}.").format(other=other))
    if cost is not None:
        return (
            text
            + " "
            + _("The next best setting, {other}, would gain {less:.0f} % less per cost.").format(
                other=other, less=100 * less
            )
        )
    return (
        text
        + " "
        + _("The next best setting, {other}, would gain {less:.0f} % less.").format(
            other=other, less=100 * less
        )
    )


def plan_sentence(gain: Gain) -> str:
    """What all runs of a plan are expected to gain together."""
    return _ALL[gain.kind]().format(gain=gain.text)


def drawn_sentence(start: str) -> str:
    """The reason of a run that no model chose, from the kind of reason of its samples."""
    if start == "start_central":
        return _(
            "Chosen where samples tell most of all others: so far no model can tell which settings"
            " are better."
        )
    if start == "start_space_filling":
        return _(
            "Chosen far from other samples: so far no model can tell which settings are better."
        )
    return _("Drawn at random: so far no model can tell which settings are better.")
