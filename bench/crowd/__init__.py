"""A crowd on one campaign: processes that each read it and then record, at the same time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import NamedTuple

import numpy as np

from tansaku.campaign.campaign import Campaign
from tansaku.space import Discrete
from tansaku.store import open_store

WORKER = """
import json, sys, time
from tansaku.errors import TansakuError
from tansaku.services.record import record_at
from tansaku.services.status import status

url, me, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
waits, refused = [], []
print("ready", flush=True)
sys.stdin.readline()
for k in range(times):
    begun = time.monotonic()
    try:
        status(url, "crowd")
        record_at(url, "crowd", {"who": me, "what": k}, {"y": me + k / 1000}, confirm=True)
    except TansakuError as error:
        refused.append(str(error))
    waits.append(time.monotonic() - begun)
print(json.dumps({"waits": waits, "refused": refused}))
"""


class Crowd(NamedTuple):
    """What came of it: seconds in all, seconds of each read and recording, and what went wrong."""

    seconds: float
    waits: list[float]
    refused: list[str]
    lost: int
    doubled: int


def crowd(url: str, processes: int, times: int) -> Crowd:
    """Let ``processes`` read and record ``times`` each in a new campaign of the store at ``url``,
    each candidate once, and look at what is there afterwards."""
    campaign = Campaign.from_space(
        [
            Discrete(name="who", values=tuple(map(float, range(processes)))),
            Discrete(name="what", values=tuple(map(float, range(times)))),
        ],
        target="y",
        name="crowd",
    )
    with open_store(url) as store:
        store.create(campaign.document)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, url, str(me), str(times)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for me in range(processes)
    ]
    for each in workers:  # all have loaded what they need before the first one begins
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    begun = time.monotonic()
    for each in workers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    said = [json.loads(each.communicate()[0]) for each in workers]
    seconds = time.monotonic() - begun
    with open_store(url) as store:
        store.check()
        found = Campaign(store.load("crowd"))
    results = [(m.inputs["who"], m.inputs["what"]) for m in found.state.measurements]
    assert len({m.id for m in found.state.measurements}) == len(results)
    return Crowd(
        seconds,
        [wait for each in said for wait in each["waits"]],
        [text for each in said for text in each["refused"]],
        processes * times - len(set(results)),
        len(results) - len(set(results)),
    )


def line(kind: str, found: Crowd) -> str:
    """A row of the table of docs/benchmarks.md."""
    median, high = np.quantile(found.waits, [0.5, 0.95])
    times = f"{found.seconds:.0f} s | {median:.2f} s | {high:.2f} s | {max(found.waits):.2f} s"
    return f"| {kind} | {times} | {found.lost} | {found.doubled} | {len(found.refused)} |"
