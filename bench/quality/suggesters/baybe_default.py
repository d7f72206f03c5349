"""BayBE: a Campaign with its default recommender on a space made from the pool."""

from __future__ import annotations

import numpy as np
import pandas as pd
from baybe import Campaign
from baybe.parameters import NumericalDiscreteParameter
from baybe.searchspace import SearchSpace
from baybe.settings import Settings
from baybe.targets import NumericalTarget

from bench.quality.suggesters.protocol import Suggest
from bench.quality.table import FloatArray, IntArray

RECIPE = "Campaign, default recommender, NumericalDiscreteParameter from the pool"


def open_run(X: FloatArray, seed: int) -> Suggest:
    """A campaign that is told each measurement once; pool X of shape (N, d)."""
    Settings(random_seed=seed).activate()
    names = [f"x{j}" for j in range(X.shape[1])]
    frame = pd.DataFrame(X, columns=names)
    parameters = [NumericalDiscreteParameter(c, values=np.unique(frame[c])) for c in names]
    space = SearchSpace.from_dataframe(frame, parameters=parameters)
    if not np.array_equal(space.discrete.exp_rep.to_numpy(), X):
        raise RuntimeError("the search space did not keep the order of the pool")
    # The default would suggest measured rows again; in a finished table that teaches nothing.
    campaign = Campaign(space, NumericalTarget("y"), allow_recommending_already_measured=False)
    told = 0

    def suggest(rows: IntArray, values: FloatArray) -> int:
        nonlocal told
        news = frame.iloc[rows[told:]].assign(y=values[told:])
        campaign.add_measurements(news)
        told = len(rows)
        return int(campaign.recommend(batch_size=1).index[0])

    return suggest
