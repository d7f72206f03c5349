"""Salvage: what can still be read of a damaged SQLite store, as a new store.

Of each campaign the longest beginning of its log is kept whose checksums hold: what is kept is as
it was written. The damaged file is only read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tansaku.campaign.attachments import digest
from tansaku.errors import StoreError, UsageError
from tansaku.files import Staged
from tansaku.language import _
from tansaku.store.checksums import campaign_link, event_link
from tansaku.store.contents import put_contents
from tansaku.store.documents import read_event, read_spec
from tansaku.store.location import locate
from tansaku.store.schema import TRASHED
from tansaku.store.sql import SqlStore
from tansaku.store.sqlite import SqliteDatabase
from tansaku.store.sqlite_pages import Record, records_of
from tansaku.store.store_document import EventRow, WrittenCampaign, insert_campaign

TRIES: Final = 200
"""Links, from the last one back, that a campaign's own checksum is tried with: its row is as old as
its last event, and that of an earlier state is rarely left in the file."""


class SavedCampaign(NamedTuple):
    """What became of a campaign.

    Attributes:
        name: Its name; ``None`` where that cannot be read.
        removed: Whether it was in the trash.
        saved: Events that are in the new store; 0 where it is not there.
        lost: Events that are known to be missing; where the end of a log is gone, there may have
            been more.
        checked: Whether what it searches is as it was written: its checksum holds.
        whole: Whether all of it is there, as it was written.
    """

    name: str | None
    removed: bool
    saved: int
    lost: int
    checked: bool
    whole: bool


class _Found(NamedTuple):
    """What was read of one campaign: rows of it, of its events, and the numbers that they had."""

    rows: list[tuple[Any, ...]]
    events: dict[int, list[EventRow]]
    numbers: set[int]

    @property
    def sealed(self) -> bool:
        """Whether anything of it has a checksum: in a store of the first layout nothing has."""
        return any(row[-1] for row in self.rows) or any(
            each.checksum for rows in self.events.values() for each in rows
        )


def salvage(url: str, out: Path) -> list[SavedCampaign]:
    """Put what can be read of the store at ``url`` into the new one in the file ``out``.

    Raises:
        UsageError: that is no SQLite store.
        StoreError: there is no file, nothing of it can be saved, or ``out`` is there or cannot be
            written.
    """
    database = locate(url)
    if not isinstance(database, SqliteDatabase):
        raise UsageError(
            _("{store} is a database of a server, and no file that could be salvaged.").format(
                store=database.name
            ),
            database.bring_back,
        )
    records = _records(database.file)
    campaigns = _campaigns(records)
    sealed = any(found.sealed for found in campaigns.values())
    saved, kept, taken = [], [], set[str]()
    for id, found in campaigns.items():
        told, campaign = _saved(id, found, taken, sealed=sealed)
        saved.append(told)
        if campaign is not None:
            kept.append(campaign)
            taken.add(campaign.name)
    if not kept:
        raise StoreError(
            _("No campaign can be read in {file}.").format(file=database.name), database.bring_back
        )
    with Staged() as staged:
        with SqlStore(SqliteDatabase(staged.reserve(out), shown=out)) as store:
            with store.filling() as target:
                for each in kept:
                    insert_campaign(store, target, each)
                put_contents(target, _contents(records))
            store.check()
        staged.put()
    return saved


def _records(file: Path) -> list[Record]:
    try:
        return records_of(file)
    except OSError as error:
        raise StoreError(
            _("The store {file} cannot be read: {why}.").format(file=file, why=error.strerror),
            _("Check the rights on the file and its folder."),
        ) from error


def _contents(records: Sequence[Record]) -> dict[str, bytes]:
    """The contents of attached files that are as they were attached."""
    return {
        sha256: content
        for _rowid, values in records
        if len(values) == 2
        for sha256, content in [values]
        if isinstance(content, bytes) and digest(content) == sha256
    }


def _campaigns(records: Sequence[Record]) -> dict[int, _Found]:
    """{id: what was read of that campaign}, of tables and of the index of events."""
    found: dict[int, _Found] = {}
    entries = []
    for rowid, values in records:
        match values:
            case (int(id), int(number), str(kind), str(payload), str(at), *rest) if len(rest) < 2:
                row = EventRow(number, kind, payload, at, str(rest[0] or "") if rest else "")
                one = found.setdefault(id, _Found([], {}, set()))
                one.events.setdefault(number, []).append(row)
                one.numbers.add(number)
            case (None, str(), str(), str(), *rest) if rowid and len(rest) < 2:
                one = found.setdefault(rowid, _Found([], {}, set()))
                one.rows.append((*values[1:4], str(rest[0] or "") if rest else ""))
            case (int(id), int(number), int()) if rowid is None:
                entries.append((id, number))
    for id, number in entries:
        if id in found:
            found[id].numbers.add(number)
    return dict(sorted(found.items()))


def _saved(
    id: int, found: _Found, taken: set[str], *, sealed: bool
) -> tuple[SavedCampaign, WrittenCampaign | None]:
    """What became of a campaign, and the campaign, where any of it can be kept."""
    log = _beginning(found.events, sealed=sealed)
    name, spec, created, last = _row(found, log, sealed=sealed)
    lost = len(found.numbers - {each.number for each in log})
    called, _sign, removed = name.partition(TRASHED)
    if not log or not spec:
        lost += len(log)
        return SavedCampaign(called or None, bool(removed), 0, lost, False, False), None
    checked = last is not None
    whole = checked and last == log[-1].checksum and not lost
    if name in taken:
        called = f"{called} ({id})"
        name = name.replace(name.partition(TRASHED)[0], called, 1)
        spec = read_spec(spec, where=called).model_copy(update={"name": called}).model_dump_json()
    checksum = campaign_link(log[-1].checksum, name, spec, created)
    campaign = WrittenCampaign(name, spec, created, checksum, log)
    return SavedCampaign(called, bool(removed), len(log), lost, checked, whole), campaign


def _beginning(events: Mapping[int, Sequence[EventRow]], *, sealed: bool) -> list[EventRow]:
    """The longest beginning of a log whose checksums hold; where there are none, whose texts can be
    read."""
    log: list[EventRow] = []
    while True:
        last, number = (log[-1].checksum if log else ""), len(log) + 1
        for each in events.get(number, ()):
            link = event_link(last, number, each.kind, each.payload, each.at)
            if link == each.checksum or (not sealed and _readable(each)):
                log.append(each._replace(checksum=link))
                break
        else:
            return log


def _row(
    found: _Found, log: Sequence[EventRow], *, sealed: bool
) -> tuple[str, str, str, str | None]:
    """Name, spec and making of a campaign, and the latest link with which its checksum holds; else
    of a row whose spec can be read, without a link."""
    rows = dict.fromkeys(found.rows)
    later = [e for n in sorted(found.events) if n > len(log) for e in found.events[n]]
    links = [each.checksum for each in (*log, *later) if each.checksum]
    for link in links[: -TRIES - 1 : -1]:
        for name, spec, created, checksum in rows:
            if campaign_link(link, name, spec, created) == checksum:
                return name, spec, created, link
    for name, spec, created, _checksum in rows:
        if _names_itself(name, spec):
            return name, spec, created, log[-1].checksum if log and not sealed else None
    return (next(iter(rows))[0] if rows else ""), "", "", None


def _readable(event: EventRow) -> bool:
    try:
        return read_event(event.payload, where="").kind == event.kind
    except StoreError:
        return False


def _names_itself(name: str, spec: str) -> bool:
    try:
        return read_spec(spec, where="").name == name.partition(TRASHED)[0]
    except StoreError:
        return False
