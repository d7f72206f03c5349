"""What all tests share: the data beside the repository, the shipped tables, a quiet Hypothesis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import hypothesis
import pandas as pd
import pytest

from tests import seeds
from tests.databases import Cluster, new_cluster

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

# The same examples in every run, and no deadline: a busy machine is not a failing law.
SAME = hypothesis.settings(deadline=None, derandomize=True, database=None, max_examples=60)
hypothesis.settings.register_profile("tansaku", parent=SAME)
hypothesis.settings.load_profile("tansaku")


def pytest_addoption(parser: pytest.Parser) -> None:
    """--seed-shift: all random numbers of the tests from other seeds (``make test-seeds``)."""
    parser.addoption("--seed-shift", type=int, default=0, help="added to every seed of the tests")
    parser.addoption("--kills", type=int, default=10, help="times a process is killed in a test")
    parser.addoption("--write-golden", action="store_true", help="write the golden set anew")


def pytest_configure(config: pytest.Config) -> None:
    """Examples of Hypothesis are shifted with the rest."""
    seeds.shift = config.getoption("--seed-shift")
    if seeds.shift:
        hypothesis.settings.register_profile("shifted", parent=SAME, derandomize=False)
        hypothesis.settings.load_profile("shifted")
        config.option.hypothesis_seed = str(seeds.shift)


STORIES: Final = (
    "assistants",
    "campaign/test_spaces.py",
    "cli/test_process.py",
    "cli/test_week_of_firings.py",
    "cli/test_workbook_week.py",
    "project/test_course.py::test_the_pages_are_built_and_their_notebooks_run",
    "project/test_documents.py::test_code_runs_as_printed",
    "project/test_examples.py",
    "services",
    "store",
    "studies",
    "tables/test_size_limits.py",
    "web",
)
"""What goes through the whole house, with processes, both databases, servers, browsers and
documents, and whole searches and large files: ``make test-stories``. The laws, ``make test``, are
the others."""

LAWS: Final = ("studies/test_cluster.py",)
"""Laws in rooms of stories: what workers, schedulers and callers cost that are killed."""

LONGEST: Final = tuple(
    f"tests/{each}"
    for each in (
        "project/test_course.py::test_the_pages_are_built_and_their_notebooks_run",
        "studies/test_study.py::test_published_steps_of_the_standard_search",
        "cli/test_process.py::test_ctrl_c_stops_and_loses_nothing",
        "project/test_documents.py::test_code_runs_as_printed",
        "web/test_browser",
    )
)
"""They come first, the longest ones before the others: of two workers none is left waiting."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Of stories or laws alone, files that hold none of them are not even read."""
    place = collection_path.as_posix().removeprefix(f"{ROOT.as_posix()}/tests/")
    if collection_path.suffix != ".py":
        return None
    whole = place.startswith(tuple(each for each in STORIES if "::" not in each))
    whole &= place not in LAWS
    if config.option.markexpr == "story" and not whole:
        return not any(each.startswith(f"{place}::") for each in STORIES) or None
    return (config.option.markexpr == "not story" and whole) or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Stories are marked. Under other seeds only the tests that draw: the others would come out the
    same."""
    for item in items:
        place = item.nodeid.removeprefix("tests/")
        if place.startswith(STORIES) and not place.startswith(LAWS):
            item.add_marker(pytest.mark.story)
    items.sort(key=lambda item: _place(item.nodeid))
    if seeds.shift:
        same = [item for item in items if not _draws(item)]
        config.hook.pytest_deselected(items=same)
        items[:] = [item for item in items if item not in set(same)]


def _place(nodeid: str) -> int:
    """Where a test comes: its place among ``LONGEST``, behind them all others."""
    return next((i for i, each in enumerate(LONGEST) if nodeid.startswith(each)), len(LONGEST))


def _draws(item: pytest.Item) -> bool:
    """Whether a test, or a fixture that it uses, takes random numbers or examples."""
    if not isinstance(item, pytest.Function) or hasattr(item.obj, "hypothesis"):
        return True
    fixtures = [each.func for defs in item._fixtureinfo.name2fixturedefs.values() for each in defs]
    return seeds.reached([item.obj, *fixtures])


@pytest.fixture(autouse=True)
def own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the store, language or device that the person running it has chosen."""
    for name in ("TANSAKU_STORE", "TANSAKU_LANG", "TANSAKU_DEVICE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real tables that are not shipped; a public clone does not have it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real tables of {SHARED_DATA.relative_to(ROOT.parent)} are not here")
    return SHARED_DATA


@pytest.fixture
def lczsp() -> pd.DataFrame:
    """The 49 Si-Ca NASICON compositions, 44 of them measured."""
    from tansaku import datasets

    return datasets.load("lczsp_49")


@pytest.fixture
def lyczp() -> pd.DataFrame:
    """The 47 measured Y-Ca NASICON compositions."""
    from tansaku import datasets

    return datasets.load("lyczp_47")


@pytest.fixture
def own_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registries in which a test may enter names of its own: the others never see them."""
    from tansaku.bo.acquisition import ACQUISITIONS
    from tansaku.bo.kernels import KERNELS
    from tansaku.bo.priors import PRIORS
    from tansaku.bo.surrogates import SURROGATES
    from tansaku.encode import ENCODINGS
    from tansaku.strategy import NAMES

    for each in (ACQUISITIONS, KERNELS, PRIORS, SURROGATES, ENCODINGS):
        monkeypatch.setattr(each, "_entries", dict(each._entries))
        monkeypatch.setattr(each, "_names", set(each._names))
        if each.kind in NAMES:
            monkeypatch.setitem(NAMES, each.kind, each._names)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this run's own."""
    cluster = new_cluster()
    yield cluster
    cluster.remove()
