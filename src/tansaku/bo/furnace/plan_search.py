"""Plan search: which settings the furnace gets, and which samples go into each run.

A run is filled at every shared setting at once, sample by sample: at each step the sample that adds
most at its setting is taken, its outcomes are fantasized, and the next one is chosen with that in
mind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from tansaku.bo.device import to_device, to_host
from tansaku.bo.furnace.batch_objective import BatchObjective, ExpectedGain, RunCandidates
from tansaku.design import Bools, Floats, Ints

ROUNDS = 3
"""Rounds of exchange at the most; on the synthetic pools of bench/process the second changes
nothing as a rule."""
WORTHWHILE = 1e-3
"""Relative gain below which an exchange is not made: the noise of the comparison."""
FIRSTS = 6
"""First runs that are tried by gain, and as many by gain per hour, where the hours are short: one
run at a time, such a plan is easily stuck with one long run and no hours for a second."""
CLOSE = 1e-12
"""Hours that differ by less than this share are equal: sums of decimal fractions."""
NO_GAIN = -1e300
"""ln of no gain at all: such a candidate still comes before one that is taken."""


@dataclass(frozen=True, slots=True)
class Furnace:
    """What can be fired.

    Attributes:
        group: Shared setting 0 .. G - 1 of each candidate, shape (N,).
        runs: Runs to plan, m.
        crucibles: Samples that a run takes, k.
        hours: What a run at each setting takes, shape (G,); zeros where time plays no part.
        available: Hours for all runs together.
    """

    group: Ints
    runs: int
    crucibles: int
    hours: Floats
    available: float = np.inf

    @property
    def settings(self) -> int:
        """G, the number of shared settings."""
        return len(self.hours)

    def slots(self, pending: Ints) -> int:
        """Samples that may be fantasized, q = p + m k."""
        return len(pending) + self.runs * self.crucibles


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a plan: its setting, and pool indices, shape (up to k,)."""

    setting: int
    picks: Ints


def picks_of(runs: Sequence[Run]) -> Ints:
    """The samples of all runs, one after the other."""
    return np.concatenate([np.empty(0, dtype=np.int64), *(run.picks for run in runs)])


def ends_of(runs: Sequence[Run]) -> Ints:
    """Where runs begin and end among the samples of all, shape (m + 1,)."""
    return np.cumsum([0, *(len(run.picks) for run in runs)])


@dataclass(frozen=True, slots=True)
class Layout:
    """The candidates of a pool by their shared setting.

    Attributes:
        members: Pool indices, shape (G, w); rows are filled up with 0.
        there: Which entries are candidates, shape (G, w).

    Example:
        >>> Layout.of(np.array([0, 1, 0])).members.tolist()
        [[0, 2], [1, 0]]
    """

    members: Ints
    there: Bools

    @classmethod
    def of(cls, group: Ints) -> Layout:
        """From the setting 0 .. G - 1 of each candidate, shape (N,)."""
        order, sizes = np.argsort(group, kind="stable"), np.bincount(group)
        there = np.arange(sizes.max(initial=0)) < sizes[:, None]
        members = np.zeros(there.shape, dtype=np.int64)
        members[there] = order
        return cls(members, there)


@dataclass(frozen=True, slots=True)
class Filled:
    """A run at each of G settings.

    Attributes:
        picks: Pool indices in the order of choosing, shape (G, k); -1 for an empty crucible.
        log_gain: ln of the expected gain over the mean cost of its samples, shape (G,); -inf where
            there is no candidate.
    """

    picks: Ints
    log_gain: Floats


def fill(
    candidates: RunCandidates, layout: Layout, taken: Bools, slots: Sequence[int], cost: Floats
) -> Filled:
    """Fill a run at every setting.

    Args:
        candidates: At every setting, earlier runs fantasized.
        layout: The candidates by setting.
        taken: Candidates that no run may hold, shape (N,).
        slots: The crucibles of the run, by the draws that belong to them.
        cost: Of each candidate, shape (N,): the one that gains most per cost is taken.
    """
    allowed = to_device(layout.there & ~taken[layout.members])
    rows = torch.arange(len(layout.members), device=allowed.device)
    members, log_cost = to_device(layout.members), to_device(np.log(cost[layout.members]))
    picks, gains = [], []
    for step, slot in enumerate(slots):
        gain = candidates.log_gain().clamp_min(NO_GAIN).masked_fill(~allowed, -torch.inf)
        place = (gain - log_cost).argmax(-1)
        picks.append(torch.where(allowed.any(-1), members[rows, place], -1))
        gains.append(gain[rows, place])
        allowed[rows, place] = False
        if step + 1 < len(slots):
            candidates = candidates.fantasize(place, slot)
    index, filled = to_host(torch.stack(picks, 1)), to_host(torch.stack(gains, 1))
    spent = np.ma.masked_where(index < 0, cost[index]).mean(1).filled(1.0)
    return Filled(index, np.logaddexp.reduce(filled, axis=1) - np.log(spent))


