"""Why: the reason of each pick, for one goal or many, with limits and costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.bo import engine
from tansaku.bo.acquisition import acquisition_of
from tansaku.bo.device import to_host
from tansaku.bo.objectives.pareto import dominates
from tansaku.bo.optimize.branch_and_bound import Bounded
from tansaku.campaign.history.records import CampaignSpec, Suggestion
from tansaku.campaign.history.state import History, State
from tansaku.campaign.suggest.candidates import Listing
from tansaku.campaign.suggest.predicted_values import predictions_of
from tansaku.campaign.suggest.suggestion import (
    Facts,
    failure_facts,
    first_facts,
    picked,
    result_facts,
    without_model,
)
from tansaku.campaign.suggest.trade_offs import Standing
from tansaku.design import Floats, Joint
from tansaku.insight.reasons import WIDE_SD, Reason, as_factor, kind_of_pick, percent
from tansaku.language import _
from tansaku.space import Goal, Predicted, Scale
from tansaku.strategy import Strategy

MANY_TIMES = 10
"""A bound on the acquisition value that is farther away tells nothing."""
LIKELY = 0.99
"""Chance of keeping the limits from which a reason need not speak of them."""


@dataclass(frozen=True, slots=True)
class Why:
    """What the reason of a pick is made from."""

    spec: CampaignSpec
    strategy: Strategy
    standing: Standing
    pending: int
    histories: Sequence[History]

    @property
    def goals(self) -> list[int]:
        """The targets that are to be improved."""
        return [j for j, t in enumerate(self.spec.targets) if t.goal is not Goal.KEEP]

    def of(self, proposal: engine.Proposal, i: int, replicates: int, cost: float | None) -> Reason:
        """The reason of pick ``i``."""
        facts = first_facts(self.pending, replicates)
        if self.strategy.surrogate is not None:  # random search heeds no result
            facts |= seen_facts(self.histories, proposal, i)
        if not proposal.by_model:
            return without_model(self.strategy, len(self.standing.complete), facts)
        if not self.standing.counts:  # older data alone have spoken
            return Reason(kind="from_sources", facts=facts)
        if proposal.at_random[0, i]:
            return Reason(kind="no_pattern", facts=facts)
        facts |= self._facts(float(proposal.feasible[0, i]), float(proposal.chance[0, i]))
        if cost is not None:
            facts["cost"] = f"{cost:.4g}"
        if len(self.goals) == 1:
            return self._of_one(proposal, i, facts)
        return self._of_several(proposal, i, facts)

    def suggestions(
        self, state: State, listing: Listing, proposal: engine.Proposal, cost: Floats | None
    ) -> tuple[Suggestion, ...]:
        """The picks in the scientist's words, each with its reason."""

        def reason(i: int, made: Suggestion) -> Reason:
            price = None if cost is None else float(cost[proposal.picks[0, i]])
            found = self.of(proposal, i, self.standing.replicates(made.candidate), price)
            if i or listing.others is None or proposal.at_random[0, i]:
                return found
            facts = of_all(listing.others, self.spec.space.size)
            return Reason(kind=found.kind, facts={**found.facts, **facts})

        return picked(self.spec, state, listing, proposal, self._predicted(proposal), reason)

    def _predicted(self, proposal: engine.Proposal) -> list[dict[str, Predicted]]:
        """{target: prediction} of each pick; nothing before a model is asked."""
        found = self.histories[0].phases
        names = () if found is None else found.names.values()
        moments = (proposal.mean, proposal.sd, proposal.measured_sd)
        each = {
            target.name: predictions_of(target, [part[0, :, j] for part in moments], law, names)
            for j, (target, law) in enumerate(zip(self.spec.targets, proposal.laws, strict=False))
        }
        return [
            {name: of_picks[i] for name, of_picks in each.items()}
            for i in range(proposal.picks.shape[1])
        ]

    def _facts(self, feasible: float, chance: float) -> Facts:
        """The chance; with limits or several goals what they are, too."""
        facts: Facts = {"chance": percent(chance)}
        limits = ", ".join(limits_of(self.spec))
        if limits or len(self.spec.targets) > 1:
            facts |= {"feasible": percent(feasible), "demands": limits}
            facts["names"] = ", ".join(self.spec.targets[j].name for j in self.goals)
        if limits and feasible < LIKELY:
            facts["kept"] = limits
        return facts

    def _of_one(self, proposal: engine.Proposal, i: int, facts: Facts) -> Reason:
        """Where one goal is left beside limits, or none beside it."""
        (j,) = self.goals
        if self.standing.unkept:
            return Reason(kind="keep_limits", facts={**facts, "kept": ""})
        facts |= {"best": self._best(j), "sd": self._sd(float(proposal.sd[0, i, j]), j)}
        if acquisition_of(self.strategy.acquisition).explores:
            return Reason(kind="explore", facts=facts)
        beats = float(proposal.chance[0, i]) / max(float(proposal.feasible[0, i]), 1e-300)
        wide = bool(proposal.rank_of_sd[0, i] > WIDE_SD)
        return Reason(kind=kind_of_pick(above=beats > 0.5, wide=wide), facts=facts)

    def _of_several(self, proposal: engine.Proposal, i: int, facts: Facts) -> Reason:
        """Where several goals are wanted, or nothing but limits."""
        goals = self.goals
        if not goals:
            return Reason(kind="only_limits", facts={**facts, "kept": ""})
        if self.standing.unkept:
            return Reason(kind="keep_limits", facts={**facts, "kept": ""})
        expected = np.array([self._good(proposal, i, j) for j in goals])
        front = self.standing.front
        if len(front):
            above = [
                j
                for k, j in enumerate(goals)
                if expected[k] > front[:, k].max() and not self.spec.targets[j].known
            ]
            if above:
                names = ", ".join(self.spec.targets[j].name for j in above)
                return Reason(kind="better_in", facts={**facts, "names": names})
            if not dominates(front, expected[None]).any():
                return Reason(kind="new_compromise", facts=facts)
        wide = bool(proposal.rank_of_sd[0, i] > WIDE_SD)
        return Reason(kind="unclear_compromise" if wide else "compromise", facts=facts)

    def _sd(self, sd: float, j: int) -> str:
        """An sd as text: in the target's unit, or as a factor."""
        target = self.spec.targets[j]
        if target.scale is Scale.LOG10:
            return as_factor(sd)
        return f"{sd:.2g} {target.unit}".strip()

    def _best(self, j: int) -> str:
        """The best measured value of the only goal, in its unit, of those that keep the limits."""
        target, at = self.spec.targets[j], int(np.argmax(self.standing.best))
        return f"{self.standing.values[at, j]:.3g} {target.unit}".strip()

    def _good(self, proposal: engine.Proposal, i: int, j: int) -> float:
        """How good the expected value of a goal is; larger is better."""
        target = self.spec.targets[j]
        mean = float(proposal.mean[0, i, j])
        if target.goal is not Goal.MATCH:
            return mean
        off = abs(mean - target.match_on_model_scale()) - target.tolerance_on_model_scale()
        return -max(off, 0.0)


