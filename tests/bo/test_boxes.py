"""Fronts, volumes and boxes, beside brute force and BoTorch."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from botorch.utils.multi_objective.hypervolume import Hypervolume
from hypothesis import given
from hypothesis import strategies as st

from tansaku.bo.objectives.boxes import Boxes
from tansaku.bo.objectives.hypervolume import growing_hypervolume, hypervolume
from tansaku.bo.objectives.pareto import pareto
from tansaku.design import Floats
from tests.seeds import generator


def draw_points(seed: int, n: int, m: int, *, ties: bool) -> Floats:
    """n points in [0, 1]^m, with many equal coordinates where ``ties``."""
    found = generator(seed).random((n, m))
    return np.round(4 * found) / 4 if ties else found


def volume_by_cells(points: Floats, reference: Floats) -> float:
    """The dominated volume by asking every cell of the grid of all coordinates."""
    m = points.shape[1]
    axes = [
        np.unique(np.maximum(np.append(points[:, j], reference[j]), reference[j])) for j in range(m)
    ]
    total = 0.0
    for cell in itertools.product(*(range(len(axis) - 1) for axis in axes)):
        low = np.array([axis[i] for axis, i in zip(axes, cell, strict=True)])
        high = np.array([axis[i + 1] for axis, i in zip(axes, cell, strict=True)])
        if (points >= high).all(1).any():
            total += math.prod(high - low)
    return total


seeds = st.integers(0, 10**6)


@given(seed=seeds, n=st.integers(1, 8), m=st.integers(1, 4), ties=st.booleans())
def test_volume_and_front_as_by_brute_force(seed: int, n: int, m: int, ties: bool) -> None:
    points, reference = draw_points(seed, n, m, ties=ties), np.full(m, 0.2)
    expected = [not any((q >= p).all() and (q > p).any() for q in points) for p in points]
    assert pareto(points).tolist() == expected
    assert hypervolume(points, reference) == pytest.approx(
        volume_by_cells(points, reference), abs=1e-12
    )


@pytest.mark.parametrize("m", [2, 3, 4, 5, 6])
def test_volume_as_botorch_has_it(m: int) -> None:
    points, reference = draw_points(m, 12, m, ties=False), np.full(m, 0.1)
    theirs = Hypervolume(torch.from_numpy(reference)).compute(
        torch.from_numpy(points[(points > reference).all(1)])
    )
    assert hypervolume(points, reference) == pytest.approx(theirs, rel=1e-12)


@given(seed=seeds, n=st.integers(0, 8), m=st.integers(1, 4), ties=st.booleans())
def test_boxes_fill_what_the_front_leaves(seed: int, n: int, m: int, ties: bool) -> None:
    """Disjoint boxes whose volume and the front's make up the whole; each free point is in one."""
    points, reference = draw_points(seed, n, m, ties=ties), np.full(m, 0.1)
    boxes = Boxes.above(torch.from_numpy(points)[None], torch.from_numpy(reference)[None])
    each = torch.arange(m)
    lower, upper = (boxes.edges[0][edge[0], each].numpy() for edge in (boxes.lower, boxes.upper))
    volume = np.clip(np.minimum(upper, 1.0) - lower, 0, None).prod(1).sum()
    assert volume + hypervolume(points, reference) == pytest.approx(0.9**m, abs=1e-12)
    for probe in draw_points(seed + 1, 20, m, ties=False):
        inside = ((probe > lower) & (probe <= upper)).all(1).sum()
        free = (probe > reference).all() and not (points >= probe).all(1).any()
        assert inside == int(free)


def test_many_fronts_at_once_are_cut_as_one_by_one() -> None:
    fronts = torch.from_numpy(np.stack([draw_points(s, 7, 3, ties=s % 2 == 0) for s in range(6)]))
    reference = torch.full((6, 3), 0.15, dtype=torch.float64)
    counts = torch.from_numpy(generator(1).random((6, 7))) > 0.3
    together = Boxes.above(fronts, reference, counts)
    for i in range(6):
        alone = Boxes.above(fronts[i : i + 1, counts[i]], reference[i : i + 1])
        assert sizes(together, i) == pytest.approx(sizes(alone, 0))


def sizes(boxes: Boxes, i: int) -> list[float]:
    """Volumes of the boxes of one front inside the unit cube, empty ones left out, ascending."""
    each = torch.arange(boxes.edges.shape[-1])
    lower, upper = (boxes.edges[i][edge[i], each] for edge in (boxes.lower, boxes.upper))
    found = (upper.clamp_max(1.0) - lower).clamp_min(0).prod(-1)
    return sorted(found[found > 0].tolist())


@given(seed=seeds, m=st.integers(1, 3))
def test_growing_volume_is_that_of_all_seen(seed: int, m: int) -> None:
    values, reference = draw_points(seed, 9, m, ties=True), np.full(m, 0.2)
    picks = generator(seed).permutation(9)
    found = growing_hypervolume(values, picks, reference, {})
    expected = [hypervolume(values[picks[: k + 1]], reference) for k in range(9)]
    assert found == pytest.approx(expected, abs=1e-12)
