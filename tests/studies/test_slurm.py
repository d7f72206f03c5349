"""Studies in jobs of Slurm, a real one: the same as by one machine, and no job stays behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import pandas as pd
import pytest

import tansaku as tk
from tansaku.errors import ClusterError
from tansaku.studies import dask_workers, replay
from tansaku.studies.stopped import StudyStopped
from tests.slurm import Slurm, new_slurm
from tests.studies.test_checkpoint import same
from tests.studies.test_cluster import ONE


@pytest.fixture(scope="module")
def running() -> Iterator[Slurm]:
    """A Slurm that all tests share, and Dask's settings for it, before a test changes them."""
    ours = signal.getsignal(signal.SIGINT)
    dask_workers._slurm_cluster()
    assert signal.getsignal(signal.SIGINT) is ours
    found = new_slurm()
    yield found
    found.remove()


@pytest.fixture
def slurm(running: Slurm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Slurm:
    """The same, as the one of this process; what jobs say stays in the test's folder."""
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(replay, "MOST_RUNS", 1)
    monkeypatch.setattr(dask_workers, "RENEWAL", 0.5)
    return running


@pytest.fixture(autouse=True)
def nothing_left(slurm: Slurm) -> Iterator[None]:
    """However a study ends, its jobs do."""
    yield
    slurm.wait(lambda: not slurm.jobs(), "a study has left jobs")


def test_a_job_that_ends_is_submitted_again(slurm: Slurm, lczsp: pd.DataFrame) -> None:
    """Here: one with two workers, all there are."""
    seen: dict[str, str] = {}

    def progress(_name: str, done: int, _total: int) -> None:
        for each in set(slurm.jobs()) - set(seen):
            seen[each] = slurm.ask("scontrol", "show", "job", each)
        if done and len(seen) == 1:
            slurm.ask("scancel", *seen)
            slurm.wait(lambda: not slurm.jobs(), "scancel ends no job")

    size = {"cores": 2, "memory": "4GB", "account": "ceramics"}
    with dask.config.set({f"jobqueue.slurm.{name}": value for name, value in size.items()}):
        found = tk.study(lczsp, cluster="slurm:2", progress=progress, **ONE)
    assert same(found, tk.study(lczsp, **ONE))
    assert len(seen) == 2
    for said in seen.values():
        assert "NumCPUs=2" in said
        assert "Account=ceramics" in said
        assert "Partition=short" in said


def test_ctrl_c_takes_back_jobs_that_wait(slurm: Slurm, lczsp: pd.DataFrame) -> None:
    def progress(_name: str, _done: int, _total: int) -> None:
        if slurm.ask("squeue", "--noheader", "--format=%t") == "PD\nPD":
            raise KeyboardInterrupt

    with (
        dask.config.set({"jobqueue.slurm.queue": "closed"}),
        pytest.raises(StudyStopped, match="0 of 16 searches"),
    ):
        tk.study(lczsp, cluster="slurm:2", progress=progress, **ONE)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"queue": "long"},
            r"takes no job: invalid partition specified: long; .* name specified\. ",
        ),
        ({"python": "no-such-python"}, r"end before a worker comes from them\. .*slurm-NUMBER"),
        ({"interface": "ib9"}, r"no such settings: .*'ib9' is not a valid network interface"),
        ({"memory": "much"}, r"no such settings: .*'much'"),
    ],
)
def test_settings_that_lead_to_nothing(
    slurm: Slurm, lczsp: pd.DataFrame, settings: dict[str, Any], said: str
) -> None:
    with (
        dask.config.set({f"jobqueue.slurm.{name}": value for name, value in settings.items()}),
        pytest.raises(ClusterError, match=said) as told,
    ):
        tk.study(lczsp, cluster="slurm:2", **ONE)
    assert "jobqueue.yaml" in told.value.hint


def test_a_machine_without_slurm(
    lczsp: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("PATH", str(tmp_path))
        with pytest.raises(ClusterError, match="no sbatch here"):
            tk.study(lczsp, cluster="slurm:2", **ONE)
