"""example: a finished table whose values are hidden but for a few, as a lab has it halfway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tansaku import datasets
from tansaku.design import Bools
from tansaku.space import Scale, Target
from tansaku.tables.read import read_table

if TYPE_CHECKING:
    import pandas as pd

DATASET: Final = "lczsp_49"
INPUTS: Final = ("x_Si", "y_Ca")
TARGET: Final = Target(name="sigma_S_cm", scale=Scale.LOG10, unit="S/cm")
KNOWN: Final = 8
"""Compositions that count as measured at the beginning: about a week of a lab's work."""


def finished_table() -> pd.DataFrame:
    """Inputs and result of all that is measured."""
    found = read_table(datasets.path(DATASET)).dropna(subset=[TARGET.name])
    found = found[[*INPUTS, TARGET.name]].reset_index(drop=True)
    found.attrs.clear()  # its rows are no longer the lines of the file
    return found


def known_rows(finished: pd.DataFrame, seed: int = 0) -> Bools:
    """Which rows keep their value: a random draw without the best one, shape (N,)."""
    best = int(finished[TARGET.name].to_numpy().argmax())
    others = np.delete(np.arange(len(finished)), best)
    known = np.zeros(len(finished), dtype=np.bool_)
    known[np.random.default_rng(seed).choice(others, KNOWN, replace=False)] = True
    return known


def hidden(finished: pd.DataFrame, known: Bools) -> pd.DataFrame:
    """The table with the other values empty."""
    return finished.assign(**{TARGET.name: finished[TARGET.name].where(known)})


def as_csv(frame: pd.DataFrame) -> bytes:
    """A table as a file that spreadsheets open."""
    return frame.to_csv(index=False).encode("utf-8-sig")


def example_table() -> bytes:
    """The file of the example."""
    finished = finished_table()
    return as_csv(hidden(finished, known_rows(finished)))
