"""Studies by a cluster: the same as by one machine, whoever is killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pandas as pd
import psutil
import pytest
from distributed import Client, LocalCluster

import tansaku as tk
from tansaku.bo.acquisition import ACQUISITIONS
from tansaku.design import Design
from tansaku.errors import ClusterError, UnknownNameError, UsageError
from tansaku.language import use
from tansaku.services.job_worker import work_once
from tansaku.services.jobs import StudyRequest, job, submit
from tansaku.strategy import STRATEGIES
from tansaku.studies import Study, checkpoint, dask_workers, replay
from tansaku.studies import cluster as named
from tansaku.studies.stopped import StudyStopped
from tests.campaign.conftest import measured, searched
from tests.studies.test_checkpoint import same
from tests.web.test_jobs import untimed

ONE: dict[str, Any] = {
    "inputs": ["x_Si", "y_Ca"],
    "target": "sigma_S_cm:max:log10",
    "strategies": ["random", "standard"],
    "runs": 8,
    "start": 3,
    "steps": 9,
}
CHUNKS = 8


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """One run a chunk."""
    monkeypatch.setattr(replay, "MOST_RUNS", 1)


@dataclass
class Processes:
    """A scheduler and its workers, each with a nanny that starts it again."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: subprocess.Popen[bytes]

    @classmethod
    def started(cls, folder: Path, n: int) -> Processes:
        """So many workers of a scheduler that is told of in this folder."""
        told = folder / "scheduler.json"
        scheduler = _started(
            "dask_scheduler", "--host=127.0.0.1", "--port=0", f"--scheduler-file={told}"
        )
        workers = _started(
            "dask_worker", f"--scheduler-file={told}", f"--nworkers={n}", "--nthreads=1"
        )
        while not told.exists() or not told.read_text().strip():
            time.sleep(0.05)
        address = pd.read_json(told, typ="series")["address"]
        return cls(address, scheduler, workers)

    def pids(self) -> list[int]:
        """Of the workers that are there."""
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(1)
            return [*client.run(os.getpid).values()]

    def busy(self) -> int:
        """Tasks that workers have."""
        with Client(self.address, set_as_default=False) as client:
            return sum(map(len, client.processing().values()))

    def end(self) -> None:
        """The workers first, who would else look for the scheduler."""
        for each in (self.workers, self.scheduler):
            each.terminate()
            each.wait(20)


