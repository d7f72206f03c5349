"""Pictures over two inputs: maps of what is believed, slices over each pair, the acquisition."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from tansaku.campaign.pictures.drawn import Drawn, check_enough, ends, numbers
from tansaku.campaign.pictures.scene import Scene
from tansaku.campaign.pictures.slice_points import SlicePoints, slice_points, through
from tansaku.design import Floats
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.plots.maps import (
    Beliefs,
    acquisition_area,
    acquisition_of,
    area_map,
    line_map,
)
from tansaku.plots.marks import Points
from tansaku.plots.pair_maps import Slice, slices_figure
from tansaku.space import Categorical
from tansaku.space.values import settings

FEWEST = 2
"""Results for a map: one says nothing of what varies."""

MOST_PAIRS = 6
"""Pairs of inputs that are drawn, of those along which the mean varies most: 4 inputs have 6."""

ALONG = 21
"""Settings of an input at which it is asked how far the mean varies."""

FINE = 201
"""Settings of the only input of a space without a list."""

MOST_RANKED = 20_000
"""Candidates that are ranked by their acquisition; in larger spaces a map shows it."""


def draw_map(scene: Scene) -> Drawn:
    """Measured samples, mean, sd and chance to work over two inputs, or along the only one."""
    check_enough("map", len(scene.values), FEWEST, scene.target.name)
    if len(scene.space.inputs) == 1:
        return _line(scene)
    points = slice_points(scene, axes_of(scene, "map"))
    found = scene.believed(points.rows)
    works = found.chance_to_work if scene.state.failed else None
    blocked = scene.blocked(points.rows)
    figure = area_map(
        points.drawn,
        scene.target,
        points.marks,
        Beliefs(points.values, found.mean, found.sd, works),
        hatched=blocked,
        title=scene.title(held_words(scene, points.columns)),
    )
    return Drawn(
        "map",
        figure,
        _shown(scene, points)
        | {"mean": ends(found.mean), "sd": ends(found.sd), "blocked": int(blocked.sum())}
        | {"chance_to_work": None if works is None else ends(works)},
    )


def draw_slices(scene: Scene) -> Drawn:
    """The mean over each pair of inputs, through the best sample."""
    check_enough("slice", len(scene.values), FEWEST, scene.target.name)
    d = len(scene.space.inputs)
    if d < 3:
        raise UsageError(
            _("Slices are for three inputs or more; the campaign has {n}.").format(n=d),
            _("Draw a map."),
        )
    _check_numeric(scene, "slice")
    order = most_varying(scene)
    pairs = list(combinations(order, 2))[:MOST_PAIRS]
    slices, shown = [], []
    for pair in pairs:
        points = slice_points(scene, sorted(pair))
        mean = scene.believed(points.rows).mean
        slices.append(Slice(points.drawn, mean, points.marks, scene.blocked(points.rows)))
        shown.append(_shown(scene, points) | {"mean": ends(mean)})
    at = _("through {point}").format(point=settings(scene.space.named(scene.point)))
    figure = slices_figure(slices, scene.target, title=scene.title(at))
    return Drawn("slice", figure, {"target": scene.target.name, "slices": shown})


def draw_acquisition(scene: Scene) -> Drawn:
    """How the strategy ranks the candidates: the score that a suggestion goes by."""
    check_enough("acquisition", len(scene.values), 1, scene.target.name)
    space, name = scene.space, scene.strategy.acquisition.name
    shows = {"acquisition": name, "targets": [t.name for t in scene.spec.targets]}
    listed = space.listed and len(space) <= MOST_RANKED
    if (listed and len(space.inputs) != 2) or len(space.inputs) == 1:
        points = _all_points(scene)
        score = _closed(scene, points.space.matrix)
        figure = acquisition_of(points, score, name, title=scene.title())
        return Drawn("acquisition", figure, shows | {"score": ends(score), "at": {}})
    found = slice_points(scene, axes_of(scene, "acquisition"))
    score = _closed(scene, found.rows)
    title = scene.title(held_words(scene, found.columns))
    figure = acquisition_area(found.drawn, found.marks, score, name, title=title)
    return Drawn("acquisition", figure, shows | {"score": ends(score)} | _shown(scene, found))


def axes_of(scene: Scene, kind: str) -> list[int]:
    """The two inputs of a map's axes: as chosen, else those over which the mean varies most.

    Raises:
        UsageError: not two are chosen, or no number is among the inputs.
    """
    space = scene.space
    _check_numeric(scene, kind)
    if scene.over:
        chosen = [space.names.index(name) for name in scene.over if name in space.names]
        if len(set(chosen)) != 2 or len(chosen) != len(scene.over):
            raise UsageError(
                _("A map has two inputs as its axes; given: {names}.").format(
                    names=", ".join(scene.over)
                ),
                _("The inputs are: {names}.").format(names=", ".join(space.names)),
            )
        return chosen
    order = [j for j in most_varying(scene) if j not in scene.at]
    if len(order) < 2:
        raise UsageError(
            _("Fewer than two inputs are left to be drawn."),
            _("Hold fewer of them with --at; these are the inputs: {names}.").format(
                names=", ".join(space.names)
            ),
        )
    return sorted(order[:2])


def most_varying(scene: Scene) -> list[int]:
    """The inputs in the order in which the mean varies along them through the scene's point;
    numbers before choices."""
    space, d = scene.space, len(scene.space.inputs)
    if d == 2:
        return [0, 1]
    traces = [through(space, scene.point, [j], ALONG) for j in range(d)]
    known = [len(rows) > 1 for rows in traces]
    mean = scene.believed(np.concatenate(traces)).mean
    parts = np.split(mean, np.cumsum([len(rows) for rows in traces])[:-1])
    reach = [float(np.ptp(part)) if kept else 0.0 for part, kept in zip(parts, known, strict=True)]
    choice = [isinstance(p, Categorical) for p in space.inputs]
    return sorted(range(d), key=lambda j: (choice[j], -reach[j]))


def held_words(scene: Scene, columns: tuple[int, ...]) -> str:
    """How the inputs that are not drawn are set."""
    return settings(_held(scene, columns))


def _held(scene: Scene, columns: tuple[int, ...]) -> dict[str, Any]:
    named = scene.space.named(scene.point)
    return {n: named[n] for i, n in enumerate(scene.space.names) if i not in columns}


def _shown(scene: Scene, points: SlicePoints) -> dict[str, Any]:
    marks = points.marks
    return {
        "target": scene.target.name,
        "inputs": [scene.space.names[j] for j in points.columns],
        "at": _held(scene, points.columns),
        "candidates": len(points.rows),
        "measured": numbers(points.values),
        "elsewhere": len(marks.elsewhere),
        "suggested": [f"s{number}" for number in marks.numbers],
        "failed": len(marks.failed),
        "limits": len(marks.below) + len(marks.above),
    }


def _check_numeric(scene: Scene, kind: str) -> None:
    if all(isinstance(p, Categorical) for p in scene.space.inputs):
        raise UsageError(
            _("The picture '{kind}' needs an input that is a number; all are choices.").format(
                kind=kind
            ),
            _("Draw parity, progress or importance."),
        )


def _line(scene: Scene) -> Drawn:
    """The mean with its band along the only input."""
    _check_numeric(scene, "map")
    points = _all_points(scene)
    found = scene.believed(points.space.matrix)
    figure = line_map(points, found.mean, found.sd, title=scene.title())
    return Drawn(
        "map",
        figure,
        {
            "target": scene.target.name,
            "inputs": list(scene.space.names),
            "at": {},
            "candidates": len(points.space),
            "measured": numbers(points.values),
            "elsewhere": 0,
            "suggested": [f"s{number}" for number in points.numbers],
            "failed": len(points.failed),
            "limits": len(points.below) + len(points.above),
            "mean": ends(found.mean),
            "sd": ends(found.sd),
            "blocked": int(scene.blocked(points.space.matrix).sum()),
            "chance_to_work": ends(found.chance_to_work) if scene.state.failed else None,
        },
    )


def _closed(scene: Scene, rows: Floats) -> Floats:
    """The score of the strategy at rows of a matrix, shape (N,); NaN where it may not choose."""
    score = scene.model.over(rows).score()
    made = {tuple(row) for row in scene.rows_of(list(scene.state.measured.values())).tolist()}
    closed = scene.blocked(rows) | np.array([tuple(row) in made for row in rows.tolist()])
    return np.where(closed, np.nan, score)


def _all_points(scene: Scene) -> Points:
    """Every candidate, or a fine line through the only input, with the samples among them."""
    space = scene.space
    listed = space.matrix if space.listed else None
    rows = through(space, scene.point, [0], FINE) if listed is None else listed
    made, state = scene.history, scene.state
    open_ = [s for s in state.open_suggestions if s.candidate not in state.measured]
    suggested = scene.rows_of([s.inputs for s in open_])
    failed = scene.rows_of([state.measured[c] for c in state.failed])
    above = scene.target.sign * made.limits.side > 0
    bounds = scene.target.sign * made.limits.bound
    groups = (made.matrix, suggested, failed, made.limits.matrix[~above], made.limits.matrix[above])
    every = np.unique(np.concatenate([rows, *groups]), axis=0)
    if len(every) > len(rows):
        rows = every
    place = {tuple(row): i for i, row in enumerate(rows.tolist())}
    at = [np.array([place[tuple(row)] for row in group.tolist()], dtype=int) for group in groups]
    return Points(
        space=space if rows is listed else space.over(range(len(space.inputs)), rows),
        target=scene.target,
        measured=at[0],
        values=scene.values,
        suggested=at[1],
        numbers=tuple(s.id.lstrip("s") for s in open_),
        failed=at[2],
        below=at[3],
        above=at[4],
        below_at=bounds[~above],
        above_at=bounds[above],
    )
