"""Campaign search: a campaign as the engine will see it, and an account of its models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tansaku.bo import engine
from tansaku.bo.search import candidates
from tansaku.bo.surrogates import Fitted
from tansaku.campaign.history.by_run import teaching, unheeded_runs
from tansaku.campaign.history.model_inputs import ModelInputs, model_inputs_of
from tansaku.campaign.history.objectives import about_of, costs, is_single, known_at
from tansaku.campaign.history.problem import problem_of
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.spread import spread_notices
from tansaku.campaign.history.state import History, State
from tansaku.campaign.sources.relevance import Question
from tansaku.campaign.suggest.candidates import Listing, Streams, levels_of, searched, whole_pool
from tansaku.campaign.suggest.model_description import describe_model
from tansaku.campaign.suggest.model_limits import model_limits, set_aside
from tansaku.campaign.suggest.trade_offs import Standing, standing_of
from tansaku.design import Bools, Floats, Ints, Joint, Problems, Want
from tansaku.encode import Encoder, region_of
from tansaku.space import Allowed, Goal
from tansaku.strategy import Strategy


@dataclass(frozen=True, slots=True)
class CampaignSearch:
    """A campaign, with one target or many, as the engine will see it.

    Attributes:
        histories: What teaches about each target; empty for one that is known beforehand.
        model_inputs: How points become columns, the same for all, and what older data say of each.
        problems: One search for each target, before it has candidates.
        standing: How the measured samples stand.
        X: Those of them with every goal measured, encoded, shape (r, d).
    """

    spec: CampaignSpec
    state: State
    strategy: Strategy
    histories: tuple[History, ...]
    model_inputs: tuple[ModelInputs, ...]
    problems: tuple[Problems, ...]
    standing: Standing
    X: Floats

    @classmethod
    def of(
        cls,
        spec: CampaignSpec,
        state: State,
        strategy: Strategy,
        inputs: tuple[ModelInputs, ...] = (),
    ) -> CampaignSearch:
        """The campaign as it stands; ``inputs`` of an earlier state are the same as long as the
        sources are."""
        histories = tuple(teaching(spec, state, target) for target in spec.targets)
        inputs = inputs or tuple(
            model_inputs_of(spec.space, target, state.sources, strategy) for target in spec.targets
        )
        problems = tuple(
            problem_of(spec, history, each, target)
            for target, history, each in zip(spec.targets, histories, inputs, strict=True)
        )
        standing, space = standing_of(spec, state), spec.space
        rows = [space.row(state.measured[c]) for c in standing.complete]
        X = inputs[0].encoder.encode(np.array(rows).reshape(-1, len(space.inputs))).X
        return cls(spec, state, strategy, histories, inputs, problems, standing, X)

    @property
    def encoder(self) -> Encoder:
        """How points become columns."""
        return self.model_inputs[0].encoder

    @property
    def most_measured(self) -> int:
        """The target with the most results."""
        return int(np.argmax([len(each.candidates) for each in self.histories]))

    def questions(self, joint: Joint) -> list[Question]:
        """What older data are worth to each target that is measured."""
        return [
            Question(problem, inputs, about_of(self.spec, target))
            for target, problem, inputs in zip(
                self.spec.targets, joint.outcomes, self.model_inputs, strict=True
            )
            if not target.known
        ]

    @property
    def by_name(self) -> dict[str, History]:
        """{target that is measured: what teaches about it}."""
        pairs = zip(self.spec.targets, self.histories, strict=True)
        return {target.name: history for target, history in pairs if not target.known}

    def listing(self, streams: Streams, allowed: Allowed, most: int = 0) -> Listing:
        """The candidates to choose from; in a space that is not listed those that a search for
        each target alone finds. ``most`` is that of
        :func:`~tansaku.bo.search_bound.best_of_all`, which one goal alone asks, on a grid."""
        space, state = self.spec.space, self.state
        if space.listed:
            return whole_pool(self.spec, state)
        grid = is_single(self.spec) and space.pool.kind == "grid"
        region = region_of(allowed.within(space.grid), self.encoder)
        found = [
            candidates(
                problem,
                levels_of(space, list(self.encoder.decode(problem.X[0]))),
                region,
                self.strategy,
                draw=streams.draw(),
                model=streams.model(),
                most=most if grid else 0,
            )
            for problem in self.problems
        ]
        known = {**state.measured, **state.under_way}
        return _together([searched(space, known, each) for each in found])

    def joint(self, listing: Listing, taken: Bools, pending: Ints) -> Joint:
        """All targets over the listed candidates."""
        pool = listing.design or self.encoder.encode(listing.matrix)
        outcomes = tuple(
            replace(each, pool=pool, taken=taken, pending=pending) for each in self.problems
        )
        cost = costs(self.spec, listing.matrix, listing.labels)
        return Joint(outcomes, self._wants(listing), self.X[None], self._values()[None], cost)

    def _wants(self, listing: Listing) -> tuple[Want, ...]:
        reference = self.spec.reference or {}
        to_beat = iter(self.standing.reference.tolist())
        wants = []
        for each in self.spec.targets:
            least = None if each.goal is Goal.KEEP else next(to_beat)
            want = each.want(reference.get(each.name))
            if each.known:  # what it has to beat does not depend on the candidates that are listed
                values = known_at(self.spec, each.name, listing.labels)
                want = replace(want, known=each.to_model(values), reference=least)
            wants.append(want)
        return tuple(wants)

    def _values(self) -> Floats:
        """The outcomes of the samples with every goal measured, model scale, shape (r, m)."""
        columns = [
            target.to_model(values)
            for target, values in zip(self.spec.targets, self.standing.values.T, strict=True)
        ]
        return np.stack(columns, -1)

    def model(self, proposal: engine.Proposal) -> dict[str, Any]:
        """An account of the models: that of the only target, or of each and of how they were
        brought together."""
        if not proposal.fitted:
            return {}
        each = {
            target.name: describe_model(fitted, self.spec, self.strategy, self.encoder, target)
            for target, fitted in zip(self.spec.targets, proposal.fitted, strict=True)
            if fitted is not None
        }
        if is_single(self.spec) or proposal.reference is None:
            return next(iter(each.values()))
        goals = [t for t in self.spec.targets if t.goal is not Goal.KEEP]
        return {
            "way": proposal.way,
            "reference": {
                t.name: -float(r) if t.goal is Goal.MATCH else t.in_unit(float(r))
                for t, r in zip(goals, proposal.reference[0], strict=True)
            },
            "targets": each,
        }

    def notices(self, fitted: Sequence[Fitted | None]) -> tuple[str, ...]:
        """What a person should know of the models of the targets that are measured, each once;
        ``fitted`` is empty where no model was asked."""
        fits = fitted or (None,) * len(self.spec.targets)
        found: list[str] = []
        for target, history, inputs, model in zip(
            self.spec.targets, self.histories, self.model_inputs, fits, strict=True
        ):
            if target.known:
                continue
            older = sum(len(each.y) for each in inputs.sources)
            found += model_limits(history, self.strategy, older=older)
            found += spread_notices(history, target, self.strategy, with_sources=older > 0)
            found += set_aside(self.state, target, model)
            found += unheeded_runs(history, self.strategy)
        return tuple(dict.fromkeys(found))


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
    return Listing(rows[kept], labels, found[0].positions, others=found[0].others)
