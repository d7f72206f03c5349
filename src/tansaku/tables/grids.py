"""Grids: the cells of one sheet as they stand in the file, before anybody says what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Rows = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Uncomputed:
    """A formula whose value is not stored in the file.

    Example:
        >>> str(Uncomputed("=A2*2"))
        '=A2*2'
    """

    formula: str

    def __str__(self) -> str:
        return self.formula


@dataclass(frozen=True, slots=True)
class Block:
    """Merged cells: the first and the last row and column, counted from 0, both included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet.

    Attributes:
        name: Of the sheet; empty for a text file.
        rows: Row i is line i + 1; a row may be shorter than others.
        merged: Blocks of merged cells; the value stands in the first one of each.
        comments: {(row, column): text} of notes that hang on cells.
        hidden: Whether the workbook hides the sheet.
        hidden_rows: Rows that the workbook hides, as a filter does; they are read like others.
        struck: (row, column, text) of cells that are struck out; they are empty here.
        ragged: Whether a short row says something: in a text file its width was written.
    """

    name: str
    rows: Rows
    merged: tuple[Block, ...] = ()
    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)
    hidden: bool = False
    ragged: bool = False
    hidden_rows: tuple[int, ...] = ()
    struck: tuple[tuple[int, int, str], ...] = ()


def letter(column: int) -> str:
    """The letters of a column, counted from 0, as spreadsheets name it.

    Example:
        >>> letter(0), letter(27)
        ('A', 'AB')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def address(row: int, column: int) -> str:
    """The name of a cell; row and column count from 0.

    Example:
        >>> address(4, 2)
        'C5'
    """
    return f"{letter(column)}{row + 1}"
