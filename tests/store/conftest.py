"""A made campaign, an empty store of each database, and a user without root's powers."""

from __future__ import annotations

import inspect
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import NullPool, create_engine

from tansaku.campaign.history.records import (
    CampaignDocument,
    CampaignSpec,
    Created,
    Measurement,
    Recorded,
)
from tansaku.space import Space, Target
from tests.databases import NOBODY, Cluster

NOON = datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC)


def _measured(number: int, value: float, note: str = "") -> Measurement:
    inputs = {"x": 0.1}
    return Measurement(
        id=f"m{number}", pool_row=0, inputs=inputs, values={"y": value}, note=note, at=NOON
    )


def _recorded(number: int, value: float = 1.0, note: str = "") -> Recorded:
    return Recorded(at=NOON, measurements=(_measured(number, value, note),))


def _campaign(name: str, *values: float, note: str = "") -> CampaignDocument:
    space = Space.from_matrix(("x",), np.array([[0.1], [0.2], [0.30000000000000004]]))
    return CampaignDocument(
        campaign=CampaignSpec(name=name, space=space, targets=(Target.parse("y:max:log10"),)),
        events=(
            Created(at=NOON, measurements=(_measured(1, 2.56e-5),)),
            *(_recorded(i, value, note) for i, value in enumerate(values, start=2)),
        ),
    )


@pytest.fixture(scope="session")
def recorded() -> Callable[..., Recorded]:
    """``recorded(number, value)``: an event with the measurement m<number>."""
    return _recorded


@pytest.fixture(scope="session")
def campaign() -> Callable[..., CampaignDocument]:
    """``campaign(name, *values)``: three candidates, one event per value behind the creation."""
    return _campaign


@pytest.fixture(scope="session")
def kills(request: pytest.FixtureRequest) -> int:
    """How often a test kills a process at a random moment (``make test-kills``: 200 times)."""
    return int(request.config.getoption("--kills"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a store may be made."""
    return tmp_path / "lab.db"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of ``url`` runs on every database; one that also asks for the ``file``, on SQLite."""
    if "url" in metafunc.fixturenames:
        with_file = "file" in inspect.signature(metafunc.function).parameters
        kinds = ["sqlite"] if with_file else ["sqlite", "postgresql"]
        metafunc.parametrize("url", kinds, indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty store: the ``file``, or a schema of its own on the tests' server."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('file')}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_schema()


def _by_hand(url: str, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount != 0


@pytest.fixture(scope="session")
def by_hand() -> Callable[..., None]:
    """``by_hand(url, statement, ..)``: change a store behind its back, in SQL."""
    return _by_hand


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of this machine can reach (pytest's own is for one user)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@pytest.fixture
def ordinary_user() -> Callable[[], AbstractContextManager[None]]:
    """``with ordinary_user():`` rights count inside, also where the tests run as root."""

    @contextmanager
    def without_powers() -> Iterator[None]:
        root = os.geteuid() == 0
        if root:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)

    return without_powers
