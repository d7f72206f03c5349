"""Variance by level against the analysis of variance, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tansaku.bo.variation import REPEATS, levels
from tansaku.design import Floats
from tests.seeds import binomial_range, generator, scatter


def nested(
    rng: np.random.Generator, runs: int, pellets: int, repeats: int, sds: tuple[float, ...]
) -> tuple[Floats, dict[str, list[object]]]:
    """One candidate, made in runs, pressed into pellets, measured repeatedly."""
    run = np.repeat(np.arange(runs), pellets * repeats)
    pellet = np.repeat(np.arange(runs * pellets), repeats)
    y = (
        5.0
        + sds[0] * rng.standard_normal(runs)[run]
        + sds[1] * rng.standard_normal(runs * pellets)[pellet]
        + sds[2] * rng.standard_normal(len(run))
    )
    return y, {"batch": run.tolist(), "pellet": pellet.tolist()}


def test_balanced_data_give_the_analysis_of_variance() -> None:
    y, labels = nested(generator(0), 6, 3, 2, (1.0, 0.6, 0.3))
    found = {level.name: level for level in levels(y, [0] * len(y), labels)}
    table = y.reshape(6, 3, 2)
    pellets, runs = table.mean(2), table.mean((1, 2))
    within = ((table - pellets[..., None]) ** 2).sum() / (6 * 3 * 1)
    between = 2 * ((pellets - runs[:, None]) ** 2).sum() / (6 * 2)
    top = 6 * ((runs - table.mean()) ** 2).sum() / 5
    assert found[REPEATS].sd == pytest.approx(np.sqrt(within), rel=1e-3)
    assert found["pellet"].sd == pytest.approx(np.sqrt((between - within) / 2), rel=1e-3)
    assert found["batch"].sd == pytest.approx(np.sqrt((top - between) / 6), rel=1e-3)
    assert [level.groups for level in found.values()] == [6, 18, 36]


def test_repeats_alone_give_the_pooled_sd_and_its_interval() -> None:
    """Twelve candidates measured three times: close to the exact chi-square interval."""
    which = np.repeat(np.arange(12), 3)
    y = 10.0 * which + 0.5 * scatter(36)
    (level,) = levels(y, which.tolist(), {})
    pooled = np.sqrt(sum(y[which == c].var(ddof=1) for c in range(12)) / 12)
    assert level.sd == pytest.approx(pooled, rel=1e-3)
    exact = pooled * np.sqrt(24 / stats.chi2.ppf([0.975, 0.025], 24))
    assert (level.low, level.high) == pytest.approx(tuple(exact), rel=0.05)


def test_intervals_hold_what_they_say() -> None:
    """Of 15 simulated laboratories 95 % intervals hold the true sd of each level as often."""
    sds, inside = (0.8, 0.5, 0.3), []
    for seed in range(15):
        y, labels = nested(generator(seed), 5, 2, 2, sds)
        found = levels(y, [0] * len(y), labels)
        inside += [each.low <= sd <= each.high for each, sd in zip(found, sds, strict=True)]
    assert np.mean(inside) >= binomial_range(45, 0.95)[0]


def test_levels_that_cannot_be_told_apart_are_left_out() -> None:
    y = np.array([1.0, 1.1, 2.0, 2.2])
    compared = ["a", "a", "b", "b"]
    alone = {"run": [1, 2, 3, 4], "batch": ["x", "x", "y", "y"], "operator": [None] * 4}
    assert [level.name for level in levels(y, compared, alone)] == [REPEATS]
    assert levels(y, [1, 2, 3, 4], {}) == ()
    crossed = levels(y, compared, {"run": ["n", "o", "n", "o"]})
    assert [level.name for level in crossed] == ["run", REPEATS]
