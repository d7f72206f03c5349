"""Space: the parameters and the pool of candidates that they span."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import PrivateAttr, model_validator

from tansaku.design import Floats
from tansaku.errors import NotInPoolError, TableError
from tansaku.language import _
from tansaku.space.parameters import Numeric
from tansaku.spec import Spec

MATCH_TOLERANCE = 1e-6
"""Two values are one setting when they differ by less than this share of the column's span:
above float noise from spreadsheets (1e-12), far below the finest step of a furnace or a balance."""


class ListedPool(Spec):
    """Candidates as they stand in a table.

    Attributes:
        rows: One tuple of values per candidate, in the order of the space's inputs; all distinct.
        labels: The candidate's ``pool_row``: the 0-based row where it stands first in the table.
    """

    kind: Literal["listed"] = "listed"
    rows: tuple[tuple[float, ...], ...]
    labels: tuple[int, ...]


class Space(Spec):
    """What may be varied: d inputs and the N candidates of the pool.

    Example:
        >>> space = Space.from_matrix(("x",), np.array([[0.0], [0.5], [1.0]]))
        >>> space.find({"x": 0.5})
        1
    """

    inputs: tuple[Numeric, ...]
    pool: ListedPool
    _matrix: Floats = PrivateAttr()

    @model_validator(mode="after")
    def _shape(self) -> Space:
        matrix = np.array(self.pool.rows, dtype=np.float64).reshape(len(self.pool.rows), -1)
        if matrix.shape != (len(self.pool.labels), len(self.inputs)):
            raise ValueError(
                f"pool of shape {matrix.shape} for {len(self.pool.labels)} labels"
                f" and {len(self.inputs)} inputs"
            )
        matrix.setflags(write=False)
        self._matrix = matrix
        return self

    def __eq__(self, other: object) -> bool:
        """Equal inputs and equal pools (the cached matrix plays no part)."""
        return isinstance(other, Space) and self.inputs == other.inputs and self.pool == other.pool

    def __hash__(self) -> int:
        return hash((self.inputs, self.pool))

    @classmethod
    def from_matrix(
        cls,
        names: Sequence[str],
        matrix: Floats,
        *,
        labels: Sequence[int] | None = None,
        units: Mapping[str, str] | None = None,
    ) -> Space:
        """A space whose pool is the rows of ``matrix``, shape (N, d), all distinct.

        Raises:
            TableError: fewer than two rows, or an input column without variation.
        """
        if matrix.shape[0] < 2:
            raise TableError(
                _("The pool has {n} candidates; a search needs at least 2.").format(n=len(matrix)),
                _("Add rows: a row with empty target is an open candidate."),
            )
        low, high = matrix.min(axis=0), matrix.max(axis=0)
        for name, smallest, largest in zip(names, low, high, strict=True):
            if not largest > smallest:
                raise TableError(
                    _("Input column '{name}' has the same value {value:g} in every row.").format(
                        name=name, value=smallest
                    ),
                    _("Leave it out of the inputs, or add candidates where it differs."),
                )
        inputs = tuple(
            Numeric(name=n, low=float(a), high=float(b), unit=(units or {}).get(n, ""))
            for n, a, b in zip(names, low, high, strict=True)
        )
        rows = tuple(tuple(float(v) for v in row) for row in matrix)
        kept = tuple(range(len(rows))) if labels is None else tuple(int(v) for v in labels)
        return cls(inputs=inputs, pool=ListedPool(rows=rows, labels=kept))

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs' names."""
        return tuple(p.name for p in self.inputs)

    @property
    def matrix(self) -> Floats:
        """The pool in experimental units, shape (N, d); read-only."""
        return self._matrix

    def __len__(self) -> int:
        return len(self.pool.rows)

    def inputs_of(self, index: int) -> dict[str, float]:
        """The candidate at pool position ``index`` (0 .. N-1) as {name: value}."""
        return dict(zip(self.names, self.pool.rows[index], strict=True))

    def find(self, inputs: Mapping[str, float], *, where: str = "") -> int:
        """Pool position (0 .. N-1) of the candidate with these inputs.

        Args:
            inputs: {name: value}; every input once, in experimental units.
            where: Words that name the place in an error, e.g. "row 3".

        Raises:
            TableError: an input is missing or unknown.
            NotInPoolError: no candidate agrees to ``MATCH_TOLERANCE``; names the nearest one.
        """
        self.check_names(inputs, where)
        point = np.array([inputs[name] for name in self.names], dtype=np.float64)
        spans = np.array([p.span for p in self.inputs])
        distance = np.abs(self._matrix - point) / spans
        worst = distance.max(axis=1)
        index = int(np.argmin(worst))
        if worst[index] <= MATCH_TOLERANCE:
            return index
        nearest = int(np.argmin((distance**2).sum(axis=1)))
        raise NotInPoolError(
            _("{where}No candidate of the pool has {given}.").format(
                where=f"{where}: " if where else "", given=_settings(inputs)
            ),
            _("The nearest candidate is {nearest} (pool_row {row}).").format(
                nearest=_settings(self.inputs_of(nearest)), row=self.pool.labels[nearest]
            ),
        )

    def check_names(self, inputs: Mapping[str, float], where: str = "") -> None:
        """TableError where an input is missing or unknown; ``where`` names the place."""
        missing = [n for n in self.names if n not in inputs]
        unknown = [n for n in inputs if n not in self.names]
        if missing or unknown:
            what = _("missing: {names}").format(names=", ".join(missing)) if missing else ""
            more = _("unknown: {names}").format(names=", ".join(unknown)) if unknown else ""
            raise TableError(
                _("{where}The inputs do not fit the campaign ({what}).").format(
                    where=f"{where}: " if where else "",
                    what="; ".join(part for part in (what, more) if part),
                ),
                _("The inputs are: {names}.").format(names=", ".join(self.names)),
            )


def _settings(inputs: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={value:g}" for name, value in inputs.items())
