"""Content: what a report holds, as texts in their order, without any markup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Row(NamedTuple):
    """A row of a table; ``mark`` is how it stands out: ``failed``, ``limit``, ``unused``."""

    cells: Sequence[str]
    mark: str = ""


class Column(NamedTuple, Generic[T]):
    """A column: its heading, what it tells of a thing, and as what: ``word``, ``number`` or
    ``formula``."""

    name: str
    tell: Callable[[T], str]
    kind: str = "word"


class Table(NamedTuple):
    """A table: a heading and a kind for each column, as in :class:`Column`."""

    header: Sequence[str]
    kinds: Sequence[str]
    rows: Sequence[Row]


def table_of(
    columns: Sequence[Column[T]], things: Sequence[T], mark: Callable[[T], str] = lambda _thing: ""
) -> Table:
    """A row for each thing; columns that tell nothing of any are left out."""
    told = [[column.tell(thing) for column in columns] for thing in things]
    kept = [i for i in range(len(columns)) if any(row[i] for row in told)]
    rows = [
        Row([row[i] for i in kept], mark(thing)) for row, thing in zip(told, things, strict=True)
    ]
    return Table([columns[i].name for i in kept], [columns[i].kind for i in kept], rows)


class Card(NamedTuple):
    """One thing that stands by itself, a suggestion: a title, a formula, and lines."""

    title: str
    formula: str
    lines: Sequence[str]


class Figure(NamedTuple):
    """A picture as PNG, and in words what is written on it; a ``broad`` one needs a row of its
    own."""

    title: str
    png: bytes
    words: str
    broad: bool


class Section(NamedTuple):
    """A part of the report below its heading; what it lacks is empty."""

    title: str
    lines: Sequence[str] = ()
    tables: Sequence[Table] = ()
    cards: Sequence[Card] = ()
    figures: Sequence[Figure] = ()
    notes: Sequence[str] = ()


class Page(NamedTuple):
    """The whole: its title, what stands below it, and its sections."""

    title: str
    subtitle: str
    sections: Sequence[Section]
