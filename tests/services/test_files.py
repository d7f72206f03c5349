"""Folders are made where they can be, and an error says what to do instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tansaku.errors import StoreError
from tansaku.files import make_folder


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b", "hint")
    make_folder(tmp_path / "a" / "b", "hint")  # one that is there will do
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("new", [False, True])
def test_a_file_in_the_way_is_named_with_what_to_do(tmp_path: Path, new: bool) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(StoreError, match="cannot be made: Not a directory") as caught:
        make_folder(tmp_path / "file" / "sub", "Name another one.", new=new)
    assert caught.value.hint == "Name another one."
    assert (tmp_path / "file").read_text() == "kept"


def test_a_new_folder_was_not_there(tmp_path: Path) -> None:
    make_folder(tmp_path / "one", "hint", new=True)
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "one", "hint", new=True)
    with pytest.raises(StoreError):
        make_folder(tmp_path / "two" / "deep", "hint", new=True)
