"""predict: what to expect at a point, made or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.results.typed_values import read_inputs
from tansaku.services.opened import load
from tansaku.space import BriefPrediction, Value, inputs_of_formula
from tansaku.space.parameters import Categorical, Continuous, Numeric, Parameter
from tansaku.space.values import outside
from tansaku.spec import Answer


class Prediction(Answer):
    """What the model expects of each target at one point, and what a person should know of it."""

    campaign: str
    strategy: str
    seed: int
    inputs: dict[str, Value]
    predicted: dict[str, BriefPrediction]
    notices: tuple[str, ...] = ()


MOST_SETTINGS: Final = 1000
"""Settings of an input that are told one by one: more than a slider has places on a screen."""


class InputRange(Answer):
    """What an input can be set to.

    Attributes:
        values: Its settings in their order; of a column of a table those that stand there; empty
            where it can be any number between the ends.
        low: The smallest; ``None`` of a choice.
        high: The largest; ``None`` of a choice.
    """

    name: str
    unit: str
    values: tuple[Value, ...]
    low: float | None
    high: float | None


class WhatVaries(Answer):
    """The inputs of a campaign, and where to begin when one plays with them.

    Attributes:
        campaign: Its name.
        inputs: Its inputs.
        start: Those of the sample that was named, or of the best, or in the middle.
    """

    campaign: str
    inputs: tuple[InputRange, ...]
    start: dict[str, Value]


def what_varies(store: str, name: str, of: str = "") -> WhatVaries:
    """What can be set in the campaign ``name``, beginning at the sample ``of``.

    Raises:
        UnknownNameError: there is no such sample.
    """
    campaign = load(store, name)
    ranges = tuple(_range(campaign, j, each) for j, each in enumerate(campaign.space.inputs))
    best = campaign.status().best
    if of:
        start = campaign.space.named(campaign.place(of).row)
    elif best is not None:
        start = dict(best.inputs)
    else:
        start = {each.name: _middle(each) for each in ranges}
    return WhatVaries(campaign=campaign.name, inputs=ranges, start=start)


def _range(campaign: Campaign, j: int, parameter: Parameter) -> InputRange:
    if isinstance(parameter, Categorical):
        choices = parameter.values
        return InputRange(name=parameter.name, unit="", values=choices, low=None, high=None)
    values: tuple[float, ...] = ()
    if isinstance(parameter, Numeric):
        values = tuple(np.unique(campaign.space.matrix[:, j]).tolist())
    elif not isinstance(parameter, Continuous) and parameter.count <= MOST_SETTINGS:
        values = tuple(parameter.at(np.arange(parameter.count)).tolist())
    return InputRange(
        name=parameter.name,
        unit=parameter.unit,
        values=values if len(values) <= MOST_SETTINGS else (),
        low=parameter.low,
        high=parameter.high,
    )


def _middle(found: InputRange) -> Value:
    if found.values:
        return found.values[len(found.values) // 2]
    return ((found.low or 0.0) + (found.high or 0.0)) / 2


def predict(
    store: str,
    name: str,
    at: Mapping[str, Value],
    *,
    strategy: str = "standard",
    seed: int = 0,
) -> Prediction:
    """Mean, sd and interval of every target at the inputs ``at``, which need not be a candidate.

    Raises:
        TableError: an input is missing or unknown.
        ModelError: there are too few measurements for a model.
    """
    campaign = load(store, name)
    predicted = campaign.predict(at, strategy=strategy, seed=seed)
    row = campaign.space.row(read_inputs(campaign.space, inputs_of_formula(campaign.space, at)))
    inputs = campaign.space.named(row)
    notices = campaign.sources.standing_in + campaign.notices
    notices = (*notices, *outside(campaign.space.inputs, row))
    return Prediction(
        campaign=campaign.name,
        strategy=strategy,
        seed=seed,
        inputs=inputs,
        predicted=predicted,
        notices=notices,
    )
