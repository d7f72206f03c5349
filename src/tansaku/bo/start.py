"""The first samples, chosen before there is a model of the values.

At random, far from all that is known (``space_filling``), or where one sample tells most of all
others (``central``).

Where samples have failed already, half of the open candidates are left out: those that the
classifier of ``bo.feasibility`` gives a smaller chance to work than the median one. The draw stays
a draw, no region is given up for good, and where failures seem to be scattered all chances are
nearly alike and the half that is left is nearly any half.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo import feasibility
from tansaku.bo.device import to_device, to_host
from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import MATERN52, squared_distance
from tansaku.bo.optimize import best_allowed, farthest_allowed, random_allowed
from tansaku.design import Bools, Floats, Ints, Problems
from tansaku.strategy import Strategy

DRAWN = 1024
"""Candidates of a large pool among which the safer half is found, and of which a central sample is
to tell: a share of them is known to 2 %."""
LOOKED_AT = 8192
"""Candidates of a larger pool that are drawn, to find the one that tells most: it is among the best
thousandth but once in 4,000 times."""
SCALES = (0.4, 0.8, 1.6)
"""Length scales of a central start, times sqrt(d / 2): from a hill to a slope."""
NOISE = 0.03
"""Noise variance of a central start, over the signal variance: an sd ratio of 17 %, the middle of
the law of the hyperparameter samples."""
BLOCK = 1024
"""Candidates that are looked at together: 25 MB with ``DRAWN`` others at three scales."""


@dataclass(frozen=True, slots=True)
class Start:
    """n first samples of b searches.

    Attributes:
        picks: Pool indices, shape (b, n).
        works: Probability that each works, shape (b, n); ``None`` where no failure steers.
    """

    picks: Ints
    works: Floats | None = None


def first_picks(
    problems: Problems, strategy: Strategy, n: int, rngs: Sequence[np.random.Generator]
) -> Start:
    """Samples as the strategy's start says; away from failures, unless the strategy is random
    search."""
    design = StartDesign(problems, strategy, rngs)
    picks = np.stack([design.next() for _step in range(n)], 1)
    return Start(picks, np.stack(design.chances, 1) if design.chances else None)


class StartDesign:
    """The first samples of b searches, one after the other.

    Attributes:
        taken: Candidates that may not be chosen, shape (b, N).
        known: Of each search, the points that are measured, under way, failed or chosen.
        chances: Of each sample so far the chance to work, shape (b,); empty where none has failed.
    """

    def __init__(
        self, problems: Problems, strategy: Strategy, rngs: Sequence[np.random.Generator]
    ) -> None:
        self.problems, self.way, self.rngs = problems, strategy.start, rngs
        self.taken, self.known = problems.taken.copy(), _known(problems)
        self.chances: list[Floats] = []
        self.works: feasibility.FeasibilityClassifier | None = None
        if problems.tried is not None and strategy.surrogate is not None:
            tried = problems.tried
            self.works = feasibility.learn(to_device(tried.X), to_device(tried.worked))

    def next(self, among: Bools | None = None) -> Ints:
        """One more sample of each search, shape (b,). ``among``, shape (N,), are the candidates to
        choose from; each search has an open one among them."""
        left_out = self.taken if among is None else self.taken | ~among
        rows = np.arange(len(left_out))
        if self.works is None:
            pick = self._pick(left_out)
        else:
            chance = _chances(self.works, self.problems, left_out, self.rngs)
            pick = self._pick(_unsafe(chance, left_out))
            self.chances.append(chance[rows, pick])
        self.taken[rows, pick] = True
        self.known = [
            np.concatenate([known, self.problems.pool.X[[i]]])
            for known, i in zip(self.known, pick.tolist(), strict=True)
        ]
        return pick

    def _pick(self, left_out: Bools) -> Ints:
        if self.way == "random":
            return random_allowed(left_out, self.rngs)
        if self.way == "central":
            return self._central(left_out)
        return farthest_allowed(self.problems.pool.X, self.known, left_out, self.rngs)

    def _central(self, left_out: Bools) -> Ints:
        """The candidates that tell most of all that are open, as likely as these are to work."""
        X, picks = self.problems.pool.X, np.empty(len(left_out), dtype=np.int64)
        for i, rng in enumerate(self.rngs):
            index = _some(~left_out[i], LOOKED_AT, rng)
            others = X[_some(~self.taken[i], DRAWN, rng)]
            weight = np.ones(len(others))
            if self.works is not None:
                weight = to_host(self.works.probability(to_device(others)))[i]
            told = told_by(X[index], others, weight, self.known[i])
            nothing = np.zeros((1, len(index)), dtype=np.bool_)
            picks[i] = index[best_allowed(told[None], nothing, [rng])[0]]
        return picks


def told_by(X: Floats, others: Floats, weight: Floats, known: Floats) -> Floats:
    """How much a sample at each point would tell of others: the variance that it takes from them,
    at unit signal variance, summed over ``SCALES`` (active learning by Cohn, J. Artif. Intell.
    Res. 4 (1996) 129).

    Args:
        X: Where the sample would be, shape (k, d).
        others: What is to be known, shape (m, d).
        weight: How much each of these counts, shape (m,).
        known: Samples that are there already, shape (z, d).

    Returns:
        sum over scales of sum_j w_j C(i, j)^2 / (C(i, i) + NOISE), shape (k,), where C is the
        posterior covariance after ``known``.
    """
    scales = math.sqrt(X.shape[1] / 2) * np.array(SCALES)
    length = to_device(np.repeat(scales[:, None], X.shape[1], axis=1))
    points, to_know, there = (to_device(each)[None] for each in (X, others, known))

    def correlation(A: Float[Tensor, "1 n d"], B: Float[Tensor, "1 m d"]) -> Float[Tensor, "s n m"]:
        return MATERN52.value(squared_distance(A, B, length))

    errors = NOISE * torch.eye(len(known), dtype=length.dtype, device=length.device)
    L = factorise(correlation(there, there) + errors).L
    explained = torch.linalg.solve_triangular(L, correlation(there, to_know), upper=False)
    found = []
    for block in points.split(BLOCK, 1):
        solved = torch.linalg.solve_triangular(L, correlation(there, block), upper=False)
        C = correlation(block, to_know) - solved.mT @ explained
        own = 1 - solved.square().sum(-2)
        found.append(((C.square() @ to_device(weight)) / (own + NOISE)).sum(0))
    return to_host(torch.cat(found))


def _known(problems: Problems) -> list[Floats]:
    """Of each search the points that are measured, under way, known to a limit or failed."""
    pool, limits, tried = problems.pool.X, problems.limits, problems.tried
    found = []
    for i in range(problems.size):
        parts = [problems.X[i], pool[problems.pending[i]]]
        if limits is not None:
            parts.append(limits.X[i])
        if tried is not None:
            parts.append(tried.X[i][~tried.worked[i]])
        found.append(np.concatenate(parts))
    return found


def _some(open_ones: Bools, most: int, rng: np.random.Generator) -> Ints:
    """Indices of the open candidates, or of so many of them drawn at random."""
    index = np.flatnonzero(open_ones)
    return index if len(index) <= most else rng.choice(index, most, replace=False)


def _chances(
    works: feasibility.FeasibilityClassifier,
    problems: Problems,
    taken: Bools,
    rngs: Sequence[np.random.Generator],
) -> Floats:
    """P(works) of each candidate, shape (b, N); NaN where a large pool was not looked at."""
    size = len(problems.pool)
    if size <= DRAWN:
        return to_host(works.probability(to_device(problems.pool.X)))
    found = np.full((problems.size, size), np.nan)
    for i, rng in enumerate(rngs):
        index = rng.integers(size, size=DRAWN)
        index = index[~taken[i, index]]
        if not len(index):
            index = np.flatnonzero(~taken[i])[:DRAWN]
        found[i, index] = to_host(works.probability(to_device(problems.pool.X[index])))[i]
    return found


def _unsafe(chance: Floats, taken: Bools) -> Bools:
    """Candidates that are taken, or less likely to work than the median open one."""
    open_ones = np.where(taken, np.nan, chance)
    return ~(open_ones >= np.nanmedian(open_ones, axis=1, keepdims=True))