def _started(program: str, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{program}", "--no-dashboard", *options]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Two workers that all tests share."""
    found = Processes.started(tmp_path_factory.mktemp("dask"), 2)
    yield found
    found.end()


Deed = Callable[[], object]


def once(deed: Deed, chunks: int = 2) -> Callable[[str, int, int], None]:
    """Do something when so many chunks are finished."""
    left = [deed]

    def progress(_name: str, done: int, _total: int) -> None:
        if left and done >= chunks * (ONE["steps"] - ONE["start"]):
            left.pop()()

    return progress


def kept(file: Path) -> int:
    """Searches in a checkpoint."""
    return checkpoint.read(file).runs if file.exists() else 0


def test_a_cluster_finds_what_one_machine_finds(
    processes: Processes, lczsp: pd.DataFrame, lyczp: pd.DataFrame
) -> None:
    """One goal, several with costs, older data, and a campaign with failures."""
    goals = ["sigma_lowT_S_cm:max", "relative_density:max"]
    few: dict[str, Any] = {"strategies": ["standard"], "runs": 2, "start": 3, "steps": 5}
    older = {"source": lyczp, "source_inputs": ["x_Y", "y_Ca"], "match": ["x_Si=x_Y", "y_Ca=y_Ca"]}
    older |= {"source_target": "sigma_lowT_S_cm"}
    campaign = measured(searched(), lczsp, step=4)
    campaign.record_at({"x": 0.3, "y": 0.3}, status="failed")
    studies: list[Callable[..., Study]] = [
        lambda **more: tk.study(lczsp, **ONE, **more),
        lambda **more: tk.study(
            lyczp, inputs=["x_Y", "y_Ca"], target=goals, cost="1 + x_Y", **few, **more
        ),
        lambda **more: tk.study(lczsp, **(ONE | few), **older, **more),
        lambda **more: tk.study_campaign(campaign, **few, **more),
    ]
    for study in studies:
        told: dict[str, list[tuple[int, int]]] = defaultdict(list)
        found = study(
            cluster=processes.address,
            progress=lambda name, *counts, to=told: to[name].append(counts),
        )
        assert same(found, study())
        for counts in told.values():
            assert counts == sorted(counts)
            assert counts[-1][0] == counts[-1][1]


def lives(pid: int) -> bool:
    """Whether a process is there and does something; one that has ended may wait for its parent."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_processes_of_this_machine(capfd: pytest.CaptureFixture[str]) -> None:
    """They share its memory, nobody else reaches them, they say nothing, and end with the study."""
    with named.workers_of("local:2") as workers:
        assert isinstance(workers, dask_workers.DaskWorkers)
        workers.client.wait_for_workers(2)
        known = workers.client.scheduler_info()["workers"].values()
        assert [each["nthreads"] for each in known] == [1, 1]
        share = dask_workers.MEMORY_LIMIT // 3
        assert [each["memory_limit"] for each in known] == [share, share]
        assert workers.address.startswith("tls://127.0.0.1:")
        with pytest.raises(OSError, match=r"Timed out|Connection reset"):
            Client(workers.address.replace("tls", "tcp"), timeout="1s", set_as_default=False)
        pids = workers.client.run(os.getpid).values()
        pool = Design(np.linspace(0, 1, 9)[:, None], ("x",))
        search = replay.PoolSearch(pool, pool.X * (1 - pool.X), 6, STRATEGIES["standard"], 0)
        begin = replay.starts(9, 4, 2, 0, each=False)
        found = replay.replay(search, begin, workers=workers)
        assert np.array_equal(found, replay.replay(search, begin))
        threads = workers.client.run(lambda: __import__("torch").get_num_threads())
        assert [*threads.values()] == [1, 1]
    assert not any(lives(pid) for pid in pids)
    assert capfd.readouterr() == ("", "")


def test_a_killed_worker_costs_time(processes: Processes, lczsp: pd.DataFrame) -> None:
    killed = processes.pids()[0]
    found = tk.study(
        lczsp,
        cluster=processes.address,
        progress=once(lambda: os.kill(killed, signal.SIGKILL)),
        **ONE,
    )
    assert killed not in processes.pids()
    assert same(found, tk.study(lczsp, **ONE))


def test_a_killed_scheduler_costs_what_was_under_way(
    processes: Processes, lczsp: pd.DataFrame, tmp_path: Path
) -> None:
    """What had come back is kept, the error says where, and the same call goes on from there."""
    file = tmp_path / "study.checkpoint"
    ours = Processes.started(tmp_path, 1)
    with pytest.raises(ClusterError, match=r"connection .* is lost") as told:
        tk.study(
            lczsp,
            cluster=ours.address,
            checkpoint=file,
            progress=once(ours.scheduler.kill),
            **ONE,
        )
    ours.workers.kill()
    ours.end()
    assert str(file) in told.value.hint
    assert 2 <= kept(file) < 2 * CHUNKS
    begun: list[int] = []
    found = tk.study(
        lczsp,
        cluster=processes.address,
        checkpoint=file,
        progress=lambda _name, done, _total: begun.append(done),
        **ONE,
    )
    assert begun[0] >= 2 * (ONE["steps"] - ONE["start"])
    assert same(found, tk.study(lczsp, **ONE))


def test_a_killed_client_costs_what_was_under_way(
    processes: Processes, lczsp: pd.DataFrame, tmp_path: Path
) -> None:
    """The workers stop as nobody waits for them."""
    file = tmp_path / "study.checkpoint"
    # a script without a guard: nothing of it may run in a worker
    script = f"""
        import tansaku as tk
        from tansaku.studies import replay
        replay.MOST_RUNS = 1
        tk.study(tk.datasets.load("lczsp_49"), cluster={processes.address!r},
                 checkpoint={str(file)!r}, **{ONE!r})
    """
    client = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    while kept(file) < 2:
        time.sleep(0.02)
    client.kill()
    client.wait()
    assert 2 <= kept(file) < 2 * CHUNKS
    while processes.busy():
        time.sleep(0.1)
    assert same(tk.study(lczsp, checkpoint=file, **ONE), tk.study(lczsp, **ONE))


def test_ctrl_c_stops_the_workers(
    processes: Processes, lczsp: pd.DataFrame, tmp_path: Path
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(StudyStopped) as told:
        tk.study(lczsp, cluster=processes.address, progress=once(stop), **ONE)
    assert 2 <= told.value.done < 2 * CHUNKS
    while processes.busy():
        time.sleep(0.1)


def test_other_versions(
    processes: Processes, lczsp: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are named; nothing of such a worker counts."""
    monkeypatch.setattr(dask_workers, "computed_by", lambda: "tansaku 0.0.9, torch 2.0")
    with pytest.raises(
        ClusterError, match=r"has tansaku 0\.1.* program tansaku 0\.0\.9, torch 2"
    ) as e:
        tk.study(lczsp, cluster=processes.address, **ONE)
    assert "Install the same versions" in e.value.hint


def test_a_worker_without_tansaku(lczsp: pd.DataFrame) -> None:
    """Here: one that has Dask and nothing else on its path."""
    code = """
        import sys
        sys.modules["tansaku"] = None  # an import of it fails
        from distributed.cli.dask_worker import main
        main()
    """
    with LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as alone:
        options = ["--no-nanny", "--no-dashboard", "--nthreads=1"]
        worker = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), alone.scheduler_address, *options],
            stderr=subprocess.DEVNULL,
        )
        with pytest.raises(ClusterError, match=r"has no tansaku.*, this program tansaku 0\.1"):
            tk.study(lczsp, cluster=alone.scheduler_address, **ONE)
        worker.kill()  # told to end, it takes its time to say goodbye
        worker.wait()


