"""Row scan: the candidates worth choosing from among more than can be held, each seen once.

As :mod:`~tansaku.bo.shortlist` does it with a pool: the rows that score best by a few of the
settings, and as many drawn at random, from which all settings choose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

import numpy as np

from tansaku.bo.acquisition import acquisition_of, score_of
from tansaku.bo.deadline import passed
from tansaku.bo.device import to_device, to_host
from tansaku.bo.engine import asks_model
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.posteriors import block_size
from tansaku.bo.shortlist import BEST
from tansaku.bo.threads import threads_for
from tansaku.design import Floats, Joint
from tansaku.strategy import Strategy


def scan_rows(
    blocks: Iterable[Floats],
    joint_of: Callable[[Floats], Joint],
    strategy: Strategy,
    *,
    draw: np.random.Generator,
    model: np.random.Generator,
) -> Floats:
    """The ``BEST`` rows by the acquisition, and as many drawn uniformly: distinct, shape (k, p), of
    those that came before the time was up.

    Args:
        blocks: Rows that can be chosen, shape (k, p) each.
        joint_of: One search (b = 1) over such rows.
        strategy: How to choose; only drawn rows where it asks no model, or draws functions.
        draw: Draws rows.
        model: Fits the model; in the state in which the choice will start, too.
    """
    coming = iter(blocks)
    first = next(coming, None)
    if first is None:
        return np.empty((0, 0))
    joint, learnt = joint_of(first), None
    best, drawn = _Kept(first.shape[1]), _Kept(first.shape[1])
    with threads_for(joint.measured):
        if asks_model(joint, strategy) and not acquisition_of(strategy.acquisition).draws:
            learnt = MultiOutputModel.of(joint, strategy, [model]).in_brief()
        for i, rows in enumerate(chain([first], coming)):
            if i and passed():
                break
            drawn.add(rows, draw.random(len(rows)))
            if learnt is not None:
                best.add(rows, _scores(learnt.asked_in(joint_of(rows))))
    return np.unique(np.concatenate([best.rows, drawn.rows]), axis=0)


def _scores(model: MultiOutputModel) -> Floats:
    """The acquisition of every candidate, shape (N,)."""
    spec, found = model.strategy.acquisition, []
    size = min(block_size(each) for each in model.fitted if each is not None)
    for start, X in model.joint.outcomes[0].pool.blocks(size):
        now = model.over(to_device(X), at=np.arange(start, start + len(X)))
        given = now.acquisition_input(spec, [np.random.default_rng(0)])
        found.append(to_host(score_of(acquisition_of(spec), given))[0])
    return np.concatenate(found)


class _Kept:
    """The rows with the largest scores, each once."""

    def __init__(self, columns: int) -> None:
        self.rows, self.score = np.empty((0, columns)), np.empty(0)

    def add(self, rows: Floats, score: Floats) -> None:
        """One more block."""
        top = np.argpartition(-score, BEST)[:BEST] if len(score) > BEST else np.arange(len(score))
        rows, first = np.unique(np.concatenate([self.rows, rows[top]]), axis=0, return_index=True)
        score = np.concatenate([self.score, score[top]])[first]
        order = np.argsort(-score, kind="stable")[:BEST]
        self.rows, self.score = rows[order], score[order]
