"""Pools too large to hold at once: one pass in blocks, then the few candidates that can win.

The pass averages over a few of the settings, and the short list over all of them: the first pick is
the best of the candidates that the few put first. Later picks, which take the earlier ones into
account, come from the same candidates and as many drawn at random, so that they can be far from the
first hill. (Taking a pick into account never raises another candidate's score, because the joint
gain is submodular; a later pick that scores above everything left out is the best of all, too.)
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tansaku.bo.acquisition import Acquisition, score_of
from tansaku.bo.deadline import passed
from tansaku.bo.device import to_device, to_host
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.posteriors import block_size
from tansaku.bo.surrogates.paths import Path
from tansaku.design import Floats, Ints
from tansaku.language import _
from tansaku.stages import stage

WHOLE = 8192
"""Candidates up to which a single search is worked on as a whole."""
BEST = 2048
"""Candidates of a short list: the best by each acquisition, and as many drawn at random."""


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What one pass leaves.

    Attributes:
        best: Pool indices of the best candidates, or of each drawn function's, best first.
        sd: Of every candidate and outcome, shape (m, N), single precision; infinite where not
            looked at.
        seen: Share of the candidates that were looked at before the time was up.
    """

    best: tuple[Ints, ...]
    sd: NDArray[np.float32]
    seen: float

    @property
    def index(self) -> Ints:
        """All of them, ascending, shape (m,)."""
        return np.unique(np.concatenate(self.best))


def scan(
    model: MultiOutputModel,
    acquisition: Acquisition,
    most: int,
    rngs: Sequence[np.random.Generator],
    drawn: Sequence[Sequence[Path | None]] = (),
) -> Shortlist:
    """The ``most`` best candidates by an acquisition (b = 1), or, where it ranks by functions drawn
    of each outcome, by each of ``drawn``."""
    first = model.joint.outcomes[0]
    kept = [_Best(most) for _each in drawn or [()]]
    sds = np.full((len(model.fitted), len(first.pool)), np.inf, dtype=np.float32)
    seen, size = 0, min(block_size(each) for each in model.fitted if each is not None)
    for start, X in first.pool.blocks(size):
        stage(_("comparing the candidates"), start, len(first.pool))
        if start and passed():
            break
        seen += len(X)
        here = np.arange(start, start + len(X))
        now = model.over(to_device(X), at=here)
        given = now.acquisition_input(model.strategy.acquisition, deepcopy(rngs))  # draws repeat
        sds[:, here] = [to_host(given.moments(each)[1].sqrt())[0] for each in given.outcomes]
        for best, paths in zip(kept, drawn or [()], strict=True):
            if paths:
                given = replace(given, sample=partial(now.along, paths, rngs))
            score = to_host(score_of(acquisition, given))[0]
            best.add(start, np.where(first.taken[0, here], -np.inf, score))
    return Shortlist(
        best=tuple(best.index[np.argsort(-best.score, kind="stable")] for best in kept),
        sd=sds,
        seen=seen / len(first.pool),
    )


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
