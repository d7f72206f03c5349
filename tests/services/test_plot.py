"""The verb plot: where its pictures go, and that nothing is left where it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tansaku.errors import StoreError, UnknownNameError, UsageError
from tansaku.services.plot import plot


def files(folder: Path) -> set[str]:
    """What lies in it, but for the store and the table."""
    return {each.name for each in folder.iterdir()} - {"lab.db", "table.csv"}


def test_a_folder_is_made_as_a_study_makes_it(made: str, tmp_path: Path) -> None:
    """With those above it; one that is there will do, a file is written as it is named."""
    folder = tmp_path / "new" / "pictures"
    plot(made, "lab", ["progress"], out=folder)
    assert files(folder) == {"lab-progress.png"}
    plot(made, "lab", ["progress", "map"], out=folder / "each.svg")
    plot(made, "lab", ["progress"], out=folder / "alone.svg")
    assert files(folder) == {
        "lab-progress.png", "each-progress.svg", "each-map.svg", "alone.svg",
    }  # fmt: skip


def test_nothing_is_left_where_it_fails(made: str, tmp_path: Path) -> None:
    """No folder, and no picture: neither where the folder of a file is missing, nor where a name
    is wrong, nor where a file stands in the way."""
    for kinds, out, error, message in (
        (["map"], tmp_path / "no" / "map.png", StoreError, "does not exist"),
        (["pie"], tmp_path / "no", UnknownNameError, "pie"),
        (["map"], tmp_path / "map.gif", UsageError, "is not understood"),
        (["map"], tmp_path / "table.csv" / "sub", StoreError, "cannot be made"),
    ):
        with pytest.raises(error, match=message):
            plot(made, "lab", kinds, out=out)
    assert files(tmp_path) == set()
