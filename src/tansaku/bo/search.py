"""Search: the candidates of one step where a space cannot be listed.

Settable points all over the region and around the best measured ones, then the ones that a climb
on the acquisition finds between them. The engine chooses from these as from any other pool.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition import acquisition_of, score_of
from tansaku.bo.deadline import passed
from tansaku.bo.device import to_device, to_host
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.kernels.smooth import smooth_correlation
from tansaku.bo.optimize.branch_and_bound import Bounded
from tansaku.bo.optimize.free import Score, climb
from tansaku.bo.optimize.settable import distinct, drawn, neighbours
from tansaku.bo.search_bound import best_of_all
from tansaku.bo.surrogates.gp import GP
from tansaku.bo.threads import threads_for
from tansaku.design import Design, Floats, Ints, Joint, Problems, Region
from tansaku.strategy import Strategy

POINTS = 2048
"""Settable points all over the region: at least two along every axis in up to ten columns, and
scored in a few hundredths of a second."""
SAMPLED = 512
"""The same for ``thompson``, which factorises the covariance of them all and does not climb."""
STARTS = 6
"""Climbs in each round, from places that are apart: acquisitions have several hills."""
APART = 0.1
"""Distance of two starts, as a share of the longest diagonal of the encoded region: nearer ones
climb the same hill."""
BEST = 3
"""Best measured points whose neighbours are candidates: the optimum is often near them."""
ROUNDS = 2
"""Climbs and neighbours in turn: numbers with the choices held, then one choice or step at a time,
as the alternating optimiser for mixed spaces does."""


class Found(NamedTuple):
    """Settable points: their levels, distinct, shape (k, p), and what is known of all others;
    ``None`` where nothing was asked of them or nothing can be said."""

    levels: Ints
    others: Bounded | None = None


def candidates(
    problem: Problems,
    measured: Ints,
    region: Region,
    strategy: Strategy,
    *,
    draw: np.random.Generator,
    model: np.random.Generator,
    most: int = 0,
) -> Found:
    """The points worth choosing from.

    Args:
        problem: One search (b = 1); its pool plays no part.
        measured: Levels of its n measured points, shape (n, p).
        region: What can be set.
        strategy: How to choose.
        draw: Draws the points.
        model: Fits the model; in the state in which the choice will start, too, so that the climb
            sees the model that chooses.
        most: How much is computed to see whether any other point is better: see
            :func:`~tansaku.bo.search_bound.best_of_all`.
    """
    sampled = acquisition_of(strategy.acquisition).draws
    found = drawn(region, SAMPLED if sampled else POINTS, draw)
    if strategy.surrogate is None or problem.measured < strategy.start_samples:
        return Found(found)
    best = np.argsort(-_value(problem), kind="stable")[:BEST]
    found = distinct(np.concatenate([found, neighbours(region, measured[best])]))
    if sampled or not len(found):
        return Found(found)
    with threads_for(problem.measured):
        pool = Design(region.encode(found), ("",) * problem.X.shape[-1])
        learnt = MultiOutputModel.of(Joint.of(replace(problem, pool=pool)), strategy, [model])
        score = _smooth(learnt)
        values = _scores(score, region, found)
        for _round in range(ROUNDS):
            if passed():
                break
            starts = found[_apart(pool.X, values)]
            ends = climb(region, starts, score)
            tops = ends[_apart(region.encode(ends), _scores(score, region, ends))]
            more = np.concatenate([ends, neighbours(region, tops)])
            found = distinct(np.concatenate([found, more]))
            pool = replace(pool, X=region.encode(found))
            values = _scores(score, region, found)
        seen = best_of_all(learnt, region, found, values, measured, most) if most else None
    better = () if seen is None else (seen.better,)
    return Found(distinct(np.concatenate([found, *better])), seen)


def _value(problem: Problems) -> Floats:
    """How good the measured points are, shape (n,)."""
    y = problem.y[0]
    return y if problem.direction.value == "maximise" else -np.abs(y - problem.match)


def _smooth(model: MultiOutputModel) -> Score:
    """The acquisition as a function that gradients pass through, asked and answered on any device:
    the climbs stay on the processor."""
    asked, fitted = acquisition_of(model.strategy.acquisition), model.fitted[0]

    def score(X: Float[Tensor, "k d"]) -> Float[Tensor, " k"]:
        there = X if fitted is None else X.to(fitted.processes.alpha.device)
        now = model.over(there, cross=_cross)
        given = now.acquisition_input(model.strategy.acquisition, [np.random.default_rng(0)])
        return score_of(asked, given)[0].to(X.device)

    return score


def _cross(gp: GP, X: Float[Tensor, "k d"]) -> Float[Tensor, "b n k"]:
    """``gp.cross`` with gradients."""
    h = gp.hyperparameters
    s = smooth_correlation(gp.kernel, gp.data.X, X, h.length_scales)
    prior = h.signal.view(-1, 1, 1) * s
    if gp.source is None:
        return prior
    points = X.expand(len(prior), -1, -1)
    return prior - gp.source.rows(gp.data.X).mT @ gp.source.rows(points)


def _scores(score: Score, region: Region, levels: Ints) -> Floats:
    """The acquisition at settable points, shape (k,)."""
    with torch.no_grad():
        parts = to_device(region.encode(levels)).split(256)
        return to_host(torch.cat([score(part) for part in parts]))


def _apart(X: Floats, values: Floats) -> Ints:
    """Indices of up to ``STARTS`` best points that are apart from each other."""
    reach = APART * np.linalg.norm(np.ptp(X, axis=0))
    chosen: list[int] = []
    for i in np.argsort(-values, kind="stable").tolist():
        if all(np.linalg.norm(X[i] - X[j]) > reach for j in chosen):
            chosen.append(i)
        if len(chosen) == STARTS:
            break
    return np.array(chosen, dtype=np.int64)
