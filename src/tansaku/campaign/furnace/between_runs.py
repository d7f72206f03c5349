"""Between runs: what the furnace runs of a campaign do to its samples, and what to repeat."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import computed_field

from tansaku.bo.furnace.effect import RunEffect, run_effect
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.state import State
from tansaku.encode import encoder_for
from tansaku.language import _
from tansaku.space import Scale, Target
from tansaku.spec import Answer

SURE = 0.9
"""Probability from which one of the two is told to be the larger."""


class BetweenRuns(Answer):
    """What runs do.

    Attributes:
        between_sd: Standard deviation between runs, (low, median, high) of its 90 % interval.
        within_sd: That of samples within a run, likewise.
        unit: Of both: the target's, or decades of a log10 target.
        chance_of_an_effect: Probability that runs differ at all.
        chance_runs_differ_more: Probability that they differ more than samples within a run.
        runs: Labelled runs that this rests on.
    """

    between_sd: tuple[float, float, float]
    within_sd: tuple[float, float, float]
    unit: str
    chance_of_an_effect: float
    chance_runs_differ_more: float
    runs: int

    @classmethod
    def of(cls, effect: RunEffect, unit: str) -> BetweenRuns:
        """What was computed, in a unit."""
        return cls(
            between_sd=effect.between,
            within_sd=effect.within,
            unit=unit,
            chance_of_an_effect=effect.likely,
            chance_runs_differ_more=effect.larger,
            runs=effect.runs,
        )

    @computed_field  # type: ignore[prop-decorator]
    @property
    def repeat(self) -> Literal["run", "sample", "either"]:
        """What tells more when it is repeated; ``either`` where that is not sure."""
        if self.chance_runs_differ_more >= SURE:
            return "run"
        return "sample" if self.chance_runs_differ_more <= 1 - SURE else "either"

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
            between=_range(self.between_sd, self.unit),
            within=_range(self.within_sd, self.unit),
        )


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
    return BetweenRuns.of(effect, _("decades") if target.scale is Scale.LOG10 else target.unit)


def _range(values: tuple[float, float, float], unit: str) -> str:
    low, middle, high = (f"{value:.2g}" for value in values)
    return _("{middle} ({low} to {high})").format(
        middle=f"{middle} {unit}".strip(), low=low, high=high
    )
