"""The command line, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Done:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout, which must be one JSON document."""
        return json.loads(self.out)


Tansaku = Callable[..., Done]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with ``table.csv``, in which commands run."""
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tansaku(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Tansaku:
    """``tansaku("list", "--json")`` in this process, as a shell would see it."""
    from tansaku.cli.main import main

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # main sets its own; put back after

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(arguments)
        out, err = capsys.readouterr()
        return Done(int(left.value.code or 0), out, err)

    return run


@pytest.fixture
def process(place: Path) -> Tansaku:
    """``process("list")`` in a process of its own, with ``env`` added to the environment."""

    def run(*arguments: str, **env: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-c", "from tansaku.cli.main import main; main()", *arguments],
            cwd=place,
            env=os.environ | env,
            capture_output=True,
            timeout=200,
        )
        return Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))

    return run


@pytest.fixture
def lab(tansaku: Tansaku) -> Tansaku:
    """``tansaku``, with the campaign ``lab`` of ``table.csv`` made."""
    made = tansaku(
        "new", "lab", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max:log10"
    )
    assert made.code == 0, made.err
    return tansaku
