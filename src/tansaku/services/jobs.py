"""jobs: what takes longer than a person waits is done by a worker, and asked for again later."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from tansaku.actor import actor
from tansaku.errors import RequestError, UnknownNameError, UsageError
from tansaku.files import write_whole
from tansaku.language import _, current
from tansaku.services.change_request import change_request
from tansaku.services.new import Row
from tansaku.services.opened import jobs_of, load
from tansaku.services.source import GivenSource
from tansaku.spec import Answer, Spec
from tansaku.store import Job, JobState, new_job
from tansaku.studies.study_document import StudyDocument
from tansaku.studies.study_figure import conclusion, study_figure

SHOWN: Final = 100
"""Jobs of a list, the newest first."""


class StudyRequest(Spec):
    """What is replayed: a campaign by its name, or the rows of a finished table; and how."""

    campaign: str | None = None
    table: tuple[Row, ...] = ()
    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ("random", "standard")
    runs: int = Field(default=1000, ge=1)
    start: int = Field(default=6, ge=1)
    each_start: bool = False
    steps: int | None = Field(default=None, ge=1)
    stop_at: float | None = Field(default=None, gt=0, lt=1)
    in_order: bool = False
    seed: int = Field(default=0, ge=0)
    formula: str = ""
    template: str = ""
    reference: dict[str, float] = {}
    cost: str | None = None
    sources: tuple[GivenSource, ...] = ()

    def check(self) -> None:
        """See that one thing is replayed.

        Raises:
            RequestError: a campaign and a table, or neither.
        """
        if bool(self.campaign) == bool(self.table):
            raise RequestError(
                _("A study is of a campaign or of a table, one of the two."),
                _("Send 'campaign', or 'table' with 'inputs' and 'targets'."),
                path="body.campaign",
            )


class SuggestRequest(Spec):
    """What :func:`~tansaku.services.suggest_samples.suggest` is asked."""

    campaign: str
    options: dict[str, Any]


class JobProgress(Answer):
    """How far a job is: ``done`` of ``total`` steps of the present ``stage``."""

    stage: str
    done: int
    total: int


class JobError(Answer):
    """Why a job failed."""

    code: str
    message: str
    hint: str


class JobReport(Answer):
    """A job.

    Attributes:
        job: Its id.
        kind: What is done: ``study``, ``suggest``.
        campaign: Of which campaign; ``None`` of a table.
        made: When it was asked for, UTC.
        ended: When it ended, UTC.
        seconds_left: At the pace of the present stage; ``None`` while that is not known.
        result: The document of what was asked for; of a study that was cancelled, of the searches
            that were finished.
    """

    job: str
    kind: str
    campaign: str | None = None
    state: JobState
    made: str
    ended: str | None
    progress: JobProgress | None
    seconds_left: float | None
    result: dict[str, Any] | None
    error: JobError | None


class JobList(Answer):
    """The last jobs, the newest first, without their results."""

    jobs: tuple[JobReport, ...]


def submit(store: str, request: StudyRequest | SuggestRequest) -> JobReport:
    """Have this done by a worker.

    Raises:
        CampaignNotFoundError: suggestions are asked for of a campaign that is not there.
        RightsError: an account may only look.
        RepeatedRequestError: it was asked for before, under the same key.
    """
    if isinstance(request, SuggestRequest):
        load(store, request.campaign, to="editor")
    kind = "study" if isinstance(request, StudyRequest) else "suggest"
    envelope = {"language": current(), "by": actor(), "asked": request.model_dump(mode="json")}
    job = new_job(kind, json.dumps(envelope, ensure_ascii=False, allow_nan=False))
    report = _report(job)
    jobs_of(store).add(job, kept=change_request().kept(report))
    return report


def job(store: str, id: str) -> JobReport:
    """The job of this id.

    Raises:
        UnknownNameError: there is none.
    """
    found = jobs_of(store).get(id)
    if found is None:
        raise UnknownNameError(
            _("There is no job '{id}'.").format(id=id), _("GET /jobs lists the last ones.")
        )
    return _report(found)


def jobs(store: str) -> JobList:
    """The last jobs."""
    found = [_report(each) for each in jobs_of(store).last(SHOWN)]
    return JobList(jobs=tuple(each.model_copy(update={"result": None}) for each in found))


class FoundStudy(Answer):
    """What a study has found, and what it comes to in a sentence."""

    study: StudyDocument
    conclusion: str


def study_of_job(store: str, id: str) -> FoundStudy:
    """What a study has found; of one that was cancelled, in the searches that were finished.

    Raises:
        UnknownNameError: there is no job of that id.
        UsageError: it is no study, or has found nothing yet.
    """
    found = job(store, id)
    if found.kind != "study" or found.result is None:
        raise UsageError(
            _("The job '{id}' has found nothing that could be drawn.").format(id=id),
            _("Ask for a study that is done."),
        )
    told = {name: found.result[name] for name in StudyDocument.model_fields if name in found.result}
    study = StudyDocument.model_validate(told)
    return FoundStudy(study=study, conclusion=conclusion(study))


def plot_study(store: str, id: str, out: Path) -> None:
    """Draw what a study has found, into a .png, .svg or .pdf file.

    Raises:
        UnknownNameError, UsageError: as :func:`study_of_job`.
    """
    figure = study_figure(study_of_job(store, id).study)
    write_whole(out, figure.content(out.suffix.lstrip(".")), force=True)


def cancel(store: str, id: str) -> JobReport:
    """End a job: one that waits at once, a study that runs at its next step. A suggestion that is
    being worked out is finished.

    Raises:
        UnknownNameError: there is none of that id.
    """
    job(store, id)
    jobs_of(store).stop(id)
    return job(store, id)


def _report(found: Job) -> JobReport:
    told = json.loads(found.progress) if found.progress else None
    left = told.pop("seconds_left") if told else None
    answer = json.loads(found.answer) if found.answer else None
    failed = found.state == "failed"
    if left is not None and found.beat:
        # It goes on while nobody looks.
        silent = datetime.now(UTC) - datetime.fromisoformat(found.beat)
        left = max(left - silent.total_seconds(), 0.0)
    return JobReport(
        job=found.id,
        kind=found.kind,
        campaign=json.loads(found.request)["asked"].get("campaign"),
        state=found.state,
        made=found.made,
        ended=found.ended,
        progress=told,
        seconds_left=left if found.state == "running" else None,
        result=None if failed else answer,
        error=answer if failed else None,
    )
