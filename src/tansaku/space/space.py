"""Space: the parameters and the candidates that they span."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from tansaku import markup
from tansaku.design import Floats, Ints
from tansaku.errors import NotInPoolError, SpaceError, TableError
from tansaku.language import _
from tansaku.space.chemistry import Chemistry, CompositionTemplate, ListedFormulas
from tansaku.space.constraints import Constraint
from tansaku.space.feasible import check_feasible
from tansaku.space.grid import Grid
from tansaku.space.listed import apart, check_columns, columns_of
from tansaku.space.parameters import (
    SETTLING,
    Categorical,
    Continuous,
    Discrete,
    Numeric,
    Parameter,
    Role,
    Settable,
    Stepped,
)
from tansaku.space.pools import FreePool, GridPool, ListedPool, Pool
from tansaku.space.profile import Profile, ProfileField
from tansaku.space.same import FirstOfItsComposition, first_of_each
from tansaku.space.scale import Scale
from tansaku.space.settling import settable_between
from tansaku.space.values import Value, number_of, settings, shown
from tansaku.spec import Spec

MATCH_TOLERANCE = 1e-6
"""Two values are one setting when they differ by less than this share of the column's span:
above float noise from spreadsheets (1e-12), far below the finest step of a furnace or a balance."""

LISTED_MOST = 100_000
"""Candidates of a grid that are listed as a table is; a larger grid is searched without a list.
A suggestion from such a list takes a second or two."""

LISTED_FROM = 4 * 10**6
"""Combinations that are gone through for such a list each time a campaign is read: a second."""

COUNTED_MOST = 10**8
"""Combinations that are looked at once, when the space is made, to count the candidates: a
quarter of a minute. A larger grid with constraints has no number of candidates."""


class Place(NamedTuple):
    """A candidate: its label (``None`` in a free space), and its row of a matrix, shape (p,)."""

    label: int | None
    row: Floats


class Space(Spec):
    """What may be varied: p inputs, and the candidates.

    Example:
        >>> space = Space.from_matrix(("x",), np.array([[0.0], [0.5], [1.0]]))
        >>> space.find({"x": 0.5})
        1
        >>> from tansaku.space.parameters import Stepped
        >>> x, y = (Stepped(name=n, low=0, high=1, step=0.25) for n in "xy")
        >>> Space.from_parameters([x, y], ["x + y <= 0.5"]).size
        6
    """

    inputs: tuple[Parameter, ...]
    pool: Pool
    chemistry: Chemistry | None = Field(default=None, exclude_if=lambda value: value is None)
    profile: ProfileField | None = Field(default=None, exclude_if=lambda value: value is None)
    _matrix: Floats | None = PrivateAttr(default=None)
    _labels: Ints | None = PrivateAttr(default=None)
    _grid: Grid | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _fits(self) -> Space:
        if self.profile is not None:
            self.profile.check(self.inputs)
        if isinstance(self.pool, ListedPool):
            self._list(self.pool)
        else:
            self._span(self.pool)
        return self

    def _list(self, pool: ListedPool) -> None:
        matrix = np.array(pool.rows, dtype=np.float64).reshape(len(pool.rows), -1)
        if matrix.shape != (len(pool.labels), len(self.inputs)):
            raise ValueError(
                f"pool of shape {matrix.shape} for {len(pool.labels)} labels"
                f" and {len(self.inputs)} inputs"
            )
        check_columns(self.inputs, matrix)
        if isinstance(self.chemistry, CompositionTemplate):
            raise ValueError("a listed pool has formulas, and no template")
        if self.chemistry is not None and len(self.chemistry.formulas) != len(pool.labels):
            raise ValueError(f"{len(self.chemistry.formulas)} formulas of {len(pool.labels)} rows")
        matrix.setflags(write=False)
        self._matrix, self._labels = matrix, np.array(pool.labels, dtype=np.int64)

    def _span(self, pool: GridPool | FreePool) -> None:
        settable = tuple(p for p in self.inputs if not isinstance(p, Numeric))
        free = any(isinstance(p, Continuous) for p in self.inputs)
        if len(settable) < len(self.inputs) or not settable or free != (pool.kind == "free"):
            raise ValueError(f"these inputs do not span a pool of kind {pool.kind}")
        if isinstance(self.chemistry, ListedFormulas):
            raise ValueError("only a listed pool has formulas")
        rules = tuple(c.bound_to(settable) for c in pool.constraints)
        once = None
        if self.chemistry is not None:
            rules = (*rules, *self.chemistry.bound_to(settable))
            once = first_of_each(self.chemistry.template(), settable, rules)
        self._grid = Grid(settable, rules if once is None else (*rules, once))

    def __eq__(self, other: object) -> bool:
        """Equal inputs and equal pools (what is cached plays no part)."""
        return isinstance(other, Space) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash((self.inputs, self.pool))

    @property
    def _parts(self) -> tuple[object, ...]:
        return self.inputs, self.pool, self.chemistry, self.profile

    @classmethod
    def from_matrix(
        cls,
        names: Sequence[str],
        matrix: Floats,
        *,
        labels: Sequence[int] | None = None,
        units: Mapping[str, str] | None = None,
        choices: Mapping[str, Categorical] | None = None,
        scales: Mapping[str, Scale] | None = None,
    ) -> Space:
        """A space whose pool is the rows of ``matrix``, shape (N, d), all distinct; levels where
        an input is one of the ``choices``.

        Raises:
            TableError: fewer than two rows, or an input column without variation.
        """
        inputs = columns_of(names, matrix, units or {}, choices or {}, scales or {})
        rows = tuple(tuple(float(v) for v in row) for row in matrix)
        kept = tuple(range(len(rows))) if labels is None else tuple(int(v) for v in labels)
        return cls(inputs=inputs, pool=ListedPool(rows=rows, labels=kept))

    def over(self, columns: Sequence[int], rows: Floats) -> Space:
        """The space of some rows, shape (N, inputs), over a few of the inputs; the places of the
        rows there are distinct.

        Raises:
            TableError: fewer than two rows, or one of these inputs does not vary.
        """
        inputs = [self.inputs[j] for j in columns]
        numbers = [p for p in inputs if not isinstance(p, Categorical)]
        return Space.from_matrix(
            [p.name for p in inputs],
            rows[:, list(columns)],
            units={p.name: p.unit for p in numbers},
            choices={p.name: p for p in inputs if isinstance(p, Categorical)},
            scales={p.name: p.scale for p in numbers},
        )

    @classmethod
    def from_parameters(
        cls,
        parameters: Sequence[Settable],
        constraints: Sequence[str] = (),
        template: CompositionTemplate | None = None,
        profile: Profile | None = None,
    ) -> Space:
        """The space of all settings of the parameters that keep the constraints.

        With a template those whose composition cannot be made are no candidates, and settings
        with one composition are one.

        Raises:
            SpaceError: a name twice, or constraints that leave nothing; names the culprit.
            FormulaError: a constraint or the template cannot be read; points at the character.
            ChargeError: an oxidation state is not known, or the template cannot be neutral.
        """
        names = [p.name for p in parameters]
        if not parameters or not all(name.strip() for name in names):
            raise SpaceError(
                _("The space has no parameters, or one without a name."),
                _("Give each parameter a name and what it can be set to."),
            )
        for name in names:
            if names.count(name) > 1:
                raise SpaceError(
                    _("The parameter '{name}' is given twice.").format(name=name),
                    _("Give each parameter once."),
                )
        rules = tuple(Constraint(text=text.strip()) for text in constraints)
        free = any(isinstance(p, Continuous) for p in parameters)
        space = cls(
            inputs=tuple(parameters),
            pool=FreePool(constraints=rules) if free else GridPool(constraints=rules),
            chemistry=template,
            profile=profile,
        )
        check_feasible(space.grid)
        if free:
            return space
        size = _count(space.grid)
        if size is not None and size < 2:
            raise SpaceError(
                _("The space has {n} candidates; a search needs at least 2.").format(n=size),
                _("Widen the parameters' ranges or change the constraints."),
            )
        return space.model_copy(update={"pool": GridPool(constraints=rules, size=size)})

    def only(self, positions: Ints) -> Space:
        """The listed space of some of its candidates; TableError as :meth:`from_matrix`."""
        kept = Space.from_matrix(
            self.names,
            self.matrix[positions],
            labels=self.labels[positions].tolist(),
            units={p.name: p.unit for p in self.inputs},
            choices={p.name: p for p in self.inputs if isinstance(p, Categorical)},
            scales={p.name: p.scale for p in self.inputs if not isinstance(p, Categorical)},
        )
        if not isinstance(self.chemistry, ListedFormulas):
            return kept
        formulas = tuple(self.chemistry.formulas[i] for i in positions)
        chemistry = self.chemistry.model_copy(update={"formulas": formulas})
        return kept.model_copy(update={"chemistry": chemistry})

    def _repr_html_(self) -> str:
        size = "" if self.size is None else _("Candidates: {n}.").format(n=self.size)
        return markup.grid(*self.inputs_in_words) + markup.lines([*self.rules_in_words, size])

    @property
    def inputs_in_words(self) -> tuple[list[str], list[tuple[str, str, str]]]:
        """A heading, and of each input its name, unit and values."""
        header = [_("input"), _("unit"), _("values")]
        return header, [(p.name, p.unit, _said(p)) for p in self.inputs]

    @property
    def rules_in_words(self) -> tuple[str, ...]:
        """The template where there is one, and what candidates keep."""
        rules = () if isinstance(self.pool, ListedPool) else self.pool.constraints
        made = (self.chemistry.text,) if isinstance(self.chemistry, CompositionTemplate) else ()
        return (*made, *(rule.text for rule in rules))

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs' names."""
        return tuple(p.name for p in self.inputs)

    @property
    def roles(self) -> dict[str, Role]:
        """{input: what it is to the lab}: as declared, else ``composition`` for a variable of the
        template and for an amount of an element, ``process`` for all else beside a template or
        formulas, and ``other`` where nothing is known of compositions."""
        amounts: set[str] = set()
        if isinstance(self.chemistry, CompositionTemplate):
            amounts = set(self.chemistry.template().variables)
        elif isinstance(self.chemistry, ListedFormulas):
            amounts = set(self.chemistry.amount_inputs)
        rest: Role = "other" if self.chemistry is None else "process"
        return {
            p.name: p.role or ("composition" if p.name in amounts else rest) for p in self.inputs
        }

    @property
    def grid(self) -> Grid:
        """The combinations of settings; of a space that its parameters span."""
        if self._grid is None:
            raise TypeError("the candidates of this space stand in a table")
        return self._grid

    @property
    def size(self) -> int | None:
        """N, the number of candidates; ``None`` where they are too many to be counted."""
        if isinstance(self.pool, ListedPool):
            return len(self.pool.rows)
        return self.pool.size if isinstance(self.pool, GridPool) else None

    @property
    def listed(self) -> bool:
        """Whether the candidates are few enough to be listed: then there is a ``matrix``."""
        if isinstance(self.pool, ListedPool):
            return True
        few = self.size is not None and self.size <= LISTED_MOST
        return few and self.grid.product <= LISTED_FROM

    @property
    def matrix(self) -> Floats:
        """The listed candidates, shape (N, p); read-only. A choice is its level, 0, 1, .."""
        if self._matrix is None:
            self._matrix = self.rows(self.labels)
            self._matrix.setflags(write=False)
        return self._matrix

    @property
    def labels(self) -> Ints:
        """``pool_row`` of each listed candidate, shape (N,)."""
        if self._labels is None:
            if not self.listed:
                raise TypeError("the candidates of this space are too many to be listed")
            self._labels = np.concatenate(list(self.grid.blocks()))
        return self._labels

    def rows(self, labels: Ints) -> Floats:
        """Candidates of a grid with these labels as rows of a matrix, shape (k, p)."""
        return self.grid.matrix(self.grid.levels(labels))

    def __len__(self) -> int:
        return len(self.labels)

    def derived(self, matrix: Floats) -> dict[str, Floats]:
        """{name: values} of what follows from rows of a matrix, shape (n, p): the features of the
        firing profile, where there is one."""
        return {} if self.profile is None else self.profile.derived(self.inputs, matrix)

    def inputs_of(self, index: int) -> dict[str, Value]:
        """The listed candidate at position ``index`` (0 .. N-1) as {name: value}."""
        return self.named(self.matrix[index])

    def named(self, row: Floats) -> dict[str, Value]:
        """A row of a matrix, shape (p,), as {name: value}, choices by their names."""
        return {
            p.name: p.values[int(value)] if isinstance(p, Categorical) else float(value)
            for p, value in zip(self.inputs, row, strict=True)
        }

    def row(self, inputs: Mapping[str, Value], *, where: str = "") -> Floats:
        """{name: value} as a row of a matrix, shape (p,), whether it is a candidate or not.

        Raises:
            TableError: an input is missing or unknown.
            UsageError: no number where one is needed.
            NotInPoolError: a choice that is not there.
        """
        self.check_names(inputs, where)
        return np.array([number_of(p, inputs[p.name], where) for p in self.inputs])

    def locate(self, inputs: Mapping[str, Value], *, where: str = "") -> Place:
        """The candidate with these inputs; ``where`` names the place in an error.

        Raises:
            TableError: an input is missing or unknown.
            NotInPoolError: no candidate agrees to ``MATCH_TOLERANCE`` of a listed table's span,
                or to ``SETTLING`` of a step; names the nearest one, or the constraint broken. Of a
                continuous parameter any number inside its range is a candidate.
        """
        if isinstance(self.pool, ListedPool):
            index = self.find(inputs, where=where)
            return Place(self.pool.labels[index], self.matrix[index])
        row, grid = self.row(inputs, where=where), self.grid
        found = [p.levels(row[i]) for i, p in enumerate(grid.parameters)]
        levels = np.array([[int(level) for level, _off in found]], dtype=np.int64)
        for once in grid.constraints:
            if isinstance(once, FirstOfItsComposition):
                levels = once.first(levels)
        settled = grid.matrix(levels)[0]
        label = grid.labels(levels)[0] if self.pool.kind == "grid" else None
        prefix = f"{where}: " if where else ""
        broken = [c.text for c in grid.constraints if not c.holds(levels)[0]]
        off = np.array([[float(each) for _level, each in found]])
        between = bool((off > SETTLING).any())
        if between and settable_between(grid, row[None], off)[0]:
            return Place(None, row)
        if between:
            nearest = settings(self.named(settled))
            raise NotInPoolError(
                _("{where}No candidate of the pool has {given}.").format(
                    where=prefix, given=settings(inputs)
                ),
                _("The nearest setting, {nearest}, breaks the constraint '{text}'.").format(
                    nearest=nearest, text=broken[0]
                )
                if broken
                else _("The nearest setting is {nearest}.").format(nearest=nearest),
            )
        if broken:
            raise NotInPoolError(
                _("{where}{given} breaks the constraint '{text}'.").format(
                    where=prefix, given=settings(inputs), text=broken[0]
                ),
                _("Check the values, or make a campaign whose space holds them."),
            )
        return Place(label, settled)

    def find(self, inputs: Mapping[str, Value], *, where: str = "") -> int:
        """Position (0 .. N-1) of the listed candidate with these inputs.

        Args:
            inputs: {name: value}; every input once, in experimental units.
            where: Words that name the place in an error, e.g. "row 3".

        Raises:
            TableError: an input is missing or unknown.
            NotInPoolError: no candidate agrees to ``MATCH_TOLERANCE``; names the nearest one.
        """
        if not isinstance(self.pool, ListedPool):
            row = self.locate(inputs, where=where).row
            return int(np.flatnonzero((self.matrix == row).all(axis=1))[0])
        point = self.row(inputs, where=where)
        distance = apart(self.inputs, self.matrix, point)
        worst = distance.max(axis=1)
        index = int(np.argmin(worst))
        if worst[index] <= MATCH_TOLERANCE:
            return index
        nearest = int(np.argmin((distance**2).sum(axis=1)))
        raise NotInPoolError(
            _("{where}No candidate of the pool has {given}.").format(
                where=f"{where}: " if where else "", given=settings(inputs)
            ),
            _("The nearest candidate is {nearest} (pool_row {row}).").format(
                nearest=settings(self.inputs_of(nearest)), row=self.pool.labels[nearest]
            ),
        )

    def check_names(self, inputs: Mapping[str, Value], where: str = "") -> None:
        """TableError where an input is missing or unknown; ``where`` names the place."""
        names = self.names
        missing = [n for n in names if n not in inputs]
        unknown = [n for n in inputs if n not in names]
        if missing or unknown:
            what = _("missing: {names}").format(names=", ".join(missing)) if missing else ""
            more = _("unknown: {names}").format(names=", ".join(unknown)) if unknown else ""
            raise TableError(
                _("{where}The inputs do not fit the campaign ({what}).").format(
                    where=f"{where}: " if where else "",
                    what="; ".join(part for part in (what, more) if part),
                ),
                _("The inputs are: {names}.").format(names=", ".join(names)),
            )


def _said(parameter: Parameter) -> str:
    """What a parameter can be set to, in words."""
    if isinstance(parameter, Categorical | Discrete):
        return ", ".join(map(shown, parameter.values))
    ends = _("{low} to {high}").format(low=shown(parameter.low), high=shown(parameter.high))
    if not isinstance(parameter, Stepped):
        return ends
    return _("{range} in steps of {step}").format(range=ends, step=shown(parameter.step))


def _count(grid: Grid) -> int | None:
    """Candidates of a grid; ``None`` where they are too many to be counted."""
    if not grid.constraints:
        return grid.product
    return int(grid.counts.sum()) if grid.product <= COUNTED_MOST else None
