"""The two walks of docs/architecture.md are those that the program takes."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import FrameType

import pytest

from tansaku.cli.main import main

MOST = 12
"""Files of one walk."""
TABLE = "x,T,y\n0.1,900,1.2e-6\n0.2,900,7.6e−6\n0.3,1000,3.1e-6\n0.4,1000,\n"
STEP = re.compile(r"^\d+\. `([\w/.]+)` `([\w.]+)`(?:: |：)", re.MULTILINE)


def walks(root: Path) -> list[list[tuple[str, str]]]:
    """The (file, function) of each step."""
    text = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    parts = text.split("## Two walks")[1].split("\n## ")[0].split("\n**")[1:]
    return [STEP.findall(part) for part in parts]


@pytest.fixture(scope="module")
def called(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], int]:
    """When each function is called first while a campaign is made and asked for a sample."""
    folder = tmp_path_factory.mktemp("walk")
    (folder / "table.csv").write_text(TABLE, encoding="utf-8")
    package, order = f"{root / 'src' / 'tansaku'}/", dict[tuple[str, str], int]()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(package):
            place = (code.co_filename.removeprefix(package), code.co_qualname)
            order.setdefault(place, len(order))

    store = ["--store", f"sqlite:///{folder / 'store.db'}"]
    commands = [
        [
            "new",
            "one",
            "--table",
            str(folder / "table.csv"),
            "--inputs",
            "x,T",
            "--target",
            "y:max",
        ],
        ["suggest", "one"],
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "excepthook", sys.excepthook)  # main sets its own; put back after
        for command in commands:
            patch.setattr(sys, "argv", ["tansaku", *store, *command])
            sys.setprofile(note)
            try:
                with pytest.raises(SystemExit) as end:
                    main()
            finally:
                sys.setprofile(None)
            assert not end.value.code
    return order


@pytest.mark.parametrize("number", [0, 1])
def test_a_walk_is_short_and_true(
    number: int, root: Path, called: dict[tuple[str, str], int]
) -> None:
    walk = walks(root)[number]
    assert [step for step in walk if step not in called] == []
    order = [called[step] for step in walk]
    assert order == sorted(order)
    assert 10 < len({file for file, _function in walk}) == len(walk) <= MOST


def test_there_are_two(root: Path) -> None:
    assert len(walks(root)) == 2


def test_the_japanese_page_takes_the_same(root: Path) -> None:
    page = (root / "docs" / "ja" / "architecture.md").read_text(encoding="utf-8")
    assert STEP.findall(page) == [step for walk in walks(root) for step in walk]
