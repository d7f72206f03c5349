"""Functions drawn from a posterior have the law of that posterior."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tansaku.bo import engine
from tansaku.bo.kernels import KERNELS, BatchedKernel
from tansaku.bo.surrogates import Observations
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext, transfer_models
from tansaku.bo.surrogates.paths import Path
from tansaku.design import Design, Joint, Problems, SourceData
from tansaku.strategy import STRATEGIES, SurrogateSpec
from tests.bo.conftest import conditioned
from tests.seeds import generator

DRAWS, FEWER = 800, 200


@pytest.mark.parametrize("name", sorted(KERNELS))
@pytest.mark.parametrize("together", [False, True])
def test_mean_and_covariance_are_the_posteriors(name: str, together: bool) -> None:
    """Over draws of frequencies, weights and noise, within 5 Monte Carlo errors; near the data and
    far from it, alone and as one of several kernels."""
    rng = generator(2)
    X = rng.random((7, 2))
    y = 3 + np.sin(5 * X[:, 0])
    kernel = KERNELS[name]
    if together:
        kernels = tuple(KERNELS[k] for k in sorted(KERNELS))
        kernel = BatchedKernel(kernels, torch.tensor([sorted(KERNELS).index(name)]))
    gp = conditioned(
        X, y, kernel=kernel, scales=[0.4, 0.9], signal=1.3, noise=0.05, constant_mean=True
    )
    at = torch.from_numpy(np.vstack([X[:2], rng.random((3, 2)), [[4.0, -3.0]]]))
    drawn = np.concatenate([Path.draw(gp, rng)(at).numpy() for _draw in range(DRAWS)])
    mean, C = gp.predict(at[None])[0][0].numpy(), gp.covariance(at[None])[0].numpy()
    assert (np.abs(drawn.mean(0) - mean) < 5 * np.sqrt(np.diag(C) / DRAWS)).all()
    error = np.sqrt((np.outer(np.diag(C), np.diag(C)) + C**2) / DRAWS)
    assert (np.abs(np.cov(drawn.T) - C) < 5 * error).all()


def test_a_path_is_a_function() -> None:
    """Asked twice, or in parts, it answers the same."""
    rng = generator(0)
    X = rng.random((5, 3))
    gp = conditioned(
        X, X[:, 0], kernel=KERNELS["matern52"], scales=[0.5] * 3, signal=1.0, noise=0.01
    )
    path, at = Path.draw(gp, rng), torch.from_numpy(rng.random((20, 3)))
    torch.testing.assert_close(path(at), torch.cat([path(at[:7]), path(at[7:])], -1))


@pytest.mark.parametrize("way", ["pooled", "correlated"])
def test_with_sources_too_the_law_is_the_posteriors(way: str) -> None:
    """Of one process of each way to hear sources, correlated with two of them."""
    rng = generator(4)
    sources = tuple(SourceData(X, 2 * X.sum(-1), np.ones(9)) for X in rng.random((2, 9, 2)))
    X = torch.from_numpy(rng.random((1, 4, 2)))
    spec = STRATEGIES["transfer"].surrogate or SurrogateSpec()
    found = TransferContext.of(Observations.plain(X, X.sum(-1)), spec, sources)
    transfer_model = transfer_models(way, found, spec)[0]
    model_average = ModelAverage(
        found, (transfer_model,), transfer_model.log_weight, transfer_model.log_weight
    )
    gp = model_average.condition(torch.tensor([0]), transfer_model.log_weight.argmax(-1))
    own, theirs = X[0, :1].numpy(), sources[0].X[:1]
    at = torch.from_numpy(np.vstack([own, theirs, rng.random((3, 2)), [[3.0, -2.0]]]))
    drawn = np.concatenate([Path.draw(gp, rng)(at).numpy() for _draw in range(FEWER)])
    mean, C = gp.predict(at[None])[0][0].numpy(), gp.covariance(at[None])[0].numpy()
    assert (np.abs(drawn.mean(0) - mean) < 5 * np.sqrt(np.diag(C) / FEWER)).all()
    error = np.sqrt((np.outer(np.diag(C), np.diag(C)) + C**2) / FEWER)
    assert (np.abs(np.cov(drawn.T) - C) < 5 * error).all()


def test_older_data_are_heard_on_a_large_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions drawn with a source that tells all have their tops where the source has its."""
    monkeypatch.setattr(engine, "WHOLE", 50)
    rng = generator(0)
    pool, X = rng.random((200, 2)), 0.3 * rng.random((5, 2))
    problems = Problems(
        pool=Design(pool, ("a", "b")),
        X=X[None],
        y=X.sum(-1)[None],
        counts=np.ones((1, 5)),
        taken=np.zeros((1, 200), dtype=np.bool_),
        pending=np.empty((1, 0), dtype=np.int64),
        sources=(SourceData(pool[:20], pool[:20].sum(-1), np.ones(20)),),
    )
    trusted = STRATEGIES["transfer"].surrogate
    strategy = STRATEGIES["thompson"].model_copy(update={"surrogate": trusted})
    found = engine.propose(Joint.of(problems), strategy, 5, [rng])
    best = pool[found.picks[0]].sum(-1)
    assert np.median(best) > np.quantile(pool.sum(-1), 0.9)
