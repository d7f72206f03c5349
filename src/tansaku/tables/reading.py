"""Reading: what one cell of a table says, as a typed value beside its text.

A cell is a number (perhaps a limit, an sd, a unit), a sample that failed, nothing, or text. The
campaign decides what a limit or a failure means; a table only says that it is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["number", "missing", "failed", "text"]
Limit = Literal["", "below", "above"]


@dataclass(frozen=True, slots=True)
class CellReading:
    """What a cell says.

    Attributes:
        kind: ``number``, ``missing`` (nothing, or a word for it), ``failed`` (a word for a sample
            that cannot be measured), or ``text`` (all else).
        value: The number, or the limit itself; ``None`` unless ``kind`` is ``number``.
        limit: ``below`` for ``<1e-8`` (the quantity is below ``value``), ``above`` for ``>10``.
        sd: The standard deviation where the cell states one: ``3.2 ± 0.1``.
        unit: The unit that stands in the cell, as it was written.
        word: The word that says why there is no number: ``ND``, ``failed``, ``割れ``.
        text: The cell as it was written.

    Example:
        >>> CellReading("number", 1e-8, limit="below", text="<1e-8").is_result
        True
    """

    kind: Kind
    value: float | None = None
    limit: Limit = ""
    sd: float | None = None
    unit: str = ""
    word: str = ""
    text: str = ""

    @property
    def is_result(self) -> bool:
        """Whether it says something of a sample: a number, a limit or a failure."""
        return self.kind in ("number", "failed")


MISSING = CellReading("missing")
"""An empty cell."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row says of its targets beyond plain values.

    Attributes:
        limits: {target: side of the value on which the truth lies}, ``below`` or ``above``.
        sd: {target: standard deviation}, where the cell states one.
        failed: The word for a sample that failed; empty where it did not.

    Example:
        >>> Outcome(failed="cracked").limits, Outcome() == PLAIN
        ({}, True)
    """

    limits: Mapping[str, Literal["below", "above"]] = field(default_factory=dict)
    sd: Mapping[str, float] = field(default_factory=dict)
    failed: str = ""


PLAIN = Outcome()
"""A row with plain values only."""
