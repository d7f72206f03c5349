"""Metrics: what searches are judged by after each sample, beside random search.

All sample counts include the start samples. Axes: b runs, k samples, N candidates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from tansaku.design import Bools, Floats, Ints
from tansaku.studies.volumes import random_volume, relative_volumes

BAND_Z = 1.959963984540054
"""Two-sided 95 % point of the normal law."""

LEVELS = {"n50": 0.5, "n80": 0.8, "n95": 0.95}
"""Discovery probabilities whose sample counts are reported."""

SHARES = {"hv_n90": 0.9, "hv_n95": 0.95, "hv_n99": 0.99}
"""Shares of the reachable hypervolume whose sample counts are reported."""

Band = tuple[Floats, Floats, Floats]
"""The mean over the runs, and the ends of its 95 % interval, shape (k,) each."""


class Metric(NamedTuple):
    """What searches are judged by.

    Attributes:
        of: Picks in the order of sampling, shape (b, k) -> what each run is worth after 1, 2, .. k
            samples, (b, k).
        band: Of such values the mean over the runs, with its interval.
        random: Expectation under random search after 1 .. N samples, shape (N,).
        levels: {name: mean whose sample count is reported}.
        exact: ``random`` is computed in closed form, not from drawn orders.
    """

    of: Callable[[Ints], Floats]
    band: Callable[[Floats], Band]
    random: Floats
    levels: Mapping[str, float] = {}
    exact: bool = True

    def curve(self, picks: Ints) -> Curve:
        """What a strategy's runs are worth, shape (b, k)."""
        values = self.of(picks)
        mean, low, high = self.band(values)
        return Curve(values, mean, low, high, self.reached(mean))

    def reached(self, mean: Floats) -> dict[str, int | None]:
        """{level: samples at which the mean reaches it}."""
        return {name: samples_to(mean, level) for name, level in self.levels.items()}


class Curve(NamedTuple):
    """What a strategy's runs are worth by one metric.

    Attributes:
        values: Of each run after each sample, shape (b, k).
        mean: Over the runs, shape (k,).
        low: Lower end of its 95 % interval, shape (k,).
        high: Upper end.
        levels: {name: samples at which the mean reaches a level}; ``None`` where it never does.
    """

    values: Floats
    mean: Floats
    low: Floats
    high: Floats
    levels: dict[str, int | None]


def discovery(best: Bools, *, every: bool = False) -> Metric:
    """Share of the runs that have sampled a best candidate, or ``every`` one of them.

    Args:
        best: Which candidates are best, shape (N,).
        every: All of them have to be sampled.
    """
    wanted = int(best.sum()) if every else 1
    exact = random_all_found if every else random_discovery

    def found(picks: Ints) -> Floats:
        return (np.cumsum(best[picks], axis=1) >= wanted).astype(np.float64)

    def band(values: Floats) -> Band:
        mean = values.mean(0)
        return mean, *wilson(mean, len(values))

    return Metric(found, band, exact(len(best), int(best.sum())), LEVELS)


def regret(score: Floats) -> Metric:
    """How far the best sample so far falls short of the best candidate (simple regret).

    Args:
        score: Of every candidate, larger is better, model scale, shape (N,); -inf of those without
            a value.
    """
    seen = np.isfinite(score)
    worst, best = score[seen].min(), score[seen].max()
    values = np.where(seen, score, worst)
    share, exact = np.ones(len(score)), True
    if best > worst:
        share, exact = random_volume(values[:, None], seen, np.array([worst]), 0)

    def short(picks: Ints) -> Floats:
        return np.asarray(best - np.maximum.accumulate(values[picks], axis=1), dtype=np.float64)

    return Metric(short, mean_band, (best - worst) * (1 - share), exact=exact)


def hypervolume_share(good: Floats, counts: Bools, reference: Floats, seed: int) -> Metric:
    """Hypervolume of the samples so far over that of all candidates; arguments as of
    :func:`~tansaku.studies.volumes.random_volume`."""

    def share(picks: Ints) -> Floats:
        return relative_volumes(good, counts, reference, picks)

    def band(values: Floats) -> Band:
        """It lies between 0 and 1, and of one run nothing else is known."""
        if len(values) == 1:
            return values[0], np.zeros_like(values[0]), np.ones_like(values[0])
        mean, low, high = mean_band(values)
        return mean, np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)

    random, exact = random_volume(good, counts, reference, seed)
    return Metric(share, band, random, SHARES, exact)


def first_reached(values: Floats) -> Ints:
    """Samples until a run's value is 1, shape (b, k) -> (b,); 0 where it never is."""
    hit = values >= 1
    return np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0).astype(np.int64)


def wilson(p: Floats, runs: int) -> tuple[Floats, Floats]:
    """95 % score interval of a share seen in ``runs`` runs: Wilson, JASA 22 (1927) 209."""
    z2 = BAND_Z**2
    centre = (p + z2 / (2 * runs)) / (1 + z2 / runs)
    half = BAND_Z * np.sqrt(p * (1 - p) / runs + z2 / (4 * runs**2)) / (1 + z2 / runs)
    return np.clip(centre - half, 0.0, p), np.clip(centre + half, p, 1.0)


def mean_band(values: Floats) -> Band:
    """Of independent runs: their mean is normal about its expectation. Of one run without ends."""
    mean, runs = values.mean(0), len(values)
    if runs == 1:
        return mean, np.full_like(mean, -np.inf), np.full_like(mean, np.inf)
    half = BAND_Z * values.std(0, ddof=1) / np.sqrt(runs)
    return mean, mean - half, mean + half


def samples_to(p: Floats, level: float) -> int | None:
    """First number of samples at which the discovery probability is at least ``level``."""
    reached = np.flatnonzero(p >= level - 1e-12)
    return int(reached[0]) + 1 if reached.size else None


def mean_samples(hits: Ints) -> float | None:
    """Mean samples until the best; ``None`` where a run ended without it (no mean exists then)."""
    return None if (hits == 0).any() else float(hits.mean())


def random_discovery(candidates: int, best: int) -> Floats:
    """Exact discovery probability of random search after 1 .. N samples, shape (N,).

    1 - C(N - m, n) / C(N, n) for m equally good best candidates; n / N for one.
    """
    n = np.arange(1, candidates + 1)
    miss = np.zeros(candidates)
    for i, k in enumerate(n):
        if k <= candidates - best:
            miss[i] = math.comb(candidates - best, int(k)) / math.comb(candidates, int(k))
    return 1.0 - miss


def random_mean(candidates: int, best: int) -> float:
    """Exact mean number of samples of random search: (N + 1) / (m + 1)."""
    return (candidates + 1) / (best + 1)


def random_all_found(candidates: int, wanted: int) -> Floats:
    """Exact probability that random search has sampled all of some candidates after 1 .. N samples:
    C(N - m, n - m) / C(N, n)."""
    n = np.arange(1, candidates + 1)
    found = np.ones(candidates)
    for i in range(wanted):
        found = found * np.maximum(n - i, 0) / (candidates - i)
    return found
