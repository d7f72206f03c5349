"""What only a real process shows: start-up, streams, and the last door for bugs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Tansaku = Callable[..., Any]
START = "from tansaku.cli.main import main; main()"
HEAVY = (
    "torch", "sklearn", "scipy", "scipy.stats", "numpy", "pandas", "openpyxl", "matplotlib",
    "pydantic", "sqlalchemy", "rich", "sympy", "botorch", "torch._dynamo",
)  # fmt: skip
HELP_SECONDS = 0.3
NEW = ("new", "lab", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max:log10")


def loaded(place: Path, *arguments: str) -> tuple[str, set[str]]:
    """What a command prints, and which heavy packages it has loaded."""
    script = f"""
import atexit, sys
atexit.register(lambda: print(*({set(HEAVY)} & set(sys.modules)), file=sys.__stderr__))
sys.argv = ["tansaku", *{list(arguments)}]
{START}
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=place, capture_output=True, text=True)
    return done.stdout, set(done.stderr.splitlines()[-1].split())


def test_help_loads_nothing_heavy(place: Path) -> None:
    """The help of a command may load pydantic, with which typer itself reads options."""
    assert loaded(place, "--help")[1] == set()
    assert loaded(place, "--version")[1] <= {"pydantic"}
    assert loaded(place, "suggest", "--help")[1] <= {"pydantic"}
    assert loaded(place, "suggest", "--wrong")[1] <= {"pydantic"}


def test_help_is_quick(place: Path) -> None:
    """The best of some tries, in processor time, which a busy machine does not stretch."""
    seconds = []
    for _try in range(5):
        before = os.times()
        subprocess.run([sys.executable, "-c", START, "--help"], check=True, capture_output=True)
        after = os.times()
        seconds.append(
            after.children_user - before.children_user
            + after.children_system - before.children_system
        )  # fmt: skip
    assert min(seconds) <= HELP_SECONDS


def test_suggest_loads_torch_and_little_else(process: Tansaku, place: Path) -> None:
    """The way from the store to a suggestion is free of tables, and of what takes long to load."""
    assert process(*NEW).code == 0
    out, heavy = loaded(place, "suggest", "lab", "--json")
    assert json.loads(out)["suggestions"]
    assert heavy <= {"torch", "numpy", "pydantic", "sqlalchemy", "scipy"}


def test_stdout_is_one_document(process: Tansaku) -> None:
    """Also where the terminal speaks no Unicode: JSON is UTF-8, text is never an error."""
    assert process(*NEW, PYTHONIOENCODING="ascii").code == 0
    found = process("status", "名前", "--json", PYTHONIOENCODING="ascii")
    assert "名前" in found.json["error"]["message"]
    plain = process("suggest", "lab", PYTHONIOENCODING="ascii")
    assert (plain.code, plain.err) == (0, "")
    assert "\\xd7/\\xf7" in plain.out


def test_closed_pipe_is_no_traceback(process: Tansaku, place: Path) -> None:
    """``tansaku pool lab | head -1``."""
    process(*NEW)
    done = subprocess.run(
        f'"{sys.executable}" -c "{START}" pool lab --json | head -1',
        shell=True,
        cwd=place,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "{\n"
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_a_bug_is_called_a_bug(place: Path, option: tuple[str, ...]) -> None:
    """What nobody foresaw: one line, exit 1, the traceback only on request."""
    code = (
        "import tansaku.services.status as room\n"
        "def broken(store): raise KeyError('lost')\n"
        f"room.list_ = broken\n{START}"
    )
    command = [sys.executable, "-c", code, "list", *option]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True)
    assert done.returncode == 1
    told = json.loads(done.stdout)["error"]["message"] if option else done.stderr
    assert "This is a bug in tansaku: KeyError: 'lost'" in told
    assert "Traceback" not in done.stderr
    asked = subprocess.run(
        command,
        cwd=place,
        capture_output=True,
        text=True,
        env=os.environ | {"TANSAKU_TRACEBACK": "1"},
    )
    assert "Traceback" in asked.stderr


def test_ctrl_c_stops_and_loses_nothing(process: Tansaku, place: Path) -> None:
    """Stopped in the middle of a study, and killed: 130, no traceback, and the same command goes on
    and ends as if nothing had been."""
    runs = 14
    call = ["study", "--table", "table.csv", "--inputs", "a,b", "--target", "y", "--json"]
    call += ["--strategies", "lecture", "--runs", str(runs), "--start", "3", "--steps", "4"]
    call.append("--out")
    kept, done = place / "stopped" / "study.checkpoint", 0
    for sent in (signal.SIGINT, signal.SIGKILL, signal.SIGINT):
        with subprocess.Popen(
            [sys.executable, "-c", START, *call, "stopped"],
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell's background jobs ignore Ctrl-C, and the tests may be one.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as running:
            until = time.monotonic() + 100
            while finished(kept) < done + 2 and time.monotonic() < until:
                time.sleep(0.01)
            running.send_signal(sent)
            try:
                out, err = running.communicate(timeout=60)
            finally:
                running.kill()
        assert "Traceback" not in err
        assert done == 0 or f"has {done} finished searches of a study that was stopped" in err
        done = finished(kept)
        assert 2 <= done < runs
        if sent == signal.SIGINT:
            assert running.returncode == 130
            assert f"Stopped: {done} of {runs} searches are done." in err
            assert json.loads(out)["strategies"][0]["runs"] == done
    went_on, whole = process(*call, "stopped").json, process(*call, "whole").json
    for each in (went_on, whole):
        each["strategies"][0].pop("seconds")
        each.pop("files")
    assert went_on == whole
    assert not kept.exists()


def finished(kept: Path) -> int:
    """Searches in a checkpoint: of the lecture's strategy each is a line of its own."""
    return max(0, kept.read_bytes().count(b"\n") - 1) if kept.exists() else 0


def test_progress_is_for_terminals(process: Tansaku) -> None:
    """In a pipe, nothing is drawn."""
    call = ("study", "--table", "table.csv", "--inputs", "a,b", "--target", "y")
    found = process(*call, "--strategies", "random", "--runs", "10", "--json")
    assert found.code == 0
    assert found.json["n_candidates"] == 8
    assert "%" not in found.err
    assert "random" not in found.err


def test_progress_on_a_terminal(place: Path) -> None:
    """A bar with the time left, for each strategy, on stderr only; --quiet draws none."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    call = ["study", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max:log10"]
    drawn = {}
    for option in ("--json", "--quiet"):
        ours, theirs = pty.openpty()
        running = subprocess.Popen(
            [sys.executable, "-c", START, *call, "--runs", "50", option],
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        )
        os.close(theirs)
        drawn[option] = read_all(ours)
        printed, _err = running.communicate(timeout=200)
        assert running.returncode == 0
        assert b"standard" in printed
    assert "random" in drawn["--json"]
    assert "standard" in drawn["--json"]
    assert "0:00:00" in drawn["--json"]
    assert drawn["--quiet"] == ""


def read_all(terminal: int) -> str:
    """What was written to a pseudo-terminal whose other end is closed."""
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so at the end
            part = b""
        if not part:
            os.close(terminal)
            return b"".join(parts).decode("utf-8")
        parts.append(part)
