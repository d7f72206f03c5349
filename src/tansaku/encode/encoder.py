"""What every encoding of a space offers, and which one a space asks for."""

from __future__ import annotations

from typing import Protocol

from tansaku.design import Design, Floats, Ints
from tansaku.encode.formula_columns import FormulaColumns
from tansaku.encode.one_hot import OneHot
from tansaku.encode.profile_columns import ProfileColumns
from tansaku.encode.unit_range import UnitRange
from tansaku.space import Categorical, Space


class Encoder(Protocol):
    """Law: ``decode(encode(M).X)`` is M to rounding, for every M in experimental units; where the
    columns come from formulas, for every candidate that looks like no other."""

    @property
    def names(self) -> tuple[str, ...]:
        """The encoded columns' names, length d."""

    @property
    def spans(self) -> Floats:
        """One encoded unit in the column's own unit, shape (d,)."""

    @property
    def columns(self) -> Ints:
        """Encoded column of each input, shape (inputs,); -1 for a choice in several columns."""

    def encode(self, matrix: Floats) -> Design:
        """Experimental values, shape (n, inputs) -> encoded design, shape (n, d)."""

    def decode(self, X: Floats) -> Floats:
        """Encoded points, shape (n, d) -> experimental values, shape (n, inputs)."""


def encoder_for(space: Space) -> Encoder:
    """The encoding that the chemistry or the parameters of this space ask for, with the columns
    that its firing profile names.

    Raises:
        SpaceError, DataError: the formulas cannot be encoded so; names what is missing.
        UnknownNameError: no encoding of formulas has the name that the chemistry asks for.
    """
    inner = _usual(space)
    if space.profile is None or not space.profile.columns:
        return inner
    return ProfileColumns.of(space, inner)


def _usual(space: Space) -> UnitRange | OneHot | FormulaColumns:
    """The encoding of the inputs."""
    if space.chemistry is not None and space.chemistry.encoding != "parameters":
        return FormulaColumns.of(space)
    apart = any(isinstance(p, Categorical) and p.encoding == "one_hot" for p in space.inputs)
    return OneHot.of(space) if apart else UnitRange.of(space)