def limits_of(spec: CampaignSpec) -> list[str]:
    """The limits in words that need no translation: ``density >= 0.85``."""
    found = []
    for target in spec.targets:
        found += [] if target.low is None else [f"{target.name} >= {target.low:g}"]
        found += [] if target.high is None else [f"{target.name} <= {target.high:g}"]
    return found


def said_of_way(proposal: engine.Proposal, joint: Joint, strategy: Strategy) -> tuple[str, ...]:
    """That another number than the hypervolume was used, where that was not asked for."""
    asked = strategy.acquisition.several
    ranged = [j for j in joint.objectives if joint.wants[j].useful is not None]
    if ranged and proposal.way == "desirability" and asked == "hypervolume":
        return (
            _(
                "Every goal has a range from worthless to perfect, so samples are chosen by their"
                " desirability."
            ),
        )
    if ranged and proposal.way in ("hypervolume", "chebyshev"):
        return (
            _(
                "The ranges from worthless to perfect play no part: give one to every goal, or use"
                " the strategy desirability."
            ),
        )
    if proposal.way != "chebyshev" or asked == "chebyshev":
        return ()
    if len({joint.wants[j].weight for j in joint.objectives}) > 1:
        return (
            _(
                "The preferences differ, so goals get weights drawn about them (ParEGO)"
                " instead of by the hypervolume, which knows no preferences."
            ),
        )
    return (
        _(
            "With {n} goals the hypervolume takes too long: goals get weights drawn for"
            " each sample (ParEGO)."
        ).format(n=len(joint.objectives)),
    )


def of_all(others: Bounded, size: int | None) -> Facts:
    """How many times the acquisition value of the first pick any other candidate can have, rounded
    up: 1 where none has more, empty where no bound worth telling was found."""
    if others.proved:
        at_most = "1"
    else:
        at_most = f"{math.ceil(100 * others.times) / 100:g}" if others.times < MANY_TIMES else ""
    return {"of_all": 0 if size is None else size, "at_most": at_most}


def seen_facts(histories: Sequence[History], proposal: engine.Proposal, i: int) -> Facts:
    """What the results hold besides values, as facts of a reason."""
    facts, found = failure_facts(histories[0].trials.failed, proposal, i), histories[0].phases
    shares = next((each.share for each in proposal.laws if each.share is not None), None)
    if found is not None and shares is not None:
        share = to_host(shares)[0, :, i]
        likeliest = int(share.argmax())
        facts["phase"] = list(found.names.values())[likeliest]
        facts["phase_chance"] = percent(float(share[likeliest]))
    return facts | result_facts(histories, proposal.fitted)
