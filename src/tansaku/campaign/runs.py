"""Furnace runs: which settings the furnace gets next, and which samples go into each run.

space -> encoder -> history + pending -> candidates by shared setting -> Problems ->
bo.furnace.plan.plan_runs -> runs, each with its suggestions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tansaku.bo.furnace.given import Furnace, Plan
from tansaku.bo.furnace.plan import plan_runs as plan
from tansaku.campaign.asking import NOBODY, Asking
from tansaku.campaign.between_runs import BetweenRuns, between_runs
from tansaku.campaign.crucibles import Arranged, arranged, shared_inputs
from tansaku.campaign.firing import (
    Firing,
    check_candidates,
    check_numbers,
    hours_of,
    shared_of,
)
from tansaku.campaign.listing import Streams
from tansaku.campaign.model import describe_model
from tansaku.campaign.picked import replaced
from tansaku.campaign.records import CampaignSpec, Suggestion
from tansaku.campaign.sight import sight_of
from tansaku.campaign.state import State, history_of
from tansaku.campaign.suggest import Why, problem_of
from tansaku.design import Floats
from tansaku.insight.reasons import sentence
from tansaku.insight.runs import drawn_sentence, run_sentence
from tansaku.language import _
from tansaku.space import Scale, Space, Value
from tansaku.space.values import settings
from tansaku.strategy import Strategy

if TYPE_CHECKING:
    import pandas as pd

SMALL_CHANCE = 0.01
"""Chances below this are told as that: they are counted in imagined futures."""


@dataclass(frozen=True, slots=True)
class FurnaceRun:
    """One run of the furnace.

    Attributes:
        run: ``r1``, ``r2``, .. in the order of planning.
        setting: {shared input: value}.
        hours: What it takes; ``None`` where that was not said.
        expected_gain: By how much it is expected to raise the best beyond the runs before it, in
            the target's unit, or in decades for a log10 target; ``None`` without a model.
        chance: Probability that one of its samples, or of the runs before it, beats the best.
        features: What the firing profile says of it: peak temperature and so on.
        suggestions: Its samples, the most useful first.
        reason: Why, in one sentence.
    """

    run: str
    setting: dict[str, Value]
    hours: float | None
    expected_gain: float | None
    chance: float | None
    features: dict[str, float]
    suggestions: tuple[Suggestion, ...]
    reason: str

    def document(self) -> dict[str, Any]:
        """As ``plan --json`` has it."""
        return {
            "run": self.run,
            "setting": self.setting,
            "hours": self.hours,
            "expected_gain": self.expected_gain,
            "chance_to_beat_best": self.chance,
            "features": self.features,
            "reason": self.reason,
            "suggestions": [
                s.model_dump(mode="json") | {"reason": sentence(s.reason)} for s in self.suggestions
            ],
        }


@dataclass(frozen=True, slots=True)
class FurnacePlan:
    """The next runs of the furnace.

    Attributes:
        campaign: Name of the campaign.
        strategy: Name of the strategy whose model was asked.
        seed: The same seed gives the same plan.
        shared: What the samples of a run share.
        crucibles: Samples that a run takes.
        runs: In the order of choosing.
        settings: Shared settings that were tried for every run.
        every_setting: Whether these are all that the space has.
        unit: Of the expected gains.
        model: As ``suggest`` tells it.
        notices: What a careful assistant would mention.
        between: What the runs so far did to their samples; ``None`` where too few are labelled.
    """

    campaign: str
    strategy: str
    seed: int
    shared: tuple[str, ...]
    crucibles: int
    runs: tuple[FurnaceRun, ...]
    settings: int
    every_setting: bool
    unit: str
    model: dict[str, Any]
    notices: tuple[str, ...] = ()
    between: BetweenRuns | None = None

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """The samples of all runs."""
        return tuple(s for run in self.runs for s in run.suggestions)

    @property
    def expected_gain(self) -> float | None:
        """Of all runs together; ``None`` without a model."""
        each = [run.expected_gain for run in self.runs]
        return None if None in each else sum(v for v in each if v is not None)

    @property
    def hours(self) -> float | None:
        """Of all runs together; ``None`` where that was not said."""
        each = [run.hours for run in self.runs]
        return None if None in each else sum(v for v in each if v is not None)

    def document(self) -> dict[str, Any]:
        """As ``plan --json`` prints it."""
        return {
            "campaign": self.campaign,
            "strategy": self.strategy,
            "seed": self.seed,
            "shared": list(self.shared),
            "crucibles": self.crucibles,
            "settings": self.settings,
            "every_setting": self.every_setting,
            "expected_gain": self.expected_gain,
            "gain_unit": self.unit,
            "hours": self.hours,
            "runs": [run.document() for run in self.runs],
            "between_runs": None if self.between is None else self.between.document(),
            "model": self.model,
            "notices": list(self.notices),
        }

    @property
    def frame(self) -> pd.DataFrame:
        """One row per crucible: run, id, pool_row, the formula where it is known, the inputs, mean,
        sd, chance_to_beat_best."""
        import pandas as pd  # on demand: the shell never needs it

        rows = []
        for run in self.runs:
            for s in run.suggestions:
                first = next(iter(s.predicted.values()), None)
                rows.append(
                    {"run": run.run, "id": s.id, "pool_row": s.pool_row}
                    | ({} if s.formula is None else {"formula": s.formula})
                    | s.inputs
                    | {k: getattr(first, k, None) for k in ("mean", "sd")}
                    | {"chance_to_beat_best": s.chance_to_beat_best}
                )
        return pd.DataFrame(rows)


def plan_runs(
    spec: CampaignSpec,
    state: State,
    firing: Firing,
    strategy: Strategy,
    seed: int,
    *,
    first_run: int = 1,
    asking: Asking = NOBODY,
) -> FurnacePlan:
    """Plan the next furnace runs of a campaign; see ``tansaku.bo.furnace.plan`` for how.

    Args:
        spec: The campaign's space and targets.
        state: What has happened.
        firing: What the furnace can do.
        strategy: Whose model is asked.
        seed: Together with the state it fixes the answer.
        first_run: Number of the first run.
        asking: Who asks: what others asked for is under way and taken into account.

    Raises:
        UsageError: the numbers or the shared inputs make no plan, or the hours are too few.
        PoolExhaustedError: more crucibles than open candidates.
    """
    check_numbers(firing)
    target, history = spec.targets[0], history_of(spec, state)
    shared = shared_inputs(spec.space, firing.shared)
    pending = state.staying(asking)
    streams = Streams.of(seed, history, len(pending))
    sight = sight_of(spec.space, target, state.sources, strategy)
    problem = problem_of(spec, history, sight)
    found = arranged(spec, state, problem, strategy, sight=sight, streams=streams, shared=shared)
    taken = found.listing.mask({*pending, *state.measured})
    check_candidates(found, taken, firing, shared)
    hours = hours_of(spec.space, found, firing, shared)
    problem = replace(
        problem,
        pool=sight.encoder.encode(found.listing.matrix),
        taken=taken[None],
        pending=np.array([[found.listing.positions[c] for c in pending]], dtype=np.int64),
    )
    available = math.inf if firing.available is None else float(firing.available)
    furnace = Furnace(
        found.group,
        firing.runs,
        firing.crucibles,
        np.zeros(len(found.settings)) if hours is None else hours,
        available,
    )
    made = plan(problem, strategy, furnace, streams.model())
    why = Why(target, history, strategy, len(pending), len(history.candidates))
    samples = why.suggestions(spec, state, found.listing, made.proposal)
    unit = _("decades") if target.scale is Scale.LOG10 else target.unit
    runs = _runs(
        spec.space, made, found, shared,
        hours=hours, samples=samples, unit=unit, first_run=first_run,
    )  # fmt: skip
    fitted = made.proposal.fitted
    return FurnacePlan(
        campaign=spec.name,
        strategy=strategy.name,
        seed=seed,
        shared=shared,
        crucibles=firing.crucibles,
        runs=runs,
        settings=len(found.settings),
        every_setting=found.whole,
        unit=unit,
        model={} if fitted is None else describe_model(fitted, spec, strategy, sight.encoder),
        notices=(*replaced(state, asking), *_notices(spec, runs, firing, found)),
        between=between_runs(spec, state, target, streams.draw()),
    )


def _runs(
    space: Space,
    made: Plan,
    found: Arranged,
    shared: Sequence[str],
    *,
    hours: Floats | None,
    samples: Sequence[Suggestion],
    unit: str,
    first_run: int,
) -> tuple[FurnaceRun, ...]:
    """The runs in the scientist's words."""
    runs, start = [], 0
    for i, setting in enumerate(made.settings.tolist()):
        label, size = f"r{first_run + i}", len(made.picks[i])
        mine = samples[start : start + size]
        start += size
        known = np.isfinite(made.gains[i])
        runs.append(
            FurnaceRun(
                run=label,
                setting=shared_of(space, found.settings[setting], shared),
                hours=None if hours is None else float(hours[setting]),
                expected_gain=float(made.gains[i]) if known else None,
                chance=float(made.chances[i]) if known else None,
                features=_features(space, found.settings[setting], shared),
                suggestions=tuple(s.model_copy(update={"run": label}) for s in mine),
                reason=_reason(space, made, found, shared, i, unit),
            )
        )
    return tuple(runs)


