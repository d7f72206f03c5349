"""Runs: which settings the furnace gets, and which samples go into it, decided together.

All samples of a run share some settings. The value of a plan is the expected gain of all its
samples together: how far they raise the best (``bo.furnace.one_goal``), or with several goals how
much the hypervolume of the best compromises grows (``bo.furnace.several_goals``). Every shared
setting is tried for every run:

1. greedily, run by run: at each setting a run is filled sample by sample, each taking the earlier
   ones of its run and of the earlier runs into account, and the setting whose run gains most is
   taken (the gain is submodular, so greedy choice within a run is within 1 - 1/e of its best:
   Nemhauser, Wolsey, Fisher, Math. Program. 14 (1978) 265);
2. by exchange: each run in turn is taken out and planned anew at every setting, with the others
   held, and each sample is exchanged for the best other one of its setting, while the plan gains.

Where the hours are short, step 1 is done by gain and by gain per hour, each with several first
runs, and the best of these plans goes on (Leskovec et al., KDD 2007, on budgets). Where samples
have costs, gain per cost takes the place of gain everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import torch

from tansaku.bo.device import to_device, to_host
from tansaku.bo.engine import Proposal, asks_model, proposal_of, without_model
from tansaku.bo.fantasy_posterior import FantasyPosterior, MultiOutputModel
from tansaku.bo.furnace.batch_objective import BatchObjective
from tansaku.bo.furnace.drawn import drawn_plan
from tansaku.bo.furnace.given import CLOSE, Furnace, Plan, Run, Tell
from tansaku.bo.furnace.joint_gain import Together
from tansaku.bo.furnace.one_goal import OneGoal
from tansaku.bo.furnace.run_candidates import Filled, Layout, fill
from tansaku.bo.furnace.several_goals import SeveralGoals
from tansaku.bo.posteriors import null_draws
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.bo.threads import threads_for
from tansaku.design import Bools, Floats, Ints, Joint, Problems
from tansaku.strategy import Strategy, in_brief

ROUNDS = 3
"""Rounds of exchange at the most; on the synthetic pools of bench/process the second changes
nothing as a rule."""
WORTHWHILE = 1e-3
"""Relative gain below which an exchange is not made: the noise of the comparison."""

FIRSTS = 6
"""First runs that are tried by gain, and as many by gain per hour, where the hours are short: one
run at a time, such a plan is easily stuck with one long run and no hours for a second."""


def plan_runs(
    problems: Problems, strategy: Strategy, furnace: Furnace, rng: np.random.Generator
) -> Plan:
    """Plan the runs of one search (b = 1).

    Args:
        problems: The search; its pool is a :class:`~tansaku.design.Design`.
        strategy: Whose model is asked. What ranks the plans is always the expected gain.
        furnace: What can be fired; each run has at least one setting that its hours allow.
        rng: For the model and the futures.
    """
    strategy, joint = in_brief(strategy), Joint.of(replace(problems, phases=None))
    taken, pending = problems.taken[0], problems.pending[0]
    if not asks_model(joint, strategy):
        return drawn_plan(taken, furnace, [], (True,) * furnace.runs, _untold(joint), rng)
    with threads_for(problems.measured), torch.no_grad():
        model = MultiOutputModel.of(joint, strategy, [rng])
        now, (fitted,) = model.over(to_device(problems.pool.X), whole=True), model.fitted
        if fitted is None:
            raise ValueError("a goal that is known needs no model")
        posterior = replace(Posterior.over(fitted.gp, now.measured.pool), works=now.measured.works)
        goal = OneGoal.of(problems, strategy, posterior, _slots(pending, furnace), rng)
        coins = tuple(bool(null_draws([fitted], [rng])[0]) for _run in range(furnace.runs))
        search = _Search(goal, furnace, Layout.of(furnace.group), taken, pending)
        return _planned(search, coins, _told_by(now, rng), rng)


def plan_joint_runs(
    joint: Joint, strategy: Strategy, furnace: Furnace, rng: np.random.Generator
) -> Plan:
    """Plan the runs of one search for several outcomes (b = 1), or for one with limits or costs.

    The arguments are those of :func:`plan_runs`. What ranks the plans is the expected growth of
    the hypervolume, or what else the strategy makes of several goals
    (``objectives.utility.way_of``).
    """
    outcomes = tuple(replace(each, phases=None) for each in joint.outcomes)
    strategy, first = in_brief(strategy), outcomes[0]
    joint = replace(joint, outcomes=outcomes)
    taken, pending = first.taken[0], first.pending[0]
    if not asks_model(joint, strategy):
        return drawn_plan(taken, furnace, [], (True,) * furnace.runs, _untold(joint), rng)
    with threads_for(joint.measured), torch.no_grad():
        model = MultiOutputModel.of(joint, strategy, [rng])
        now = model.over(to_device(first.pool.X), whole=True)
        goal = SeveralGoals.of(now, strategy, _slots(pending, furnace), rng)
        coins = tuple(bool(null_draws(model.fitted, [rng])[0]) for _run in range(furnace.runs))
        search = _Search(goal, furnace, Layout.of(furnace.group), taken, pending, joint.cost)
        return _planned(search, coins, _told_by(now, rng), rng)


def _untold(joint: Joint) -> Tell:
    return lambda runs, _coins: without_model(joint, _picks(runs))


def _told_by(now: FantasyPosterior, rng: np.random.Generator) -> Tell:
    def tell(runs: Sequence[Run], coins: tuple[bool, ...]) -> Proposal:
        drawn = np.repeat(np.array(coins), [len(run.picks) for run in runs])[None]
        return proposal_of(now, _picks(runs), drawn, [rng])

    return tell


def _slots(pending: Ints, furnace: Furnace) -> int:
    """Samples that may be imagined, q = p + m k."""
    return len(pending) + furnace.runs * furnace.crucibles


def _picks(runs: Sequence[Run]) -> Ints:
    """The samples of all runs, shape (1, n)."""
    return np.concatenate([run.picks for run in runs])[None]


def _planned(
    search: _Search, coins: tuple[bool, ...], tell: Tell, rng: np.random.Generator
) -> Plan:
    """The plan that a search finds, with random runs where a coin says so."""
    first = max(search.starts(), key=search.utility)
    found, by_setting = search.exchanged(first)
    promised = search.promised(found)
    if any(coins):
        return drawn_plan(search.taken, search.furnace, found, coins, tell, rng)
    ends = np.cumsum([len(run.picks) for run in found])
    return Plan(
        np.array([run.setting for run in found], dtype=np.int64),
        tuple(run.picks for run in found),
        search.gains(found),
        by_setting,
        search.utility(first),
        to_host(promised.chance)[len(search.pending) + ends - 1],
        coins,
        tell(found, coins),
    )


@dataclass(frozen=True)
class _Search:
    """One plan in the making.

    Attributes:
        batch_objective: What is believed, nothing imagined.
        furnace: What can be fired.
        layout: The candidates by setting.
        taken: Candidates that no run may hold, shape (N,).
        pending: Candidates under way, shape (p,).
        cost: Of each candidate, shape (N,); ``None`` where all cost the same.
    """

    batch_objective: BatchObjective
    furnace: Furnace
    layout: Layout
    taken: Bools
    pending: Ints
    cost: Floats | None = None
    _known: dict[tuple[int, ...], Together] = field(default_factory=dict)
    _filled: dict[tuple[int, ...], Filled] = field(default_factory=dict)

    @property
    def crucibles(self) -> range:
        """Slots of a run that is filled: the last ones."""
        end = _slots(self.pending, self.furnace)
        return range(end - self.furnace.crucibles, end)

    def starts(self) -> list[list[Run]]:
        """Plans made run by run, each run the best with the earlier ones held. Where the hours are
        short, by gain and by gain per hour, and with other first runs, too."""
        if not np.isfinite(self.furnace.available):
            return [self._greedy([], per_hour=False)]
        plans = []
        for per_hour in (False, True):
            rank = self._ranked([], self.furnace.runs - 1, per_hour=per_hour)
            tops = np.argsort(-rank, kind="stable")[:FIRSTS]
            plans += [
                self._greedy([self._run([], setting)], per_hour=per_hour)
                for setting in tops[np.isfinite(rank[tops])].tolist()
            ]
        return plans

    def _greedy(self, runs: list[Run], *, per_hour: bool) -> list[Run]:
        while len(runs) < self.furnace.runs:
            later = self.furnace.runs - len(runs) - 1
            rank = self._ranked(runs, later, per_hour=per_hour)
            runs = [*runs, self._run(runs, int(np.argmax(rank)))]
        return runs

    def exchanged(self, runs: list[Run]) -> tuple[list[Run], Floats]:
        """(the plan after exchange, gain of a run at every setting with the others held)."""
        utility = self.utility(runs)
        for _round in range(ROUNDS):
            before = utility
            for i in range(len(runs)):
                others = runs[:i] + runs[i + 1 :]
                again = self._run(others, int(np.argmax(self._ranked(others, 0))))
                for one in (again, self._refilled(others, runs[i])):
                    tried = [*runs[:i], one, *runs[i + 1 :]]
                    if (now := self.utility(tried)) > utility * (1 + WORTHWHILE):
                        runs, utility = tried, now
            if utility == before:
                break
        each = [self._ranked(runs[:i] + runs[i + 1 :], 0) for i in range(len(runs))]
        return runs, np.exp(np.stack(each))

    def utility(self, runs: Sequence[Run]) -> float:
        """Expected gain of a plan, model units, per cost where there are costs."""
        gain = float(self.gains(runs).sum())
        if self.cost is None:
            return gain
        return gain / float(sum(self.cost[run.picks].sum() for run in runs))

    def gains(self, runs: Sequence[Run]) -> Floats:
        """What each run adds to the ones before it, shape (m,), model units."""
        each = np.exp(to_host(self.promised(runs).log_gain))[len(self.pending) :]
        ends = np.cumsum([0, *(len(run.picks) for run in runs)])
        return np.array([each[a:b].sum() for a, b in pairwise(ends.tolist())])

    def promised(self, runs: Sequence[Run]) -> Together:
        """What the samples of a plan promise together, pending ones before them."""
        index = np.concatenate([self.pending, *(run.picks for run in runs)])
        key = tuple(index.tolist())
        if key not in self._known:
            self._known[key] = self.batch_objective.expected_gain(index)
        return self._known[key]

    def _ranked(self, others: Sequence[Run], later: int, *, per_hour: bool = False) -> Floats:
        """ln of the gain (per cost, per hour) of a run at every setting with ``others`` held and
        hours left for ``later`` runs, shape (G,)."""
        hours = self.furnace.hours
        used = sum(float(hours[run.setting]) for run in others)
        left = self.furnace.available - used - later * float(hours.min())
        gains = np.where(hours <= left * (1 + CLOSE), self._everywhere(others).total, -np.inf)
        return gains - np.log(hours) if per_hour else gains

    def _run(self, others: Sequence[Run], setting: int) -> Run:
        """The run at a setting, filled with ``others`` held."""
        picks = self._everywhere(others).picks[setting]
        return Run(setting, picks[picks >= 0])

    def _everywhere(self, others: Sequence[Run]) -> Filled:
        """A run at every setting with ``others`` held."""
        key = tuple(i for run in others for i in run.picks.tolist())
        if key not in self._filled:
            base, taken = self._with(others)
            crowd = base.crowd(self.layout)
            self._filled[key] = fill(crowd, self.layout, taken, self.crucibles, self.cost)
        return self._filled[key]

    def _refilled(self, others: Sequence[Run], run: Run) -> Run:
        """The run with each sample exchanged for the best of its setting, the rest held."""
        base, taken = self._with(others)
        members = self.layout.members[run.setting][self.layout.there[run.setting]]
        small = base.part(members)
        only = Layout.of(np.zeros(len(members), dtype=np.int64))
        at = np.argsort(members)
        place = at[np.searchsorted(members, run.picks, sorter=at)]
        price = None if self.cost is None else self.cost[members]
        for i in range(len(place)):
            held = np.delete(place, i)
            given = small
            for j, slot in zip(held.tolist(), self.crucibles, strict=False):
                given = given.fantasize(j, slot)
            closed = taken[members].copy()
            closed[held] = True
            one = fill(given.crowd(only), only, closed, self.crucibles[-1:], price)
            place[i] = int(one.picks[0, 0])
        return Run(run.setting, members[place])

    def _with(self, runs: Sequence[Run]) -> tuple[BatchObjective, Bools]:
        """(the belief with pending samples and these runs imagined, what is taken then)."""
        taken = self.taken.copy()
        index = np.concatenate([self.pending, *(run.picks for run in runs)])
        batch_objective = self.batch_objective
        for slot, i in enumerate(index.tolist()):
            batch_objective = batch_objective.fantasize(i, slot)
        taken[index.astype(np.int64)] = True
        return batch_objective, taken
