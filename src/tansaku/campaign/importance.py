"""Importance: which share of the function's variance each input makes, by what a model draws."""

from __future__ import annotations

import numpy as np
from scipy.stats import qmc

from tansaku.campaign.campaign_posterior import Posterior
from tansaku.design import Floats
from tansaku.space import Categorical, ListedFormulas, ListedPool, Space

FUNCTIONS = 64
"""Functions that the model draws: the ends of a 95 % interval are its second largest."""

BASE = 256
"""Points of each of the two designs; a power of 2, as Sobol sequences need."""

Shares = tuple[Floats, Floats]
"""Sobol indices of d inputs in each function that is drawn, shape (functions, d) each: first order,
what the input explains by itself; and total, with all that it does together with others."""


def can_be_shared(space: Space) -> bool:
    """Whether there are two inputs or more that can be set on their own: not one input alone, nor
    formulas that are known of the candidates alone."""
    return len(space.inputs) > 1 and not isinstance(space.chemistry, ListedFormulas)


def importance_of(model: Posterior, space: Space, seed: int, base: int = BASE) -> Shares:
    """Of functions that a model of one target draws, on its model scale: so that the interval holds
    all that it does not know.

    Args:
        model: Asked anywhere in the space.
        space: With inputs that can be set on their own (:func:`can_be_shared`).
        seed: Of the points and the draws.
        base: Points of each of the two designs, a power of 2.
    """
    rows = _design(space, seed, base)
    drawn = model.over(rows).on_model_scale.sample(FUNCTIONS, seed=seed)
    return sobol_indices(drawn.reshape(FUNCTIONS, -1, base))


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
    return np.clip(alone, 0, 1), np.clip(in_all, 0, 1)


def with_interval(draws: Floats) -> Floats:
    """(middle, ends of the 95 % interval) of each input's draws, shape (d, 3)."""
    return np.quantile(draws, [0.5, 0.025, 0.975], axis=0).T


def _design(space: Space, seed: int, base: int) -> Floats:
    """Rows for :func:`sobol_indices`, each input spread as among the candidates, shape
    ((2 + d) * base, d)."""
    d = len(space.inputs)
    shares = qmc.Sobol(2 * d, rng=np.random.default_rng(seed)).random(base)
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
