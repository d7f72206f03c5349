"""Slices: points over some inputs, with the others held, and the samples that lie there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.campaign.pictures.scene import Scene
from tansaku.design import Bools, Floats, Ints
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.plots.marks import Marks
from tansaku.space import Categorical, ListedFormulas, ListedPool, Numeric, Space
from tansaku.space.listed import apart
from tansaku.space.same import FirstOfItsComposition
from tansaku.space.space import MATCH_TOLERANCE
from tansaku.space.values import settings

MOST_SETTINGS = 41
"""Settings of an input along one side of a map: cells of a tenth of an inch."""


@dataclass(frozen=True, slots=True)
class SlicePoints:
    """Candidates over some inputs.

    Attributes:
        columns: The inputs that vary, as columns, length a.
        rows: All inputs of the candidates, shape (N, inputs).
        drawn: The space of the candidates over the inputs that vary.
        marks: Samples at these places, over the first two of these inputs.
        values: Of the measured ones, on the target's scale, shape (n,).
    """

    columns: tuple[int, ...]
    rows: Floats
    drawn: Space
    marks: Marks
    values: Floats


def slice_points(scene: Scene, columns: Sequence[int]) -> SlicePoints:
    """The candidates over two inputs, others as at the scene's point.

    Raises:
        UsageError: fewer than two candidates are there, or they do not differ in both inputs.
    """
    space = scene.space
    rows = _candidates(space, scene.point, columns)
    varying = [len(np.unique(rows[:, j])) > 1 for j in columns]
    if len(rows) < 2 or not all(varying):
        held = [name for i, name in enumerate(space.names) if i not in columns]
        named = space.named(scene.point)
        raise UsageError(
            _("The candidates with {held} do not differ in {names}.").format(
                held=settings({name: named[name] for name in held}) or "-",
                names=" × ".join(space.names[j] for j in columns),
            ),
            _("Hold the other inputs elsewhere with --at, or choose the axes with --over."),
        )
    measured = on_slice(scene, scene.history.matrix, columns)
    inside = np.flatnonzero(measured).tolist()
    return SlicePoints(
        columns=tuple(columns),
        rows=rows,
        drawn=space.over(columns, rows),
        marks=marks_at(
            scene, columns, best=inside.index(scene.best) if scene.best in inside else None
        ),
        values=scene.values[measured],
    )


def on_slice(scene: Scene, rows: Floats, columns: Sequence[int]) -> Bools:
    """Which rows, shape (k, inputs), are as the scene's point in all but some inputs."""
    held = [i for i in range(len(scene.space.inputs)) if i not in columns]
    if not held or not len(rows):
        return np.ones(len(rows), dtype=np.bool_)
    off = apart(scene.space.inputs, rows, scene.point)
    return np.asarray((off[:, held] <= MATCH_TOLERANCE).all(1))


def marks_at(
    scene: Scene, columns: Sequence[int], best: int | None, shown: Sequence[int] | None = None
) -> Marks:
    """Samples that lie on the slice; those measured elsewhere are told apart.

    Args:
        scene: The campaign.
        columns: The inputs that vary.
        best: Which of the samples there is the best.
        shown: The inputs that are told of each; by default those that vary.
    """
    told = list(columns if shown is None else shown)
    history, limits = scene.history, scene.history.limits
    made = scene.state.measured
    failed = scene.rows_of([made[c] for c in scene.state.failed])
    open_ = [s for s in scene.state.open_suggestions if s.candidate not in made]
    suggested = scene.rows_of([s.inputs for s in open_])
    above = scene.target.sign * limits.side > 0

    def here(rows: Floats) -> Floats:
        return rows[on_slice(scene, rows, columns)][:, told]

    kept = on_slice(scene, suggested, columns)
    measured = on_slice(scene, history.matrix, columns)
    return Marks(
        measured=history.matrix[measured][:, told],
        best=best,
        suggested=here(suggested),
        numbers=tuple(s.id.lstrip("s") for s, there in zip(open_, kept, strict=True) if there),
        failed=here(failed),
        below=here(limits.matrix[~above]),
        above=here(limits.matrix[above]),
        elsewhere=history.matrix[~measured][:, told],
    )


def settings_of(space: Space, j: int, most: int = MOST_SETTINGS) -> Floats:
    """Settings of one input, in its unit, at most so many of a number; all of a choice."""
    parameter = space.inputs[j]
    if isinstance(parameter, Categorical):
        return np.arange(float(parameter.count))
    if isinstance(parameter, Numeric):
        found = np.unique(space.matrix[:, j])
        if len(found) <= most and isinstance(space.chemistry, ListedFormulas):
            return found
        low, high = parameter.ends
        return parameter.in_unit(np.linspace(low, high, most))
    count = parameter.count
    levels = np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
    return parameter.at(levels)


def possible(space: Space, rows: Floats) -> Bools:
    """Which rows of a matrix, shape (k, inputs), keep the constraints of the space."""
    if isinstance(space.pool, ListedPool):
        return np.ones(len(rows), dtype=np.bool_)
    levels: Ints = np.stack(
        [p.levels(rows[:, j])[0] for j, p in enumerate(space.grid.parameters)], -1
    )
    kept = np.ones(len(rows), dtype=np.bool_)
    for each in space.grid.constraints:
        if not isinstance(each, FirstOfItsComposition):  # the same sample in other words
            kept &= each.holds(levels)
    return kept


def through(space: Space, point: Floats, columns: Sequence[int], most: int) -> Floats:
    """All settings of some inputs, the others as at a point, shape (N, inputs)."""
    sides = [settings_of(space, j, most) for j in columns]
    mesh = np.meshgrid(*sides, indexing="ij")
    rows = np.tile(point, (mesh[0].size, 1))
    for j, values in zip(columns, mesh, strict=True):
        rows[:, j] = values.ravel()
    return rows[possible(space, rows)]


def _candidates(space: Space, point: Floats, columns: Sequence[int]) -> Floats:
    """Those of a table where it has all of them: over all of its inputs, or with formulas that are
    known of them alone; else a lattice."""
    if isinstance(space.pool, ListedPool):
        off = apart(space.inputs, space.matrix, point)
        held = [i for i in range(len(space.inputs)) if i not in columns]
        own = space.matrix[(off[:, held] <= MATCH_TOLERANCE).all(1)]
        if not held or isinstance(space.chemistry, ListedFormulas):
            return own
        if _fills(own[:, list(columns)]):
            return own
    return through(space, point, columns, MOST_SETTINGS)


def _fills(places: Floats) -> bool:
    """Whether some places, shape (k, 2), are a full grid."""
    sides = [len(np.unique(column)) for column in places.T]
    return min(sides, default=0) > 1 and len(places) == sides[0] * sides[1]
