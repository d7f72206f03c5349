"""The list of faults cannot rot: each has its place in the program, and its tests are there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "mutants.py"
CODE = """def one(x):
    return x + 1


class Two:
    def three(self, x):
        return x + 1
"""


@pytest.fixture(scope="module")
def mutants() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutants", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


def test_every_fault_has_its_place_and_its_tests(mutants: ModuleType) -> None:
    """What is to be changed stands there exactly once, and the file can still be read."""
    assert mutants.stale(mutants.mutants()) == []


def test_there_are_faults_in_every_room(mutants: ModuleType, root: Path) -> None:
    """And no fault is listed twice."""
    listed = mutants.mutants()
    rooms = {Path(each.file).parts[0] for each in listed}
    of_the_mathematics = {each.room for each in listed if each.file.startswith("bo/")}
    package = root / mutants.SOURCE
    assert {p.name for p in package.iterdir() if p.is_dir()} - rooms <= {
        "__pycache__", "datasets", "locale",
    }  # fmt: skip
    assert {f"bo/{p.name}" for p in (package / "bo").iterdir() if p.is_dir()} - {
        "bo/__pycache__"
    } <= of_the_mathematics
    assert len({(each.file, each.old, each.new) for each in listed}) == len(listed)


@pytest.mark.parametrize(
    ("old", "new", "within", "wrong"),
    [
        ("x + 1", "x - 1", "", "2 times"),
        ("x + 2", "x - 2", "", "0 times"),
        ("x + 1", "x + 1", "one", "1 times"),
        ("x + 1", "x - 1", "three", "no single 'three'"),
    ],
)
def test_a_place_that_is_not_there_once_is_refused(
    mutants: ModuleType, old: str, new: str, within: str, wrong: str
) -> None:
    fault = mutants.Mutant("a.py", old, new, (), within)
    with pytest.raises(ValueError, match=wrong):
        fault.put_into(CODE)


def test_a_fault_is_put_where_it_belongs(mutants: ModuleType) -> None:
    """In a method, with the number of its line; all else stays."""
    found, line = mutants.Mutant("a.py", "x + 1", "x - 1", (), "Two.three").put_into(CODE)
    before, _plus, after = CODE.rpartition("+")
    assert (found, line) == (f"{before}-{after}", 7)


@pytest.mark.parametrize(
    ("survives", "found", "good"),
    [
        ([""] * 20, [True] * 20, True),
        (["alike", *[""] * 19], [False, *[True] * 19], True),
        ([""] * 20, [False, *[True] * 19], False),
        (["alike", *[""] * 19], [True] * 20, False),
        ([*["alike"] * 4, *[""] * 16], [*[False] * 4, *[True] * 16], False),
    ],
)
def test_what_is_good_enough(
    mutants: ModuleType,
    survives: list[str],
    found: list[bool],
    good: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No survivor without a reason, no reason without a survivor, and not too many of them."""
    monkeypatch.setattr(mutants, "_place", lambda fault: fault.file)
    faults = [mutants.Mutant("typed.py", "a", "b", (), "", why) for why in survives]
    assert mutants.report(faults, found) == good
