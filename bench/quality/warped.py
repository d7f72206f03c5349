"""Replays in which the model learns from values that were changed first: for the study of the
default only. No user meets these."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from bench.quality.table import FloatArray, IntArray
from tansaku.bo import engine
from tansaku.design import Design, Joint, Problems
from tansaku.strategy import Strategy

Warp = Callable[[FloatArray], FloatArray]
"""Measured values, shape (b, n) -> those that the model learns from, larger still better."""


def normal_scores(y: FloatArray) -> FloatArray:
    """Ranks as normal quantiles (van der Waerden), ties averaged: nothing is an outlier."""
    return np.asarray(ndtri(rankdata(y, axis=1) / (y.shape[1] + 1)))


def without_outliers(y: FloatArray) -> FloatArray:
    """Values beyond 2.5 robust standard deviations (1.4826 x median absolute deviation) of the
    median, drawn in to there (winsorised; Huber and Ronchetti, Robust Statistics, 2009)."""
    middle = np.median(y, axis=1, keepdims=True)
    spread = 1.4826 * np.median(np.abs(y - middle), axis=1, keepdims=True)
    far = np.where(spread > 0, 2.5 * spread, np.inf)
    return np.clip(y, middle - far, middle + far)


def replay_warped(
    pool: Design, y: FloatArray, begin: IntArray, samples: int, strategy: Strategy, warp: Warp
) -> IntArray:
    """As ``tansaku.studies.replay``, with the values warped before each pick."""
    strategy = strategy.model_copy(update={"start_samples": 1})
    rngs = [np.random.default_rng([0, i, 1]) for i in range(len(begin))]
    picks, rows, warm = begin, np.arange(len(begin))[:, None], None
    while picks.shape[1] < samples:
        taken = np.zeros((len(picks), len(y)), dtype=bool)
        taken[rows, picks] = True
        problems = Problems(
            pool=pool,
            X=pool.X[picks],
            y=warp(y[picks]),
            counts=np.ones(picks.shape),
            taken=taken,
            pending=np.empty((len(picks), 0), dtype=np.int64),
            positions=picks,
        )
        answer = engine.propose(Joint.of(problems), strategy, 1, rngs, warm=warm)
        warm, picks = answer.warm, np.concatenate([picks, answer.picks], axis=1)
    return picks
