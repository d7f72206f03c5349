"""job_worker: what does the jobs of a store, one at a time."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from tansaku.actor import acting, signed_in
from tansaku.errors import ClusterError, StoreError, TansakuError
from tansaku.language import _, use
from tansaku.services.jobs import StudyRequest, SuggestRequest
from tansaku.services.opened import jobs_of
from tansaku.services.study import Replay, StudyReport, StudyStopped, study, study_of
from tansaku.services.suggest_samples import WeighedSuggestions, suggest
from tansaku.spec import Answer
from tansaku.stages import listening
from tansaku.store import TRIES, Job

BEAT: Final = 1.0
"""Seconds between two signs of life; a person who looks at a job sees it move."""


def work_once(store: str, worker: str, cluster: str = "") -> bool:
    """Do the job that has waited longest, a study by a cluster where one is named; whether there
    was one.

    What nobody foresaw ends the worker, and the job is claimed again; after ``TRIES`` of them it
    counts as failed. A worker that is told to end gives its job back.

    Raises:
        StoreError: the store cannot be used.
    """
    kept = jobs_of(store)
    found = kept.claim(worker)
    if found is None:
        return False
    envelope = json.loads(found.request)
    with use(envelope["language"]), _acting_for(found, envelope["by"]):
        if found.tries > TRIES:
            told = _("Its worker ended {n} times without a word.").format(n=TRIES)
            kept.end(found, "failed", _error("bug", told, _("See the log of the server.")))
            return True
        with _alive(store, found) as pulse:
            try:
                with listening(pulse.step):
                    answer = WORK[found.kind](store, envelope["asked"], found, cluster)
                kept.end(found, "done", _text(answer))
            except StudyStopped as stopped:
                part = _text(StudyReport.of(stopped.study)) if stopped.study else None
                kept.end(found, "cancelled", part)
            except ClusterError as error:  # what its hint says is kept goes with the job
                again = _("Ask for the study again when the cluster is there.")
                kept.end(found, "failed", _error(error.code, error.message, again))
            except TansakuError as error:
                kept.end(found, "failed", _error(error.code, error.message, error.hint))
            except KeyboardInterrupt:
                if not pulse.ending.is_set():
                    raise
                kept.end(found, "cancelled", None)
            except SystemExit:
                kept.release(found)
                raise
    _checkpoint(found).unlink(missing_ok=True)
    return True


def _acting_for(found: Job, by: str | None) -> AbstractContextManager[None]:
    """Who asked for a job makes its changes, and with no more rights than that account has now."""
    return acting(by) if found.account is None else signed_in(found.account)


class Pulse:
    """How far a job is, and whether it is to end."""

    def __init__(self, stages: int) -> None:
        self.ending = Event()
        self.told: dict[str, Any] | None = None
        self._stages = stages
        self._began: dict[str, float] = {}

    def step(self, stage: str, done: int, total: int) -> None:
        """So much of this stage is done.

        Raises:
            KeyboardInterrupt: somebody wants the job to end, which then ends as with Ctrl-C.
        """
        now, left = time.monotonic(), None
        if total:
            began = self._began.setdefault(stage, now)
            to_come = total * (self._stages - len(self._began)) + total - done
            left = (now - began) / done * to_come if done and now > began else None
        self.told = {"stage": stage, "done": done, "total": total, "seconds_left": left}
        if self.ending.is_set():
            raise KeyboardInterrupt


@contextmanager
def _alive(store: str, job: Job) -> Iterator[Pulse]:
    """Say each second that the work goes on, while it does."""
    stages = json.loads(job.request)["asked"].get("strategies", ())
    pulse, over = Pulse(len(stages)), Event()

    def beat() -> None:
        while not over.wait(BEAT):
            try:
                if jobs_of(store).beat(job, json.dumps(pulse.told) if pulse.told else None):
                    pulse.ending.set()
            except StoreError:  # said again in a second; who is silent too long loses the job
                continue

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield pulse
    finally:
        over.set()
        thread.join()


def _checkpoint(job: Job) -> Path:
    """Where the finished searches of a study are kept for the next worker of this machine."""
    return Path(tempfile.gettempdir()) / f"tansaku-{job.id}.checkpoint"


def _study(store: str, asked: Mapping[str, Any], job: Job, cluster: str) -> StudyReport:
    request = StudyRequest.model_validate(asked)
    replayed = Replay(
        strategies=request.strategies,
        runs=request.runs,
        start=request.start,
        steps=request.steps,
        stop_at=request.stop_at,
        in_order=request.in_order,
        seed=request.seed,
        each_start=request.each_start,
        sources=request.sources,
        store=store,
        kept=_checkpoint(job),
        cluster=cluster,
    )
    if request.campaign:
        return study_of(store, request.campaign, replayed)
    return study(
        request.table,
        inputs=request.inputs,
        targets=request.targets,
        replayed=replayed,
        formula=request.formula,
        template=request.template,
        reference=request.reference or None,
        cost=request.cost,
    )


def _suggest(store: str, asked: Mapping[str, Any], _job: Job, _cluster: str) -> WeighedSuggestions:
    request = SuggestRequest.model_validate(asked)
    return suggest(store, request.campaign, **request.options)


WORK: Final[Mapping[str, Callable[[str, Mapping[str, Any], Job, str], Answer]]] = {
    "study": _study,
    "suggest": _suggest,
}
"""{kind of job: what does it}."""


def _text(answer: Answer) -> str:
    return json.dumps(answer.document(), ensure_ascii=False, allow_nan=False)


def _error(code: str, message: str, hint: str) -> str:
    return json.dumps({"code": code, "message": message, "hint": hint}, ensure_ascii=False)
