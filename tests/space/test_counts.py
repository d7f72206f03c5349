"""Limits on how many parameters are not 0, and draws that are uniform however rare the points."""

from __future__ import annotations

from itertools import product
from math import comb, sqrt

import numpy as np
import pytest

from tansaku.bo.optimize.settable import drawn, neighbours
from tansaku.encode import encoder_for, region_of
from tansaku.errors import SpaceError
from tansaku.space import Continuous, Space, Stepped
from tests.seeds import generator

DEVIATIONS = 5.6
"""Standard errors of the normal law beyond which 2e-8 lies on both sides: 1e-6 over all tests."""

ABC = [Stepped(name=name, low=0, high=1, step=0.25) for name in "abc"]


@pytest.mark.parametrize(
    ("texts", "allowed"),
    [
        (["at most 1 of a, b, c"], {0, 1}),
        (["a*b = 0", "a*c = 0", "0 = b*c"], {0, 1}),
        (["2*a*b*c = 0"], {0, 1, 2}),
        (["At least 2 of a,b,c"], {2, 3}),
        (["exactly 2 of a, b, c"], {2}),
        (["a、b、cのうち最大2種類"], {0, 1, 2}),
        (["a, b, c の中で少なくとも2つ"], {2, 3}),
    ],
)
def test_numbers_of_components_in_words(texts: list[str], allowed: set[int]) -> None:
    """The candidates are those with so many components, and no others."""
    space = Space.from_parameters(ABC, texts)
    every = np.array(list(product((0, 0.25, 0.5, 0.75, 1.0), repeat=3)))
    wanted = every[np.isin((every > 0).sum(axis=1), list(allowed))]
    assert sorted(map(tuple, space.matrix)) == sorted(map(tuple, wanted))


def test_what_cannot_be_counted_is_refused() -> None:
    """Unknown names, amounts that are never 0, numbers that contradict each other."""
    low = Stepped(name="d", low=0.5, high=1, step=0.25)
    with pytest.raises(SpaceError, match="no parameter 'z'"):
        Space.from_parameters(ABC, ["at most 1 of a, z"])
    with pytest.raises(SpaceError, match="does not start at 0"):
        Space.from_parameters([*ABC, low], ["at most 1 of a, d"])
    with pytest.raises(SpaceError, match="contradict"):
        Space.from_parameters(
            [Continuous(name=n, low=0, high=1) for n in "abc"],
            ["at most 1 of a, b, c", "at least 2 of a, b, c"],
        )
    with pytest.raises(SpaceError, match="keeps"):
        Space.from_parameters(
            [Continuous(name=n, low=0, high=0.3) for n in "abc"],
            ["at most 2 of a, b, c", "a + b + c = 1"],
        )


def _draw(space: Space, n: int, seed: int) -> np.ndarray:
    levels = drawn(region_of(space.grid, encoder_for(space)), n, generator(seed))
    assert space.grid.holds(levels).all()
    assert len(np.unique(levels, axis=0)) == len(levels)
    return levels


def test_draws_from_a_large_grid_are_uniform() -> None:
    """Ten components in steps of 0.1 that add up to 1: by the number of components in a draw."""
    names = "abcdefghij"
    parts = [Stepped(name=name, low=0, high=1, step=0.1) for name in names]
    space = Space.from_parameters(parts, [f"{'+'.join(names)} = 1"])
    n, total = 2000, comb(19, 9)
    found = (_draw(space, n, 1) > 0).sum(axis=1)
    for k in range(1, 11):
        share = comb(10, k) * comb(9, k - 1) / total  # compositions of 10 into k parts
        error = DEVIATIONS * sqrt(n * share * (1 - share)) + 1
        assert abs((found == k).sum() - n * share) <= error


def test_all_points_of_thin_spaces_are_found() -> None:
    """Three arms of a hundred points and the origin."""
    arms = [Continuous(name=name, low=0, high=1, resolution=0.01) for name in "abc"]
    space = Space.from_parameters(arms, ["a*b = 0", "a*c = 0", "b*c = 0"])
    assert len(_draw(space, 2048, 2)) == 301


def test_fine_mixtures_of_few_components_are_drawn_and_left() -> None:
    """At most three of six, adding up to 1, in a continuous space: every kind of mixture is drawn,
    and a neighbour of one has another component."""
    parts = [Continuous(name=name, low=0, high=1) for name in "abcdef"]
    space = Space.from_parameters(parts, ["a+b+c+d+e+f = 1", "at most 3 of a, b, c, d, e, f"])
    levels = _draw(space, 512, 3)
    assert len(levels) > 200
    used = (levels > 0).sum(axis=0)
    assert (used > 30).all()
    region = region_of(space.grid, encoder_for(space))
    start = levels[(levels > 0).sum(axis=1) == 3][:1]
    near = neighbours(region, start)
    assert space.grid.holds(near).all()
    assert any(set(np.flatnonzero(row)) != set(np.flatnonzero(start[0])) for row in near)


def test_what_was_really_set_is_a_candidate() -> None:
    """Between the settings of a continuous number, inside the range and the constraints."""
    space = Space.from_parameters(
        [Continuous(name="T", low=900, high=1200, resolution=5), Stepped(name="x", low=0, high=1,
         step=0.25), Continuous(name="y", low=0, high=1, resolution=0.01)],
        ["x + y <= 1"],
    )  # fmt: skip
    assert space.locate({"T": 903.7, "x": 0.25, "y": 0.123}).row.tolist() == [903.7, 0.25, 0.123]
    for wrong in ({"T": 1300.2}, {"x": 0.3}, {"y": 0.755}):
        with pytest.raises(Exception, match=r"No candidate|breaks"):
            space.locate({"T": 903.7, "x": 0.25, "y": 0.1} | wrong)
