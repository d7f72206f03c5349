"""Views of a campaign: its log, and what the model believes of its pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tansaku.campaign.by_phase import over_phases
from tansaku.campaign.phase_names import phases_told
from tansaku.campaign.records import CampaignSpec, Event
from tansaku.campaign.state import State, history_of
from tansaku.campaign.wanted import measured_targets
from tansaku.design import Bools, Floats
from tansaku.space import Predicted, Value, inputs_of_formula
from tansaku.strategy import Strategy


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event of the log, and whether it was taken back later."""

    number: int
    event: Event
    undone: bool


@dataclass(frozen=True, slots=True)
class Landscape:
    """What the model believes of the whole pool; values on the model scale (log10 where asked).

    Attributes:
        inputs: Candidates in experimental units, shape (N, d).
        mean: Predicted mean, shape (N,); in the target's own direction (a minimised target is
            not turned).
        sd: Shape (N,).
        chance: Probability to beat the best measured value, shape (N,).
        acquisition: Shape (N,); on a log scale for ``pi`` and ``log_ei``.
        measured: Which candidates are measured, shape (N,).
        values: Measured means, shape (N,); NaN where not measured.
    """

    inputs: Floats
    mean: Floats
    sd: Floats
    chance: Floats
    acquisition: Floats
    measured: Bools
    values: Floats


def landscape_of(spec: CampaignSpec, state: State, strategy: Strategy, seed: int) -> Landscape:
    """What the model believes of every candidate of a pool that is listed."""
    from tansaku.campaign.listing import whole_pool  # on demand: they bring torch
    from tansaku.campaign.suggest import predict

    space = spec.space
    found = predict(spec, state, space.matrix, strategy, seed)
    history, sign = history_of(spec, state), spec.targets[0].sign
    positions = whole_pool(spec, state).positions
    values = np.full(len(space), np.nan)
    values[[positions[c] for c in history.candidates]] = sign * history.y
    return Landscape(
        inputs=space.matrix,
        mean=sign * found.mean[0],
        sd=found.sd[0],
        chance=found.chance[0],
        acquisition=found.score[0],
        measured=~np.isnan(values),
        values=values,
    )


def predicted_at(
    spec: CampaignSpec, state: State, at: Mapping[str, Value], strategy: Strategy, seed: int
) -> dict[str, Predicted]:
    """{target: prediction} at any inputs, in the pool or not."""
    from tansaku.campaign.suggest import predict  # on demand: it brings torch

    point = spec.space.row(inputs_of_formula(spec.space, at))[None]
    predicted = {}
    for target in measured_targets(spec.targets):
        found = predict(spec, state, point, strategy, seed, target)
        told = (found.mean, found.sd, found.measured_sd)
        whole = target.predicted(*(float(each[0, 0]) for each in told))
        names = phases_told(state.measurements).values()
        predicted[target.name] = over_phases(whole, found.by_phase, 0, names, target)
    return predicted
