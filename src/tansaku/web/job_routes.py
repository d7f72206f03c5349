"""Routes of what takes longer than a person waits."""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

from fastapi import APIRouter, Response

from tansaku.services import jobs
from tansaku.web.bodies import StudyBody
from tansaku.web.campaign_routes import refuse_files
from tansaku.web.change_route import ChangeRoute
from tansaku.web.sending import PREFIX, Store, accepted, sent, written

router: Final = APIRouter(prefix=PREFIX, route_class=ChangeRoute, tags=["jobs"])


@router.post("/studies", status_code=202, response_model=jobs.JobReport)
def study(body: StudyBody, store: Store) -> Response:
    """Replay searches on a finished table or campaign; the answer is a job."""
    body.check()
    refuse_files(body.sources, "body.sources")
    return accepted(jobs.submit(store, body))


@router.get("/jobs", response_model=jobs.JobList)
def last_jobs(store: Store) -> Response:
    """The last jobs, the newest first."""
    return sent(jobs.jobs(store))


@router.get("/jobs/{id}", response_model=jobs.JobReport)
def job(id: str, store: Store) -> Response:
    """How far a job is, how long it will take, and what it has found."""
    return sent(jobs.job(store, id))


@router.get("/jobs/{id}/plot", response_class=Response)
def figure(id: str, store: Store, format: Literal["png", "svg", "pdf"] = "png") -> Response:
    """The figure of a study."""
    return written(f".{format}", partial(jobs.plot_study, store, id))


@router.delete("/jobs/{id}", response_model=jobs.JobReport)
def cancel(id: str, store: Store) -> Response:
    """End a job."""
    return sent(jobs.cancel(store, id))
