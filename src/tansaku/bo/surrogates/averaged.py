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
    MarginalLikelihood,
    Settings,
    gather,
    kernel_of,
    log_weight_of_scatter,
    settings_for,
    systematic,
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
        start = warm if isinstance(warm, Tensor) else None
        return fit_map(X, y, counts, spec, rngs, warm=start)
    settings = settings_for(d, labels)
    kernel = kernel_of(spec, settings)
    data = standardise(X, y, counts)
    on_pool = _on_pool(kernel, settings, data, y, warm, listed)
    if on_pool is None:
        known = warm if isinstance(warm, MarginalLikelihood) else None
        evidence = gather(data, kernel, settings, known, None)
        log_weights, signal = evidence.log_weights(settings)
    else:
        evidence = None
        log_weights, signal = on_pool.log_weights(settings, data.scale)
    weights = torch.softmax(log_weights, -1)
    chosen = systematic(weights, spec.components, rngs)
    best = weights[:1].argmax(-1)
    first = torch.zeros_like(best)

    def condition(index: Int[Tensor, " k"], which: Int[Tensor, " k"]) -> GP:
        s = signal[index, which]
        h = Hyperparameters(settings.length_scales[which], s, settings.noise[which] * s)
        some, kernels = data.take(index), kernel.take(which)
        if evidence is None:  # the processes of one problem, which are reported only
            return GP.condition(kernels, h, some, constant_mean=True)
        root = evidence.inverse[index, which, :n, :n] / s.sqrt().view(-1, 1, 1)
        return GP.from_root(kernels, h, some, root, constant_mean=True)

    told = chosen if on_pool is None else chosen[:1]
    problem = torch.arange(len(told), device=X.device).repeat_interleave(spec.components)
    return Fitted(
        gp=condition(problem, told.reshape(-1)),
        before=condition(first, torch.full_like(best, SHARED_SETTINGS // 2)),
        best=condition(first, best),
        fit="bank",
        components=spec.components,
        settings=chosen[0] if b == 1 else None,
        effective=float(1 / weights[0].square().sum()),
        warm=evidence if on_pool is None else on_pool,
        posterior=None
        if on_pool is None
        else on_pool.posterior_of(kernel, settings, signal, data, chosen),
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
    found = warm if isinstance(warm, OnPool) else OnPool.nothing(listed.pool, kernel, settings, y)
    for i in range(found.positions.shape[1], y.shape[1]):
        position, count = listed.positions[:, i], data.counts[:, i]
        found = found.add(kernel, settings, position, y[:, i], count)
    return found


def _share_of_scatter(
    log_weights: Float[Tensor, "b h"], z: Float[Tensor, "b n"], prior: float
) -> Float[Tensor, " b"]:
    """Posterior probability that the inputs tell nothing."""
    if prior == 0:
        return z.new_zeros(len(z))
    odds = math.log(prior / (1 - prior)) + log_weight_of_scatter(z)
    return torch.sigmoid(odds - torch.logsumexp(log_weights, -1))
