"""Mutants: single faults, put into a copy of the program one at a time, that the tests must catch.

    python tools/mutants.py                run every fault of mutants.toml
    python tools/mutants.py --only tables  those below src/tansaku/tables; also a file

Each fault is a piece of code that is written wrongly in a way that would hurt a user: a sign, a
unit, a dropped term, swapped arguments, a missing check. It names the tests that ought to notice
it, the likeliest first, and last come the examples in the file's own docstrings; they run until the
first one fails. A fault that no test notices survives, and then says why that is right. First all
of these tests are run on the program as it is.

Ends with 1 below ``ENOUGH`` caught, where a fault survives without a reason or is caught although
it has one, and where its place or its tests are gone.
"""

from __future__ import annotations

import argparse
import ast
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path("src") / "tansaku"
FAULTS = Path(__file__).with_name("mutants.toml")
ENOUGH = 0.85
"""Share of the faults that the tests must catch."""
LONGEST = 300.0
"""Seconds for the tests of one fault: a program that hangs is noticed, too."""
LEFT_BEHIND = (".*", "build", "dist", "__pycache__", "tansaku-demo*")
"""What the copies do without."""
PYTEST = ("-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider")
FAILED, INTERRUPTED = 1, 2
"""Exit codes of pytest: a test failed; a test module could not even be imported."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    Attributes:
        file: Below src/tansaku.
        old: What stands there, once in the file or in ``within``.
        new: What takes its place.
        tests: Below tests/, as pytest names them.
        within: Function or class, as in ``State.failed``; the whole file where it is empty.
        survives: Why no test can or need notice it; empty for the others.
    """

    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    within: str = ""
    survives: str = ""

    @property
    def room(self) -> str:
        """The folder that it is counted under: of the mathematics its own one."""
        parts = Path(self.file).parts
        return "/".join(parts[:-1][:2]) if parts[0] == "bo" else parts[0]

    def checks(self, root: Path) -> tuple[str, ...]:
        """What is run, as pytest names it."""
        own = SOURCE / self.file
        examples = ">>> " in (root / own).read_text(encoding="utf-8")
        return (*(f"tests/{each}" for each in self.tests), *([str(own)] if examples else []))

    def put_into(self, text: str) -> tuple[str, int]:
        """(the file with the fault, its line).

        Raises:
            ValueError: ``old`` does not stand there exactly once.
        """
        start, end = _span(text, self.within) if self.within else (0, len(text))
        number = text[start:end].count(self.old)
        if number != 1 or self.old == self.new:
            raise ValueError(f"{self.file}: stands there {number} times: {self.old!r}")
        at = text.index(self.old, start)
        mutated = text[:at] + self.new + text[at + len(self.old) :]
        ast.parse(mutated, filename=self.file)
        return mutated, text[:at].count("\n") + 1


def mutants(file: Path = FAULTS) -> list[Mutant]:
    """Every fault of the list, in its order."""
    with file.open("rb") as stream:
        listed = tomllib.load(stream)["mutant"]
    return [Mutant(**each | {"tests": tuple(each["tests"])}) for each in listed]


def stale(listed: Sequence[Mutant], root: Path = ROOT) -> list[str]:
    """What is wrong with the list: places and tests that are gone."""
    wrong = []
    for each in listed:
        try:
            each.put_into((root / SOURCE / each.file).read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError) as error:
            wrong.append(str(error))
        wrong += [f"{each.file}: no such test: {t}" for t in each.tests if not _is_test(t, root)]
    return wrong


def _is_test(name: str, root: Path) -> bool:
    file, _colons, function = name.partition("::")
    path = root / "tests" / file
    if not path.is_file():
        return False
    code = path.read_text(encoding="utf-8")
    return f"\ndef {function.partition('[')[0]}(" in code if function else "\ndef test_" in code


