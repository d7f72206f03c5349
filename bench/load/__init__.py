"""Load: a server under many clients, and one with many measurements."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

import httpx
import numpy as np
from sqlalchemy import text

from bench.recording.__main__ import campaign
from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import Recorded
from tansaku.services.opened import create
from tansaku.space import Discrete
from tansaku.store import JobQueue, LogEnds, SqlStore, new_job, open_store
from tests.plans import NOTHING, asked_by_a_lab, fill, reading_whole, worked

T = TypeVar("T")
API: Final = "/api/v1/campaigns"
CROWDED: Final = 5
"""Campaigns that the clients of a crowd share."""

SIDE: Final = 20
"""Settings of each of the two inputs of such a campaign."""

READS: Final = ("", "/measurements?limit=50", "/history?limit=50", "/suggestions", "/pool?limit=50")
RECORDED: Final = 5
"""Every so manieth request is a recording, the others are reads."""

JOBS: Final = 20
"""Jobs that were done for each campaign, and answers that are kept."""


class Load(NamedTuple):
    """What a crowd met: seconds of each read and recording, what went wrong, and how many results
    were acknowledged and are not there, or are there and were not acknowledged."""

    reads: list[float]
    recordings: list[float]
    errors: list[str]
    lost: int
    doubled: int


class Grown(NamedTuple):
    """What large campaigns cost.

    Attributes:
        seconds: {what is asked: seconds of the first time, and of the later ones}.
        size: Bytes of the store.
        read_whole: {statement: plan} of those that read a table from end to end that grows.
    """

    seconds: dict[str, list[float]]
    size: int
    read_whole: dict[str, str]


@contextmanager
def served(store: str) -> Iterator[str]:
    """The URL of a server of this store, in a process of its own."""
    command = [sys.executable, "-m", "tansaku", "serve", "--port", "0", "--workers", "0", "--json"]
    process = subprocess.Popen(
        [*command, "--store", store], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert process.stdout is not None
        yield json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")["url"]
    finally:
        process.terminate()
        process.communicate()


def crowd(store: str, clients: int, seconds: float, pause: float) -> Load:
    """Let so many clients read and record for a time, each with about this pause in seconds between
    an answer and its next request, and count what is stored afterwards."""
    axes = [Discrete(name=name, values=tuple(map(float, range(SIDE)))) for name in "ab"]
    for k in range(CROWDED):
        made = Campaign.from_space(axes, target="y", name=f"crowd {k}")
        with open_store(store) as opened:
            opened.create(made.document)
    found = Load([], [], [], 0, 0)
    acknowledged: set[str] = set()

    async def one(http: httpx.AsyncClient, me: int, until: float) -> None:
        rng = np.random.default_rng(me)
        await asyncio.sleep(rng.uniform(0, pause))
        n = 0
        while time.monotonic() < until:
            place = f"{API}/crowd {me % CROWDED}"
            begun = time.monotonic()
            try:
                if n % RECORDED == me % RECORDED:
                    a, b = map(int, rng.integers(SIDE, size=2))
                    body = {"at": {"a": a, "b": b}, "results": {"y": a + n / 1e3}, "confirm": True}
                    note = f"{me} {n}"
                    answer = await http.post(f"{place}/measurements", json=body | {"note": note})
                    waits = found.recordings
                else:
                    answer = await http.get(place + READS[int(rng.integers(len(READS)))])
                    waits = found.reads
                waits.append(time.monotonic() - begun)
                if not answer.is_success:
                    found.errors.append(answer.text)
                elif waits is found.recordings:
                    acknowledged.add(note)
            except httpx.HTTPError as error:
                found.errors.append(repr(error))
            n += 1
            await asyncio.sleep(rng.uniform(0.5, 1.5) * pause)

    async def all_of_them(url: str) -> None:
        limits = httpx.Limits(max_connections=clients)
        async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
            for k in range(CROWDED):
                (await http.get(f"{API}/crowd {k}")).raise_for_status()
            until = time.monotonic() + seconds
            await asyncio.gather(*(one(http, me, until) for me in range(clients)))

    with served(store) as url:
        asyncio.run(all_of_them(url))
    stored: list[str] = []
    with open_store(store) as opened:
        opened.check()
        for k in range(CROWDED):
            state = Campaign(opened.load(f"crowd {k}")).state
            stored += [m.note for m in state.measurements]
    return found._replace(
        lost=len(acknowledged - set(stored)), doubled=len(stored) - len(set(stored))
    )


def filled(store: str, campaigns: int, measurements: int) -> list[dict[str, float]]:
    """Make so many campaigns with so many measurements each, and jobs that were done; settings
    that are not measured in any of them."""
    document, free = campaign(measurements)
    made = Campaign(document)
    with open_store(store) as opened:
        for k in range(campaigns):
            spec = document.campaign.model_copy(update={"name": f"c{k}"})
            # What the one before adds up to is not added up again.
            made = Campaign(document.model_copy(update={"campaign": spec}), before=made)
            create(opened, made, made.status())
        fill(opened, *worked(JOBS * campaigns))
    return free


def grown(store: str, campaigns: int, measurements: int, repeats: int = 5) -> Grown:
    """How long a server takes over so many campaigns with so many measurements each, what they
    take on disk, and what the database reads from end to end."""
    free = filled(store, campaigns, measurements)
    asks = iter(free)
    found: dict[str, list[float]] = {}
    page = f"?limit=50&offset={measurements - 50}"

    def time_of(what: str, ask: Callable[[], T]) -> T:
        begun = time.perf_counter()
        answer = ask()
        found.setdefault(what, []).append(time.perf_counter() - begun)
        if isinstance(answer, httpx.Response):
            answer.raise_for_status()
        return answer

    with served(store) as url, httpx.Client(base_url=url, timeout=600) as http:

        def record() -> httpx.Response:
            body = {"at": next(asks), "results": {"y": 0.5}, "confirm": True}
            return http.post(f"{API}/c0/measurements", json=body)

        def follow() -> None:
            """Until somebody who looks at the campaign is told of a result."""
            with http.stream("GET", f"{API}/c0/events") as events:
                lines = events.iter_lines()
                next(lines)
                record().raise_for_status()
                assert any(line.startswith("data:") for line in lines)

        # Those of the beginning of the list: what a server has in mind, it has of the end.
        for what, ask in {
            "list": lambda: http.get(API),
            "page of the list": lambda: http.get(f"{API}?limit=50"),
            "open": lambda: http.get(f"{API}/c0"),
            "page of measurements": lambda: http.get(f"{API}/c0/measurements{page}"),
            "page of events": lambda: http.get(f"{API}/c0/history{page}"),
        }.items():
            for _ in range(1 + repeats):
                time_of(what, ask)
        for _ in range(1 + repeats):
            time_of("record", record)
            time_of("list after one has changed", lambda: http.get(API))
            time_of("told to who follows", follow)
            time_of("last jobs", lambda: http.get("/api/v1/jobs"))
    with open_store(store) as opened:
        jobs, ends = JobQueue(opened.database), LogEnds(opened.database)
        for _ in range(1 + repeats):
            time_of("look for who follows", lambda: ends.of(["c0"]))
            jobs.add(new_job("study", NOTHING)._replace(state="running", worker="silent", beat=""))
            taken = time_of("job taken over", lambda: jobs.claim("worker"))
            assert taken is not None
            jobs.end(taken, "done", None)
        last = opened.load("c0").events[-1]
        assert isinstance(last, Recorded)
        statements = asked_by_a_lab(opened, "c0", last)
        return Grown(found, size(opened), reading_whole(opened, statements))


def size(store: SqlStore) -> int:
    """Bytes of a store, its indexes included."""
    with store.database.reading() as connection:
        assert connection is not None
        if connection.dialect.name == "sqlite":
            pages = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        else:
            pages = (
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'"
                " AND relnamespace = current_schema()::regnamespace"
            )
        return int(connection.scalar(text(pages)) or 0)
