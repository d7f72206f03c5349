"""Work that takes longer: jobs in the store, claimed by workers, that outlive both."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from starlette.testclient import TestClient

from tansaku.bo import engine
from tansaku.services import job_worker, opened
from tansaku.services.job_worker import WORK, work_once
from tansaku.services.jobs import StudyRequest, job, submit
from tansaku.services.opened import jobs_of
from tansaku.services.study import Replay, study
from tansaku.stages import stage
from tansaku.store import TRIES, job_queue
from tansaku.web import workers
from tansaku.web.workers import Workers
from tests.web.conftest import API, LAB, ROWS

FINISHED = [row for row in ROWS if row["y"] is not None]
STUDY: dict[str, Any] = {
    "table": FINISHED,
    "inputs": ["a", "b"],
    "targets": ["y:max:log10"],
    "strategies": ["random", "standard"],
    "runs": 4,
    "start": 2,
}


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """``work(function)``: what the worker does in place of a study."""
    return lambda function: monkeypatch.setitem(WORK, "study", function)  # type: ignore[arg-type]


def test_a_study_is_a_job(lab: TestClient, store: str) -> None:
    """Its result is the document of ``study --json``."""
    taken = lab.post(f"{API}/studies", json=STUDY)
    assert taken.status_code == 202
    place = taken.headers["location"]
    assert taken.json()["state"] == "waiting"
    assert place == f"{API}/jobs/{taken.json()['job']}"
    assert work_once(store, "w")
    found = lab.get(place).json()
    assert (found["state"], found["error"]) == ("done", None)
    replayed = Replay(strategies=["random", "standard"], runs=4, start=2)
    expected = study(FINISHED, inputs=["a", "b"], targets=["y:max:log10"], replayed=replayed)
    assert untimed(found["result"]) == untimed(expected.document())
    assert not work_once(store, "w")


def untimed(document: dict[str, Any]) -> dict[str, Any]:
    """A study without the seconds that it took."""
    for each in document["strategies"]:
        del each["seconds"]
    return document


def test_a_suggestion_may_be_a_job(lab: TestClient, store: str) -> None:
    """Where the caller or the size of the space asks for it, with the same answer."""
    body = {"n": 2, "seed": 1, "by": "Sato"}
    taken = lab.post(f"{LAB}/suggestions", json=body, headers={"Prefer": "respond-async"})
    assert taken.status_code == 202
    assert lab.get(LAB).json()["pending"] == 0
    assert work_once(store, "w")
    found = lab.get(taken.headers["location"]).json()
    assert found["result"] == lab.get(f"{LAB}/suggestions").json() | {
        name: found["result"][name] for name in ("strategy", "seed", "model", "notices")
    }
    again = lab.post(f"{LAB}/suggestions", json=body).json()
    for each in (found["result"], again):
        for suggestion in each["suggestions"]:
            suggestion.pop("id")
    assert found["result"]["suggestions"] == again["suggestions"]


def test_large_spaces_are_jobs(lab: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MANY_CANDIDATES", 11)
    assert lab.post(f"{LAB}/suggestions", json={}).status_code == 202


def test_what_fails_says_so(lab: TestClient, store: str) -> None:
    """In the language of whoever asked."""
    wrong = STUDY | {"strategies": ["none"]}
    taken = lab.post(f"{API}/studies?lang=ja", json=wrong).json()
    work_once(store, "w")
    found = lab.get(f"{API}/jobs/{taken['job']}").json()
    assert (found["state"], found["result"]) == ("failed", None)
    assert found["error"]["code"] == "unknown-name"
    assert "戦略" in found["error"]["message"]
    for body in ({}, STUDY | {"campaign": "lab"}):
        assert lab.post(f"{API}/studies", json=body).json()["error"]["path"] == "body.campaign"
    assert lab.get(f"{API}/jobs/none").status_code == 404
    assert lab.delete(f"{API}/jobs/none").status_code == 404


def test_a_job_is_asked_for_once(lab: TestClient, store: str) -> None:
    key = {"Idempotency-Key": "a"}
    found = [lab.post(f"{API}/studies", json=STUDY, headers=key) for _ in range(2)]
    assert [each.status_code for each in found] == [202, 202]
    assert found[0].json() == found[1].json()
    assert [each["job"] for each in lab.get(f"{API}/jobs").json()["jobs"]] == [
        found[0].json()["job"]
    ]


def test_a_job_that_waits_is_cancelled(lab: TestClient, store: str) -> None:
    taken = lab.post(f"{API}/studies", json=STUDY).json()
    assert lab.delete(f"{API}/jobs/{taken['job']}").json()["state"] == "cancelled"
    assert not work_once(store, "w")


def test_a_study_that_runs_is_cancelled(lab: TestClient, store: str) -> None:
    """At its next step; progress and the time that is left are told before."""
    long = STUDY | {"runs": 100_000, "strategies": ["random", "standard"]}
    place = f"{API}/jobs/{lab.post(f'{API}/studies', json=long).json()['job']}"
    worker = Thread(target=work_once, args=(store, "w"))
    worker.start()
    seen = lab.get(place).json()
    while not (seen["progress"] and seen["seconds_left"]):
        assert worker.is_alive()
        time.sleep(0.05)
        seen = lab.get(place).json()
    assert seen["state"] == "running"
    assert 0 < seen["progress"]["done"] <= seen["progress"]["total"]
    lab.delete(place)
    worker.join(timeout=60)
    found = lab.get(place).json()
    assert found["state"] == "cancelled"
    finished = [each["runs"] for each in (found["result"] or {"strategies": []})["strategies"]]
    assert sum(finished) < 200_000


def test_a_suggestion_that_is_worked_out_is_cancelled(
    lab: TestClient, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what it is at meanwhile; nothing of it is stored."""

    def endless(*_given: Any, **_options: Any) -> None:
        while True:
            stage("comparing", 1, 4)
            time.sleep(0.01)

    monkeypatch.setattr(engine, "propose", endless)
    taken = lab.post(f"{LAB}/suggestions", json={}, headers={"Prefer": "respond-async"})
    place = taken.headers["location"]
    worker = Thread(target=work_once, args=(store, "w"))
    worker.start()
    until(lambda: lab.get(place).json()["progress"] is not None)
    assert lab.get(place).json()["progress"] == {"stage": "comparing", "done": 1, "total": 4}
    lab.delete(place)
    worker.join(timeout=60)
    assert lab.get(place).json()["state"] == "cancelled"
    assert lab.get(LAB).json()["pending"] == 0


