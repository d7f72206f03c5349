"""Synthetic truths of composition x firing, 7^4 candidates each: a family, so that no single table
decides.

With composition c and firing p, each two numbers in 0, 1/6, .. 1, the value in decades is

    y(c, p) = -(c - c0)' A (c - c0) - (p - p0(c))' B (p - p0(c)) + noise
    p0(c)   = p0 + S (c - c0)

c0 and p0 are uniform in [0.15, 0.85]^2. A and B have eigenvalues that are log-uniform in [0.7, 4]
decades and random directions: hills that are longer one way than the other. S, with normal entries
of sd 0.5, is the interaction: the best firing moves with the composition by half the range over the
range. The noise, one draw for each candidate with sd 0.05 decades (12 %), is part of the table.
"""

from __future__ import annotations

import numpy as np

from tansaku.design import Floats, Ints

LEVELS = 7
NOISE = 0.05
SHIFT = 0.5
EIGENVALUES = (0.7, 4.0)
CENTRES = (0.15, 0.85)


def grid() -> Floats:
    """All candidates, shape (2401, 4): two columns of composition, two of firing; the last one
    changes fastest."""
    axis = np.linspace(0, 1, LEVELS)
    return np.stack(np.meshgrid(axis, axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 4)


def values(seed: int) -> Floats:
    """One truth of the family, shape (2401,)."""
    rng, X = np.random.default_rng([2401, seed]), grid()
    c0, p0 = rng.uniform(*CENTRES, 2), rng.uniform(*CENTRES, 2)
    A, B = _hill(rng), _hill(rng)
    S = SHIFT * rng.standard_normal((2, 2))
    c = X[:, :2] - c0
    p = X[:, 2:] - p0 - c @ S.T
    y = -np.einsum("ni,ij,nj->n", c, A, c) - np.einsum("ni,ij,nj->n", p, B, p)
    return y + NOISE * rng.standard_normal(len(y))


def compositions() -> Ints:
    """Candidates at the middle firing: 7^2 compositions fired as always."""
    X = grid()
    return np.flatnonzero((X[:, 2] == 0.5) & (X[:, 3] == 0.5))


def firings() -> Ints:
    """Candidates at the middle composition: 7^2 firings of one composition."""
    X = grid()
    return np.flatnonzero((X[:, 0] == 0.5) & (X[:, 1] == 0.5))


def shared() -> Ints:
    """The firing 0 .. 48 of each candidate, shape (2401,)."""
    return np.arange(LEVELS**4) % LEVELS**2


def _hill(rng: np.random.Generator) -> Floats:
    """A symmetric matrix with eigenvalues within ``EIGENVALUES`` and random directions."""
    low, high = np.log(EIGENVALUES)
    turn = rng.uniform(0, np.pi)
    Q = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return Q @ np.diag(np.exp(rng.uniform(low, high, 2))) @ Q.T
