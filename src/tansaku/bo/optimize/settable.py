"""Settable points of a region: drawn, their neighbours, and the ones around a point in between.

All arithmetic is in levels, which are whole numbers, so every point keeps the constraints exactly.
Axes: k points, p parameters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

import numpy as np
import torch

from tansaku.bo.optimize.counting import Counted
from tansaku.design import Bools, Floats, Ints, LevelRule, Region

DRAW = 2**14
"""Points drawn at a time: a power of two, for which Sobol points are balanced (Owen, J. Complexity
14 (1998) 466)."""
DRAWS = 16
"""Draws before a region counts as thin: 262,144 points, a second at most."""
WHOLE = 2**16
"""Combinations that are all looked at: as many as a few draws."""
CHAIN = 512
"""Points of the random walk through a thin region."""
THINNING = 8
"""Steps of the walk between two points that are kept; neighbours in the walk are alike, and the
search needs points all over the region more than independent ones."""
BURN_IN = 200
"""Steps of the walk before the first point is kept, as BoTorch has it."""
CORNERS = 8
"""Parameters of which both neighbouring levels are tried around a point: 256 corners; of further
ones the nearest level is taken."""
SUPPORTS = 24
"""Sets of parameters above 0 that are drawn: each costs a draw of its own, a tenth of a second."""
STRIDES = (0.001, 0.01, 0.1)
"""Shares of a range by which neighbours lie away, besides one level: fine scales are reached in few
rounds."""
MOST_DIMENSIONS = 21201
"""Dimensions of the Sobol sequence in torch."""


@dataclass(frozen=True, slots=True)
class Elimination:
    """Linear equalities solved for one parameter each.

    Attributes:
        pivots: The parameter each equality is solved for.
        rows: For each pivot: whole numbers c of all p parameters, d and D with
            level of pivot = (d - sum c x level) / D; c is 0 at every pivot.
    """

    pivots: tuple[int, ...]
    rows: tuple[tuple[tuple[int, ...], int, int], ...]

    @classmethod
    def of(cls, rules: Sequence[LevelRule], parameters: int) -> Elimination:
        """Gauss and Jordan in fractions. Equalities that repeat others are passed over."""
        table = [
            [*map(Fraction, rule.coefficients), Fraction(rule.bound)]
            for rule in rules
            if rule.equal
        ]
        pivots: list[int] = []
        for i, row in enumerate(table):
            choices = [j for j in range(parameters) if row[j]]
            if not choices:
                continue
            # The smallest coefficient leaves the fewest remainders.
            pivot = min(choices, key=lambda j: abs(row[j]))
            row[:] = [value / row[pivot] for value in row]
            for other in table:
                if other is not row and other[pivot]:
                    factor = other[pivot]
                    other[:] = [a - factor * b for a, b in zip(other, row, strict=True)]
            pivots.append(pivot)
            table[i] = row
        rows = []
        for pivot in pivots:
            row = next(r for r in table if r[pivot])
            common = math.lcm(*(value.denominator for value in row))
            left = [0 if j == pivot else int(v * common) for j, v in enumerate(row[:-1])]
            rows.append((tuple(left), int(row[-1] * common), common))
        return cls(tuple(pivots), tuple(rows))

    def complete(self, levels: Ints) -> tuple[Ints, Bools]:
        """(levels with the pivots solved, shape (k, p); which of them are whole, shape (k,))."""
        found, whole = levels.copy(), np.ones(len(levels), dtype=np.bool_)
        for pivot, (left, bound, common) in zip(self.pivots, self.rows, strict=True):
            rest = bound - LevelRule(left, bound).left(levels)
            whole &= np.asarray(rest % common == 0, dtype=np.bool_)
            found[:, pivot] = np.clip(rest // common, -1, 2**62).astype(np.int64)
        return found, whole


def settle(region: Region, levels: Ints) -> Ints:
    """Of these points those that are settable and keep every constraint, after the equalities are
    solved; distinct, in a fixed order. Shape (k, p) -> (j, p)."""
    if not len(levels):
        return levels
    found, whole = Elimination.of(region.rules, len(region.sizes)).complete(levels)
    inside = whole & ((found >= 0) & (found < region.sizes)).all(axis=1)
    found = found[inside]
    return distinct(found[region.holds(found)]) if len(found) else found


def distinct(levels: Ints) -> Ints:
    """Each point once, where it stands first."""
    if not len(levels):
        return levels
    _values, first = np.unique(levels, axis=0, return_index=True)
    return levels[np.sort(first)]


def drawn(region: Region, count: int, rng: np.random.Generator) -> Ints:
    """Up to ``count`` distinct settable points all over the region, shape (k, p).

    Scrambled Sobol points that keep the constraints; where these are too rare, uniform draws by
    counting, or, where the points are too many to be counted, a random walk through the region. Of
    few combinations all are looked at.
    """
    p = len(region.sizes)
    if math.prod(region.sizes.tolist()) <= WHOLE:
        axes = [np.arange(size) for size in region.sizes.tolist()]
        every = settle(region, np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, p))
        return every if len(every) <= count else rng.permutation(every)[:count]
    seed = int(rng.integers(2**31))
    sobol = torch.quasirandom.SobolEngine(min(p, MOST_DIMENSIONS), scramble=True, seed=seed)
    found = np.empty((0, p), dtype=np.int64)
    free = not region.rules and bool((region.sizes > 1).all())
    draw = min(DRAW, 2 ** math.ceil(math.log2(max(count, 2)))) if free else DRAW
    for _round in range(DRAWS):
        unit = sobol.draw(draw, dtype=torch.float64).numpy()
        levels = np.minimum((unit * region.sizes).astype(np.int64), region.sizes - 1)
        before = len(found)
        found = distinct(np.concatenate([found, settle(region, levels)]))
        if len(found) >= count:
            return found[:count]
        if _round and len(found) == before:  # hardly anything can be hit
            break
    counted = Counted.of(region)
    if counted is not None:
        few = counted.total <= WHOLE
        more = counted.every() if few else counted.draw(2 * count, rng)
        found = distinct(np.concatenate([found, more[region.holds(more)]]))
        if few or len(found) >= count:
            return (rng.permutation(found) if few else found)[:count]
    if region.counts:
        return distinct(np.concatenate([found, _of_supports(region, count, rng)]))[:count]
    walked = settle(region, _walk(region, rng))
    return distinct(np.concatenate([found, walked]))[:count]


def _of_supports(region: Region, count: int, rng: np.random.Generator) -> Ints:
    """Points where only some parameters may be above 0: drawn evenly over which these are, and then
    all over what is left."""
    counted = np.zeros(len(region.sizes), dtype=np.bool_)
    for rule in region.counts:
        counted[list(rule.columns)] = True
    chosen = Counted.of(replace(region, sizes=np.where(counted, 2, 1), rules=()))
    if chosen is None or not chosen.total:
        return np.empty((0, len(region.sizes)), dtype=np.int64)
    supports = distinct(chosen.draw(SUPPORTS, rng))
    found = []
    for support in supports:
        gone = counted & (support == 0)
        rules = tuple(
            replace(
                rule,
                coefficients=tuple(
                    0 if out else c for c, out in zip(rule.coefficients, gone, strict=True)
                ),
            )
            for rule in region.rules
        )
        inner = replace(region, sizes=np.where(gone, 1, region.sizes), rules=rules, counts=())
        found.append(drawn(inner, math.ceil(count / len(supports)), rng))
    return rng.permutation(np.concatenate(found))


def _walk(region: Region, rng: np.random.Generator) -> Ints:
    """Points of a walk through the linear constraints, each at the nearest settable corner around
    it; nothing where no constraint is linear."""
    found = [np.empty((0, len(region.sizes)))]
    for point in hit_and_run(region, CHAIN, rng) if region.rules else ():
        corners = around(region, point)
        found.append(corners[np.abs(corners - point).sum(axis=1).argsort()[:1]])
    return np.concatenate(found).astype(np.int64)


def hit_and_run(region: Region, count: int, rng: np.random.Generator) -> Floats:
    """Places between the levels that keep the linear constraints, all over their polytope, shape
    (count, p); none where it has no inside.

    A step goes any distance that stays inside in a direction drawn at random (Smith, Oper. Res. 32
    (1984) 1296), within the equalities, from the place that is farthest from all walls.
    """
    from scipy.optimize import linprog  # on demand: 0.2 s to import

    upper, p = np.maximum(region.sizes - 1.0, 1.0), len(region.sizes)
    A = np.array([rule.coefficients for rule in region.rules], dtype=np.float64) * upper
    size = np.maximum(np.abs(A).max(axis=1), 1.0)
    A, b = A / size[:, None], np.array([float(rule.bound) for rule in region.rules]) / size
    equal = np.array([rule.equal for rule in region.rules])
    _left, values, right = np.linalg.svd(A[equal])
    free = right[int((values > 1e-9).sum()) :]
    walls = np.concatenate([A[~equal], -np.eye(p), np.eye(p)])
    ends = np.concatenate([b[~equal], np.zeros(p), np.ones(p)])
    within = np.linalg.norm(walls @ free.T, axis=1)
    middle = linprog(
        np.append(np.zeros(p), -1.0),
        np.column_stack([walls, within]),
        ends,
        np.column_stack([A[equal], np.zeros(equal.sum())]),
        b[equal],
        (None, None),
    )
    if middle.x is None or middle.x[-1] < 1e-9:
        return np.empty((0, p))
    walls, ends = walls[within > 1e-9], ends[within > 1e-9]  # the others are the equalities' own
    x, found = middle.x[:p], []
    for _step in range(BURN_IN + count * THINNING):
        direction = rng.standard_normal(len(free)) @ free
        rate, room = walls @ direction, np.maximum(ends - walls @ x, 0.0)
        reach = room / np.where(rate == 0, np.inf, rate)
        x = x + rng.uniform(reach[rate < 0].max(), reach[rate > 0].min()) * direction
        found.append(x)
    return np.array(found[BURN_IN + THINNING - 1 :: THINNING]) * upper


def around(region: Region, place: Floats) -> Ints:
    """Settable points at the corners around a place between the levels, shape (p,) -> (k, p).

    The whole number below and the one above, for up to ``CORNERS`` parameters that lie farthest
    from a whole number.
    """
    nearest = np.rint(place)
    off = np.abs(place - nearest)
    open_ = np.argsort(-off, kind="stable")[: min(CORNERS, int((off > 1e-9).sum()))]
    corners = np.array(list(product((0.0, 1.0), repeat=len(open_)))).reshape(
        2 ** len(open_), len(open_)
    )
    levels = np.repeat(nearest[None], len(corners), axis=0)
    levels[:, open_] = np.floor(place[open_]) + corners
    return settle(region, np.clip(levels, 0, region.sizes - 1).astype(np.int64))


def neighbours(region: Region, levels: Ints) -> Ints:
    """Points that differ from these in one parameter, or in one and the solved ones, (k, p)."""
    moved = []
    for column, size in enumerate(region.sizes.tolist()):
        if region.columns[column] < 0:
            for level in range(size):
                other = levels.copy()
                other[:, column] = level
                moved.append(other)
            continue
        strides = sorted({1, *(max(1, round(share * size)) for share in STRIDES)})
        for stride in (*strides, *(-s for s in strides)):
            other = levels.copy()
            other[:, column] += stride
            moved.append(other[(other[:, column] >= 0) & (other[:, column] < size)])
    return settle(region, np.concatenate([*moved, *_exchanged(region, levels)]))


def _exchanged(region: Region, levels: Ints) -> list[Ints]:
    """Points in which one of the counted parameters is 0 instead, or makes way for another one."""
    moved = []
    for i, j in {pair for c in region.counts for pair in product(c.columns, repeat=2)}:
        other = levels[(levels[:, i] > 0) & ((levels[:, j] == 0) | (i == j))]
        place = other[:, i] / (region.sizes[i] - 1)
        other[:, i] = 0
        if i != j:
            other[:, j] = np.maximum(1, np.rint(place * (region.sizes[j] - 1)))
        moved.append(other)
    return moved
