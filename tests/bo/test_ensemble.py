"""The rank-weighted ensemble against rankings counted by hand, and what it should do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tansaku.bo.surrogates import Observations, ensemble
from tansaku.bo.surrogates.model_average import TransferContext
from tansaku.design import Floats, SourceData
from tansaku.strategy import STRATEGIES, SurrogateSpec
from tests.seeds import generator, scatter, spread

SPEC = STRATEGIES["ensemble"].surrogate or SurrogateSpec()


def surface(X: Floats) -> Floats:
    return np.asarray(np.sin(4 * X[:, 0]) + np.cos(3 * X[:, 1]) * X[:, 0])


def context(n: int, *kinds: str) -> TransferContext:
    """A target of n points, and sources that are as it is, moved and stretched, or shuffled."""
    X, XS = spread(n + 20, 2)[None, 20:], spread(40, 2)
    y = surface(XS)
    values = {"same": y, "stretched": 30 * y - 7, "shuffled": y[np.argsort(scatter(40))]}
    sources = [SourceData(XS, values[kind], np.ones(40)) for kind in kinds]
    tensors = (torch.from_numpy(v) for v in (X, surface(X[0])[None], np.ones((1, n))))
    return TransferContext.of(Observations.plain(*tensors), SPEC, sources)


def weights(n: int, *kinds: str) -> list[float]:
    found = ensemble.member_weights(context(n, *kinds), [generator(0)])
    return [float(w) for w in found[0]]


@pytest.mark.parametrize("n", [1, 2])
def test_before_three_values_all_members_count_alike(n: int) -> None:
    assert weights(n, "same", "shuffled") == pytest.approx([1 / 3] * 3)


def test_a_source_of_the_same_order_wins_whatever_its_scale() -> None:
    for kind in ("same", "stretched"):
        own, source = weights(6, kind)
        assert source > 0.9
        assert own + source == pytest.approx(1)


def test_a_shuffled_source_is_kept_out() -> None:
    own, same, shuffled = weights(14, "same", "shuffled")
    assert shuffled < 0.01
    assert same > own


def test_the_target_alone_wins_where_it_orders_its_values_better() -> None:
    """Each value as the others predict it, beside a source that tells nothing."""
    own, shuffled = weights(20, "shuffled")
    assert own > 0.9
    assert own + shuffled == pytest.approx(1)


def test_rankings_are_counted_as_by_hand() -> None:
    rng = generator(1)
    drawn, z = rng.normal(size=(1, 3, 5)), rng.normal(size=(1, 5))
    below = drawn[..., :, None] < drawn[..., None, :]
    found = ensemble._wrong(torch.from_numpy(below), torch.from_numpy(z))[0]
    for d in range(3):
        wrong = sum(
            (drawn[0, d, i] < drawn[0, d, j]) != (z[0, i] < z[0, j])
            for i in range(5)
            for j in range(5)
            if i != j
        )
        assert int(found[d]) == wrong


def test_a_member_predicts_the_source_at_the_level_of_the_target() -> None:
    """Of the target's values it sees no more than their level and spread."""
    found = context(8, "stretched")
    transfer_model = ensemble.source_alone(0, found.warm.sources[0], found.transfer_data)
    model_average = ensemble.ModelAverage(
        found, (transfer_model,), transfer_model.log_weight, transfer_model.log_weight
    )
    best = transfer_model.log_weight.argmax(-1)
    G = spread(200, 2)
    gp = model_average.condition(torch.zeros_like(best), best)
    mean = gp.predict(torch.from_numpy(G)[None])[0][0].numpy()
    assert np.corrcoef(mean, surface(G))[0, 1] > 0.95
    own = gp.mean_at_data()[0].numpy()
    values = found.transfer_data.data.z[0].numpy() * found.warm.unit.scale + found.warm.unit.centre
    assert own.mean() == pytest.approx(values.mean(), abs=1e-4)
    assert np.isfinite(float(gp.log_marginal_likelihood[0]))
