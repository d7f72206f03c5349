"""The straight path where several things are wanted, or one with limits or costs.

space -> encoder -> one history per target + pending -> listing -> Joint -> joint.propose_joint ->
decode -> Suggestions, each with its reason and the seed. See ``suggest`` for one target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tansaku.bo.deadline import within
from tansaku.bo.joint import JointProposal, propose_joint
from tansaku.bo.objectives.pareto import dominates
from tansaku.campaign.history.by_run import teaching, unheeded_runs
from tansaku.campaign.history.model_inputs import ModelInputs, model_inputs_of
from tansaku.campaign.history.objectives import about_of, costs, known_at
from tansaku.campaign.history.problem import problem_of
from tansaku.campaign.history.records import CampaignSpec, Suggestion
from tansaku.campaign.history.requester import NOBODY, Requester
from tansaku.campaign.history.state import History, State
from tansaku.campaign.sources.relevance import Question, judged, only_probes, source_notices
from tansaku.campaign.suggest.candidates import Listing, Streams, searched, whole_pool
from tansaku.campaign.suggest.model_description import describe_model
from tansaku.campaign.suggest.model_limits import phases_left_out
from tansaku.campaign.suggest.suggest import Suggestions, said_of_fit
from tansaku.campaign.suggest.suggestion import (
    Facts,
    check_number,
    checked_limit,
    failure_facts,
    first_facts,
    late,
    picked,
    replaced,
    result_facts,
    without_model,
)
from tansaku.campaign.suggest.trade_offs import Standing, standing_of
from tansaku.design import Bools, Floats, Ints, Joint, Problems, Want
from tansaku.encode import Encoder
from tansaku.insight.reasons import WIDE_SD, Reason, kind_of_pick, percent
from tansaku.language import _
from tansaku.space import Allowed, Goal, Predicted
from tansaku.space.values import settings
from tansaku.strategy import Strategy

LIKELY = 0.99
"""Chance of keeping the limits from which a reason need not speak of them."""


def suggest_several(
    spec: CampaignSpec,
    state: State,
    n: int,
    strategy: Strategy,
    seed: int,
    *,
    asking: Requester = NOBODY,
    replicate: bool = False,
    probe: bool = False,
    time_limit: float | None = None,
) -> Suggestions:
    """Choose the next ``n`` samples of a campaign with several targets, limits or costs.

    The arguments and errors are those of :func:`tansaku.campaign.suggest.suggest.suggest`.
    """
    with within(checked_limit(time_limit)) as cut:  # to read a long history takes time, too
        view = View.of(spec, state, strategy)
        allowed = asking.allowed(spec.space, state.blocked)
        pending = state.staying(asking)
        gone = {*pending, *(() if replicate else state.measured)}
        streams = Streams.of(seed, view.histories[view.most_measured], len(pending))
        listing = view.listing(strategy, streams, allowed)
        taken = listing.mask(gone) | ~allowed.mask(listing.matrix)
        check_number(n, int((~taken).sum()), len(pending), allowed)
        under_way = np.array([[listing.positions[c] for c in pending]], dtype=np.int64)
        joint = view.joint(listing, taken[None], under_way)
        questions = view.questions(joint)
        judge = judged(questions, strategy)
        asked = (
            view.joint(listing, only_probes(questions, strategy, n), under_way) if probe else joint
        )
        proposal = propose_joint(asked, strategy, n, [streams.model()])
    if not view.standing.counts:  # there is nothing to beat yet
        proposal = replace(proposal, chance=np.full_like(proposal.chance, np.nan))
    failed = view.histories[0].trials.failed
    known = len(view.standing.complete)
    told = result_facts(view.histories, proposal.fitted)
    why = WhySeveral(spec, strategy, view.standing, len(pending), known, failed, told)
    made = why.suggestions(state, listing, proposal, joint.cost)
    if probe and any(each.model_inputs.sources and each.problem.measured for each in questions):
        made = tuple(each.model_copy(update={"reason": Reason(kind="probe")}) for each in made)
    at_probe = None
    if judge.probe is not None and not probe:
        at_probe = settings(spec.space.named(listing.matrix[judge.probe]))
    return Suggestions(
        campaign=spec.name,
        strategy=strategy.name,
        seed=seed,
        suggestions=made,
        model=view.model(proposal, strategy),
        notices=(
            *replaced(state, asking),
            *view.standing.notices(),
            *said_of_way(proposal, joint, strategy),
            *_unheeded_runs(view, strategy),
            *phases_left_out(view.histories),
            *_said_of_fits(view, proposal, strategy),
            *source_notices(state.sources, view.by_name, strategy, at_probe),
            *late(time_limit, bool(cut)),
        ),
        sources=judge.verdicts,
        targets=spec.targets,
    )


def _said_of_fits(view: View, proposal: JointProposal, strategy: Strategy) -> list[str]:
    """Of each target that is measured."""
    fits = proposal.fitted or (None,) * len(view.spec.targets)
    return [
        notice
        for target, fitted in zip(view.spec.targets, fits, strict=True)
        if not target.known
        for notice in said_of_fit(view.spec, view.state, strategy, target, fitted)
    ]


def _unheeded_runs(view: View, strategy: Strategy) -> tuple[str, ...]:
    """Once, where it is so for any target."""
    each = (unheeded_runs(history, strategy) for history in view.histories)
    return next((notices for notices in each if notices), ())


@dataclass(frozen=True, slots=True)
class View:
    """A campaign with several targets as the engine will see it.

    Attributes:
        histories: What teaches about each target; empty for one that is known beforehand.
        sights: How points become columns, the same for all, and what older data say of each target.
        standing: How the measured samples stand.
    """

    spec: CampaignSpec
    state: State
    histories: tuple[History, ...]
    sights: tuple[ModelInputs, ...]
    standing: Standing

    @classmethod
    def of(cls, spec: CampaignSpec, state: State, strategy: Strategy) -> View:
        """The campaign as it stands."""
        histories = tuple(teaching(spec, state, target) for target in spec.targets)
        sights = tuple(
            model_inputs_of(spec.space, target, state.sources, strategy) for target in spec.targets
        )
        return cls(spec, state, histories, sights, standing_of(spec, state))

    @property
    def encoder(self) -> Encoder:
        """How points become columns."""
        return self.sights[0].encoder

    @property
    def most_measured(self) -> int:
        """The target with the most results."""
        return int(np.argmax([len(each.candidates) for each in self.histories]))

    def problems(self) -> tuple[Problems, ...]:
        """One search for each target, before it has candidates."""
        return tuple(
            problem_of(self.spec, history, model_inputs, target)
            for target, history, model_inputs in zip(
                self.spec.targets, self.histories, self.sights, strict=True
            )
        )

    def questions(self, joint: Joint) -> list[Question]:
        """What older data are worth to each target that is measured."""
        return [
            Question(problem, model_inputs, about_of(self.spec, target))
            for target, problem, model_inputs in zip(
                self.spec.targets, joint.outcomes, self.sights, strict=True
            )
            if not target.known
        ]

    @property
    def by_name(self) -> dict[str, History]:
        """{target that is measured: what teaches about it}."""
        pairs = zip(self.spec.targets, self.histories, strict=True)
        return {target.name: history for target, history in pairs if not target.known}

    def listing(self, strategy: Strategy, streams: Streams, allowed: Allowed) -> Listing:
        """The candidates to choose from; in a space that is not listed those that a search for
        each target alone finds."""
        spec, state = self.spec, self.state
        if spec.space.listed:
            return whole_pool(spec, state)
        found = [
            searched(spec, state, problem, strategy, streams, self.encoder, allowed=allowed)
            for problem in self.problems()
        ]
        return _together(found)

    def joint(self, listing: Listing, taken: Bools, pending: Ints) -> Joint:
        """All targets over the listed candidates."""
        pool = self.encoder.encode(listing.matrix)
        outcomes = tuple(
            replace(each, pool=pool, taken=taken, pending=pending) for each in self.problems()
        )
        rows = [listing.positions[c] for c in self.standing.complete]
        cost = costs(self.spec, listing.matrix, listing.labels)
        wants = self._wants(listing)
        return Joint(outcomes, wants, pool.X[rows][None], self._values()[None], cost)

    def _wants(self, listing: Listing) -> tuple[Want, ...]:
        reference = self.spec.reference or {}
        return tuple(
            each.want(
                reference.get(each.name),
                known_at(self.spec, each.name, listing.labels) if each.known else None,
            )
            for each in self.spec.targets
        )

    def _values(self) -> Floats:
        """The outcomes of the samples with every goal measured, model scale, shape (r, m)."""
        columns = [
            target.to_model(values)
            for target, values in zip(self.spec.targets, self.standing.values.T, strict=True)
        ]
        return np.stack(columns, -1)

    def model(self, proposal: JointProposal, strategy: Strategy) -> dict[str, object]:
        """An account of each target's model, and of how they were brought together."""
        if not proposal.fitted or proposal.reference is None:
            return {}
        goals = [t for t in self.spec.targets if t.goal is not Goal.KEEP]
        return {
            "way": proposal.way,
            "reference": {
                t.name: -float(r) if t.goal is Goal.MATCH else t.in_unit(float(r))
                for t, r in zip(goals, proposal.reference[0], strict=True)
            },
            "targets": {
                target.name: describe_model(fitted, self.spec, strategy, self.encoder, target)
                for target, fitted in zip(self.spec.targets, proposal.fitted, strict=True)
                if fitted is not None
            },
        }


