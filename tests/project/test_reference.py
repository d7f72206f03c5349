"""The reference is complete and current, and what it says of each name is enough to use it."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import tansaku

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """tools/reference.py, which is no package."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_the_page_is_current(reference: ModuleType) -> None:
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page()


def test_every_public_name_has_its_entry(reference: ModuleType) -> None:
    headings = set(reference.PAGE.read_text(encoding="utf-8").splitlines())
    for name in tansaku.__all__:
        assert f"## {name}" in headings
        for member in (
            vars(getattr(tansaku, name)) if inspect.isclass(getattr(tansaku, name)) else ()
        ):
            value = getattr(getattr(tansaku, name), member, None)
            if inspect.isroutine(value) and not member.startswith("_"):
                assert f"### {name}.{member}" in headings


@pytest.mark.parametrize(
    "name", [n for n in tansaku.__all__ if n not in ("__version__", "STRATEGIES")]
)
def test_every_public_name_shows_an_example(name: str) -> None:
    """It runs with the doctests of its module."""
    assert ">>> " in (inspect.getdoc(getattr(tansaku, name)) or "")


def test_what_they_give_back_shows_one_too(reference: ModuleType) -> None:
    for name, module in reference.GIVEN_BACK.items():
        assert ">>> " in (inspect.getdoc(getattr(importlib.import_module(module), name)) or ""), (
            name
        )


def test_arguments_that_a_method_takes_are_told() -> None:
    """Every argument of a public function or of a method of ``Campaign`` stands in its text."""
    functions = [tansaku.study, tansaku.study_campaign]
    functions += [f for n, f in inspect.getmembers(tansaku.Campaign, callable) if n[0] != "_"]
    silent = [
        f"{function.__qualname__}: {name}"
        for function in functions
        for name in inspect.signature(function).parameters
        if name not in ("self", "cls")
        and not re.search(rf"\b{name}\b", inspect.getdoc(function) or "")
    ]
    assert silent == []
