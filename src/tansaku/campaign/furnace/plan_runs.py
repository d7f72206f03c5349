"""Furnace runs: which settings the furnace gets next, and which samples go into each run.

space -> encoder -> history + pending -> candidates by shared setting -> Joint ->
bo.furnace.plan -> runs, each with its suggestions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.bo.furnace.plan_search import Furnace
from tansaku.campaign.furnace.between_runs import between_runs
from tansaku.campaign.furnace.crucibles import Arranged, arranged, shared_inputs
from tansaku.campaign.furnace.firing import check_candidates, check_numbers, hours_of, shared_of
from tansaku.campaign.furnace.furnace_plan import FurnacePlan, FurnaceRun
from tansaku.campaign.furnace.run_goals import PlannedSamples, RunGoals
from tansaku.campaign.history.by_run import unheeded_runs
from tansaku.campaign.history.objectives import costs
from tansaku.campaign.history.records import CampaignSpec, Firing
from tansaku.campaign.history.requester import NOBODY, Requester
from tansaku.campaign.history.state import State
from tansaku.campaign.sources.relevance import source_notices, verdicts
from tansaku.campaign.suggest.suggestion import replaced
from tansaku.design import Floats
from tansaku.insight.why_run import Gain, drawn_sentence, plan_sentence, run_sentence
from tansaku.language import _
from tansaku.space import Space
from tansaku.space.values import settings
from tansaku.stages import stage
from tansaku.strategy import Strategy, expecting

SMALL_CHANCE = 0.01
"""Chances below this are told as that: they are counted in imagined futures."""


def plan_runs(
    spec: CampaignSpec,
    state: State,
    firing: Firing,
    strategy: Strategy,
    seed: int,
    *,
    first_run: int = 1,
    asking: Requester = NOBODY,
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
    strategy = expecting(strategy, spec.expect)
    shared = shared_inputs(spec.space, firing.shared)
    pending = state.staying(asking)
    goals = RunGoals.of(spec, state, strategy, seed, len(pending))
    allowed = asking.allowed(spec.space, state.blocked)
    found = arranged(spec, state, goals, shared, allowed)
    taken = found.listing.mask({*pending, *state.measured}) | ~allowed.mask(found.listing.matrix)
    check_candidates(found, taken, firing, shared)
    hours = hours_of(spec.space, found.settings, firing, shared)
    furnace = Furnace(
        found.group,
        firing.runs,
        firing.crucibles,
        np.zeros(len(found.settings)) if hours is None else hours,
        math.inf if firing.available is None else float(firing.available),
    )
    under_way = np.array([found.listing.positions[c] for c in pending], dtype=np.int64)
    stage(_("filling the furnace"))
    made = goals.planned(found.listing, taken, under_way, furnace)
    planned = _PlannedRuns(
        spec.space,
        made,
        found,
        shared,
        hours,
        costs(spec, found.listing.matrix, found.listing.labels),
    )
    runs = planned.runs(first_run)
    total = [run.expected_gain for run in runs if run.expected_gain is not None]
    return FurnacePlan(
        campaign=spec.name,
        strategy=strategy.name,
        seed=seed,
        shared=shared,
        crucibles=firing.crucibles,
        runs=runs,
        settings=len(found.settings),
        every_setting=found.whole,
        gain_unit=made.unit,
        model=made.model,
        gain_of=made.gain_of,
        gain_sentence=plan_sentence(planned.gain(sum(total))) if len(total) == len(runs) else "",
        hypervolume=made.volume,
        notices=(
            *replaced(state, asking, [each for run in runs for each in run.suggestions]),
            *made.notices,
            *source_notices(state.sources, goals.histories, strategy, None),
            *_notices(goals, runs, firing, found, strategy),
        ),
        sources=verdicts(spec, state, strategy, seed),
        targets=spec.targets,
        between_runs_by_target=between_runs(spec, state, goals.streams.draw()),
    )


@dataclass(frozen=True, slots=True)
class _PlannedRuns:
    """What the runs of a plan are told from; hours are of settings, costs of candidates."""

    space: Space
    made: PlannedSamples
    found: Arranged
    shared: Sequence[str]
    hours: Floats | None
    costs: Floats | None

    def runs(self, first_run: int) -> tuple[FurnaceRun, ...]:
        """The runs in the scientist's words."""
        plan, found = self.made.plan, self.found
        runs, start = [], 0
        for i, planned in enumerate(plan.runs):
            label, size, setting = f"r{first_run + i}", len(planned.picks), planned.setting
            mine = self.made.suggestions[start : start + size]
            start += size
            known = np.isfinite(plan.gains[i])
            row = found.settings[setting]
            runs.append(
                FurnaceRun(
                    run=label,
                    setting=shared_of(self.space, row, self.shared),
                    hours=None if self.hours is None else float(self.hours[setting]),
                    expected_gain=float(plan.gains[i]) if known else None,
                    chance_to_beat_best=float(plan.chances[i]) if known else None,
                    features=self._features(row),
                    suggestions=tuple(s.model_copy(update={"run": label}) for s in mine),
                    reason=self._reason(i),
                    cost=self._cost(i),
                )
            )
        return tuple(runs)

    def gain(self, value: float) -> Gain:
        """A gain as sentences tell it."""
        made = self.made
        return Gain(made.gain_of, value, made.unit, made.volume)

    def _cost(self, i: int) -> float | None:
        return None if self.costs is None else float(self.costs[self.made.plan.runs[i].picks].sum())

    def _reason(self, i: int) -> str:
        """Why run ``i``."""
        plan = self.made.plan
        if plan.at_random[i] or not np.isfinite(plan.gains[i]):
            first = sum(len(run.picks) for run in plan.runs[:i])
            return drawn_sentence(self.made.suggestions[first].reason.kind)
        gains, own = plan.by_setting[i].copy(), plan.runs[i].setting
        top, gains[own] = float(gains[own]), -np.inf
        other, less = None, None
        if len(gains) > 1 and top > 0 and gains.max() > 0:
            best = int(np.argmax(gains))
            other = settings(shared_of(self.space, self.found.settings[best], self.shared))
            less = max(0.0, 1 - float(gains[best]) / top)
        chance = float(plan.chances[i])
        return run_sentence(
            self.gain(float(plan.gains[i])),
            first=i == 0,
            chance=f"{100 * chance:.0f} %" if chance >= SMALL_CHANCE else "< 1 %",
            samples=len(plan.runs[i].picks),
            other=other,
            less=less,
            cost=self._cost(i),
        )

    def _features(self, row: Floats) -> dict[str, float]:
        """What the firing profile says, where the shared inputs decide it."""
        profile = self.space.profile
        if profile is None or not set(profile.names) <= set(self.shared):
            return {}
        return {name: float(v[0]) for name, v in self.space.derived(row[None]).items()}


def _notices(
    goals: RunGoals, runs: Sequence[FurnaceRun], firing: Firing, found: Arranged, strategy: Strategy
) -> tuple[str, ...]:
    aside = [unheeded_runs(history, strategy) for history in goals.histories.values()]
    notices = list(next((each for each in aside if each), ()))
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
