"""Eighteen made-up tables of 3, 5 and 9 columns, for the study of the bank of settings.

Six families: columns that weigh alike and unlike, columns that weigh nothing, sums over columns,
quadratic responses, several peaks. No peer runs here, and no default was chosen on them before.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.quality.synthetic_tables import sobol
from bench.quality.table import FloatArray, Table, frozen_random, make_table

POINTS, SEED = 220, 8100
WIDTHS = (3, 5, 9)
NOISE = 0.2
"""Noise sd of the tables of nine columns, in sd of the values; the others have none."""
Family = Callable[[FloatArray, np.random.RandomState], FloatArray]


def drawn(u: FloatArray, scales: FloatArray, rng: np.random.RandomState) -> FloatArray:
    """A standardised function with the Matern-5/2 covariance, shapes (N, d), (d,) -> (N,)."""
    v = u / scales
    r = np.sqrt(5 * np.square(v[:, None] - v[None]).sum(-1))
    K = (1 + r + r**2 / 3) * np.exp(-r) + 1e-8 * np.eye(len(u))
    z = np.linalg.cholesky(K) @ rng.normal(size=len(u))
    return np.asarray((z - z.mean()) / z.std())


def iso(u: FloatArray, rng: np.random.RandomState) -> FloatArray:
    """All columns weigh alike."""
    d = u.shape[1]
    return drawn(u, np.full(d, rng.uniform(0.25, 0.6) * np.sqrt(d)), rng)


def own(u: FloatArray, rng: np.random.RandomState) -> FloatArray:
    """A length scale for each column, apart by a factor of e."""
    d = u.shape[1]
    return drawn(u, 0.4 * np.sqrt(d) * np.exp(rng.normal(size=d)), rng)


def sparse(u: FloatArray, rng: np.random.RandomState) -> FloatArray:
    """A third of the columns matters, the others not at all."""
    d = u.shape[1]
    active = max(1, d // 3)
    scales = np.full(d, 1e3)
    scales[rng.permutation(d)[:active]] = rng.uniform(0.25, 0.6) * np.sqrt(active)
    return drawn(u, scales, rng)


def additive(u: FloatArray, rng: np.random.RandomState) -> FloatArray:
    """A sum of one curve for each column."""
    weights = np.exp(rng.normal(size=u.shape[1]))
    curves = [drawn(u[:, [j]], np.array([0.4]), rng) for j in range(u.shape[1])]
    return np.asarray(sum(w * c for w, c in zip(weights, curves, strict=True)))


def quadratic(u: FloatArray, rng: np.random.RandomState) -> FloatArray:
    """A response surface of second order, its best point inside."""
    d = u.shape[1]
    A = rng.normal(size=(d, d))
    A = -(A @ A.T) / d
    centre = rng.uniform(0.1, 0.9, d)
    v = (u - centre) @ np.diag(np.exp(0.7 * rng.normal(size=d)))
    return np.asarray(np.einsum("ni,ij,nj->n", v, A, v))


def peaks(u: FloatArray, rng: np.random.RandomState) -> FloatArray:
    """Six round hills of different height."""
    d, y = u.shape[1], np.zeros(len(u))
    for _hill in range(6):
        centre = rng.uniform(0, 1, d)
        away = np.square((u - centre) / (0.22 * np.sqrt(d))).sum(1)
        y += rng.uniform(0.4, 1) * np.exp(-0.5 * away)
    return y


FAMILIES: tuple[Family, ...] = (iso, own, sparse, additive, quadratic, peaks)


def family_tables() -> dict[str, Table]:
    """Every table of this module, by name."""
    found = {}
    for i, (family, d) in enumerate((f, d) for f in FAMILIES for d in WIDTHS):
        rng, u = frozen_random(SEED + i), sobol(POINTS, d)
        values = family(u, rng)
        noise = NOISE if d == WIDTHS[-1] else 0.0
        y = (values - values.mean()) / values.std() + noise * rng.normal(size=len(u))
        title = family.__name__
        name = f"wide_{title}_{d}d"
        note = f"{(family.__doc__ or '').rstrip('.')}; noise {noise}"
        columns = tuple(f"x{j}" for j in range(d))
        found[name] = make_table(name, title, u, columns, y, note=note, held_out=False)
    return found