def _reason(
    space: Space, made: Plan, found: Arranged, shared: Sequence[str], i: int, unit: str
) -> str:
    """Why run ``i``."""
    if made.at_random[i] or not np.isfinite(made.gains[i]):
        return drawn_sentence()
    gains, own = made.by_setting[i].copy(), int(made.settings[i])
    top, gains[own] = float(gains[own]), -np.inf
    other, less = None, None
    if len(gains) > 1 and top > 0 and gains.max() > 0:
        best = int(np.argmax(gains))
        other = settings(shared_of(space, found.settings[best], shared))
        less = max(0.0, 1 - float(gains[best]) / top)
    chance = float(made.chances[i])
    return run_sentence(
        first=i == 0,
        gain=f"{made.gains[i]:.2g} {unit}".strip(),
        chance=f"{100 * chance:.0f} %" if chance >= SMALL_CHANCE else "< 1 %",
        samples=len(made.picks[i]),
        other=other,
        less=less,
    )


def _features(space: Space, row: Floats, shared: Sequence[str]) -> dict[str, float]:
    """What the firing profile says, where the shared inputs decide it."""
    if space.profile is None or not set(space.profile.names) <= set(shared):
        return {}
    return {name: float(v[0]) for name, v in space.derived(row[None]).items()}


def _notices(
    spec: CampaignSpec, runs: Sequence[FurnaceRun], firing: Firing, found: Arranged
) -> tuple[str, ...]:
    notices = []
    if len(spec.targets) > 1:
        notices.append(
            _("The plan looks at the first target, {name}, only.").format(name=spec.targets[0].name)
        )
    empty = _("Run {run} leaves {n} crucibles empty: its setting has no more candidates.")
    notices += [
        empty.format(run=run.run, n=firing.crucibles - len(run.suggestions))
        for run in runs
        if len(run.suggestions) < firing.crucibles
    ]
    if not found.whole:
        notices.append(
            _(
                "The space is too large to try every shared setting: {n} were tried, those of the"
                " best samples and others."
            ).format(n=len(found.settings))
        )
    return tuple(notices)
