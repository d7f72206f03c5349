"""Application: the server of one store, put together."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from fastapi import FastAPI

from tansaku import __version__
from tansaku.web import (
    account_routes,
    attachment_routes,
    bench_routes,
    campaign_routes,
    event_stream,
    furnace_pages,
    job_routes,
    loop_routes,
    page_routes,
    server_routes,
    settings_pages,
    source_pages,
    study_pages,
    weighing_pages,
    what_if_pages,
)
from tansaku.web.attempts import Attempts
from tansaku.web.doorkeeper import Doorkeeper
from tansaku.web.event_stream import Streams
from tansaku.web.gate import AccountGate, OpenGate
from tansaku.web.http_errors import ErrorDocument, add_handlers
from tansaku.web.prometheus import Counted, Metrics
from tansaku.web.sending import PREFIX
from tansaku.web.shield import Shielded
from tansaku.web.underway import UnderWay

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
"""Names of the machine itself: only who sits at it can use them."""


def prepare(app: FastAPI) -> None:
    """Look at every route once, as a request does: FastAPI works out what each one takes when the
    first one comes, and somebody would wait for that."""
    nowhere = {"type": "http", "method": "GET", "path": "/ ", "root_path": "", "headers": []}
    for route in app.routes:
        route.matches(nowhere)


def create_app(store: str, *, hosts: Collection[str] = LOOPBACK, accounts: bool = False) -> FastAPI:
    """The server of the ``store`` at a URL, asked under one of these ``hosts``; with ``accounts``
    under any name, by who has one.

    Example:
        >>> app = create_app("sqlite:///tansaku.db")
        >>> app.title, app.state.store
        ('tansaku', 'sqlite:///tansaku.db')
    """
    app = FastAPI(
        title="tansaku",
        version=__version__,
        description="Tells a materials lab which sample to make next.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        responses={"default": {"model": ErrorDocument, "description": "An error"}},
    )
    app.state.store = store
    app.state.metrics = Metrics()
    app.state.attempts = Attempts()
    app.state.under_way = under_way = UnderWay()
    app.state.streams = Streams(store)
    app.state.accounts = accounts
    app.state.gate = AccountGate(store) if accounts else OpenGate()
    pages = (page_routes, weighing_pages, study_pages, furnace_pages, source_pages, what_if_pages)
    of_campaigns = (campaign_routes, event_stream, loop_routes, attachment_routes)
    for routes in (*pages, settings_pages, *of_campaigns, job_routes, bench_routes):
        app.include_router(routes.router)
    app.include_router(account_routes.router)
    app.include_router(account_routes.pages)
    app.include_router(server_routes.router, prefix=PREFIX)
    # Watchers look for these at the root, too.
    app.include_router(server_routes.router, include_in_schema=False)
    add_handlers(app)
    hosts = () if accounts else hosts
    app.add_middleware(Doorkeeper, gate=app.state.gate, hosts=hosts, under_way=under_way)
    app.add_middleware(Shielded)
    app.add_middleware(Counted, metrics=app.state.metrics)
    return app
