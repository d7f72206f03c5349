"""Of a large source so many points speak as a model can hold."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from scipy import stats

from tansaku.bo.surrogates import Observations, model_average
from tansaku.bo.surrogates.model_average import TransferContext
from tansaku.bo.surrogates.source_posterior import drawn
from tansaku.design import SourceData
from tansaku.strategy import STRATEGIES
from tests.seeds import generator


def source(X: np.ndarray) -> SourceData:
    """Points whose values tell which they are."""
    return SourceData(X, np.arange(len(X), dtype=float), 1.0 + np.arange(len(X)) % 3)


def test_a_small_one_speaks_whole() -> None:
    small = source(generator(0).random((20, 2)))
    assert drawn(small, 20) is small


def test_those_that_speak_are_drawn_evenly() -> None:
    """Each is its own, in the order of the source, and the same ones each time; of any tenth of the
    rows about a tenth."""
    whole = source(generator(1).random((20_000, 2)))
    part = drawn(whole, 500)
    rows = part.y.astype(int)
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(part.X, whole.X[rows])
    np.testing.assert_array_equal(part.counts, whole.counts[rows])
    np.testing.assert_array_equal(drawn(whole, 500).y, part.y)
    shares = np.bincount(rows // 2000, minlength=10)
    assert stats.chisquare(shares).pvalue > 1e-3


def test_a_model_holds_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """And they are those of the source."""
    monkeypatch.setattr(model_average, "drawn", partial(drawn, most=20))
    whole, y = source(generator(3).random((60, 2))), torch.tensor([[1.0, 3.0, 2.0]]).double()
    X = torch.from_numpy(whole.X[None, :3])
    spec = STRATEGIES["transfer"].surrogate
    assert spec is not None
    context = TransferContext.of(Observations.plain(X, y), spec, [whole])
    (held,) = context.warm.sources
    np.testing.assert_array_equal(held.X, drawn(whole, 20).X)
