"""Tables of automated laboratories (Olympus), to choose on; they judge nothing.

Hase et al., Mach. Learn.: Sci. Technol. 2 (2021) 035021; MIT.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.quality.real_tables import LARGEST_POOL, column, columns, read_rows
from bench.quality.table import Table, make_table

OLYMPUS = {
    "alkox": ("max", "linear"),
    "benzylation": ("min", "log10"),
    "colors_n9": ("min", "linear"),
    "fullerenes": ("max", "linear"),
    "hplc": ("max", "linear"),
    "liquid_toluene": ("min", "log10"),
    "oer_plate_3496": ("min", "linear"),
    "photo_wf3": ("min", "linear"),
    "snar": ("min", "log10"),
    "suzuki": ("max", "linear"),
}
"""Goal and scale of the tables of automated laboratories: the last column is what is wanted."""


def olympus_tables(folder: Path, at_most: int | None = LARGEST_POOL) -> Iterator[Table]:
    """Automated laboratories; repeats averaged, large pools thinned."""
    for name, (goal, scale) in OLYMPUS.items():
        rows = read_rows(folder / f"{name}.csv")
        *inputs, target = rows[0]
        y = column(rows, target)
        y = np.log10(np.maximum(y, y[y > 0].min())) if scale == "log10" else y
        yield make_table(
            f"olympus_{name}", "automated", columns(rows, tuple(inputs)), tuple(inputs),
            -y if goal == "min" else y, note="Olympus, MIT", held_out=False, at_most=at_most,
        )  # fmt: skip
