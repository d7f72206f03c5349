"""In runs: a surface learned from samples that share the error of their furnace run.

The bank (``surrogates.bank``) with one more covariance term that is the same within a run, as in
``furnace.effect``: settings and the variance of the run effect are weighed together by evidence, so
where runs have no effect the answer is that of the bank. Eight samples of one run then tell as much
about the surface as their shared error lets them, and a run that came out high raises its samples'
values, not its setting. Predictions are of the surface: of what an average run would give.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.factorise import factorise
from tansaku.bo.furnace.effect import enough_runs, evidence, ratios_and_prior
from tansaku.bo.kernels import squared_distance
from tansaku.bo.surrogates import bank
from tansaku.bo.surrogates.averaged import fit_bank
from tansaku.bo.surrogates.fitting import Fitted, Unequal
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters, standardise
from tansaku.bo.surrogates.limits import fit_unequal
from tansaku.design import Ints
from tansaku.strategy import SurrogateSpec


def fit_runs(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    *,
    runs: Ints,
    known: Float[Tensor, "b n"] | None = None,
) -> Fitted:
    """Weigh the bank with a run effect and draw ``spec.components`` settings (b = 1).

    Args:
        X, y, counts, spec, rngs: As for ``fit_bank``; at most ``bank.LARGEST`` values.
        runs: Run of each value, shape (1, n); -1 for one of its own.
        known: Variance of each value besides the noise, model units squared. The signal variance
            is integrated out as if these were shares of it, at its first estimate.

    Where the labelled runs are too few (``effect.enough_runs``) the bank alone is asked.
    """
    if not enough_runs(to_host(X[0]), runs[0]):
        if known is None:
            return fit_bank(X, y, counts, spec, rngs)
        nothing = y.new_empty(1, 0)
        unequal = Unequal(known, X.new_empty(1, 0, X.shape[-1]), nothing, nothing)
        return fit_unequal(X, y, counts, spec, rngs, unequal)
    settings = bank.settings_for(X.shape[-1])
    kernel = bank.kernel_of(spec, settings)
    data = standardise(X, y, counts, known=known)
    same = _same(runs[0])
    scales = settings.length_scales
    correlation = kernel.value(squared_distance(data.X, data.X, scales))
    correlation = correlation + torch.diag_embed(settings.noise.unsqueeze(-1) / data.counts)
    ratios, prior = ratios_and_prior()
    extra = _known_shares(correlation, data)
    log_weights, signals, scattered = [], [], []
    shape = bank.SIGNAL_SHAPE + 0.5 * (y.shape[-1] - 1)
    one = torch.eye(y.shape[-1], dtype=y.dtype, device=y.device)
    for ratio in ratios.tolist():
        log_evidence, rate = evidence(correlation + extra + ratio * same, data.z[0])
        log_weights.append(log_evidence + settings.log_prior)
        signals.append(rate / (shape - 1 if shape > 1 else shape))
        scattered.append(evidence((one + ratio * same).unsqueeze(0), data.z[0])[0][0])
    log_prior = to_device(np.log(prior))
    weights = torch.stack(log_weights) + log_prior.unsqueeze(-1)
    share = torch.softmax(weights.flatten(), 0)
    scatter = _scatter(weights, torch.stack(scattered) + log_prior, spec.scatter)
    chosen = bank.systematic(share.unsqueeze(0), spec.components, rngs)[0]
    h = len(settings.noise)

    def condition(index: Tensor) -> GP:
        which, signal = index % h, torch.stack(signals).flatten()[index]
        ratio = to_device(ratios)[index // h]
        mine = data.take(torch.zeros_like(index))
        shared = (signal * ratio).view(-1, 1, 1) * same
        K = signal.view(-1, 1, 1) * correlation[which] + shared
        if mine.known is not None:
            K = K + torch.diag_embed(mine.known)
        L = factorise(K).L
        root = torch.linalg.solve_triangular(L, one.expand_as(L), upper=False)
        given = Hyperparameters(scales[which], signal, settings.noise[which] * signal)
        return GP.from_root(
            kernel.take(which), given, replace(mine, shared=shared), root, constant_mean=True
        )

    return Fitted(
        gp=condition(chosen),
        before=condition(torch.full_like(chosen[:1], bank.SHARED_SETTINGS // 2)),
        best=condition(share.argmax().view(1)),
        fit="bank",
        components=spec.components,
        effective=float(1 / share.square().sum()),
        warm=None,
        scatter=scatter,
        run_effect=float(share.view(len(ratios), h)[1:].sum()),
    )


def _same(runs: Ints) -> Float[Tensor, "n n"]:
    """1 where two values are of one run; a run that is not known is one of its own."""
    own = np.where(runs >= 0, runs, runs.max(initial=0) + 1 + np.arange(len(runs)))
    return to_device((own[:, None] == own[None]).astype(np.float64))


def _known_shares(correlation: Float[Tensor, "h n n"], data: Data) -> Tensor | float:
    """Known variances as shares of the signal variance that each setting finds without them."""
    if data.known is None:
        return 0.0
    rate = evidence(correlation, data.z[0])[1]
    shape = bank.SIGNAL_SHAPE + 0.5 * (data.z.shape[-1] - 1)
    return torch.diag_embed(data.known / (rate / shape).unsqueeze(-1))


def _scatter(
    weights: Float[Tensor, "r h"], scattered: Float[Tensor, " r"], prior: float
) -> Float[Tensor, " b"]:
    """Probability that the inputs tell nothing; runs may differ then, too."""
    if prior == 0:
        return weights.new_zeros(1)
    odds = math.log(prior / (1 - prior)) + torch.logsumexp(scattered, 0)
    return torch.sigmoid(odds - torch.logsumexp(weights.flatten(), 0)).view(1)


__all__ = ["fit_runs"]
