"""Several kernels in one batch keep the laws of the family, each element by its own kernel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tansaku.bo.kernels import KERNELS, BatchedKernel, kernels_named, squared_distance
from tests.seeds import generator

ALL = tuple(KERNELS[name] for name in sorted(KERNELS))


@given(
    which=st.lists(st.integers(0, len(ALL) - 1), min_size=1, max_size=7),
    n=st.integers(1, 9),
    d=st.integers(1, 3),
    seed=st.integers(0, 999),
)
def test_each_element_has_its_own_kernel(which: list[int], n: int, d: int, seed: int) -> None:
    rng = generator(seed)
    b = len(which)
    X = torch.from_numpy(rng.random((b, n, d)))
    s = squared_distance(X, X, torch.from_numpy(rng.uniform(0.1, 2.0, (b, d))))
    several = BatchedKernel(ALL, torch.tensor(which))
    K, slope = several.value(s.clone()), several.slope(s.clone())
    for i, kernel in enumerate(which):
        torch.testing.assert_close(K[i], ALL[kernel].value(s[i].clone()), rtol=0, atol=0)
        torch.testing.assert_close(slope[i], ALL[kernel].slope(s[i].clone()), rtol=0, atol=0)
        torch.testing.assert_close(K[i], K[i].T, rtol=0, atol=1e-12)
        assert float(torch.linalg.eigvalsh(K[i]).min()) > -1e-10
    ones = torch.ones(b, n, dtype=torch.float64)
    torch.testing.assert_close(K.diagonal(dim1=-2, dim2=-1), ones)


def test_taken_elements_keep_their_kernels() -> None:
    several = BatchedKernel(ALL, torch.tensor([0, 1, 2, 3, 1]))
    s = torch.full((3,), 0.7, dtype=torch.float64)
    taken = several.take(torch.tensor([4, 0, 2]))
    expected = torch.stack([ALL[i].value(s[0].clone()) for i in (1, 0, 2)])
    torch.testing.assert_close(taken.value(s), expected)


def test_frequencies_are_those_of_the_one_kernel() -> None:
    for i, kernel in enumerate(ALL):
        found, own = (
            each.frequencies(np.random.default_rng(0), 5, 2)
            for each in (BatchedKernel(ALL, torch.tensor([i])), kernel)
        )
        np.testing.assert_array_equal(found, own)
    with pytest.raises(ValueError, match="unpack"):
        BatchedKernel(ALL, torch.tensor([0, 1])).frequencies(np.random.default_rng(0), 5, 2)


def test_names_are_joined_by_a_plus() -> None:
    assert kernels_named("matern52") == (KERNELS["matern52"],)
    assert kernels_named("matern52+rbf") == (KERNELS["matern52"], KERNELS["rbf"])
