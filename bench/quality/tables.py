"""All tables of the harness: `load_tables` is the one door.

The split: a third of the tables is `held_out`, fixed before any result was seen, balanced
between real and synthetic ones, and never dividing tables that share a source series. Choices
are made on the others and judged on these.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.quality.real_tables import real_tables
from bench.quality.synthetic_tables import synthetic_tables
from bench.quality.table import Table

__all__ = ["DATA_FOLDER", "Table", "load_tables"]

DATA_FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


def load_tables(data_folder: Path = DATA_FOLDER) -> dict[str, Table]:
    """All tables by name, the same in every call.

    Where the data folder is absent only the synthetic tables come back, with a message.
    """
    tables: list[Table] = []
    if data_folder.is_dir():
        tables.extend(real_tables(data_folder))
    else:
        print(f"real tables skipped: no data folder at {data_folder}", file=sys.stderr)
    tables.extend(synthetic_tables())
    return {table.name: table for table in tables}


def main() -> None:
    """Print the list of tables."""
    for t in load_tables().values():
        side = "held out" if t.held_out else "open"
        print(f"{t.name:28s} {t.family:18s} N {len(t.y):5d}  d {t.X.shape[1]:3d}  {side}")


if __name__ == "__main__":
    main()
