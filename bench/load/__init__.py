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
from typing import Final, NamedTuple

import httpx
import numpy as np

from bench.recording.__main__ import campaign
from tansaku.campaign.campaign import Campaign
from tansaku.services.opened import create
from tansaku.space import Discrete
from tansaku.store import open_store

API: Final = "/api/v1/campaigns"
CROWDED: Final = 5
"""Campaigns that the clients of a crowd share."""

SIDE: Final = 20
"""Settings of each of the two inputs of such a campaign."""

READS: Final = ("", "/measurements?limit=50", "/history?limit=50", "/suggestions", "/pool?limit=50")
RECORDED: Final = 5
"""Every so manieth request is a recording, the others are reads."""


class Load(NamedTuple):
    """What a crowd met: seconds of each read and recording, what went wrong, and how many results
    were acknowledged and are not there, or are there and were not acknowledged."""

    reads: list[float]
    recordings: list[float]
    errors: list[str]
    lost: int
    doubled: int


class Grown(NamedTuple):
    """Seconds of the first time, and of the later ones, of what is asked of large campaigns."""

    listed: list[float]
    opened: list[float]
    recorded: list[float]
    relisted: list[float]


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


def grown(store: str, campaigns: int, measurements: int, repeats: int = 5) -> Grown:
    """How long a server takes over so many campaigns with so many measurements each: the list, one
    that is opened, one more result in it, and the list behind that."""
    document, free = campaign(measurements)
    with open_store(store) as opened:
        for k in range(campaigns):
            spec = document.campaign.model_copy(update={"name": f"c{k}"})
            made = Campaign(document.model_copy(update={"campaign": spec}))
            create(opened, made, made.status())
    with served(store) as url, httpx.Client(base_url=url, timeout=600) as http:

        def seconds(ask: Callable[[], httpx.Response]) -> float:
            begun = time.monotonic()
            ask().raise_for_status()
            return time.monotonic() - begun

        listed = [seconds(lambda: http.get(API)) for _ in range(1 + repeats)]
        # Those of the beginning of the list: what a server has in mind, it has of the end.
        opened_ = [seconds(lambda k=k: http.get(f"{API}/c{k}")) for k in (0, *[0] * repeats)]
        recorded, relisted = [], []
        for k in range(1 + repeats):
            body = {"at": free[k], "results": {"y": 0.5}, "confirm": True}
            recorded.append(seconds(lambda b=body: http.post(f"{API}/c0/measurements", json=b)))
            relisted.append(seconds(lambda: http.get(API)))
    return Grown(listed, opened_, recorded, relisted)
