"""Runs: which settings the furnace gets, and which samples go into it, decided together.

All samples of a run share some settings. The value of a plan is the joint expected improvement of
all its samples (``bo.furnace.joint_gain``). Every shared setting is tried for every run:

1. greedily, run by run: at each setting a run is filled sample by sample, each taking the earlier
   ones of its run and of the earlier runs into account, and the setting whose run gains most is
   taken (the gain is submodular, so greedy choice within a run is within 1 - 1/e of its best:
   Nemhauser, Wolsey, Fisher, Math. Program. 14 (1978) 265);
2. by exchange: each run in turn is taken out and planned anew at every setting, with the others
   held, and each sample is exchanged for the best other one of its setting, while the plan gains.

Where the hours are short, step 1 is done by gain and by gain per hour, each with several first
runs, and the best of these plans goes on (Leskovec et al., KDD 2007, on budgets).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.engine import FUTURES, Landscape, points_of, survey, too_few
from tansaku.bo.furnace.crowd import Filled, Layout, fill
from tansaku.bo.furnace.drawn import drawn_plan
from tansaku.bo.furnace.given import CLOSE, Furnace, Plan, Run, proposal_of
from tansaku.bo.furnace.joint_gain import Together, promise
from tansaku.bo.kernels import squared_distance
from tansaku.bo.outlook import outlook_of
from tansaku.bo.surrogates.belief import Belief
from tansaku.bo.threads import threads_for
from tansaku.design import Bools, Floats, Ints, Problems
from tansaku.strategy import Strategy

ROUNDS = 3
"""Rounds of exchange at the most; on the synthetic pools of bench/process the second changes
nothing as a rule."""
JUDGES = 512
"""Futures over which two plans are compared: eight times those of the search, at a hundredth of
its cost, so that what is kept is better by more than the noise of the search."""
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
    spec = strategy.surrogate
    if spec is None or too_few(problems, spec, strategy.start_samples):
        return drawn_plan(problems, furnace, [], (True,) * furnace.runs, None, rng)
    with threads_for(problems.measured), torch.no_grad():
        landscape = survey(problems, strategy, [rng])
        belief = Belief.over(landscape.fitted.gp, to_device(points_of(problems)))
        if landscape.fitted.works is not None:
            belief = replace(belief, works=landscape.fitted.works.probability(belief.pool))
        search = _Search.of(problems, strategy, furnace, belief, rng)
        coins = _coins(landscape, furnace.runs, rng)
        first = max(search.starts(), key=search.worth)
        found, by_setting = search.exchanged(first)
        promised = search.promised(found)
    if any(coins):
        return drawn_plan(problems, furnace, found, coins, landscape, rng)
    ends = np.cumsum([len(run.picks) for run in found])
    return Plan(
        np.array([run.setting for run in found], dtype=np.int64),
        tuple(run.picks for run in found),
        search.gains(found),
        by_setting,
        search.worth(first),
        to_host(promised.chance)[problems.pending.shape[1] + ends - 1],
        coins,
        proposal_of(problems, found, coins, landscape),
    )


def _coins(landscape: Landscape, runs: int, rng: np.random.Generator) -> tuple[bool, ...]:
    """Which runs are drawn at random: with the probability that the inputs tell nothing, where
    that is likelier than not (as the engine does for a sample)."""
    scatter = landscape.fitted.scatter
    share = 0.0 if scatter is None else float(to_host(scatter)[0])
    return tuple(bool(share > 0.5 and rng.random() < share) for _run in range(runs))


@dataclass(frozen=True)
class _Search:
    """One plan in the making.

    Attributes:
        problems: The search.
        strategy: Names the value to beat.
        furnace: What can be fired.
        layout: The candidates by setting.
        belief: About the pool, nothing imagined.
        draws: Futures of pending samples and of each crucible, shape (q, f), q = p + m k.
        judges: The same for comparing plans, shape (q, j).
        luck: Uniform numbers that say in which of those futures a sample fails, shape (q, j).
    """

    problems: Problems
    strategy: Strategy
    furnace: Furnace
    layout: Layout
    belief: Belief
    draws: Float[Tensor, "q f"]
    judges: Float[Tensor, "q j"]
    luck: Float[Tensor, "q j"]
    _known: dict[tuple[int, ...], Together] = field(default_factory=dict)
    _filled: dict[tuple[int, ...], Filled] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        problems: Problems,
        strategy: Strategy,
        furnace: Furnace,
        belief: Belief,
        rng: np.random.Generator,
    ) -> _Search:
        slots = problems.pending.shape[1] + furnace.runs * furnace.crucibles
        return cls(
            problems,
            strategy,
            furnace,
            Layout.of(furnace.group),
            belief,
            _antithetic(rng, slots, FUTURES),
            _antithetic(rng, slots, JUDGES),
            to_device(rng.random((slots, JUDGES))),
        )

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
        worth = self.worth(runs)
        for _round in range(ROUNDS):
            before = worth
            for i in range(len(runs)):
                others = runs[:i] + runs[i + 1 :]
                again = self._run(others, int(np.argmax(self._ranked(others, 0))))
                for one in (again, self._refilled(others, runs[i])):
                    tried = [*runs[:i], one, *runs[i + 1 :]]
                    if (now := self.worth(tried)) > worth * (1 + WORTHWHILE):
                        runs, worth = tried, now
            if worth == before:
                break
        each = [self._ranked(runs[:i] + runs[i + 1 :], 0) for i in range(len(runs))]
        return runs, np.exp(np.stack(each))

    def worth(self, runs: Sequence[Run]) -> float:
        """Expected gain of a plan, model units."""
        return float(self.gains(runs).sum())

    def gains(self, runs: Sequence[Run]) -> Floats:
        """What each run adds to the ones before it, shape (m,), model units."""
        each = np.exp(to_host(self.promised(runs).log_gain))[self.problems.pending.shape[1] :]
        ends = np.cumsum([0, *(len(run.picks) for run in runs)])
        return np.array([each[a:b].sum() for a, b in pairwise(ends.tolist())])

    def promised(self, runs: Sequence[Run]) -> Together:
        """What the samples of a plan promise together, pending ones before them."""
        index = np.concatenate([self.problems.pending[0], *(run.picks for run in runs)])
        key = tuple(index.tolist())
        if key not in self._known:
            best = self._best(self.belief)[:, 0, 0]
            mean = self.belief.mean[:, 0, to_device(index)]
            draws = self.judges[: len(index)]
            working = None
            if self.belief.works is not None:
                works = self.belief.works[0, to_device(index), None]
                working = (self.luck[: len(index)] < works).to(draws.dtype)
            self._known[key] = promise(
                mean,
                covariance_of(self.belief, index),
                best,
                draws,
                direction=self.problems.direction,
                match=self.problems.match,
                working=working,
            )
        return self._known[key]

    def _ranked(self, others: Sequence[Run], later: int, *, per_hour: bool = False) -> Floats:
        """ln of the gain (per hour) of a run at every setting with ``others`` held and hours left
        for ``later`` runs, shape (G,)."""
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
            slots = self.draws[-self.furnace.crucibles :]
            self._filled[key] = self._fill(base, self.layout, taken, slots)
        return self._filled[key]

    def _refilled(self, others: Sequence[Run], run: Run) -> Run:
        """The run with each sample exchanged for the best of its setting, the rest held."""
        base, taken = self._with(others)
        members = self.layout.members[run.setting][self.layout.there[run.setting]]
        small = _restricted(base, members)
        only = Layout.of(np.zeros(len(members), dtype=np.int64))
        at = np.argsort(members)
        place = at[np.searchsorted(members, run.picks, sorter=at)]
        slots = self.draws[-self.furnace.crucibles :]
        for i in range(len(place)):
            held = np.delete(place, i)
            given = small
            for j, slot in zip(held.tolist(), slots, strict=False):
                given = _imagined(given, j, slot)
            closed = taken[members].copy()
            closed[held] = True
            one = self._fill(given, only, closed, slots[-1:])
            place[i] = int(one.picks[0, 0])
        return Run(run.setting, members[place])

    def _with(self, runs: Sequence[Run]) -> tuple[Belief, Bools]:
        """(the belief with pending samples and these runs imagined, what is taken then)."""
        taken = self.problems.taken[0].copy()
        index = np.concatenate([self.problems.pending[0], *(run.picks for run in runs)])
        belief = self.belief
        for i, slot in zip(index.tolist(), self.draws, strict=False):
            belief = _imagined(belief, i, slot)
        taken[index.astype(np.int64)] = True
        return belief, taken

    def _fill(
        self, belief: Belief, layout: Layout, taken: Bools, slots: Float[Tensor, "k f"]
    ) -> Filled:
        """A run filled at every setting of a layout."""
        problems = self.problems
        return fill(
            belief,
            self._best(belief),
            layout,
            taken,
            slots,
            direction=problems.direction,
            match=problems.match,
        )

    def _best(self, belief: Belief) -> Float[Tensor, "c s 1"]:
        """The value to beat in each future."""
        outlook = outlook_of(belief, self.problems, self.strategy.acquisition, [])
        return outlook.best.reshape(*belief.mean.shape[:2], 1)


def covariance_of(belief: Belief, index: Ints) -> Float[Tensor, "c q q"]:
    """Covariance of the candidates ``index``, nothing imagined counted twice, model units."""
    h, points = belief.gp.hyperparameters, belief.pool[to_device(index)]
    s = squared_distance(points, points, h.length_scales)
    prior = h.signal.view(-1, 1, 1) * belief.gp.kernel.value(s)
    rows = belief.solved[:, :, to_device(index)]
    return (prior - rows.mT @ rows) * belief.gp.data.scale.square().view(-1, 1, 1)


def _imagined(belief: Belief, index: int, draws: Float[Tensor, " f"]) -> Belief:
    """The belief after an imagined value of one candidate, in every component."""
    c = len(belief.variance)
    return belief.imagine(torch.full((c,), index, device=draws.device), draws.expand(c, -1))


def _restricted(belief: Belief, index: Ints) -> Belief:
    """The same belief about some of the candidates."""
    at = to_device(index)
    return replace(
        belief,
        pool=belief.pool[at],
        solved=belief.solved[:, :, at],
        mean=belief.mean[:, :, at],
        variance=belief.variance[:, at],
        works=None if belief.works is None else belief.works[:, at],
    )


def _antithetic(rng: np.random.Generator, slots: int, futures: int) -> Float[Tensor, "q f"]:
    """Standard normal draws and their negatives."""
    half = rng.standard_normal((slots, futures // 2))
    return to_device(np.concatenate([half, -half], axis=1))
