"""Random runs: the closed form against every plan that there is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import pytest

from bench.process.random_runs import expected_best

GROUP = np.arange(15) % 3
Y = np.array([1.0, 8.0, 3.0, 2.0, 2.0, 9.0, 5.0, 4.0, 3.0, 7.0, 9.0, 0.0, 6.0, 2.0, 5.0])


def weeks_of(taken: frozenset[int], runs: int, crucibles: int) -> Iterator[frozenset[int]]:
    """What is measured after a random week: every plan is as likely as the others of its settings,
    and every choice of settings as likely as the others."""
    for settings in combinations(range(3), runs):
        open_ = [[i for i in range(15) if i % 3 == s and i not in taken] for s in settings]
        each = [list(combinations(these, crucibles)) for these in open_]
        yield from (taken.union(*picks) for picks in product(*each))


def mean_best(taken: frozenset[int], runs: int, crucibles: int, weeks: int) -> float:
    """By going through all of them."""
    if weeks == 0:
        return float(Y[list(taken)].max())
    by_settings: dict[tuple[int, ...], list[float]] = {}
    for after in weeks_of(taken, runs, crucibles):
        settings = tuple(sorted({int(GROUP[i]) for i in after - taken}))
        by_settings.setdefault(settings, []).append(mean_best(after, runs, crucibles, weeks - 1))
    return float(np.mean([np.mean(found) for found in by_settings.values()]))


@pytest.mark.parametrize(
    ("runs", "crucibles", "weeks"), [(1, 2, 2), (1, 1, 3), (2, 1, 2), (2, 2, 2)]
)
def test_expected_best_is_that_of_all_plans(runs: int, crucibles: int, weeks: int) -> None:
    """Two candidates share the best value, and a setting may come up week after week."""
    measured = np.array([0, 4, 11])
    found = expected_best(Y, GROUP, measured, runs, crucibles, weeks)
    every = [mean_best(frozenset(measured.tolist()), runs, crucibles, w) for w in range(weeks + 1)]
    assert found == pytest.approx(every, rel=1e-12)
