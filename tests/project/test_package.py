"""The package as others get it: what it needs, what travels with it, what its import costs."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.conftest import STORIES

HEAVY = {
    "tansaku": ("torch", "sklearn", "scipy", "pandas", "matplotlib", "sqlalchemy"),
    "tansaku.studies": ("dask", "distributed"),
    "tansaku.cli.main": ("torch", "numpy", "pandas", "matplotlib", "pydantic", "sqlalchemy"),
}


def normal(name: str) -> str:
    """A distribution's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, object]:
    """The project table of pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def pinned(root: Path) -> dict[str, str]:
    """{distribution: version} of constraints.txt."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines]
    return {normal(name): version for name, version in pairs}


def test_every_requirement_has_a_tested_version(
    project: dict[str, object], pinned: dict[str, str]
) -> None:
    """constraints.txt pins whatever pyproject.toml asks for, exactly and without a build label."""
    from packaging.requirements import Requirement

    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    for requirement in map(Requirement, wanted):
        if requirement.name != "tansaku":
            version = pinned[normal(requirement.name)]
            assert requirement.specifier.contains(version), f"{requirement} and {version}"
    assert pinned["torch"] == "2.13.0"
    assert not [version for version in pinned.values() if "+" in version]


@pytest.mark.parametrize("module", HEAVY)
def test_import_is_light(module: str) -> None:
    """Importing the package, or its shell, loads nothing heavy."""
    code = f"import sys, {module}; print(*(set({HEAVY[module]!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_wheel_holds_all_that_is_needed(root: Path, tmp_path: Path) -> None:
    """Catalogues, tables and py.typed travel; tests and data of others do not."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(
        [*command, "--directory", str(tmp_path)], cwd=root, check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("tansaku-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    package = root / "src" / "tansaku"
    expected = {
        f"tansaku/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and path.suffix in {".py", ".csv", ".po", ".mo", ".typed"}
    }
    assert {Path(name).suffix for name in expected} >= {".py", ".csv", ".mo"}
    assert "tansaku/py.typed" in expected
    assert expected <= set(names)
    assert all(name.startswith(("tansaku/", "tansaku-0")) for name in names)
    entry = next(name for name in names if name.endswith("entry_points.txt"))
    assert "tansaku = tansaku.cli.main:main" in zipfile.ZipFile(wheel).read(entry).decode()


def test_every_story_is_there(root: Path) -> None:
    """A story that moved is no law by mistake."""
    for each in STORIES:
        path, _colons, function = each.partition("::")
        place = root / "tests" / path
        assert place.exists(), each
        if function:
            assert f"def {function}(" in place.read_text(encoding="utf-8")
