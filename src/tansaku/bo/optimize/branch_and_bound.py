"""Branch and bound: the best of all settable points of a region, without looking at each.

Boxes of levels are halved; one is left out once no point in it can score more than the best point
that was found (Land and Doig, Econometrica 28 (1960) 497). All that is asked of a score is a bound
over a box, so what is left out is proved to be no better. Axes: k boxes, p parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np

from tansaku.bo.deadline import passed
from tansaku.design import Bools, Floats, Ints, Region

Ask = Callable[[Ints, Ints], tuple[Floats, Floats]]
"""Levels of the middles of k boxes, shape (k, p), and how many levels the boxes reach from there
along each parameter, shape (k, p) -> (score of each middle, what no point of its box exceeds),
shape (k,)."""

ROUNDING = 1e-9
"""Scores closer than this share of their size are equal."""


class Bounded(NamedTuple):
    """What is known of all settable points.

    Attributes:
        better: The best point, where it scores more than the one that was known: shape (0 or 1, p).
        score: Of the best point.
        ceiling: What no settable point exceeds; ``score`` where that is proved to be the best.
        looked: Points that were scored.
    """

    better: Ints
    score: float
    ceiling: float
    looked: int

    @property
    def proved(self) -> bool:
        """Whether no settable point scores more than ``score``."""
        return self.ceiling <= _above(self.score)

    @property
    def times(self) -> float:
        """How many times as much no point exceeds, of scores that are logarithms."""
        return math.exp(min(self.ceiling - self.score, 700.0))


class _Boxes(NamedTuple):
    """k boxes: lowest and highest levels, shape (k, p), and what no point exceeds, shape (k,)."""

    low: Ints
    high: Ints
    bound: Floats

    @property
    def middle(self) -> Ints:
        return (self.low + self.high) // 2

    def take(self, index: Ints | Bools | slice) -> _Boxes:
        return _Boxes(self.low[index], self.high[index], self.bound[index])

    def halves(self, region: Region, slopes: Floats) -> _Boxes:
        """Both halves of each along the side that matters most; those without a settable point are
        gone."""
        row, middle = np.arange(self.bound.size), self.middle
        side = ((self.high - self.low) * slopes).argmax(1)
        high, low = self.high.copy(), self.low.copy()
        high[row, side] = middle[row, side]
        low[row, side] = middle[row, side] + 1
        both = _joined([_Boxes(self.low, high, self.bound), _Boxes(low, self.high, self.bound)])
        return both.take(both.may_hold(region))

    def may_hold(self, region: Region) -> Bools:
        """In which a point may keep every linear constraint, shape (k,)."""
        found = np.ones(self.bound.size, dtype=np.bool_)
        for rule in region.rules:
            row, bound = np.array(rule.coefficients, dtype=np.float64), float(rule.bound)
            up, down = np.maximum(row, 0), np.minimum(row, 0)
            rounding = ROUNDING * (np.abs(row) @ region.sizes + abs(bound))
            found &= self.low @ up + self.high @ down <= bound + rounding
            if rule.equal:
                found &= self.high @ up + self.low @ down >= bound - rounding
        return found


def branch_and_bound(
    region: Region,
    ask: Ask,
    score: float,
    *,
    slopes: Floats,
    gone: Ints,
    most: int,
    at_a_time: int,
) -> Bounded:
    """Look for a settable point that scores more than ``score``, and prove that there is none.

    Args:
        region: What can be set.
        ask: Scores points, and bounds the score of boxes.
        score: That of a point that is known.
        slopes: How much one level of each parameter matters, shape (p,); of choices 0.
        gone: Points that are not looked for, shape (z, p).
        most: Points that are scored at the most; what is left then has a bound only.
        at_a_time: Points that are scored together.
    """
    better, looked = np.empty((0, len(region.sizes)), dtype=np.int64), 0
    away = {tuple(point) for point in gone.tolist()}
    if math.prod(region.sizes[region.columns < 0].tolist()) > most:
        return Bounded(better, score, math.inf, looked)
    left = _roots(region)
    while left.bound.size:
        left = left.take(np.argsort(-left.bound, kind="stable"))
        kept: list[_Boxes] = []
        for start in range(0, left.bound.size, at_a_time):
            now = left.take(slice(start, start + at_a_time))
            now = now.take(now.bound > _above(score))
            if not now.bound.size:
                break
            if looked >= most or passed():
                ceiling = _joined([now, *kept]).bound.max()
                return Bounded(better, score, float(ceiling), looked)
            middle = now.middle
            here, bound = ask(middle, np.maximum(middle - now.low, now.high - middle))
            looked += now.bound.size
            open_ = region.holds(middle) & [tuple(point) not in away for point in middle.tolist()]
            here = np.where(open_, here, -np.inf)
            if here.max() > _above(score):
                score, better = float(here.max()), middle[[here.argmax()]]
            wide = np.asarray((now.high > now.low).any(1))
            kept.append(_Boxes(now.low, now.high, np.minimum(bound, now.bound)).take(wide))
        left = _joined(kept)
        left = left.take(left.bound > _above(score)).halves(region, slopes)
    return Bounded(better, score, score, looked)


def _above(score: float) -> float:
    return score + ROUNDING * abs(score)


def _joined(parts: list[_Boxes]) -> _Boxes:
    return _Boxes(*map(np.concatenate, zip(*parts, strict=True)))


def _roots(region: Region) -> _Boxes:
    """The whole region, once for each combination of its choices; nothing bounds it yet."""
    choices = np.flatnonzero(region.columns < 0)
    levels = np.array(list(product(*(range(n) for n in region.sizes[choices].tolist()))))
    low = np.zeros((len(levels), len(region.sizes)), dtype=np.int64)
    high = low + region.sizes - 1
    low[:, choices] = high[:, choices] = levels.reshape(len(levels), -1)
    return _Boxes(low, high, np.full(len(levels), np.inf))
