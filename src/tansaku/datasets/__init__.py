"""The two shipped example tables: Li-ion conductors of NASICON type, with their citation.

Example:
    >>> names()
    ('lczsp_49', 'lyczp_47')
    >>> load("lczsp_49").shape
    (49, 4)
    >>> citation("lczsp_49").doi
    '10.1039/d2ra04539g'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tansaku.datasets.citation import Citation, Column, Dataset
from tansaku.datasets.nasicon import LCZSP, LYCZP
from tansaku.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DATASETS", "Citation", "Column", "Dataset", "citation", "load", "names", "path"]

DATASETS: Registry[Dataset] = Registry("dataset")
DATASETS.add("lczsp_49", LCZSP)
DATASETS.add("lyczp_47", LYCZP)


def names() -> tuple[str, ...]:
    """Names of the shipped tables."""
    return tuple(DATASETS)


def path(name: str) -> Path:
    """Where the table's CSV file lies.

    Raises:
        UnknownNameError: no shipped table has this name.
    """
    return Path(__file__).parent / DATASETS[name].file


def load(name: str) -> pd.DataFrame:
    """The table as it is shipped, one row per composition; NaN where nothing was measurable.

    Raises:
        UnknownNameError: no shipped table has this name.
    """
    import pandas as pd  # the shell asks for paths and citations without waiting for pandas

    return pd.read_csv(path(name))


def citation(name: str) -> Citation:
    """Whom to cite for the table.

    Raises:
        UnknownNameError: no shipped table has this name.
    """
    return DATASETS[name].citation
