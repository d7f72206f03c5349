"""Posteriors: what a fitted model believes of some points, and functions drawn from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import TypeVar

import numpy as np
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.surrogates import GP, Fitted
from tansaku.bo.surrogates.paths import Path
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Bools, Design
from tansaku.strategy import Strategy

T = TypeVar("T")
U = TypeVar("U")
BLOCK_NUMBERS = 1_000_000
"""Covariances of data and candidates at a time, 8 MB; a few arrays of this size are alive."""


def of_measured(ask: Callable[[T], U], each: Sequence[T | None]) -> tuple[U | None, ...]:
    """What is asked of every outcome that is measured; ``None`` of one that is known."""
    return tuple(None if one is None else ask(one) for one in each)


def posterior_of(
    fitted: Fitted,
    points: Float[Tensor, "N d"],
    strategy: Strategy,
    *,
    whole: bool = False,
    cross: Callable[[GP, Tensor], Float[Tensor, "u n M"]] | None = None,
) -> Posterior:
    """The belief about some points, with their chances to work and of each phase.

    Args:
        fitted: What was learned.
        points: Encoded.
        strategy: Says whether the law is that of a new measurement.
        whole: They are the listed pool, of which the fit may know already.
        cross: Gives ``gp.cross(points)`` in a way of its own.
    """
    posterior = fitted.posterior if whole else None
    if posterior is None:
        seen = points if fitted.gate is None else fitted.gate.spread(points)
        gp, where = fitted.processes, fitted.which  # those that are alike are asked once
        posterior = Posterior.over(gp, seen, None if cross is None else cross(gp, seen))
        posterior = posterior if where is None else posterior.take(where)
    if fitted.works is not None:
        posterior = replace(posterior, works=fitted.works.probability(points))
    if fitted.gate is not None:
        posterior = replace(posterior, shares=fitted.gate.shares(points))
    noisy = strategy.surrogate is not None and strategy.surrogate.sd_of == "measurement"
    return posterior.with_noise() if noisy else posterior


def posterior_in_blocks(fitted: Fitted, pool: Design, strategy: Strategy) -> Posterior:
    """The belief about a pool of any size, asked in blocks; its rows, which are needed where
    candidates are looked at together, are computed when they are asked for, once."""

    @cache
    def rows() -> Float[Tensor, "b n M"]:
        points = to_device(pool.X)
        seen = points if fitted.gate is None else fitted.gate.spread(points)
        each = fitted.processes
        return fitted.of_each(each.solve(seen.expand(len(each.alpha), -1, -1))[1])

    blocks = (to_device(X) for _start, X in pool.blocks(block_size(fitted)))
    return Posterior.joined(
        [replace(posterior_of(fitted, points, strategy), rows=rows) for points in blocks]
    )


def block_size(fitted: Fitted) -> int:
    """Candidates at a time."""
    (k, n), source = fitted.processes.alpha.shape, fitted.processes.source
    from_sources = 0 if source is None else source.X.shape[1]
    return max(256, BLOCK_NUMBERS // (k * max(n + from_sources, 8)))


def paths_of(fitted: Fitted, n: int, rng: np.random.Generator) -> list[Path]:
    """n functions drawn from the posterior, each of a component drawn for it (b = 1)."""
    components = len(fitted.gp.alpha)
    which = [to_device(np.array([rng.integers(components)])) for _pick in range(n)]
    return [Path.draw(fitted.gp.take(index), rng) for index in which]


def in_drawn_phases(
    values: Sequence[Float[Tensor, "b M"]],
    shares: Float[Tensor, "b P N"],
    rngs: Sequence[np.random.Generator],
) -> list[Float[Tensor, "b N"]]:
    """Values of outcomes of each candidate in each phase -> those in a phase drawn for it."""
    at = to_device(np.stack([rng.random(shares.shape[-1]) for rng in rngs]))
    phase = (at.unsqueeze(1) > shares.cumsum(1)[:, :-1]).sum(1, keepdim=True)
    return [each.view(len(each), *shares.shape[1:]).gather(1, phase).squeeze(1) for each in values]


def null_draws(fits: Sequence[Fitted | None], rngs: Sequence[np.random.Generator]) -> Bools:
    """For which problems this sample is drawn at random, shape (b,): with the probability of the
    null model, by which the inputs tell nothing of any outcome, where that is likelier than not."""
    shares = [each.scatter for each in fits if each is not None]
    if not shares or any(share is None for share in shares):
        return np.zeros(len(rngs), dtype=np.bool_)
    likely = np.min([to_host(share) for share in shares if share is not None], axis=0)
    return np.asarray((likely > 0.5) & (np.array([rng.random() for rng in rngs]) < likely))