def _span(text: str, name: str) -> tuple[int, int]:
    """Where a function or class begins and ends in a file."""
    found: ast.AST = ast.parse(text)
    for part in name.split("."):
        inner = [n for n in ast.iter_child_nodes(found) if getattr(n, "name", None) == part]
        if len(inner) != 1:
            raise ValueError(f"no single {name!r}")
        found = inner[0]
    lines = text.splitlines(keepends=True)
    first, last = found.lineno, found.end_lineno or found.lineno  # type: ignore[attr-defined]
    return sum(map(len, lines[: first - 1])), sum(map(len, lines[:last]))


def run(
    checks: Sequence[str], copy: Path, *options: str, seconds: float | None = LONGEST
) -> tuple[bool, str]:
    """(whether one of these fails in a copy of the tree, what was printed)."""
    paths = os.pathsep.join([str(copy / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(
            [sys.executable, *PYTEST, *options, *checks],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return True, "the time was up"
    if done.returncode not in (0, FAILED, INTERRUPTED):
        raise SystemExit(f"pytest ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.returncode != 0, done.stdout


def caught(mutant: Mutant, copies: queue.Queue[Path]) -> tuple[bool, float]:
    """(whether a test notices the fault, seconds)."""
    copy, clock = copies.get(), time.perf_counter()
    path = copy / SOURCE / mutant.file
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(mutant.put_into(text)[0], encoding="utf-8")
        noticed, _told = run(mutant.checks(copy), copy)
    finally:
        path.write_text(text, encoding="utf-8")
        copies.put(copy)
    return noticed, time.perf_counter() - clock


def tried(listed: Sequence[Mutant], workers: int) -> list[bool]:
    """Which faults are caught, each told as soon as it is known."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        copies: queue.Queue[Path] = queue.Queue()
        for i in range(workers):
            copy = Path(folder) / str(i) / ROOT.name
            shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
            copies.put(copy)
        first = copies.get()
        checks = list(dict.fromkeys(check for each in listed for check in each.checks(first)))
        fails, told = run(checks, first, f"--numprocesses={workers}", seconds=None)
        copies.put(first)
        if fails:
            raise SystemExit(f"{told}\nThe tests fail without any fault: nothing can be said.")
        jobs = [pool.submit(caught, each, copies) for each in listed]
        found = []
        for each, job in zip(listed, jobs, strict=True):
            noticed, seconds = job.result()
            word = "caught  " if noticed else "survives"
            print(f"{word} {seconds:5.1f} s  {_place(each)}  {each.new.strip()!r}", flush=True)
            found.append(noticed)
    return found


def _place(mutant: Mutant) -> str:
    text = (ROOT / SOURCE / mutant.file).read_text(encoding="utf-8")
    return f"{mutant.file}:{mutant.put_into(text)[1]}"


def report(listed: Sequence[Mutant], found: Sequence[bool]) -> bool:
    """Print what was found; whether that is good enough."""
    pairs = list(zip(listed, found, strict=True))
    print("\ncaught  of  room")
    for room in sorted({each.room for each in listed}):
        own = [noticed for each, noticed in pairs if each.room == room]
        print(f"{sum(own):6}  {len(own):2}  {room}")
    share = sum(found) / len(found)
    print(f"{sum(found):6} {len(found):3}  in all: {share:.1%}, of which {ENOUGH:.0%} are enough")
    good = share >= ENOUGH
    for each, noticed in pairs:
        if not noticed:
            print(f"survives: {_place(each)}: {each.survives or 'NO REASON IS GIVEN'}")
        elif each.survives:
            print(f"CAUGHT, though it is said to survive: {_place(each)}")
        good = good and noticed == (not each.survives)
    return good


def main() -> None:
    """See the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="a folder or file below src/tansaku")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    every = mutants()
    if wrong := stale(every):
        raise SystemExit("\n".join(wrong))
    listed = [each for each in every if Path(each.file).is_relative_to(given.only)]
    if not listed:
        raise SystemExit(f"there is no fault below {given.only}")
    sys.exit(0 if report(listed, tried(listed, given.workers)) else 1)


if __name__ == "__main__":
    main()
