"""A store in a temporary folder, and a table of twelve candidates with eight results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

TABLE = """a,b,y
0,0,1.0e-6
0,1,2.0e-6
0,2,
1,0,4.0e-6
1,1,8.0e-6
1,2,6.0e-6
2,0,
2,1,9.0e-6
2,2,
3,0,1.0e-6
3,1,
3,2,2.5e-6
"""


@pytest.fixture
def store(tmp_path: Path) -> str:
    """URL of a store that is not made yet."""
    return f"sqlite:///{tmp_path}/lab.db"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Twelve candidates, eight of them measured."""
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture
def made(store: str, table: Path) -> str:
    """The store, with the campaign ``lab`` of ``table`` in it."""
    from tansaku.campaign.description import CampaignDescription
    from tansaku.services.new import new

    new(store, "lab", CampaignDescription(table=table, inputs=["a", "b"], targets=["y:max:log10"]))
    return store


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[str], Path]:
    """``rows(text)``: a CSV file with that text."""

    def write(text: str) -> Path:
        path = tmp_path / "rows.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write