@dataclass(frozen=True)
class PlanSearch:
    """One plan in the making.

    Attributes:
        objective: Nothing fantasized.
        furnace: What can be fired.
        layout: The candidates by setting.
        taken: Candidates that no run may hold, shape (N,).
        pending: Candidates under way, shape (p,).
        cost: Of each candidate, shape (N,).
    """

    objective: BatchObjective
    furnace: Furnace
    layout: Layout
    taken: Bools
    pending: Ints
    cost: Floats
    _known: dict[tuple[int, ...], ExpectedGain] = field(default_factory=dict)
    _filled: dict[tuple[int, ...], Filled] = field(default_factory=dict)

    @property
    def crucibles(self) -> range:
        """Slots of a run that is filled: the last ones."""
        end = self.furnace.slots(self.pending)
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
        """(the plan after exchange, gain per cost of a run at every setting with the others held,
        shape (m, G))."""
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
        """Expected gain of a plan over the mean cost of its samples."""
        return float(self.gains(runs).sum() / self.cost[picks_of(runs)].mean())

    def gains(self, runs: Sequence[Run]) -> Floats:
        """What each run adds to the ones before it, shape (m,), model units."""
        each = np.exp(to_host(self.expected_gain(runs).log_gain))[len(self.pending) :]
        return np.add.reduceat(each, ends_of(runs)[:-1])

    def chances(self, runs: Sequence[Run]) -> Floats:
        """Probability that a run, or what comes before it, holds a sample better than the best so
        far, shape (m,)."""
        each = to_host(self.expected_gain(runs).chance)
        return each[len(self.pending) + ends_of(runs)[1:] - 1]

    def expected_gain(self, runs: Sequence[Run]) -> ExpectedGain:
        """What the samples of a plan gain together, pending ones before them."""
        index = np.concatenate([self.pending, picks_of(runs)])
        key = tuple(index.tolist())
        if key not in self._known:
            self._known[key] = self.objective.expected_gain(index)
        return self._known[key]

    def _ranked(self, others: Sequence[Run], later: int, *, per_hour: bool = False) -> Floats:
        """ln of the gain (per cost, per hour) of a run at every setting with ``others`` held and
        hours left for ``later`` runs, shape (G,)."""
        hours = self.furnace.hours
        used = sum(float(hours[run.setting]) for run in others)
        left = self.furnace.available - used - later * float(hours.min())
        gains = np.where(hours <= left * (1 + CLOSE), self._everywhere(others).log_gain, -np.inf)
        return gains - np.log(hours) if per_hour else gains

    def _run(self, others: Sequence[Run], setting: int) -> Run:
        """The run at a setting, filled with ``others`` held."""
        picks = self._everywhere(others).picks[setting]
        return Run(setting, picks[picks >= 0])

    def _everywhere(self, others: Sequence[Run]) -> Filled:
        """A run at every setting with ``others`` held."""
        key = tuple(picks_of(others).tolist())
        if key not in self._filled:
            base, taken = self._with(others)
            candidates = base.candidates(self.layout.members)
            self._filled[key] = fill(candidates, self.layout, taken, self.crucibles, self.cost)
        return self._filled[key]

    def _refilled(self, others: Sequence[Run], run: Run) -> Run:
        """The run with each sample exchanged for the best of its setting, the rest held."""
        base, taken = self._with(others)
        members = self.layout.members[run.setting][self.layout.there[run.setting]]
        small = base.part(members)
        only = Layout.of(np.zeros(len(members), dtype=np.int64))
        at = np.argsort(members)
        place = at[np.searchsorted(members, run.picks, sorter=at)]
        for i in range(len(place)):
            held = np.delete(place, i)
            given = small
            for j, slot in zip(held.tolist(), self.crucibles, strict=False):
                given = given.fantasize(j, slot)
            closed = taken[members].copy()
            closed[held] = True
            inside = given.candidates(only.members)
            one = fill(inside, only, closed, self.crucibles[-1:], self.cost[members])
            place[i] = int(one.picks[0, 0])
        return Run(run.setting, members[place])

    def _with(self, runs: Sequence[Run]) -> tuple[BatchObjective, Bools]:
        """(the objective with pending samples and these runs fantasized, what is taken then)."""
        taken = self.taken.copy()
        index = np.concatenate([self.pending, picks_of(runs)])
        objective = self.objective
        for slot, i in enumerate(index.tolist()):
            objective = objective.fantasize(i, slot)
        taken[index] = True
        return objective, taken
