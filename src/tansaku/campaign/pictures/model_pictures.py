"""Pictures of the model itself: which inputs matter, and what older data are worth."""

from __future__ import annotations

import numpy as np
from scipy.stats import qmc

from tansaku.campaign.pictures.drawn import Drawn, check_enough, numbers
from tansaku.campaign.pictures.scene import Scene
from tansaku.campaign.sources.relevance import verdicts
from tansaku.design import Floats
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.plots.importance_plot import Shares, importance_figure
from tansaku.plots.source_plot import SourceBar, sources_figure
from tansaku.space import Categorical, ListedFormulas, ListedPool, Space

FEWEST = 4
"""Results: of fewer, nearly every share is as likely as any other."""

FUNCTIONS = 64
"""Functions that the model draws: the ends of a 95 % interval are its second largest."""

BASE = 256
"""Points of each of the two designs; a power of 2, as Sobol sequences need."""


def draw_importance(scene: Scene) -> Drawn:
    """Sobol indices of each input: of functions that the model draws, so that the interval holds
    all that it does not know.

    Raises:
        UsageError: one input only, or formulas that are known of the candidates alone.
    """
    check_enough("importance", len(scene.values), FEWEST, scene.target.name)
    space = scene.space
    if len(space.inputs) < 2 or isinstance(space.chemistry, ListedFormulas):
        raise UsageError(
            _("Importance needs two inputs that can be set on their own."),
            _("Draw a profile, or parity."),
        )
    rows = _design(space, scene.seed)
    drawn = scene.believed(rows).sample(FUNCTIONS, seed=scene.seed)
    shares = sobol_indices(drawn.reshape(FUNCTIONS, -1, BASE))
    names = list(space.names)
    figure = importance_figure(names, shares, title=scene.title(scene.target.name))
    ends = {
        key: numbers(np.quantile(each, [0.5, 0.025, 0.975], axis=0).T)
        for key, each in (("alone", shares.alone), ("in_all", shares.in_all))
    }
    return Drawn("importance", figure, {"target": scene.target.name, "inputs": names} | ends)


def sobol_indices(values: Floats) -> Shares:
    """Indices of functions of d inputs, by pick and freeze: Saltelli and others, Comput. Phys.
    Commun. 181 (2010) 259 (first order), Jansen, Comput. Phys. Commun. 117 (1999) 35 (total).

    Args:
        values: Of each function at the points of a first design, of a second one, and of the first
            with one column after the other taken from the second, shape (functions, 2 + d, points).
    """
    first, second, mixed = values[:, 0, None], values[:, 1, None], values[:, 2:]
    variance = values[:, :2].reshape(len(values), -1).var(axis=1)[:, None]
    variance = np.maximum(variance, np.finfo(float).tiny)
    alone = (second * (mixed - first)).mean(-1) / variance
    in_all = np.square(mixed - first).mean(-1) / (2 * variance)
    return Shares(np.clip(alone, 0, 1), np.clip(in_all, 0, 1))


def _design(space: Space, seed: int) -> Floats:
    """Rows for :func:`sobol_indices`, each input spread as among the candidates, shape
    ((2 + d) * BASE, d)."""
    d = len(space.inputs)
    shares = qmc.Sobol(2 * d, rng=np.random.default_rng(seed)).random(BASE)
    first, second = (_settings(space, part) for part in np.split(shares, 2, axis=1))
    mixed = np.repeat(first[None], d, axis=0)
    for j in range(d):
        mixed[j, :, j] = second[:, j]
    return np.concatenate([first, second, *mixed])


def _settings(space: Space, shares: Floats) -> Floats:
    """Settings that these shares of the candidates do not exceed, shape (k, d)."""
    found = np.empty_like(shares)
    for j, parameter in enumerate(space.inputs):
        if isinstance(space.pool, ListedPool):
            column = np.sort(space.matrix[:, j])
            found[:, j] = column[(shares[:, j] * len(column)).astype(np.int64)]
        elif isinstance(parameter, Categorical):
            found[:, j] = np.floor(shares[:, j] * parameter.count)
        else:
            levels = (shares[:, j] * parameter.count).astype(np.int64)  # type: ignore[union-attr]
            found[:, j] = parameter.at(levels)  # type: ignore[union-attr]
    return found


def draw_sources(scene: Scene) -> Drawn:
    """What older data are worth, as the campaign's own results tell.

    Raises:
        UsageError: no older data are attached.
    """
    if not scene.state.sources:
        raise UsageError(
            _("Campaign '{name}' has no older data.").format(name=scene.spec.name),
            _("Attach some with 'tansaku source NAME add'."),
        )
    found = verdicts(scene.spec, scene.state, scene.strategy, scene.seed)
    bars = [
        SourceBar(
            name=f"{v.source} ({v.target})" if v.target else v.source,
            verdict=v.verdict,
            chance=v.weight if v.chance is None else v.chance,
            correlation=(v.correlation.value, v.correlation.low, v.correlation.high),
        )
        for v in found
    ]
    figure = sources_figure(bars, title=scene.title())
    return Drawn("sources", figure, {"sources": [v.model_dump(mode="json") for v in found]})
