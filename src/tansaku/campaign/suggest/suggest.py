"""The straight path from a campaign to its next samples: the one function to read first.

space -> encoder -> history (Design, y) + pending -> listing -> Problems -> engine.propose ->
decode -> Suggestions, each with its reason and the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tansaku.bo import engine
from tansaku.bo.deadline import within
from tansaku.bo.surrogates import Fitted
from tansaku.campaign.history.by_run import teaching, unheeded_runs
from tansaku.campaign.history.model_inputs import model_inputs_of
from tansaku.campaign.history.own_tables import frame_of
from tansaku.campaign.history.problem import asked_at, in_phases, problem_of
from tansaku.campaign.history.records import CampaignSpec, Suggestion
from tansaku.campaign.history.requester import NOBODY, Requester
from tansaku.campaign.history.spread import spread_notices
from tansaku.campaign.history.state import History, State, history_of
from tansaku.campaign.sources.relevance import Question, judged, only_probes, source_notices
from tansaku.campaign.suggest.by_phase import over_phases
from tansaku.campaign.suggest.candidates import Listing, Streams, searched, whole_pool
from tansaku.campaign.suggest.model_description import describe_model
from tansaku.campaign.suggest.model_limits import model_limits, set_aside
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
from tansaku.design import Floats
from tansaku.errors import UsageError
from tansaku.insight.reasons import WIDE_SD, Reason, as_factor, kind_of_pick, percent, sentence
from tansaku.insight.verdict import SourceVerdict, words
from tansaku.language import _
from tansaku.space import Predicted, Scale, Target
from tansaku.space.values import settings
from tansaku.strategy import Strategy

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What to make next.

    Attributes:
        campaign: Name of the campaign.
        strategy: Name of the strategy.
        seed: The seed used; the same seed gives the same answer.
        suggestions: In the order of choosing.
        model: What the model was: kernel, hyperparameters and log marginal likelihood before and
            after the fit; empty where no model was asked.
        notices: What a careful assistant would mention.
        sources: What the older data are worth, one for each source that was used and each target
            that it tells of.
        targets: What is wanted.
    """

    campaign: str
    strategy: str
    seed: int
    suggestions: tuple[Suggestion, ...]
    model: dict[str, Any]
    notices: tuple[str, ...] = ()
    sources: tuple[SourceVerdict, ...] = ()
    targets: tuple[Target, ...] = ()

    def document(self) -> dict[str, Any]:
        """As ``suggest --json`` prints it, reasons as sentences in the language in use."""
        return {
            "campaign": self.campaign,
            "strategy": self.strategy,
            "seed": self.seed,
            "suggestions": [
                s.model_dump(mode="json") | {"reason": sentence(s.reason)} for s in self.suggestions
            ],
            "model": self.model,
            "sources": [v.model_dump(mode="json") | {"words": words(v)} for v in self.sources],
            "notices": list(self.notices),
        }

    @property
    def frame(self) -> pd.DataFrame:
        """See :func:`~tansaku.campaign.history.own_tables.frame_of`."""
        return frame_of(self.suggestions, self.targets)


