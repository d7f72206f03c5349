"""The project's own files, as a fresh clone holds them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = ("build", "dist", "__pycache__")
MADE_PREFIXES = (".", "tansaku-demo", "tansaku.db")
KEPT = (".ci", ".gitignore", ".gitattributes")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def tree() -> list[Path]:
    """Every file of the repository that was written, not made."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if _written(name)]
        found += [Path(folder, name) for name in files if _written(name)]
    return sorted(found)


@pytest.fixture(scope="session")
def sources(tree: list[Path]) -> list[Path]:
    """Every module of the package."""
    return [p for p in tree if p.suffix == ".py" and p.is_relative_to(ROOT / "src")]


def _written(name: str) -> bool:
    made = name in MADE or name.startswith(MADE_PREFIXES) or name.endswith(".egg-info")
    return name in KEPT or not made
