"""Known logs: what a store has read of its campaigns, so that it need not read it again.

A log only grows, and the checksum of an event stands for all before it: where the last event that
is known is still there with its checksum, only those behind it are new.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final, NamedTuple

from tansaku.campaign.history.records import CampaignSpec, Event

MOST_EVENTS: Final = 50_000
"""Events that are kept in all, about 150 MB; beyond them the campaign that was asked for longest
ago is forgotten."""


class KnownLog(NamedTuple):
    """The log of one campaign as far as it was read, its last checksum, and what it searches."""

    events: tuple[Event, ...] = ()
    last: str = ""
    text: str = ""
    spec: CampaignSpec | None = None


NOTHING_READ: Final = KnownLog()


class KnownLogs:
    """The logs that are known, by the id of their campaign; several threads may use it."""

    def __init__(self) -> None:
        self._logs: OrderedDict[int, KnownLog] = OrderedDict()
        self._lock = Lock()

    def get(self, campaign: int) -> KnownLog:
        """What is known of a campaign, which is its last use."""
        with self._lock:
            if campaign not in self._logs:
                return NOTHING_READ
            self._logs.move_to_end(campaign)
            return self._logs[campaign]

    def put(self, campaign: int, log: KnownLog) -> None:
        """Keep this; what was used longest ago makes room."""
        with self._lock:
            self._logs[campaign] = log
            self._logs.move_to_end(campaign)
            held = sum(len(each.events) for each in self._logs.values())
            while held > MOST_EVENTS and len(self._logs) > 1:
                held -= len(self._logs.popitem(last=False)[1].events)
