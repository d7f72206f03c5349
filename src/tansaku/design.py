"""THE WAIST: what the mathematics sees of a campaign. float64 arrays, numpy only.

Above the waist things have names and units (spaces, targets, campaigns); below it (``bo``) there
are only arrays. Axes: b problems, n measured, N candidates of the pool, d columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Direction(StrEnum):
    """What is wanted of the model-scale target."""

    MAXIMISE = "maximise"
    MATCH = "match"


@dataclass(frozen=True, slots=True)
class Design:
    """Encoded points.

    Attributes:
        X: Points, shape (n, d), float64; numbers span [0, 1] over the pool.
        names: One name per column, length d; only for messages and reports.

    Example:
        >>> Design(np.array([[0.0], [1.0]]), ("x",)).X.shape
        (2, 1)
    """

    X: Floats
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "X", np.ascontiguousarray(self.X, dtype=np.float64))

    def __len__(self) -> int:
        return len(self.X)

    @property
    def d(self) -> int:
        """Encoded columns."""
        return int(self.X.shape[1])

    def blocks(self, size: int) -> Iterator[tuple[int, Floats]]:
        """(first index, points (k, d)) of consecutive points; k is at most ``size``."""
        for start in range(0, len(self.X), size):
            yield start, self.X[start : start + size]


@dataclass(frozen=True, slots=True)
class SourceData:
    """Finished measurements of an older system, in the encoding of the target's pool.

    Attributes:
        X: Points, shape (m, d).
        y: Values on the target's model scale, shape (m,).
        counts: Number of averaged replicates behind each y, shape (m,), >= 1.
    """

    X: Floats
    y: Floats
    counts: Floats


@dataclass(frozen=True, slots=True)
class Limited:
    """Values of which only a limit is known, of b searches with c each.

    Attributes:
        X: Points, shape (b, c, d), in the pool's encoding.
        bound: The limits on the model scale, shape (b, c).
        side: 1 where the value lies above its limit, -1 below, shape (b, c).
    """

    X: Floats
    bound: Floats
    side: Floats


@dataclass(frozen=True, slots=True)
class Tried:
    """Which samples worked and which failed, of b searches with t each.

    Attributes:
        X: Points, shape (b, t, d), in the pool's encoding.
        worked: Shape (b, t).
    """

    X: Floats
    worked: Bools


@dataclass(frozen=True, slots=True)
class Phases:
    """Which of P phases was found in samples of b searches.

    Attributes:
        number: P, at least 2.
        X: Points whose phase was found, shape (b, l, d), in the pool's encoding.
        of: The phase there, 0 .. P - 1, shape (b, l).
        values: Phase of each measured value, shape (b, n); -1 where it was not found.
        limits: Likewise of each limit, shape (b, c).
    """

    number: int
    X: Floats
    of: Ints
    values: Ints
    limits: Ints = field(default_factory=lambda: np.zeros((1, 0), dtype=np.int64))

    def at(self, X: Floats) -> Ints:
        """The phase that was found at points, shape (b, r, d) -> (b, r); -1 where none was."""
        same = (X[:, :, None] == self.X[:, None]).all(-1)
        of = np.take_along_axis(self.of, same.argmax(-1), 1)
        return np.where(same.any(-1), of, -1)


@dataclass(frozen=True, slots=True)
class Problems:
    """b searches over one pool, at the same number n of measurements each. Live work has b = 1.

    Attributes:
        pool: The N candidates.
        X: Measured points, shape (b, n, d), in the pool's encoding.
        y: Measured values on the model scale, shape (b, n); larger is better where
            ``direction`` is MAXIMISE (a minimised target comes with its sign turned).
        counts: Number of averaged replicates behind each y, shape (b, n), >= 1; the noise
            variance of a mean of k replicates is the noise variance / k.
        taken: Candidates that may not be proposed, shape (b, N).
        pending: Pool indices under way, result unknown, shape (b, p); proposals take them
            into account and they are in ``taken``.
        direction: MAXIMISE, or MATCH the value ``match``.
        match: The wanted model-scale value; used with MATCH only.
        positions: Pool indices of ``X`` where every measured point is a candidate, shape (b, n);
            kernel values of pairs of candidates can then be looked up. ``None`` elsewhere.
        sources: Older data, the same for every problem.
        noise: Variance that each y is known to have besides the noise that the model learns, shape
            (b, n), model scale squared; ``None`` where none is known.
        limits: Values of which only a limit is known; ``None`` without any.
        tried: What worked and what failed; ``None`` where nothing has failed.
        phases: Which phase was found where; ``None`` where fewer than two are told.
        runs: Furnace run of each y, whose error its samples share, shape (b, n), b = 1; -1 where it
            is not known. ``None`` where runs play no part.
        unit: Standard deviation that values are taken to have as long as there is but one, or all
            are equal; model scale.
    """

    pool: Design
    X: Floats
    y: Floats
    counts: Floats
    taken: Bools
    pending: Ints
    direction: Direction = Direction.MAXIMISE
    match: float = 0.0
    positions: Ints | None = None
    sources: tuple[SourceData, ...] = ()
    noise: Floats | None = None
    limits: Limited | None = None
    tried: Tried | None = None
    phases: Phases | None = None
    runs: Ints | None = None
    unit: float = 1.0

    @property
    def size(self) -> int:
        """b, the number of problems."""
        return int(self.y.shape[0])

    @property
    def measured(self) -> int:
        """n, the number of measured points of each problem."""
        return int(self.y.shape[1])

    @property
    def observations(self) -> int:
        """Measured points and limits of each problem."""
        return self.measured + (0 if self.limits is None else self.limits.bound.shape[1])

    def reached(self) -> Floats:
        """Values that were reached for certain: the measured ones, and limits from below where
        larger is better, shape (b, n or more)."""
        if self.limits is None or self.direction is Direction.MATCH:
            return self.y
        lowest = np.where(self.limits.side > 0, self.limits.bound, self.y.min(1, keepdims=True))
        return np.concatenate([self.y, lowest], axis=1)

    def without(self, gone: Ints) -> Problems:
        """The problems without some of their values and limits, which count behind the values."""
        n, limits, phases = self.measured, self.limits, self.phases
        values, bounds = gone[gone < n], gone[gone >= n] - n
        if limits is not None:
            kept = (np.delete(each, bounds, 1) for each in (limits.X, limits.bound, limits.side))
            limits = Limited(*kept)
        if phases is not None:
            phases = replace(
                phases,
                values=np.delete(phases.values, values, 1),
                limits=np.delete(phases.limits, bounds, 1),
            )
        of_values = {name: getattr(self, name) for name in ("X", "y", "counts", "noise", "runs")}
        rest = {k: np.delete(v, values, 1) for k, v in of_values.items() if v is not None}
        return replace(self, limits=limits, phases=phases, positions=None, **rest)

    def near(self, number: int) -> Problems:
        """The problems with the ``number`` values that lie nearest to a candidate, and with all
        limits (b = 1)."""
        if self.measured <= number:
            return self
        apart = np.square(self.X[0][:, None] - self.pool.X).sum(-1).min(1)
        return self.without(np.argsort(apart, kind="stable")[number:])


@dataclass(frozen=True, slots=True)
class Want:
    """What is wanted of one of several outcomes, on its model scale.

    Attributes:
        direction: MAXIMISE or MATCH; ``None`` where it only has to keep its limits.
        match: The wanted value; used with MATCH only.
        tolerance: Distance from ``match`` up to which a value is as good as the wanted one.
        lower: The outcome has to be at least this; ``None`` for no such limit.
        upper: The outcome has to be at most this; ``None`` for no such limit.
        reference: The objective has to be better than this to count; for MATCH minus the distance
            beyond the tolerance. ``None`` takes it from the measured values.
        weight: Preference among the objectives.
        useful: Worthless at the first, perfect at the second (desirability), as ``reference``.
        known: The outcome of every candidate where it needs no measuring, shape (N,).

    Example:
        >>> Want(Direction.MAXIMISE, lower=0.85).is_objective
        True
    """

    direction: Direction | None = Direction.MAXIMISE
    match: float = 0.0
    tolerance: float = 0.0
    lower: float | None = None
    upper: float | None = None
    reference: float | None = None
    weight: float = 1.0
    useful: tuple[float, float] | None = None
    known: Floats | None = None

    @property
    def is_objective(self) -> bool:
        """Better values are better; otherwise there are limits only."""
        return self.direction is not None

    @property
    def measured(self) -> bool:
        """It has to be measured to be known."""
        return self.known is None

    @property
    def bound(self) -> bool:
        """There is a limit to be kept."""
        return self.lower is not None or self.upper is not None


@dataclass(frozen=True, slots=True)
class Joint:
    """b searches over one pool for several outcomes at once. Each outcome is learned alone.

    Attributes:
        outcomes: One for each outcome, over the same pool, taken and pending candidates, each with
            the measurements of its own; the direction stands in ``wants``.
        wants: What is wanted of each.
        X: Points at which every objective is measured, shape (b, r, d).
        y: The outcomes there, shape (b, r, m); NaN where one that is no objective is not measured.
        cost: What a candidate costs, shape (N,), > 0; improvement is counted per cost.

    Example:
        >>> pool = Design(np.array([[0.0], [1.0]]), ("x",))
        >>> one = Problems(
        ...     pool, pool.X[None, :1], np.zeros((1, 1)), np.ones((1, 1)),
        ...     np.array([[True, False]]), np.empty((1, 0), dtype=np.int64),
        ... )
        >>> Joint((one, one), (Want(), Want()), one.X, np.zeros((1, 1, 2))).objectives
        (0, 1)
    """

    outcomes: tuple[Problems, ...]
    wants: tuple[Want, ...]
    X: Floats
    y: Floats
    cost: Floats | None = None

    @classmethod
    def of(cls, problems: Problems) -> Joint:
        """Searches for one goal, without limits and costs."""
        want = Want(problems.direction, problems.match)
        return cls((problems,), (want,), problems.X, problems.y[..., None])

    @property
    def size(self) -> int:
        """b, the number of problems."""
        return self.outcomes[0].size

    @property
    def measured(self) -> int:
        """The most measurements that an outcome has in each problem."""
        return max(each.measured for each in self.outcomes)

    @property
    def objectives(self) -> tuple[int, ...]:
        """Which outcomes are objectives."""
        return tuple(j for j, want in enumerate(self.wants) if want.is_objective)


@dataclass(frozen=True, slots=True)
class LevelRule:
    """A linear constraint in whole numbers: sum of coefficient x level <= bound, or == bound.

    The levels of p parameters are their settings counted from 0, so nothing is rounded and a
    point on the boundary is inside.

    Attributes:
        coefficients: Length p.
        bound: The right side.
        equal: Both sides are equal; otherwise the left side is at most the bound.

    Example:
        >>> LevelRule((1, 1), 3).holds(np.array([[1, 2], [2, 2]])).tolist()
        [True, False]
    """

    coefficients: tuple[int, ...]
    bound: int
    equal: bool = False

    def left(self, levels: Ints) -> NDArray[Any]:
        """sum of coefficient x level at each of k points, shape (k,); exact at any size."""
        most = int(np.abs(levels).max(initial=0))
        size = sum(abs(c) for c in self.coefficients) * most + abs(self.bound)
        kind = np.int64 if size < _SAFE else np.object_  # whole numbers of Python: slow, unbounded
        total: NDArray[Any] = np.zeros(len(levels), dtype=kind)
        for column, coefficient in enumerate(self.coefficients):
            if coefficient:
                total = total + levels[:, column].astype(kind) * coefficient
        return total

    def holds(self, levels: Ints) -> Bools:
        """Which of k points keep the rule; ``levels`` has shape (k, p)."""
        left = self.left(levels)
        return np.asarray(left == self.bound if self.equal else left <= self.bound, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class CountRule:
    """A limit on how many of some parameters are above level 0, which means that nothing of them is
    there (NChooseK, a cardinality constraint).

    Attributes:
        columns: The parameters.
        least: At least so many are above it.
        most: At most so many are.

    Example:
        >>> CountRule((0, 1), 0, 1).holds(np.array([[0, 5], [1, 5]])).tolist()
        [True, False]
    """

    columns: tuple[int, ...]
    least: int
    most: int

    def holds(self, levels: Ints) -> Bools:
        """Which of k points keep the rule; ``levels`` has shape (k, p)."""
        there = (levels[:, list(self.columns)] > 0).sum(axis=1)
        return np.asarray((there >= self.least) & (there <= self.most), dtype=np.bool_)


_SAFE = 2**62
"""Whole numbers below this are summed in 64 bits."""


@dataclass(frozen=True, slots=True)
class Region:
    """The settable points of a space whose candidates are not listed, as the search sees them.

    A point is one level (0 .. size - 1) for each of p parameters.

    Attributes:
        sizes: Settings of each parameter, shape (p,).
        columns: Encoded column of each ordered parameter, shape (p,); -1 where the parameter is a
            choice without order in one-hot columns.
        steps: Encoded distance of neighbouring levels of each ordered parameter, shape (p,).
        rules: The linear constraints.
        holds: Levels, shape (k, p) -> which points keep every constraint, shape (k,).
        encode: Levels, shape (k, p) -> encoded points, shape (k, d).
        counts: The limits on how many parameters are above 0.
        separable: Each encoded column depends on one parameter only; that of an ordered one is
            ``steps`` times its level.
    """

    sizes: Ints
    columns: Ints
    steps: Floats
    rules: tuple[LevelRule, ...]
    holds: Callable[[Ints], Bools]
    encode: Callable[[Ints], Floats]
    counts: tuple[CountRule, ...] = ()
    separable: bool = False
