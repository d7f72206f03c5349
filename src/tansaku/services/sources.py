"""Sources: a table of older measurements, and how its columns read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tansaku.tables.read import read_table


@dataclass(frozen=True, slots=True)
class SourceTable:
    """Where older measurements are, and what their columns mean.

    Attributes:
        table: A .csv or .xlsx file.
        inputs: Its input columns; without any, those of the target's table.
        target: Its target column; empty for the name of the target.
        match: Columns that mean the same, as ``tansaku.study`` takes them.

    Example:
        >>> SourceTable(Path("older.csv"), match=("x_Si=x_Y",)).target
        ''
    """

    table: Path
    inputs: tuple[str, ...] = ()
    target: str = ""
    match: tuple[str, ...] = ()

    def read(self) -> dict[str, Any]:
        """What ``tansaku.study`` takes of it.

        Raises:
            TableError: the table cannot be read.
        """
        return {
            "source": read_table(self.table),
            "source_inputs": self.inputs,
            "source_target": self.target,
            "match": self.match,
        }
