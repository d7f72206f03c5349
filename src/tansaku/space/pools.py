"""Pools: the candidates of a space, listed in a table, counted on a grid, or free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tansaku.space.constraints import Constraint
from tansaku.spec import Spec


class ListedPool(Spec):
    """Candidates as they stand in a table.

    Attributes:
        rows: One tuple of values per candidate, in the order of the space's inputs; all distinct.
        labels: The candidate's ``pool_row``: the 0-based row where it stands first in the table.
    """

    kind: Literal["listed"] = "listed"
    rows: tuple[tuple[float, ...], ...]
    labels: tuple[int, ...]


class GridPool(Spec):
    """All combinations of settings that keep the constraints; never written out where many.

    Attributes:
        constraints: What every candidate keeps.
        size: How many candidates there are; ``None`` where they are too many to be counted. A
            candidate's ``pool_row`` is its place among all combinations, those that break a
            constraint included, with the last parameter changing fastest.
    """

    kind: Literal["grid"] = "grid"
    constraints: tuple[Constraint, ...] = ()
    size: int | None = None


class FreePool(Spec):
    """Every settable point of a space with a continuous parameter; candidates have no number.

    Attributes:
        constraints: What every candidate keeps.
    """

    kind: Literal["free"] = "free"
    constraints: tuple[Constraint, ...] = ()


Pool = Annotated[ListedPool | GridPool | FreePool, Field(discriminator="kind")]
