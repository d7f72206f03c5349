"""Ternary maps: three inputs, or three elements, whose amounts have one sum over the candidates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from tansaku.campaign.pictures.drawn import Drawn, check_enough, ends, numbers
from tansaku.campaign.pictures.scene import Scene
from tansaku.campaign.pictures.slice_points import marks_at, on_slice
from tansaku.design import Floats
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.plots.maps import Beliefs
from tansaku.plots.ternary_plot import Triangle, ternary_figure
from tansaku.space import Categorical, Space, amounts_at
from tansaku.space.space import MATCH_TOLERANCE
from tansaku.space.values import settings

FEWEST = 2
"""Results: one says nothing of what varies."""

_PLACES = 6
"""Decimals of amounts that are compared."""


@dataclass(frozen=True, slots=True)
class Three:
    """Three amounts with one sum.

    Attributes:
        names: Of the inputs, or of the elements.
        columns: The inputs that set them.
        elements: Whether they are amounts of elements.
    """

    names: tuple[str, ...]
    columns: tuple[int, ...]
    elements: bool

    def amounts(self, space: Space, rows: Floats) -> Floats:
        """Of rows of a matrix, shape (k, inputs): shape (k, 3)."""
        if not self.elements:
            return rows[:, list(self.columns)]
        found = amounts_at(space, rows)
        return found.matrix[:, [found.elements.index(name) for name in self.names]]


def draw_ternary(scene: Scene) -> Drawn:
    """The map on a triangle; other inputs as at the scene's point.

    Raises:
        UsageError: no three amounts of the candidates have one sum.
    """
    check_enough("ternary", len(scene.values), FEWEST, scene.target.name)
    three = summing(scene.space) if scene.space.listed else None
    if three is None:
        raise UsageError(
            _("No three amounts have the same sum in all candidates."),
            _("Draw a map or slices."),
        )
    space = scene.space
    rows = space.matrix[on_slice(scene, space.matrix, three.columns)]
    amounts = three.amounts(space, rows)
    triangle = Triangle.around(three.names, amounts)
    every = range(len(space.inputs))
    measured = on_slice(scene, scene.history.matrix, three.columns)
    inside = np.flatnonzero(measured).tolist()
    best = inside.index(scene.best) if scene.best in inside else None
    marks = marks_at(scene, three.columns, best=best, shown=every)
    marks = replace(marks, elsewhere=np.empty((0, 3)))
    found = scene.believed(rows)
    works = found.chance_to_work if scene.state.failed else None
    held = {
        n: v
        for n, v in space.named(scene.point).items()
        if space.names.index(n) not in three.columns
    }
    figure = ternary_figure(
        triangle,
        amounts,
        scene.target,
        marks.moved(lambda at: three.amounts(space, at)),
        Beliefs(scene.values[measured], found.mean, found.sd, works),
        blocked=scene.blocked(rows),
        title=scene.title(settings(held)),
    )
    return Drawn(
        "ternary",
        figure,
        {
            "target": scene.target.name,
            "amounts": list(three.names),
            "at": held,
            "candidates": len(rows),
            "measured": numbers(scene.values[measured]),
            "mean": ends(found.mean),
            "sd": ends(found.sd),
        },
    )


def summing(space: Space) -> Three | None:
    """Three inputs, else three elements, whose amounts vary and have one sum, so that a place on
    the triangle is one sample; ``None`` where there are none."""
    numeric = [j for j, p in enumerate(space.inputs) if not isinstance(p, Categorical)]
    for columns in combinations(numeric, 3):
        if _sums(space.matrix[:, list(columns)]):
            return Three(tuple(space.names[j] for j in columns), columns, elements=False)
    setting = [j for j, name in enumerate(space.names) if space.roles[name] == "composition"]
    if space.chemistry is None or not setting:
        return None
    made = amounts_at(space, space.matrix)
    different = len(np.unique(space.matrix[:, setting].round(_PLACES), axis=0))
    for three in combinations(range(len(made.elements)), 3):
        amounts = made.matrix[:, list(three)]
        places = np.unique(amounts.round(_PLACES), axis=0)
        if _sums(amounts) and len(places) == different:
            return Three(tuple(made.elements[i] for i in three), tuple(setting), elements=True)
    return None


def _sums(amounts: Floats) -> bool:
    """Whether three amounts, shape (N, 3), vary and have one sum."""
    total = amounts.sum(1)
    varied = np.ptp(amounts, axis=0) > MATCH_TOLERANCE
    return bool(varied.all() and np.ptp(total) <= MATCH_TOLERANCE * max(abs(float(total[0])), 1.0))