def _together(found: Sequence[Listing]) -> Listing:
    """The candidates of several lists, each once; those measured or under way stay first."""
    known = len(found[0].positions)
    rows = np.concatenate([found[0].matrix[:known], *(each.matrix[known:] for each in found)])
    _unique, first = np.unique(rows, axis=0, return_index=True)
    kept = np.sort(np.union1d(first, np.arange(known)))
    labels = None
    if found[0].labels is not None:
        parts = [np.asarray(found[0].labels)[:known]]
        parts += [np.asarray(each.labels)[known:] for each in found]
        labels = np.concatenate(parts)[kept].tolist()
    return Listing(rows[kept], labels, found[0].positions)


@dataclass(frozen=True, slots=True)
class WhySeveral:
    """What the reason of a pick is made from."""

    spec: CampaignSpec
    strategy: Strategy
    standing: Standing
    pending: int
    measured: int
    failed: int
    told: Facts = field(default_factory=dict)

    def of(self, proposal: JointProposal, i: int, replicates: int, cost: float | None) -> Reason:
        """The reason of pick ``i``."""
        facts = first_facts(self.pending, replicates)
        if self.strategy.surrogate is not None:  # random search heeds no result
            facts |= failure_facts(self.failed, proposal, i) | self.told
        if not proposal.by_model:
            return without_model(self.strategy, self.measured, facts)
        if not self.standing.counts:  # older data alone have spoken
            return Reason(kind="from_sources", facts=facts)
        if proposal.at_random[0, i]:
            return Reason(kind="no_pattern", facts=facts)
        facts |= self._facts(float(proposal.feasible[0, i]), float(proposal.chance[0, i]))
        if cost is not None:
            facts["cost"] = f"{cost:.4g}"
        return self._kind(proposal, i, facts)

    def suggestions(
        self, state: State, listing: Listing, proposal: JointProposal, cost: Floats | None
    ) -> tuple[Suggestion, ...]:
        """The picks in the scientist's words, each with its reason."""

        def predicted(i: int) -> dict[str, Predicted]:
            if not proposal.by_model:
                return {}
            told = (proposal.mean, proposal.sd, proposal.measured_sd)
            each = zip(
                self.spec.targets, *(numbers[0, i].tolist() for numbers in told), strict=True
            )
            return {t.name: t.predicted(*numbers) for t, *numbers in each}

        def reason(i: int, made: Suggestion) -> Reason:
            price = None if cost is None else float(cost[proposal.picks[0, i]])
            return self.of(proposal, i, self.standing.replicates(made.candidate), price)

        return picked(self.spec, state, listing, proposal, predicted, reason)

    def _facts(self, feasible: float, chance: float) -> dict[str, float | int | str]:
        goals = [t.name for t in self.spec.targets if t.goal is not Goal.KEEP]
        limits = ", ".join(limits_of(self.spec))
        told = {"chance": percent(chance), "feasible": percent(feasible), "demands": limits}
        told["names"] = ", ".join(goals)
        if limits and feasible < LIKELY:
            told["kept"] = limits
        return dict(told)

    def _kind(self, proposal: JointProposal, i: int, facts: dict[str, float | int | str]) -> Reason:
        goals = [j for j, t in enumerate(self.spec.targets) if t.goal is not Goal.KEEP]
        if not goals:
            return Reason(kind="only_limits", facts={**facts, "kept": ""})
        if self.standing.unkept:
            return Reason(kind="keep_limits", facts={**facts, "kept": ""})
        expected = np.array([self._good(proposal, i, j) for j in goals])
        front = self.standing.front
        wide = bool(proposal.rank_of_sd[0, i] > WIDE_SD)
        if len(goals) == 1 and len(front):
            best = self._best(goals[0])
            kind = kind_of_pick(above=bool(expected[0] > front.max()), wide=wide)
            return Reason(kind=kind, facts={**facts, "best": best})
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
        return Reason(kind="unclear_compromise" if wide else "compromise", facts=facts)

    def _best(self, j: int) -> str:
        """The best measured value of the only goal, in its unit, of those that keep the limits."""
        target, at = self.spec.targets[j], int(np.argmax(self.standing.best))
        return f"{self.standing.values[at, j]:.3g} {target.unit}".strip()

    def _good(self, proposal: JointProposal, i: int, j: int) -> float:
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


def said_of_way(proposal: JointProposal, joint: Joint, strategy: Strategy) -> tuple[str, ...]:
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
