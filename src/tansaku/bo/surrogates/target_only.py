"""The target alone, and the null model, as members of the average."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.bo.surrogates.quadrature import NO_SIGNAL
from tansaku.bo.surrogates.transfer_model import (
    Member,
    Parts,
    Quadratic,
    SourceParts,
    TransferData,
    TransferModel,
    log_level,
)


def target_only(transfer_data: TransferData) -> TransferModel:
    """The h samples of the prior, without any source: quadratic (b, h, 1), one factor for each."""
    samples, (b, n) = transfer_data.samples, transfer_data.data.z.shape
    inverse = hs.unit_factors(
        transfer_data.data, transfer_data.kernel, samples, transfer_data.shares
    )
    rate = samples.noise.new_tensor(hs.SIGNAL_RATE)
    quadratic = Quadratic.of(
        inverse,
        inverse.sum(-1).unsqueeze(-2),
        (inverse @ transfer_data.data.z.view(b, 1, n, 1)).mT,
        (rate.new_tensor(hs.SIGNAL_SHAPE + 0.5 * (n - 1)), rate),
    )
    weight = quadratic.log_evidence(hs.SIGNAL_SHAPE).squeeze(-1) + samples.log_prior + log_level()

    def parts(problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        signal = quadratic.signal[problem, at, 0]
        return Parts(
            which=at,
            signal=signal,
            noise=samples.noise[at] * signal,
            root=inverse[problem, at],
            level=torch.full_like(signal, torch.nan),
            of=transfer_data.signal[problem],
            by_sources=SourceParts.nothing(len(at), transfer_data.data.X),
        )

    none = weight.new_zeros(*weight.shape, 0)
    return TransferModel((), weight, none, parts, quadratic, inverse)


def null_model(transfer_data: TransferData, log_weight: Float[Tensor, " b"]) -> Member:
    """One sample: values scattered about one mean, as widely as they are; its evidence is known."""
    z = transfer_data.data.z
    b, n = z.shape
    about = (z - z.mean(-1, keepdim=True)).square().sum(-1)
    spread = hs.signal_integrated(about, n)[1]

    def parts(problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        noise = spread[problem]
        root = torch.eye(n, dtype=z.dtype, device=z.device).expand(len(at), -1, -1)
        return Parts(
            which=torch.zeros_like(at),
            signal=NO_SIGNAL * noise,
            noise=noise,
            root=root * NO_SIGNAL**0.5,
            level=torch.full_like(noise, torch.nan),
            of=torch.full_like(noise, torch.inf),
            by_sources=SourceParts.nothing(len(at), transfer_data.data.X),
        )

    return Member((), log_weight.unsqueeze(-1), z.new_zeros(b, 1, 0), parts)
