"""From a posterior to what an acquisition sees, and the numbers that are told about a pick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition import AcquisitionInput, log_probability_of_improvement
from tansaku.bo.acquisition.base import average, log_mean
from tansaku.bo.acquisition.probability_of_improvement import log_probability_of_closeness
from tansaku.bo.device import to_device, to_host
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Bools, Direction, Floats, Ints, Problems
from tansaku.strategy import AcquisitionSpec


def acquisition_input_of(
    posterior: Posterior,
    problems: Problems,
    spec: AcquisitionSpec,
    rngs: Sequence[np.random.Generator],
) -> AcquisitionInput:
    """The belief as an acquisition sees it; components and imagined outcomes are its futures."""
    b, s, N = problems.size, *posterior.mean.shape[1:]
    components = posterior.mean.shape[0] // b
    sd = posterior.variance.sqrt().unsqueeze(1).expand(-1, s, -1)

    def sample() -> torch.Tensor:
        which = np.array([rng.integers(components) for rng in rngs], dtype=np.int64)
        one = posterior.take(to_device(np.arange(b) * components + which))
        drawn = one.sample(to_device(np.stack([rng.standard_normal(N) for rng in rngs])))
        return drawn if posterior.shares is None else in_drawn_phases(drawn, posterior.shares, rngs)

    each = 1 if posterior.shares is None else posterior.shares.shape[1]
    share = posterior.shares
    if share is not None:
        share = share.expand(b, -1, -1).repeat(1, components * s, 1) / (components * s)
    best = _incumbent(posterior, problems, spec).reshape(b, components * s, 1)
    return AcquisitionInput(
        mean=posterior.mean.reshape(b, components * s * each, N // each),
        sd=sd.reshape(b, components * s * each, N // each),
        best=best.repeat_interleave(each, 1),
        share=share,
        direction=problems.direction,
        match=problems.match,
        beta=spec.beta,
        sample=sample,
        noise=posterior.noise.view(b, components).mean(1, keepdim=True),
        works=posterior.works,
        poorest=None if posterior.works is None else _poorest(problems),
    )


def in_drawn_phases(
    values: Float[Tensor, "b M"],
    shares: Float[Tensor, "b P N"],
    rngs: Sequence[np.random.Generator],
) -> Float[Tensor, "b N"]:
    """Values of each candidate in each phase -> those in a phase drawn for it."""
    at = to_device(np.stack([rng.random(shares.shape[-1]) for rng in rngs]))
    phase = (at.unsqueeze(1) > shares.cumsum(1)[:, :-1]).sum(1, keepdim=True)
    return values.view(len(values), *shares.shape[1:]).gather(1, phase).squeeze(1)


def _poorest(problems: Problems) -> torch.Tensor | None:
    """The poorest measured value, shape (b, 1); ``None`` where nothing is measured."""
    if problems.measured == 0:
        return None
    y = to_device(problems.y)
    if problems.direction is Direction.MATCH:
        y = -(y - problems.match).abs()
    return y.amin(-1, keepdim=True)


def _incumbent(posterior: Posterior, problems: Problems, spec: AcquisitionSpec) -> torch.Tensor:
    """The value to beat in each future of each component, shape (b x components, s, 1)."""
    if spec.incumbent == "posterior" or problems.measured == 0:  # without own points: the sources'
        # Sources come before the problem's own values, and limits after them.
        known = posterior.at_data[:, -problems.told :]
    else:
        components = posterior.mean.shape[0] // problems.size
        known = to_device(problems.reached()).repeat_interleave(components, 0)
    known = known.unsqueeze(1).expand(-1, posterior.mean.shape[1], -1)
    if posterior.fantasized is not None:
        known = torch.cat([known, posterior.fantasized], -1)
    if problems.direction is Direction.MATCH:
        return (known - problems.match).abs().amin(-1, keepdim=True)
    return known.amax(-1, keepdim=True)


class Moments(NamedTuple):
    """Of candidates, shape (b, N) each.

    Attributes:
        mean: Predicted mean.
        sd: Standard deviation of the function.
        measured_sd: Standard deviation of the next measurement.
    """

    mean: Floats
    sd: Floats
    measured_sd: Floats


def moments(acquisition_input: AcquisitionInput) -> Moments:
    """Over the components and phases, model units (law of total variance)."""
    mean = average(acquisition_input.mean, acquisition_input.share)
    apart = (acquisition_input.mean - mean.unsqueeze(1)).square()
    variance = average(acquisition_input.sd.square() + apart, acquisition_input.share)
    measured = variance + acquisition_input.noise
    return Moments(to_host(mean), to_host(variance.sqrt()), to_host(measured.sqrt()))


@dataclass(frozen=True, slots=True)
class ByPhase:
    """What is believed of N candidates in each of P phases.

    Attributes:
        share: P(phase), shape (b, P, N).
        mean: Predicted mean in that phase, shape (b, P, N), model scale.
        sd: Standard deviation of the function there, shape (b, P, N).
        measured_sd: Standard deviation of the next measurement there, shape (b, P, N).
    """

    share: Floats
    mean: Floats
    sd: Floats
    measured_sd: Floats


def by_phase(posterior: Posterior, picks: Ints | None = None) -> ByPhase | None:
    """The belief phase by phase of all candidates, or of ``picks``, shape (b, n); ``None`` without
    phases."""
    if posterior.shares is None:
        return None
    share = to_host(posterior.shares)
    means = posterior.mean[:, 0].view(len(share), -1, posterior.mean.shape[-1])
    inner = posterior.variance.view(len(share), -1, posterior.mean.shape[-1])
    mean = means.mean(1)
    variance = inner.mean(1) + means.var(1, correction=0)
    measured = variance + posterior.noise.view(len(share), -1).mean(1, keepdim=True)
    found = map(to_host, (mean, variance.sqrt(), measured.sqrt()))
    whole = [share, *(each.reshape(share.shape) for each in found)]
    if picks is not None:
        whole = [np.take_along_axis(each, picks[:, None], axis=2) for each in whole]
    return ByPhase(*whole)


def chance(
    acquisition_input: AcquisitionInput, problems: Problems, picks: Ints | None = None
) -> Floats:
    """P(better than the best measured value), averaged over the components: of every candidate,
    shape (b, N), or of ``picks``, shape (b, n); NaN where nothing is measured."""
    if problems.measured == 0:
        return np.full(
            (problems.size, acquisition_input.mean.shape[-1]) if picks is None else picks.shape,
            np.nan,
        )
    y, mean, sd = to_device(problems.reached()), acquisition_input.mean, acquisition_input.sd
    share = acquisition_input.share
    if picks is not None:
        at = to_device(picks).unsqueeze(1).expand(-1, mean.shape[1], -1)
        mean, sd = mean.gather(2, at), sd.gather(2, at)
        share = None if share is None else share.gather(2, at)
    if problems.direction is Direction.MATCH:
        closest = (y - problems.match).abs().amin(-1).view(-1, 1, 1)
        log_p = log_probability_of_closeness(mean - problems.match, sd, closest)
    else:
        log_p = log_probability_of_improvement(mean, sd, y.amax(-1).view(-1, 1, 1))
    return np.exp(to_host(log_mean(log_p, share)))


def rank(values: Floats, chosen: Floats, among: Bools) -> Floats:
    """Share of the values ``among`` that are smaller than each chosen one, shape (b, n)."""
    smaller = (values[:, None, :] < chosen[:, :, None]) & among[:, None, :]
    return smaller.sum(-1) / among.sum(-1, keepdims=True)
