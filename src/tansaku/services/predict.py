"""predict: what to expect at a point, made or not."""

from __future__ import annotations

from collections.abc import Mapping

from tansaku.campaign.results.typed_values import read_inputs
from tansaku.services.opened import load
from tansaku.space import BriefPrediction, Value, inputs_of_formula
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
