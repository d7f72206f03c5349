"""The way of fitting that averages over hyperparameters: weigh the bank's settings and draw some.

Predictions are averaged over settings drawn by systematic resampling in proportion to their weights
(``bank``). In a study the beliefs over the pool come with the fit (``on_pool``); both ways agree,
which a test holds them to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.kernels import Several
from tansaku.bo.surrogates.bank import (
    LARGEST,
    SHARED_SETTINGS,
    Evidence,
    Settings,
    gather,
    kernel_of,
    kernel_with,
    log_weight_of_scatter,
    settings_for,
    systematic,
    table_of,
)
from tansaku.bo.surrogates.fitting import Fitted, Listed
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters, standardise
from tansaku.bo.surrogates.map import fit_map
from tansaku.bo.surrogates.on_pool import OnPool
from tansaku.strategy import SurrogateSpec

ROW_NUMBERS = 2_000_000
"""Numbers that may be kept for each measurement (problems x settings x candidates), 16 MB; the
chunks of a study keep some 800,000."""


def fit_bank(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    *,
    warm: Any = None,
    listed: Listed | None = None,
    labels: int = 0,
) -> Fitted:
    """Weigh the bank and draw ``spec.components`` settings for each problem.

    ``warm`` is the evidence of the same problems with the last measurements missing; it is used
    up. The best-explaining setting is reported as "after", the prior's middle as "before". Above
    ``LARGEST`` measurements the posterior is maximised instead, and the answer says so. The last
    ``labels`` columns are those of a label.
    """
    b, n, d = X.shape
    if n > LARGEST:
        known = warm if isinstance(warm, Tensor) else None
        return fit_map(X, y, counts, spec, rngs, warm=known)
    settings = settings_for(d, labels)
    kernel = kernel_of(spec, settings)
    data = standardise(X, y, counts)
    on_pool = _on_pool(kernel, settings, data, y, warm, listed)
    if on_pool is not None and listed is not None:
        return _with_belief(
            on_pool,
            listed=listed,
            kernel=kernel,
            settings=settings,
            data=data,
            spec=spec,
            rngs=rngs,
        )
    evidence = gather(data, kernel, settings, warm if isinstance(warm, Evidence) else None, None)
    log_weights, signal = evidence.log_weights(settings)
    weights = torch.softmax(log_weights, -1)
    chosen = systematic(weights, spec.components, rngs).reshape(-1)
    problem = torch.arange(b, device=X.device).repeat_interleave(spec.components)
    best = weights[:1].argmax(-1)
    first = torch.zeros_like(best)

    def condition(index: Int[Tensor, " k"], which: Int[Tensor, " k"]) -> GP:
        s = signal[index, which]
        h = Hyperparameters(settings.length_scales[which], s, settings.noise[which] * s)
        root = evidence.inverse[index, which, :n, :n] / s.sqrt().view(-1, 1, 1)
        return GP.from_root(kernel.take(which), h, data.take(index), root, constant_mean=True)

    return Fitted(
        gp=condition(problem, chosen),
        before=condition(first, torch.full_like(best, SHARED_SETTINGS // 2)),
        best=condition(first, best),
        fit="bank",
        components=spec.components,
        settings=chosen if b == 1 else None,
        effective=float(1 / weights[0].square().sum()),
        warm=evidence,
        scatter=_share_of_scatter(log_weights, data.z, spec.scatter),
    )


def _on_pool(
    kernel: Several,
    settings: Settings,
    data: Data,
    y: Float[Tensor, "b n"],
    warm: Any,
    listed: Listed | None,
) -> OnPool | None:
    """The evidence over the whole pool, up to date; ``None`` for a single question, which would ask
    every setting about every candidate once, and for more than can be kept. What ``warm`` knows is
    used up."""
    if listed is None or len(y) == 1:
        return None
    if len(y) * len(settings.noise) * len(listed.pool) > ROW_NUMBERS:
        return None
    if isinstance(warm, OnPool):
        found = warm
    else:
        table = table_of(kernel, settings, len(y), listed)
        found = OnPool.nothing(settings, len(listed.pool), y, table)

    def kernel_at(position: Int[Tensor, " b"]) -> Float[Tensor, "b h N"]:
        pool = listed.pool.expand(len(position), -1, -1)
        return kernel_with(kernel, settings, pool, listed.pool[position])

    for i in range(found.positions.shape[1], y.shape[1]):
        position, count = listed.positions[:, i], data.counts[:, i]
        found = found.add(settings, position, y[:, i], count, kernel_at)
    return found


def _with_belief(
    found: OnPool,
    *,
    listed: Listed,
    kernel: Several,
    settings: Settings,
    data: Data,
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
) -> Fitted:
    """Draw settings, with what they believe of the pool; processes are those of the first problem,
    because they are reported only."""
    log_weights, signal = found.weigh(settings, data)
    weights = torch.softmax(log_weights, -1)
    chosen = systematic(weights, spec.components, rngs)
    best = weights[:1].argmax(-1)
    reported = torch.cat([chosen[0], torch.full_like(best, SHARED_SETTINGS // 2), best])
    s = signal[0, reported]
    h = Hyperparameters(settings.length_scales[reported], s, settings.noise[reported] * s)
    first = data.take(torch.zeros_like(reported))
    gp = GP.condition(kernel.take(reported), h, first, constant_mean=True)
    order = torch.arange(len(reported), device=reported.device)
    return Fitted(
        gp=gp.take(order[:-2]),
        before=gp.take(order[-2:-1]),
        best=gp.take(order[-1:]),
        fit="bank",
        components=spec.components,
        effective=float(1 / weights[0].square().sum()),
        warm=found,
        belief=found.believe(
            pool=listed.pool,
            kernel=kernel,
            settings=settings,
            signal=signal,
            data=data,
            which=chosen,
        ),
        scatter=_share_of_scatter(log_weights, data.z, spec.scatter),
    )


def _share_of_scatter(
    log_weights: Float[Tensor, "b h"], z: Float[Tensor, "b n"], prior: float
) -> Float[Tensor, " b"]:
    """Posterior probability that the inputs tell nothing."""
    if prior == 0:
        return z.new_zeros(len(z))
    odds = math.log(prior / (1 - prior)) + log_weight_of_scatter(z)
    return torch.sigmoid(odds - torch.logsumexp(log_weights, -1))
