"""Pools too large to hold at once: one pass in blocks, then the few candidates that can win.

The pass averages over a few of the settings, and the short list over all of them: the first pick is
the best of the candidates that the few put first. Later picks, which take the earlier ones into
account, come from the same candidates and as many drawn at random, so that they can be far from the
first hill. (Taking a pick into account never raises another candidate's score, because the joint
gain is submodular; a later pick that scores above everything left out is the best of all, too.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from tansaku.bo.acquisition import score_of, weighed
from tansaku.bo.acquisition_input import acquisition_input_of, in_drawn_phases, moments
from tansaku.bo.deadline import passed
from tansaku.bo.device import to_device, to_host
from tansaku.bo.surrogates import GP, Fitted
from tansaku.bo.surrogates.paths import Path
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Direction, Floats, Ints, Problems
from tansaku.strategy import Strategy

WHOLE = 8192
"""Candidates up to which a single search is worked on as a whole."""
BEST = 2048
"""Candidates of a short list: the best by the acquisition, and as many drawn at random."""
BLOCK_NUMBERS = 1_000_000
"""Covariances of data and candidates at a time, 8 MB; a few arrays of this size are alive."""


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What one pass leaves.

    Attributes:
        best: Pool indices of the best candidates by the acquisition, or by each drawn function,
            best first.
        sd: Of every candidate, shape (N,), single precision; infinite where not looked at.
        seen: Share of the candidates that were looked at before the time was up.
    """

    best: tuple[Ints, ...]
    sd: NDArray[np.float32]
    seen: float

    @property
    def index(self) -> Ints:
        """All of them, ascending, shape (m,)."""
        return np.unique(np.concatenate(self.best))


def posterior_of(
    fitted: Fitted, X: Floats, strategy: Strategy, *, whole: bool = False
) -> Posterior:
    """The belief about some points; ``whole`` where they are the listed pool, of which the fit may
    know already."""
    points = to_device(X)
    known = fitted.posterior if whole else None
    posterior = over(fitted, in_phases(fitted, points)) if known is None else known
    posterior = with_chances(posterior, fitted, points)
    noisy = strategy.surrogate is not None and strategy.surrogate.sd_of == "measurement"
    return posterior.with_noise() if noisy else posterior


def over(
    fitted: Fitted,
    points: Float[Tensor, "M c"],
    cross: Callable[[GP], Float[Tensor, "u n M"]] | None = None,
) -> Posterior:
    """What the processes believe of some points; those that are alike are asked once. ``cross``
    gives ``gp.cross(points)`` in a way of its own."""
    gp, where = fitted.distinct()
    posterior = Posterior.over(gp, points, None if cross is None else cross(gp))
    return posterior if where is None else posterior.take(where)


def in_phases(fitted: Fitted, points: Float[Tensor, "N d"]) -> Float[Tensor, "M c"]:
    """Points as the regression sees them: in each phase, where phases are told."""
    return points if fitted.gate is None else fitted.gate.spread(points)


def with_chances(posterior: Posterior, fitted: Fitted, points: Float[Tensor, "N d"]) -> Posterior:
    """The belief about some points with their chances to work, and of each phase."""
    if fitted.works is not None:
        posterior = replace(posterior, works=fitted.works.probability(points))
    if fitted.gate is not None:
        posterior = replace(posterior, shares=fitted.gate.shares(points))
    return posterior


def block_size(fitted: Fitted) -> int:
    """Candidates at a time."""
    (k, n), source = fitted.gp.alpha.shape, fitted.gp.source
    told = 0 if source is None else source.X.shape[1]
    return max(256, BLOCK_NUMBERS // (k * max(n + told, 8)))


def scan(
    problems: Problems,
    strategy: Strategy,
    fitted: Fitted,
    most: int,
    rngs: Sequence[np.random.Generator],
    paths: Sequence[Path] = (),
) -> Shortlist:
    """The ``most`` best candidates by the acquisition of the strategy (b = 1), or by each of
    ``paths``, functions drawn for Thompson sampling."""
    kept = [_Best(most) for _each in range(max(len(paths), 1))]
    sds = np.full(len(problems.pool), np.inf, dtype=np.float32)
    seen = 0
    for start, X in problems.pool.blocks(block_size(fitted)):
        if start and passed():
            break
        seen += len(X)
        acquisition_input = acquisition_input_of(
            posterior_of(fitted, X, strategy), problems, strategy.acquisition, rngs
        )
        taken = problems.taken[0, start : start + len(X)]
        sds[start : start + len(X)] = moments(acquisition_input)[1][0]
        if paths:
            drawn = [_drawn(path, X, fitted, rngs) for path in paths]
            heights = [to_device(_height(each, problems)[None]) for each in drawn]
            scores = [to_host(weighed("thompson", each, acquisition_input)[0]) for each in heights]
        else:
            scores = [to_host(score_of(strategy.acquisition.name, acquisition_input)[0])]
        for best, score in zip(kept, scores, strict=True):
            best.add(start, np.where(taken, -np.inf, score))
    return Shortlist(
        best=tuple(best.index[np.argsort(-best.score, kind="stable")] for best in kept),
        sd=sds,
        seen=seen / len(problems.pool),
    )


def _drawn(path: Path, X: Floats, fitted: Fitted, rngs: Sequence[np.random.Generator]) -> Floats:
    """A drawn function at some points, shape (k,)."""
    points = to_device(X)
    drawn = path(in_phases(fitted, points))
    if fitted.gate is not None:
        drawn = in_drawn_phases(drawn.unsqueeze(0), fitted.gate.shares(points), rngs)[0]
    return to_host(drawn)


def _height(drawn: Floats, problems: Problems) -> Floats:
    """How good these values are."""
    matched = problems.direction is Direction.MATCH
    return -np.abs(drawn - problems.match) if matched else drawn


def paths_of(fitted: Fitted, n: int, rng: np.random.Generator) -> list[Path]:
    """n functions drawn from the posterior, each of a component drawn for it (b = 1)."""
    components = len(fitted.gp.alpha)
    which = [to_device(np.array([rng.integers(components)])) for _pick in range(n)]
    return [Path.draw(fitted.gp.take(index), rng) for index in which]


class _Best:
    """The largest scores of blocks that come one after the other."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.index, self.score = np.empty(0, dtype=np.int64), np.empty(0)

    def add(self, start: int, score: Floats) -> None:
        """One more block, whose first candidate is ``start``."""
        index = np.concatenate([self.index, np.arange(start, start + len(score))])
        score = np.concatenate([self.score, score])
        if len(score) > self.most:
            order = np.argpartition(-score, self.most - 1)
            index, score = index[order[: self.most]], score[order[: self.most]]
        self.index, self.score = index, score
