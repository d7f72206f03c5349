"""Same: settings that differ and still give one composition are one candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.chem.composition import PER_UNIT
from tansaku.chem.template import Template
from tansaku.design import Bools, Floats, Ints, LevelRule
from tansaku.errors import SpaceError
from tansaku.language import _
from tansaku.space.constraints import BoundConstraint
from tansaku.space.parameters import Continuous, Settable

TOLD_APART = 2 * 10**6
"""Points of a template's variables whose compositions are compared: a second. Only templates that
may repeat themselves are looked at; the usual ones have no two points alike."""


@dataclass(frozen=True)
class FirstOfItsComposition:
    """Keeps of all settings that give one composition, with all else equal, the first that is
    allowed.

    Attributes:
        parameters: All p parameters of the space.
        variables: Columns of the template's variables.
        others: The other rules: what breaks them is no candidate and stands for none.
        which: Class of each point of the variables' grid, shape (s,).
        starts: First place of each class in ``members``.
        members: Points of the variables' grid, ordered by class, then by number, shape (s,).
    """

    parameters: tuple[Settable, ...]
    variables: tuple[int, ...]
    others: tuple[BoundConstraint, ...]
    which: Ints
    starts: Ints
    members: Ints

    linear = False

    @property
    def text(self) -> str:
        """In words."""
        return _("each composition once")

    @property
    def rules(self) -> tuple[LevelRule, ...]:
        """None: it is no sum."""
        return ()

    def holds(self, levels: Ints) -> Bools:
        """Which points are the first of their composition; levels of shape (k, p)."""
        return np.asarray((self.first(levels) == levels).all(axis=1), dtype=np.bool_)

    def first(self, levels: Ints) -> Ints:
        """The point that stands for each composition, shape (k, p); itself where none may."""
        sizes = [self.parameters[column].count for column in self.variables]
        own = np.ravel_multi_index(tuple(levels[:, self.variables].T), sizes)
        found = levels.copy()
        place = self.starts[self.which[own]]
        left = np.flatnonzero(self.members[place] < own)
        while left.size:
            tried = levels[left]
            tried[:, self.variables] = np.stack(
                np.unravel_index(self.members[place[left]], sizes), axis=1
            )
            allowed = np.ones(len(tried), dtype=np.bool_)
            for rule in self.others:
                allowed[allowed] = rule.holds(tried[allowed])
            found[left[allowed]] = tried[allowed]
            left = left[~allowed]
            place[left] += 1
            left = left[self.members[place[left]] < own[left]]
        return found


def first_of_each(
    template: Template, parameters: Sequence[Settable], others: Sequence[BoundConstraint]
) -> FirstOfItsComposition | None:
    """The rule that makes one candidate of settings with one composition; None where all differ.

    Raises:
        SpaceError: the template repeats itself, and too often to be told apart.
    """
    columns = tuple(
        i for i, parameter in enumerate(parameters) if parameter.name in template.variables
    )
    names = [parameters[i].name for i in columns]
    linear = all(amount.degree <= 1 for amount in template.polynomials)
    if linear:
        slopes = np.array([[float(a.coefficient(n)) for n in names] for a in template.polynomials])
        if np.linalg.matrix_rank(slopes) == len(names):
            return None
    free = any(isinstance(parameters[i], Continuous) for i in columns)
    if free and not linear:
        return None
    sizes = [parameters[i].count for i in columns]
    product = float(np.prod([float(size) for size in sizes]))
    if free or product > TOLD_APART:
        raise SpaceError(
            _("The template '{text}' takes the same composition at different {names}.").format(
                text=template.text, names=", ".join(names)
            ),
            _("Write it with fewer variables, or give each a few steps."),
        )
    which = _classes(_amounts(template, parameters, columns, sizes))
    if which.max() + 1 == len(which):
        return None
    members = np.argsort(which, kind="stable")
    starts = np.searchsorted(which[members], np.arange(which.max() + 1))
    return FirstOfItsComposition(tuple(parameters), columns, tuple(others), which, starts, members)


def _amounts(
    template: Template, parameters: Sequence[Settable], columns: Sequence[int], sizes: list[int]
) -> Floats:
    """Moles at every point of the variables' grid, shape (s, e); negative ones, too."""
    points = np.stack(np.unravel_index(np.arange(np.prod(sizes)), sizes), axis=1)
    at = {parameters[c].name: parameters[c].at(points[:, i]) for i, c in enumerate(columns)}
    return np.stack([a.value(at, len(points)) for a in template.polynomials], axis=1)


def _classes(matrix: Floats) -> Ints:
    """Number of the composition of each row, equal within the resolution, shape (s,)."""
    counts = np.ascontiguousarray(np.rint(matrix * PER_UNIT).astype(np.int64))
    keys = counts.view(np.dtype((np.void, counts.itemsize * counts.shape[1]))).ravel()
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)
