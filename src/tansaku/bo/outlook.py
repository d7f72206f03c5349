"""From a belief to what an acquisition sees, and the numbers that are told about a pick."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from tansaku.bo.acquisition import Outlook, log_probability_of_improvement, score_of
from tansaku.bo.acquisition.base import log_mean
from tansaku.bo.acquisition.probability_of_improvement import log_probability_of_closeness
from tansaku.bo.device import to_device, to_host
from tansaku.bo.surrogates.belief import Belief
from tansaku.design import Bools, Direction, Floats, Ints, Problems
from tansaku.strategy import AcquisitionSpec


def outlook_of(
    belief: Belief,
    problems: Problems,
    spec: AcquisitionSpec,
    rngs: Sequence[np.random.Generator],
) -> Outlook:
    """The belief as an acquisition sees it; components and imagined outcomes are its futures."""
    b, s, N = problems.size, *belief.mean.shape[1:]
    components = belief.mean.shape[0] // b
    sd = belief.variance.sqrt().unsqueeze(1).expand(-1, s, -1)

    def sample() -> torch.Tensor:
        which = np.array([rng.integers(components) for rng in rngs], dtype=np.int64)
        one = belief.take(to_device(np.arange(b) * components + which))
        return one.sample(to_device(np.stack([rng.standard_normal(N) for rng in rngs])))

    return Outlook(
        mean=belief.mean.reshape(b, components * s, N),
        sd=sd.reshape(b, components * s, N),
        best=_incumbent(belief, problems, spec).reshape(b, components * s, 1),
        direction=problems.direction,
        match=problems.match,
        beta=spec.beta,
        sample=sample,
        works=belief.works,
        poorest=None if belief.works is None else _poorest(problems),
    )


def _poorest(problems: Problems) -> torch.Tensor | None:
    """The poorest measured value, shape (b, 1); ``None`` where nothing is measured."""
    if problems.measured == 0:
        return None
    y = to_device(problems.y)
    if problems.direction is Direction.MATCH:
        y = -(y - problems.match).abs()
    return y.amin(-1, keepdim=True)


def score_by(
    outlook: Outlook, spec: AcquisitionSpec, rngs: Sequence[np.random.Generator]
) -> Floats:
    """The score of each candidate, shape (b, N): of several acquisitions one is drawn for each
    problem."""
    names = spec.names
    if len(names) == 1:
        return to_host(score_of(names[0], outlook))
    which = np.array([rng.integers(len(names)) for rng in rngs], dtype=np.int64)
    scores = to_host(torch.stack([score_of(name, outlook) for name in names]))
    return scores[which, np.arange(len(which))]


def _incumbent(belief: Belief, problems: Problems, spec: AcquisitionSpec) -> torch.Tensor:
    """The value to beat in each future of each component, shape (b x components, s, 1)."""
    if spec.incumbent == "posterior" or problems.measured == 0:  # without own points: the sources'
        # Sources come before the problem's own values, and limits after them.
        known = belief.gp.mean_at_data()[:, -problems.told :]
    else:
        components = belief.mean.shape[0] // problems.size
        known = to_device(problems.reached()).repeat_interleave(components, 0)
    known = known.unsqueeze(1).expand(-1, belief.mean.shape[1], -1)
    if belief.imagined is not None:
        known = torch.cat([known, belief.imagined], -1)
    if problems.direction is Direction.MATCH:
        return (known - problems.match).abs().amin(-1, keepdim=True)
    return known.amax(-1, keepdim=True)


def moments(outlook: Outlook) -> tuple[Floats, Floats]:
    """Mean and sd over the components, shape (b, N) each (law of total variance)."""
    mean = outlook.mean.mean(1)
    variance = outlook.sd.square().mean(1) + (outlook.mean - mean.unsqueeze(1)).square().mean(1)
    return to_host(mean), to_host(variance.sqrt())


def chance(outlook: Outlook, problems: Problems, picks: Ints | None = None) -> Floats:
    """P(better than the best measured value), averaged over the components: of every candidate,
    shape (b, N), or of ``picks``, shape (b, n); NaN where nothing is measured."""
    if problems.measured == 0:
        return np.full(
            (problems.size, outlook.mean.shape[-1]) if picks is None else picks.shape, np.nan
        )
    y, mean, sd = to_device(problems.reached()), outlook.mean, outlook.sd
    if picks is not None:
        at = to_device(picks).unsqueeze(1).expand(-1, mean.shape[1], -1)
        mean, sd = mean.gather(2, at), sd.gather(2, at)
    if problems.direction is Direction.MATCH:
        closest = (y - problems.match).abs().amin(-1).view(-1, 1, 1)
        log_p = log_probability_of_closeness(mean - problems.match, sd, closest)
    else:
        log_p = log_probability_of_improvement(mean, sd, y.amax(-1).view(-1, 1, 1))
    return np.exp(to_host(log_mean(log_p)))


def rank(values: Floats, chosen: Floats, among: Bools) -> Floats:
    """Share of the values ``among`` that are smaller than each chosen one, shape (b, n)."""
    smaller = (values[:, None, :] < chosen[:, :, None]) & among[:, None, :]
    return smaller.sum(-1) / among.sum(-1, keepdims=True)
