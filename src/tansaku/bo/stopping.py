"""Stopping: whether the best candidate is among those tried, and what more samples would gain.

All of it is read off joint draws of the goals at candidates that were tried and at others: how
often no other one is better, how often one is so by more than matters, and how much the best of k
more samples would add. These are picked greedily on one half of the draws, as the expected gain
grows in diminishing steps (Nemhauser, Wolsey, Fisher, Math. Program. 14 (1978) 265), and their gain
is counted on the other half, so that it is no gain of having looked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from tansaku.bo.device import to_device, to_host
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.objectives.hypervolume import hypervolume
from tansaku.bo.objectives.improvement import objective_score
from tansaku.bo.threads import threads_for
from tansaku.design import Floats, Ints, Joint
from tansaku.strategy import Strategy

DRAWS: Final = 1024
"""Of one goal at all candidates: a probability is right within 0.016."""
NUMBERS: Final = 4_000_000
"""Covariances of candidates at a time, 32 MB; a few arrays of this size are alive."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """What draws of the goals say of stopping now.

    Attributes:
        found: Probability that no candidate which was not tried is better than all that were.
        better: Probability that one is, by more than what matters.
        gains: Expected gain of 1, 2, .. more samples, each chosen with the earlier ones in mind.
        picks: These samples, as places among those not tried.
    """

    found: float
    better: float
    gains: tuple[float, ...]
    picks: tuple[int, ...]


def stopping(
    tried: Floats,
    others: Floats,
    reference: Floats,
    delta: float,
    most: int,
    cost: Floats | None = None,
) -> Stopping:
    """Of one goal in its unit; of two as shares of the hypervolume that all candidates reach.

    Args:
        tried: Goals of the samples that were tried in each of S draws, larger is better, -inf where
            a limit is broken, shape (S, k, m).
        others: The same of N that were not, shape (S, N, m), N >= 1; in the same draws.
        reference: What every goal has to beat to count, shape (m,); m is 1 or 2.
        delta: What matters.
        most: Samples up to which gains are asked.
        cost: Of each that was not tried, shape (N,): picks are those of the largest gain per cost.

    Example:
        >>> tried, others = np.array([[[1.0]], [[1.0]]]), np.array([[[0.0], [3.0]], [[0.0], [2.0]]])
        >>> found = stopping(tried, others, np.array([-9.0]), 1.5, 1)
        >>> found.found, found.better, found.gains, found.picks
        (0.0, 0.5, (1.0,), (1,))
    """
    S, N, m = others.shape
    fronts = list(tried)
    unit = np.ones(S)
    if m > 1:
        every = np.concatenate([tried, others], axis=1)
        unit = np.array([hypervolume(each, reference) or 1.0 for each in every])

    def gains() -> Floats:
        each = zip(others, fronts, unit, strict=True)
        return np.stack([added(v, front, reference) / u for v, front, u in each])

    first = gains()
    top, half = first.max(1), slice(S // 2)
    total = np.zeros(S)
    told: list[float] = []
    picks: list[int] = []
    price = np.ones(N) if cost is None else cost
    score = first
    for _step in range(min(most, N)):
        worth = score[half].mean(0) / price
        worth[picks] = -np.inf
        pick = int(worth.argmax())
        picks.append(pick)
        total += score[:, pick]
        told.append(float(total[S // 2 :].mean()))
        fronts = [
            np.concatenate([front, other[pick : pick + 1]])
            for front, other in zip(fronts, others, strict=True)
        ]
        score = gains()
    return Stopping(
        float((top <= 0).mean()), float((top > delta).mean()), tuple(told), tuple(picks)
    )


def added(values: Floats, front: Floats, reference: Floats) -> Floats:
    """What each of N points adds to the volume that a front reaches above the reference point.

    Args:
        values: Shape (N, m), m is 1 or 2.
        front: Points that are reached, dominated ones among them or not, shape (p, m).
        reference: Shape (m,).

    Example:
        >>> front, at = np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([[2.0, 2.0], [3.0, 0.5]])
        >>> added(at, front, np.zeros(2)).tolist()
        [1.0, 0.5]
    """
    above = front[(front > reference).all(1)]
    if values.shape[1] == 1:
        best = above[:, 0].max(initial=reference[0])
        return np.maximum(values[:, 0] - best, 0.0)
    above = above[above[:, 0].argsort()]
    ends = np.concatenate([reference[:1], above[:, 0]])
    height = np.maximum.accumulate(np.append(above[:, 1], reference[1])[::-1])[::-1]
    width = np.minimum(values[:, :1], np.append(ends[1:], np.inf)) - ends
    rest = values[:, 1:] - height
    return (np.maximum(width, 0.0) * np.maximum(rest, 0.0)).sum(1)


def plausible(mean: Floats, sd: Floats, best: float, most: int) -> Ints:
    """Candidates that are likeliest to beat a value, at the most so many, in their order.

    Args:
        mean: Of each, shape (N,).
        sd: Likewise.
        best: The value.
        most: So many.
    """
    score = (mean - best) / np.maximum(sd, np.finfo(float).tiny)
    return np.sort(np.argsort(-score, kind="stable")[:most])


def found_chances(joint: Joint, strategy: Strategy, rngs: Sequence[np.random.Generator]) -> Floats:
    """Of b searches for one goal over one pool the probability that the best candidate is among
    those that are taken, shape (b,): :attr:`Stopping.found`, in lock-step.

    Args:
        joint: The searches; all that is taken is measured.
        strategy: Whose model is asked.
        rngs: b generators.
    """
    (want,), pool = joint.wants, to_device(joint.outcomes[0].pool.X)
    with threads_for(joint.measured):
        posterior = MultiOutputModel.of(joint, strategy, rngs).over(pool, whole=True).measured
        k = len(posterior.mean) // joint.size
        some = max(1, NUMBERS // (k * len(pool) ** 2))
        found = []
        for rows in np.array_split(np.arange(joint.size), -(-joint.size // some)):
            shape = k, DRAWS // k, len(pool)
            normal = to_device(np.concatenate([rngs[i].standard_normal(shape) for i in rows]))
            part = posterior.take(to_device((rows[:, None] * k + np.arange(k)).ravel()))
            good = objective_score(part.sample(normal), want).unflatten(0, (len(rows), k))
            taken = to_device(joint.outcomes[0].taken[rows])[:, None, None]
            tried = torch.where(taken, good, -torch.inf).amax(-1)
            other = torch.where(taken, -torch.inf, good).amax(-1)
            found.append(to_host((other <= tried).double().mean((1, 2))))
    return np.concatenate(found)