def suggest(
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
    """Choose the next ``n`` samples of a campaign.

    Args:
        spec: The campaign's space and targets.
        state: What has happened.
        n: How many, at least 1.
        strategy: How to choose.
        seed: Together with the state it fixes the answer.
        asking: Who asks: what others asked for is under way, taken into account and not suggested.
        replicate: Measured candidates may be suggested again.
        probe: Only candidates at settings of the older data, which tell whether those help.
        time_limit: Seconds after which the search ends with the best found so far, and says so;
            what is begun (one step of a fit, one block of candidates) is ended first.

    Raises:
        UsageError: n below 1, or a time limit that is not above 0.
        PoolExhaustedError: fewer than ``n`` candidates are open.
    """
    with within(checked_limit(time_limit)) as cut:  # to read a long history takes time, too
        target, history = spec.targets[0], history_of(spec, state)
        taught = teaching(spec, state)
        pending = state.staying(asking)
        gone = {*pending, *(() if replicate else state.measured)}
        streams = Streams.of(seed, history, len(pending))
        allowed = asking.allowed(spec.space, state.blocked)
        model_inputs = model_inputs_of(spec.space, target, state.sources, strategy)
        problem = in_phases(problem_of(spec, taught, model_inputs), taught, model_inputs)
        listing = (
            whole_pool(spec, state)
            if spec.space.listed
            else searched(
                spec, state, problem, strategy, streams, model_inputs.encoder, allowed=allowed
            )
        )
        taken = listing.mask(gone) | ~allowed.mask(listing.matrix)
        check_number(n, int((~taken).sum()), len(pending), allowed)
        problem = replace(
            problem,
            pool=model_inputs.encoder.encode(listing.matrix),
            taken=taken[None],
            pending=np.array([[listing.positions[c] for c in pending]], dtype=np.int64),
        )
        question = [Question(problem, model_inputs)]
        judge = judged(question, strategy)
        asked = problem
        if probe:
            asked = replace(problem, taken=only_probes(question, strategy, n))
        proposal = engine.propose(asked, strategy, n, [streams.model()])
    at_probe = None
    if judge.probe is not None:
        at_probe = settings(spec.space.named(listing.matrix[judge.probe]))
    why = Why(target, history, strategy, len(pending), len(history.candidates))
    made = why.suggestions(spec, state, listing, proposal)
    if probe and problem.measured:
        made = tuple(s.model_copy(update={"reason": Reason(kind="probe")}) for s in made)
    return Suggestions(
        campaign=spec.name,
        strategy=strategy.name,
        seed=seed,
        suggestions=made,
        model={}
        if proposal.fitted is None
        else describe_model(proposal.fitted, spec, strategy, model_inputs.encoder),
        notices=replaced(state, asking)
        + source_notices(
            state.sources, {target.name: history}, strategy, None if probe else at_probe
        )
        + model_limits(history, strategy, with_sources=bool(model_inputs.sources))
        + said_of_fit(spec, state, strategy, target, proposal.fitted)
        + unheeded_runs(taught, strategy)
        + late(time_limit, bool(cut)),
        sources=judge.verdicts,
        targets=spec.targets,
    )


def said_of_fit(
    spec: CampaignSpec, state: State, strategy: Strategy, target: Target, fitted: Fitted | None
) -> tuple[str, ...]:
    """What a person should know of the model of a target, as notices."""
    history = history_of(spec, state, target)
    sourced = bool(model_inputs_of(spec.space, target, state.sources, strategy).sources)
    aside = set_aside(state, target, fitted)
    return spread_notices(history, target, strategy, with_sources=sourced) + aside


@dataclass(frozen=True, slots=True)
class Why:
    """What the reason of a pick is made from."""

    target: Target
    history: History
    strategy: Strategy
    pending: int
    measured: int

    def of(self, proposal: engine.Proposal, i: int, replicates: int) -> Reason:
        """The reason of pick ``i``."""
        extra = first_facts(self.pending, replicates)
        if self.strategy.surrogate is not None:  # random search heeds no result
            extra |= seen_facts(self.history, proposal, i)
        if not proposal.by_model:
            return without_model(self.strategy, self.measured, extra)
        if not len(self.history.values):
            return Reason(kind="from_sources", facts=extra)
        if proposal.at_random[0, i]:
            return Reason(kind="no_pattern", facts=extra)
        facts = extra | {
            "chance": percent(float(proposal.chance[0, i])),
            "best": self._best(),
            "sd": self._sd(float(proposal.sd[0, i])),
        }
        if self.strategy.acquisition.name == "variance":
            return Reason(kind="explore", facts=facts)
        return Reason(
            kind=kind_of_pick(
                above=float(proposal.chance[0, i]) > 0.5,
                wide=bool(proposal.rank_of_sd[0, i] > WIDE_SD),
            ),
            facts=facts,
        )

    def suggestions(
        self, spec: CampaignSpec, state: State, listing: Listing, proposal: engine.Proposal
    ) -> tuple[Suggestion, ...]:
        """The picks in the scientist's words, each with its reason."""
        counts = dict(zip(self.history.candidates, self.history.counts.tolist(), strict=True))

        def predicted(i: int) -> dict[str, Predicted]:
            if not proposal.by_model:
                return {}
            told = (proposal.mean, proposal.sd, proposal.measured_sd)
            whole = self.target.predicted(*(float(each[0, i]) for each in told))
            found = self.history.phases
            names = () if found is None else found.names.values()
            return {self.target.name: over_phases(whole, proposal.phases, i, names, self.target)}

        def reason(i: int, made: Suggestion) -> Reason:
            return self.of(proposal, i, int(counts.get(made.candidate, 0)))

        return picked(spec, state, listing, proposal, predicted, reason)

    def _sd(self, sd: float) -> str:
        """An sd as text: in the target's unit, or as a factor."""
        if self.target.scale is Scale.LOG10:
            return as_factor(sd)
        return f"{sd:.2g} {self.target.unit}".strip()

    def _best(self) -> str:
        """The best measured value as text, in the target's unit."""
        best = int(np.argmax(self.target.score(self.history.values)))
        return f"{self.history.values[best]:.3g} {self.target.unit}".strip()


def seen_facts(history: History, proposal: engine.Proposal, i: int) -> Facts:
    """What the results hold besides values, as facts of a reason."""
    facts = failure_facts(history.trials.failed, proposal, i)
    if history.phases is not None and proposal.phases is not None:
        share = proposal.phases.share[0, :, i]
        likeliest = int(share.argmax())
        facts["phase"] = list(history.phases.names.values())[likeliest]
        facts["phase_chance"] = percent(float(share[likeliest]))
    return facts | result_facts([history], [proposal.fitted])


def predict(
    spec: CampaignSpec,
    state: State,
    points: Floats,
    strategy: Strategy,
    seed: int,
    target: Target | None = None,
) -> engine.Landscape:
    """What the model believes of a target (by default the first) at ``points``, shape (k, inputs)
    in experimental units.

    Raises:
        UsageError: the strategy has no model.
        ModelError: nothing is measured yet, and no older data tell of the target.
    """
    if strategy.surrogate is None:
        raise UsageError(
            _("Strategy '{name}' has no model and so predicts nothing.").format(name=strategy.name),
            _("Choose another strategy, for example standard."),
        )
    problem, history = asked_at(spec, state, points, strategy, target or spec.targets[0])
    return engine.survey(problem, strategy, [Streams.of(seed, history, 0).model()])
