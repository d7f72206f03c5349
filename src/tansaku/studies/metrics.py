"""What a replay is judged by: discovery probability, its band, and the steps to a level.

All sample counts include the start samples. Axes: b runs, k samples.
"""

from __future__ import annotations

import math

import numpy as np

from tansaku.design import Bools, Floats, Ints

BAND_Z = 1.959963984540054
"""Two-sided 95 % point of the normal law."""


def first_hit(picks: Ints, best: Bools) -> Ints:
    """Samples until a best candidate is sampled, shape (b,); 0 where the run never does.

    Args:
        picks: Pool indices in order, shape (b, k).
        best: Which candidates are best, shape (N,).
    """
    hit = best[picks]
    return np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0).astype(np.int64)


def discovery(hits: Ints, samples: int) -> Floats:
    """Share of runs that have found the best within 1, 2, .. ``samples`` samples, shape (k,)."""
    found = hits[hits > 0]
    return np.cumsum(np.bincount(found, minlength=samples + 1)[1 : samples + 1]) / len(hits)


def wilson(p: Floats, runs: int) -> tuple[Floats, Floats]:
    """95 % score interval of a share seen in ``runs`` runs: Wilson, JASA 22 (1927) 209."""
    z2 = BAND_Z**2
    centre = (p + z2 / (2 * runs)) / (1 + z2 / runs)
    half = BAND_Z * np.sqrt(p * (1 - p) / runs + z2 / (4 * runs**2)) / (1 + z2 / runs)
    return np.clip(centre - half, 0.0, p), np.clip(centre + half, p, 1.0)


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
