"""Queries in a store of many labs are answered out of indexes: plans of both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tansaku.campaign.history.records import CampaignDocument, Recorded
from tansaku.store import SqlStore, open_store, sealed
from tests.plans import asked_by_a_lab, counted, fill, plan, read_whole, reading_whole, worked

OTHERS, EVENTS, JOBS = 1000, 200, 20_000
"""Campaigns beside the one that is asked for, their events each, and jobs that are done, as many
as there are answers."""

FILLED = (
    "INSERT INTO campaigns (id, name, spec, created, checksum)"
    f" {counted(OTHERS)} i + 1000, 'other ' || i, '{{}}', '', '' FROM n",
    "INSERT INTO events (campaign_id, number, kind, payload, at, checksum)"
    f" {counted(EVENTS)} campaigns.id, i, 'recorded', '{{}}', '', ''"
    " FROM n CROSS JOIN campaigns WHERE campaigns.id > 1000",
    *worked(JOBS),
)


@pytest.fixture
def large(url: str, campaign: Callable[..., CampaignDocument]) -> Iterator[SqlStore]:
    """A store with a campaign ``one`` among a thousand, and 200,000 events of theirs."""
    with open_store(url) as opened:
        opened.create(campaign("one", 1e-5))
        fill(opened, *FILLED)
        yield opened


def test_a_plan_that_reads_a_table_whole_is_seen(large: SqlStore) -> None:
    with large.database.reading() as connection:
        assert connection is not None
        told = plan(connection, "SELECT * FROM events WHERE payload = 'x'", ())
    assert read_whole(told) == ["events"]


def test_what_a_lab_asks_for_is_found_in_indexes(
    large: SqlStore, recorded: Callable[..., Recorded]
) -> None:
    assert len(sealed(large.database)) == OTHERS + 1
    statements = asked_by_a_lab(large, "one", recorded(3))
    assert sum("events" in statement for statement, _values in statements) >= 4
    for table in ("jobs", "answers"):
        assert any(table in statement for statement, _values in statements)
    assert reading_whole(large, statements) == {}
