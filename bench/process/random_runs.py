"""Random furnace runs, exactly: what they find is no matter of the draw."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.special import comb

from tansaku.design import Floats, Ints


def expected_best(
    y: Floats, group: Ints, measured: Ints, runs: int, crucibles: int, weeks: int
) -> list[float]:
    """Expected best after 0, 1, .. ``weeks`` weeks of random runs.

    In a week the settings are drawn without replacement, and of each as many open candidates as
    there are crucibles; every setting has enough of them. How often a setting comes up over the
    weeks is counted by a polynomial with one variable for each week.

    Args:
        y: The values, shape (N,).
        group: The setting 0, 1, .. of each candidate, shape (N,).
        measured: Candidates that are known already.
        runs: Of a week.
        crucibles: Samples of a run.
        weeks: How many.
    """
    open_ = np.delete(np.arange(len(y)), measured)
    best = float(y[measured].max())
    levels = np.unique(np.append(y[open_][y[open_] > best], best))
    sizes = np.bincount(group[open_])
    below = np.stack(
        [np.bincount(group[open_[y[open_] <= level]], minlength=len(sizes)) for level in levels], 1
    )
    visits = crucibles * np.arange(weeks + 1)[:, None, None]
    missed = comb(below, visits) / comb(sizes[:, None], visits)  # (visits, settings, levels)
    found = [best]
    for week in range(1, weeks + 1):
        ways = np.zeros((*[runs + 1] * week, len(levels)))
        ways[(0,) * week] = 1.0
        for at in range(len(sizes)):
            ways = sum(missed[sum(s), at] * _shifted(ways, s) for s in product((0, 1), repeat=week))
        chance = ways[(runs,) * week] / comb(len(sizes), runs) ** week
        found.append(float(levels[-1] - np.diff(levels) @ chance[:-1]))
    return found


def _shifted(ways: Floats, weeks: tuple[int, ...]) -> Floats:
    """With a run more in each week that is 1; more runs than a week has are left out."""
    moved = np.zeros_like(ways)
    to = tuple(slice(step, None) for step in weeks)
    moved[to] = ways[tuple(slice(None, len(ways) - step) for step in weeks)]
    return moved
