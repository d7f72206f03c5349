"""Sheets: tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def sheet(
    console: Console,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    words: Sequence[str] = (),
) -> None:
    """Print a table. Nothing is cut: what is too wide goes on in the next line of its cell.

    Args:
        console: Where to.
        header: One heading per column.
        rows: Cells as text.
        words: Headings of the columns that hold words, which stand to the left; numbers stand to
            the right.
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in header:
        table.add_column(name, justify="left" if name in words else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
