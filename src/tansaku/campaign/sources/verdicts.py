"""Verdicts on the sources of a campaign as it stands, without a suggestion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tansaku.campaign.history.model_inputs import model_inputs_of
from tansaku.campaign.history.objectives import about_of, measured_targets
from tansaku.campaign.history.problem import problem_of
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.state import State, history_of
from tansaku.campaign.sources.relevance import Question, judged
from tansaku.design import Floats
from tansaku.insight.verdict import SourceVerdict
from tansaku.space import Space
from tansaku.strategy import Strategy


def verdicts(
    spec: CampaignSpec, state: State, strategy: Strategy, seed: int
) -> tuple[SourceVerdict, ...]:
    """What each source is worth to each target that it tells of, as far as the campaign's own
    results tell, in the order of the sources.

    Args:
        spec: The campaign's space and targets.
        state: As it stands.
        strategy: Whose model is asked.
        seed: Of the candidates that stand for a space without a list.
    """
    if not state.sources:
        return ()
    matrix = spec.space.matrix if spec.space.listed else _drawn(spec.space, seed)
    taken = np.zeros((1, len(matrix)), dtype=np.bool_)
    questions = []
    for target in measured_targets(spec.targets):
        model_inputs = model_inputs_of(spec.space, target, state.sources, strategy)
        problem = problem_of(spec, history_of(spec, state, target), model_inputs, target)
        seen = replace(problem, pool=model_inputs.encoder.encode(matrix), taken=taken)
        questions.append(Question(seen, model_inputs, about_of(spec, target)))
    found = judged(questions, strategy).verdicts
    order = {(each.name, each.about): i for i, each in enumerate(state.sources)}
    return tuple(sorted(found, key=lambda each: order[each.source, each.target]))


def _drawn(space: Space, seed: int) -> Floats:
    """Candidates drawn all over a space that is not listed, shape (k, p); none where it is so thin
    that none is met."""
    grid, rng = space.grid, np.random.default_rng(seed)
    sizes = [p.count for p in grid.parameters]
    levels = rng.integers(0, sizes, size=(DRAWN, len(sizes)))
    return grid.matrix(levels[grid.holds(levels)])


DRAWN = 2000
"""Points drawn to see how far a space is within reach of older data: a share of them is known to
some 2 %."""
