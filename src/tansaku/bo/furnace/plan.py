"""Plan: which settings the furnace gets, and which samples go into it, decided together.

All samples of a run share some settings. The value of a plan is the expected gain of all its
samples together (``bo.furnace.batch_objective``). Every shared setting is tried for every run:

1. greedily, run by run: at each setting a run is filled sample by sample, each taking the earlier
   ones of its run and of the earlier runs into account, and the setting whose run gains most is
   taken (the gain is submodular, so greedy choice within a run is within 1 - 1/e of its best:
   Nemhauser, Wolsey, Fisher, Math. Program. 14 (1978) 265);
2. by exchange: each run in turn is taken out and planned anew at every setting, with the others
   held, and each sample is exchanged for the best other one of its setting, while the plan gains.

Where the hours are short, step 1 is done by gain and by gain per hour, each with several first
runs, and the best of these plans goes on (Leskovec et al., KDD 2007, on budgets). Where samples
have costs, the gain over their mean cost takes the place of gain everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from tansaku.bo.device import to_device
from tansaku.bo.engine import Proposal, asks_model, proposal_of, without_model
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.furnace.batch_objective import BatchObjective
from tansaku.bo.furnace.plan_search import Furnace, Layout, PlanSearch, Run, picks_of
from tansaku.bo.furnace.random_runs import random_runs
from tansaku.bo.posteriors import null_draws
from tansaku.bo.start import StartDesign
from tansaku.bo.threads import threads_for
from tansaku.design import Floats, Joint
from tansaku.strategy import Strategy


@dataclass(frozen=True, slots=True)
class Plan:
    """m runs.

    Attributes:
        runs: Their settings and samples, in the order of choosing.
        gains: Expected gain of each run given the ones before it, shape (m,), model units (of
            several goals a hypervolume, or what else is to grow); NaN without a model.
        by_setting: Expected gain of a run over the mean cost of its samples, at every setting with
            the other runs held, shape (m, G); 0 where hours or candidates are short.
        greedy: Expected gain of the plan over that mean before any exchange.
        chances: Probability that a run, or one before it, holds a sample better than the best so
            far, shape (m,); NaN without a model.
        at_random: Runs that no model chose, as there is none or the inputs seem to tell nothing.
        proposal: All picks one after the other, as :func:`tansaku.bo.engine.propose` tells
            them.
    """

    runs: tuple[Run, ...]
    gains: Floats
    by_setting: Floats
    greedy: float
    chances: Floats
    at_random: tuple[bool, ...]
    proposal: Proposal

    @classmethod
    def drawn(
        cls, runs: Sequence[Run], at_random: tuple[bool, ...], settings: int, proposal: Proposal
    ) -> Plan:
        """One with runs drawn at random, of which no gain is known."""
        nothing = np.full(len(runs), np.nan)
        by_setting = np.full((len(runs), settings), np.nan)
        return cls(tuple(runs), nothing, by_setting, np.nan, nothing, at_random, proposal)

    @property
    def total(self) -> float:
        """Expected gain of all runs together, model units."""
        return float(self.gains.sum())


def plan(joint: Joint, strategy: Strategy, furnace: Furnace, rng: np.random.Generator) -> Plan:
    """Plan the runs of one search (b = 1).

    Args:
        joint: The search for m >= 1 outcomes; its pool is a :class:`~tansaku.design.Design`.
        strategy: Whose model is asked. What ranks the plans is always the expected growth of the
            hypervolume, or what else the strategy makes of several goals
            (``objectives.utility.way_of``).
        furnace: What can be fired; each run has at least one setting that its hours allow.
        rng: For the model and the fantasies.
    """
    first, settings, every = joint.outcomes[0], len(furnace.hours), (True,) * furnace.runs
    taken, pending = first.taken[0], first.pending[0]
    if not asks_model(joint, strategy):
        design = None if strategy.start == "random" else StartDesign(first, strategy, [rng])
        runs = random_runs(taken, furnace, (None,) * furnace.runs, rng, design)
        return Plan.drawn(runs, every, settings, without_model(joint, picks_of(runs)[None]))
    with threads_for(joint.measured), torch.no_grad():
        model = MultiOutputModel.of(joint, strategy, [rng])
        now = model.over(to_device(first.pool.X), whole=True)
        objective = BatchObjective.of(now, furnace.slots(pending), rng)
        cost = np.ones(len(taken)) if joint.cost is None else joint.cost
        search = PlanSearch(objective, furnace, Layout.of(furnace.group), taken, pending, cost)
        at_random = tuple(bool(null_draws(model.fitted, [rng])[0]) for _run in every)
        start = max(search.starts(), key=search.utility)
        runs, by_setting = search.exchanged(start)
        if any(at_random):
            kept = [None if coin else run for run, coin in zip(runs, at_random, strict=True)]
            runs = random_runs(taken, furnace, kept, rng)
        drawn = np.repeat(np.array(at_random), [len(run.picks) for run in runs])[None]
        proposal = proposal_of(now, picks_of(runs)[None], drawn, [rng])
        if any(at_random):
            return Plan.drawn(runs, at_random, settings, proposal)
        return Plan(
            tuple(runs),
            search.gains(runs),
            by_setting,
            search.utility(start),
            search.chances(runs),
            at_random,
            proposal,
        )
