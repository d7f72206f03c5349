"""Blocks: the columns of a file that is too long to be held, a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from tansaku.design import Floats, Ints


class Coded(NamedTuple):
    """Cells of a column, each different one once.

    Attributes:
        cells: The different ones.
        codes: Which of them each of k rows has, shape (k,); -1 where there is none.
    """

    cells: Sequence[Any]
    codes: Ints


Column = Floats | Coded
"""Of k rows: numbers, NaN where there is none, or cells of any kind."""


class Blocks(NamedTuple):
    """A file that is read in blocks.

    Attributes:
        names: Of its columns.
        total: How many rows it has.
        read: Some of its columns, block after block.
    """

    names: tuple[str, ...]
    total: int
    read: Callable[[Sequence[str]], Iterator[list[Column]]]
