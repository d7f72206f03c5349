"""The picture of a posterior: mean and sd over its points, and what is measured there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.design import Floats, Ints
from tansaku.plots.maps import prediction_map
from tansaku.space import Space

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def posterior_figure(
    search: CampaignSearch, points: Floats, mean: Floats, sd: Floats, title: str = ""
) -> Figure:
    """Mean and sd of the only target of a search, on its model scale, the sign not turned.

    Args:
        search: What is known.
        points: Shape (N, inputs), in experimental units; inputs that do not vary are left out.
        mean, sd: Shape (N,).
        title: Over the figure.

    Raises:
        TableError: fewer than two points, or no input varies.
    """
    space, kept = _drawn_space(search.spec.space, points)
    measured, values = _measured_at(search, points[kept])
    return prediction_map(
        space,
        search.spec.targets[0],
        measured=measured,
        values=values,
        mean=mean[kept],
        sd=sd[kept],
        title=title,
    )


def _drawn_space(space: Space, points: Floats) -> tuple[Space, Ints]:
    """(The space of the points over the inputs that vary, which points: each place once)."""
    if space.listed and points is space.matrix:
        return space, np.arange(len(points))
    columns = np.flatnonzero(np.ptp(points, axis=0) > 0).tolist()
    kept = np.sort(np.unique(points[:, columns], axis=0, return_index=True)[1])
    return space.over(columns, points[kept]), kept


def _measured_at(search: CampaignSearch, points: Floats) -> tuple[list[int], list[float]]:
    """(which points are measured candidates, their values in the target's unit)."""
    standing, made = search.standing, search.state.measured
    places = {tuple(row): i for i, row in enumerate(points.tolist())}
    rows = [tuple(search.spec.space.row(made[c]).tolist()) for c in standing.complete]
    values = zip(rows, standing.values[:, 0].tolist(), strict=True)
    found = {places[row]: value for row, value in values if row in places}
    return list(found), list(found.values())
