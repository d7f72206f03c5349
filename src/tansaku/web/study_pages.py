"""Study pages: strategies replayed on what a campaign has measured, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from tansaku.language import _
from tansaku.services import jobs, status
from tansaku.services.opened import campaign_name
from tansaku.strategy import STRATEGIES
from tansaku.web.page_routes import addresses
from tansaku.web.rendering import page
from tansaku.web.sending import PREFIX, Name, Store

router: Final = APIRouter(include_in_schema=False)

RUNS: Final = 100
"""Searches per strategy: a probability is then known to 10 % (95 %, at worst), within a minute."""

START: Final = 6
"""Random samples before the strategy is asked, as ``tansaku.study`` has it."""

COMPARED: Final = ("random", "standard")
"""What is compared where nothing else is said."""


@router.get("/campaigns/{name}/study")
def study(request: Request, name: Name, store: Store) -> Response:
    """What to replay, and earlier studies of this campaign."""
    found = status.status(store, name)
    done = [each for each in jobs.jobs(store).jobs if each.kind == "study"]
    return page(
        request,
        "study.jinja",
        status=found,
        strategies=[(each, strategies().get(each, "")) for each in STRATEGIES],
        compared=COMPARED,
        runs=RUNS,
        start=max(1, min(START, found.measured - 1)),
        studies=[
            (each, states()[each.state], datetime.fromisoformat(each.made))
            for each in done
            if each.campaign and campaign_name(each.campaign) == found.campaign
        ],
        studies_api=f"{PREFIX}/studies",
        **addresses(name),
    )


@router.get("/campaigns/{name}/study/{id}")
def one_study(request: Request, name: Name, id: str, store: Store) -> Response:
    """How far a study is, or what it has found."""
    job = jobs.job(store, id)
    found = jobs.study_of_job(store, id) if job.result else None
    return page(
        request,
        "study_job.jinja",
        campaign=name,
        job=job,
        state=states()[job.state],
        found=found and found.study,
        conclusion=found.conclusion if found else "",
        job_api=f"{PREFIX}/jobs/{id}",
        **addresses(name),
    )


def strategies() -> dict[str, str]:
    """What the strategies that most people compare do."""
    return {
        "random": _("draws at random, without a model"),
        "standard": _("what this program suggests by"),
        "space_filling": _("the same, its first samples spread evenly"),
        "lecture": _("the simple model of the textbooks"),
        "alone": _("the standard without older data"),
    }


def states() -> dict[str, str]:
    """How a job can stand."""
    return {
        "waiting": _("waiting"),
        "running": _("running"),
        "done": _("done"),
        "failed": _("failed"),
        "cancelled": _("cancelled"),
    }