def test_too_little_memory(lczsp: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_workers, "MEMORY_LIMIT", 2 * 200_000_000)  # torch alone takes more
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        pytest.raises(
            ClusterError, match=r"1 workers, .* at the searches of random from number"
        ) as e,
    ):
        tk.study(lczsp, cluster="local:1", **ONE)
    assert "more memory" in e.value.hint
    assert "--out FOLDER" in e.value.hint


def test_nobody_works(lczsp: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_workers, "PATIENCE", 0.5)
    with LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty:
        address = empty.scheduler_address
        with pytest.raises(ClusterError, match="has no worker") as told:
            tk.study(lczsp, cluster=address, **ONE)
    assert f"dask worker {address} --nthreads 1" in told.value.hint
    monkeypatch.setattr(dask_workers, "CONNECT", 0.5)
    with pytest.raises(ClusterError, match=f"No scheduler answers at {address}") as told:
        tk.study(lczsp, cluster=address, **ONE)
    assert "dask scheduler" in told.value.hint
    with pytest.raises(ClusterError, match="no certificate for tls"):
        tk.study(lczsp, cluster="tls://127.0.0.1:9", **ONE)


@pytest.mark.parametrize(
    "text",
    ["local:0", "local:-1", "local:two", "tcp://", "tcp://host", "host:8786", "pbs:4", "slurm:"],
)
def test_text_that_names_no_cluster(text: str, lczsp: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match=f"'{text}' names no cluster") as told:
        tk.study(lczsp, cluster=text, **ONE)
    assert "tcp://HOST:PORT" in told.value.hint


def test_what_it_takes_is_named(lczsp: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named, "find_spec", lambda name: None if name == "distributed" else name)
    with pytest.raises(UsageError, match="needs distributed, which is not installed") as told:
        tk.study(lczsp, cluster="local:2", **ONE)
    assert "tansaku[cluster]" in told.value.hint


@pytest.mark.usefixtures("own_registries")
def test_an_error_of_a_chunk_speaks_the_language_of_who_asks(
    processes: Processes, lczsp: pd.DataFrame
) -> None:
    """Here: what is registered in this process only."""
    ACQUISITIONS.register("mine")(ACQUISITIONS["ei"])
    strategy = STRATEGIES["standard"].but(acquisition="mine")
    with use("ja"), pytest.raises(UnknownNameError, match=r"mine.*ありません"):
        tk.study(lczsp, cluster=processes.address, **(ONE | {"strategies": [strategy]}))


def test_the_studies_of_a_server(
    processes: Processes, lczsp: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its jobs; without a cluster such a job has failed."""
    store = f"sqlite:///{tmp_path}/lab.db"
    rows = lczsp.dropna()[["x_Si", "y_Ca", "sigma_S_cm"]].to_dict("records")
    request = StudyRequest(
        table=tuple(rows), inputs=("x_Si", "y_Ca"), targets=("sigma_S_cm:max",), runs=3, steps=8
    )
    monkeypatch.setattr(dask_workers, "CONNECT", 0.5)
    found = []
    for where in ("", processes.address, "tcp://127.0.0.1:9"):
        asked = submit(store, request).job
        assert work_once(store, "w", where)
        found.append(job(store, asked))
    here, there, nowhere = found
    assert (here.state, there.state, nowhere.state) == ("done", "done", "failed")
    results = [untimed(each.result) for each in (here, there) if each.result]
    assert results[0] == results[1]
    assert nowhere.error is not None
    assert nowhere.error.code == "cluster"
    assert "Ask for the study again" in nowhere.error.hint
