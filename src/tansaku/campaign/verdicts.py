"""Verdicts on the sources of a campaign as it stands, without a suggestion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tansaku.campaign.judging import judged
from tansaku.campaign.listing import spread
from tansaku.campaign.records import CampaignSpec
from tansaku.campaign.sight import sight_of
from tansaku.campaign.state import State, history_of
from tansaku.campaign.suggest import problem_of
from tansaku.insight.verdict import SourceVerdict
from tansaku.strategy import Strategy


def verdicts(
    spec: CampaignSpec, state: State, strategy: Strategy, seed: int
) -> tuple[SourceVerdict, ...]:
    """What each source is worth, as far as the campaign's own results tell.

    Args:
        spec: The campaign's space and target.
        state: As it stands.
        strategy: Whose model is asked.
        seed: Of the candidates that stand for a space without a list.
    """
    history = history_of(spec, state)
    sight = sight_of(spec.space, spec.targets[0], state.sources, strategy)
    matrix = spec.space.matrix if spec.space.listed else spread(spec.space, seed)
    problem = replace(
        problem_of(spec, history, sight),
        pool=sight.encoder.encode(matrix),
        taken=np.zeros((1, len(matrix)), dtype=np.bool_),
    )
    return judged(problem, sight, strategy).verdicts