def test_each_job_is_done_by_one_worker(shared: str, work: Callable[[Any], None]) -> None:
    """Twelve jobs, four workers at once, on every database."""
    done: list[str] = []

    def note(_store: str, asked: Any, found: Any, _cluster: str) -> Any:
        done.append(found.id)
        time.sleep(0.05)
        return submit_report(shared, found.id)

    work(note)
    asked = [submit(shared, StudyRequest(campaign=str(i))).job for i in range(12)]

    def until_empty(name: str) -> None:
        while work_once(shared, name):
            pass

    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(until_empty, "abcd"))
    assert sorted(done) == sorted(asked)
    assert {job(shared, each).state for each in asked} == {"done"}


def submit_report(store: str, id: str) -> Any:
    """Any answer."""
    return job(store, id)


def test_the_job_of_a_silent_worker_is_claimed_again(
    shared: str, work: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what the silent one says later counts no more; after some deaths the job has failed."""
    asked = submit(shared, StudyRequest(campaign="lab")).job
    queue = jobs_of(shared)
    first = queue.claim("a")
    assert first is not None
    assert queue.claim("b") is None
    monkeypatch.setattr(job_queue, "LEASE", timedelta(seconds=-1))
    second = queue.claim("b")
    assert second is not None
    assert (second.id, second.tries) == (asked, 2)
    assert queue.beat(first, None)
    queue.end(first, "done", "{}")
    assert job(shared, asked).state == "running"
    assert not queue.beat(second, None)
    for _ in range(TRIES - 2):
        queue.claim("c")
    work(lambda *_: pytest.fail("it was tried often enough"))
    assert work_once(shared, "d")
    found = job(shared, asked)
    assert found.state == "failed"
    assert found.error is not None
    assert f"{TRIES} times" in found.error.message


def test_a_worker_that_is_told_to_end_gives_its_job_back(
    store: str, work: Callable[[Any], None]
) -> None:
    work(lambda *_: sys.exit(0))
    asked = submit(store, StudyRequest(campaign="lab")).job
    for _ in range(TRIES + 2):  # which is no fault of the job
        with pytest.raises(SystemExit):
            work_once(store, "w")
    assert job(store, asked).state == "waiting"


def until(condition: Callable[[], bool], seconds: float = 600) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_jobs_outlive_the_server(tmp_path: Path) -> None:
    """Killed in the middle of a study (of a second), server and worker; the next ones finish it,
    from where it was."""
    store = f"sqlite:///{tmp_path}/lab.db"
    request = STUDY | {"runs": 1500, "strategies": ["standard"]}
    asked = submit(store, StudyRequest(**request)).job
    code = f"""
import time
from tansaku.web.workers import Workers
if __name__ == "__main__":
    with Workers({store!r}, 1):
        time.sleep(1000)
"""
    script = tmp_path / "server.py"
    script.write_text(code, encoding="utf-8")
    server = subprocess.Popen([sys.executable, str(script)], start_new_session=True)
    try:
        until(lambda: job(store, asked).state == "running")
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    assert job(store, asked).state == "running"
    found = jobs_of(store).get(asked)
    assert found is not None
    long_ago = "2026-01-01T00:00:00+00:00"
    with jobs_of(store)._writing() as connection:
        queued = job_queue.JOBS
        connection.execute(queued.update().values(beat=long_ago))
    with Workers(store, 1):
        until(lambda: job(store, asked).state == "done")
    result = job(store, asked).result
    assert result is not None
    replayed = Replay(strategies=["standard"], runs=1500, start=2)
    expected = study(FINISHED, inputs=["a", "b"], targets=["y:max:log10"], replayed=replayed)
    assert untimed(result) == untimed(expected.document())


@pytest.fixture
def own_signals() -> Iterator[None]:
    """A worker in this process: its signals are this one's again."""
    ours = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    workers._TOLD.clear()
    for each, handler in ours.items():
        signal.signal(each, handler)


@pytest.mark.usefixtures("own_signals")
def test_a_worker_ends_where_python_loses_what_its_signal_raises(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is raised while an object is tidied up goes nowhere; it ends with its next look."""
    looks: list[int] = []

    class Dying:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0)  # here it is raised

    def look(*_asked: object) -> bool:
        looks.append(1)
        Dying()
        return True

    monkeypatch.setattr(sys, "unraisablehook", lambda _lost: looks.append(0))
    monkeypatch.setattr(job_worker, "work_once", look)
    submit(store, StudyRequest(**STUDY))
    workers.work(store, os.getppid())
    assert looks == [1, 0]


@pytest.mark.usefixtures("own_signals")
def test_a_worker_that_is_told_while_it_loads_what_does_jobs_takes_none(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is raised in the middle of an import; the job is another worker's."""
    looks: list[int] = []

    class Loading(ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name == "work_once":
                os.kill(os.getpid(), signal.SIGTERM)
                looks.append(1)  # which was not broken off
            return getattr(job_worker, name)

    monkeypatch.setitem(sys.modules, job_worker.__name__, Loading("loading"))
    asked = submit(store, StudyRequest(**STUDY)).job
    workers.work(store, os.getppid())
    assert looks == [1]
    assert job(store, asked).state == "waiting"


def test_a_worker_that_nobody_asked_for_a_job_is_small(store: str) -> None:
    """PyTorch, pandas and SciPy are loaded for the first."""
    code = f"""
import sys
from tansaku.services.opened import jobs_of
from tansaku.web.workers import work
assert not jobs_of({store!r}).waits()
print(sorted(sys.modules.keys() & {{"torch", "pandas", "scipy", "matplotlib"}}))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
