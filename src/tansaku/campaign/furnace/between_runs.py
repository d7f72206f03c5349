"""Between runs: what the furnace runs of a campaign do to its samples, and what to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tansaku.bo.furnace.effect import RunEffect, run_effect
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.state import State
from tansaku.encode import encoder_for
from tansaku.language import _
from tansaku.space import Scale, Target

SURE = 0.9
"""Probability from which one of the two is told to be the larger."""


@dataclass(frozen=True, slots=True)
class BetweenRuns:
    """What runs do.

    Attributes:
        effect: The two standard deviations, in the target's unit, or in decades of a log10 target.
        unit: That unit.
    """

    effect: RunEffect
    unit: str

    @property
    def repeat(self) -> str:
        """What tells more when it is repeated: ``run``, ``sample``, or ``either`` where that is
        not sure."""
        if self.effect.larger >= SURE:
            return "run"
        return "sample" if self.effect.larger <= 1 - SURE else "either"

    def sentence(self) -> str:
        """In one line."""
        text = {
            "run": _(
                "Runs differ by {between}, samples within a run by {within}: repeat a doubtful"
                " sample in another run, not in the same."
            ),
            "sample": _(
                "Runs differ by {between}, samples within a run by {within}: what is doubtful is"
                " the single sample, so repeat it in any run."
            ),
            "either": _(
                "Runs differ by {between}, samples within a run by {within}: which of the two is"
                " larger is not sure yet."
            ),
        }[self.repeat]
        return text.format(
            between=_range(self.effect.between, self.unit),
            within=_range(self.effect.within, self.unit),
        )

    def document(self) -> dict[str, Any]:
        """As ``plan --json`` has it: (low, median, high) of 90 % intervals."""
        return {
            "between_sd": list(self.effect.between),
            "within_sd": list(self.effect.within),
            "unit": self.unit,
            "chance_of_an_effect": self.effect.likely,
            "chance_runs_differ_more": self.effect.larger,
            "runs": self.effect.runs,
            "repeat": self.repeat,
        }


def between_runs(
    spec: CampaignSpec, state: State, rng: np.random.Generator
) -> dict[str, BetweenRuns]:
    """{target: what the labelled runs of a campaign tell of it}; those where they are enough.

    Results that are limits, failed or excluded play no part.
    """
    found = {}
    for target in spec.targets:
        effect = None if target.known else _of(spec, state, target, rng)
        if effect is not None:
            found[target.name] = effect
    return found


def _of(
    spec: CampaignSpec, state: State, target: Target, rng: np.random.Generator
) -> BetweenRuns | None:
    kept = [
        m
        for m in state.measurements
        if m.counts and target.name in m.values and target.name not in m.limits
    ]
    labels = sorted({m.run for m in kept if m.run is not None})
    if not labels:
        return None
    matrix = np.stack([spec.space.row(m.inputs | (m.achieved or {})) for m in kept])
    effect = run_effect(
        encoder_for(spec.space).encode(matrix).X,
        target.to_model(np.array([m.values[target.name] for m in kept])),
        np.array([-1 if m.run is None else labels.index(m.run) for m in kept], dtype=np.int64),
        rng,
    )
    if effect is None:
        return None
    return BetweenRuns(effect, _("decades") if target.scale is Scale.LOG10 else target.unit)


def _range(values: tuple[float, float, float], unit: str) -> str:
    low, middle, high = (f"{value:.2g}" for value in values)
    return _("{middle} ({low} to {high})").format(
        middle=f"{middle} {unit}".strip(), low=low, high=high
    )
