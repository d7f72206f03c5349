"""SqlStore: campaigns as append-only event logs in one SQLite file, made on first use.

Nothing is lost when a process is killed: every call is one transaction, written ahead (WAL) and
synced to disk before the call returns. Nothing is lost when two processes write at once: a writer
takes the write lock before it reads (BEGIN IMMEDIATE), so what it has checked stays true.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    NullPool,
    Table,
    create_engine,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from tansaku.campaign.history.records import CampaignDocument, Event, Removed, Renamed, Restored
from tansaku.errors import (
    CampaignExistsError,
    CampaignNotFoundError,
    ConflictError,
    StoreError,
)
from tansaku.language import _
from tansaku.spec import SCHEMA
from tansaku.store.checksums import campaign_link, event_link, seal
from tansaku.store.documents import read_event, read_spec
from tansaku.store.faults import explained
from tansaku.store.location import Location, locate
from tansaku.store.schema import CAMPAIGNS, EVENTS, has_checksums, is_store, prepare

BUSY_SECONDS: Final = 30.0
"""How long a writer waits for another: an append takes milliseconds, so a queue of a whole lab
passes in this time, and a lock that outlasts it is stuck."""

RETRY_SECONDS: Final = 0.02
"""Pause between two tries to switch the journal, about one disk sync."""


TRASHED: Final = "\x1f"
"""Between the name of a campaign in the trash and when it was removed; names are printable."""


def open_store(url: str) -> SqlStore:
    """The store at ``url``, e.g. ``sqlite:///tansaku.db``; the first ``create`` makes its file.

    Raises:
        UsageError: the URL is of no supported kind.
        StoreError: the folder is missing, or the file is no store or cannot be read.
    """
    location = locate(url)
    location.check()
    return SqlStore(location)


class SqlStore:
    """Keeps campaigns as their documents; every call is all or nothing, and survives a crash.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with open_store(f"sqlite:///{folder}/lab.db") as store:
        ...         store.names()
        []
    """

    def __init__(self, location: Location) -> None:
        self.location = location
        self._engine = _engine(location)

    def __enter__(self) -> SqlStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def names(self) -> list[str]:
        """Names of all campaigns, in the order of their making; not of those in the trash."""
        return [key for key in self._keys() if TRASHED not in key]

    def check_trash(self) -> None:
        """Read what is in the trash, as any campaign is read.

        Raises:
            StoreError: something of it cannot be read, or is not as it was written.
        """
        for key in self._keys():
            if TRASHED in key:
                self.load(key)

    def trash(self) -> list[tuple[str, str]]:
        """(name, when) of the campaigns in the trash, the last one removed first."""
        removed = [key.split(TRASHED) for key in self._keys() if TRASHED in key]
        return sorted(((name, at) for name, at in removed), key=lambda each: each[1], reverse=True)

    def _keys(self) -> list[str]:
        with self._reading() as connection:
            if connection is None:
                return []
            return list(connection.scalars(select(CAMPAIGNS.c.name).order_by(CAMPAIGNS.c.id)))

    def create(self, document: CampaignDocument) -> None:
        """Keep a new campaign with all its events.

        Raises:
            CampaignExistsError: the name is taken.
            StoreError: the file cannot be made or written.
        """
        number = max(document.schema_number, document.campaign.schema_number)
        spec = document.campaign.model_copy(update={"schema_number": number})
        with self._writing() as connection:
            if self._id_of(connection, spec.name) is not None:
                raise CampaignExistsError(
                    _("The store {file} has a campaign '{name}' already.").format(
                        file=self.location.file, name=spec.name
                    ),
                    _("Choose another name (import: --name); 'tansaku list' shows those taken."),
                )
            made = connection.execute(
                insert(CAMPAIGNS)
                .values(
                    name=spec.name,
                    spec=spec.model_dump_json(),
                    created=document.events[0].at.isoformat() if document.events else "",
                )
                .returning(CAMPAIGNS.c.id)
            ).scalar_one()
            _insert(connection, made, document.events, after=0)
            seal(connection, made)

    def load(self, name: str) -> CampaignDocument:
        """The whole campaign.

        Raises:
            CampaignNotFoundError: there is none of that name.
            StoreError: the file or what it holds cannot be read.
        """
        with self._reading() as connection:
            found = None
            if connection is not None:
                sealed = has_checksums(connection)
                found = connection.execute(
                    select(*_read_columns(CAMPAIGNS, sealed)).where(CAMPAIGNS.c.name == name)
                ).one_or_none()
            if connection is None or found is None:
                raise self._not_found(name, connection)
            rows = connection.execute(
                select(*_read_columns(EVENTS, sealed))
                .where(EVENTS.c.campaign_id == found.id)
                .order_by(EVENTS.c.number)
            ).all()
        name = name.partition(TRASHED)[0]
        if [row.number for row in rows] != list(range(1, len(rows) + 1)):
            raise StoreError(
                _("The store {file} is damaged: campaign '{name}' lacks events.").format(
                    file=self.location.file, name=name
                ),
                _("Bring back a copy of the file, or name another store with --store."),
            )
        where = _("Campaign '{name}' in {file}").format(name=name, file=self.location.file)
        spec = read_spec(found.spec, where=where)
        document = CampaignDocument(
            schema_number=spec.schema_number,
            campaign=spec,
            events=tuple(
                read_event(
                    row.payload,
                    where=_("{where}, event {number}").format(where=where, number=row.number),
                )
                for row in rows
            ),
        )
        if sealed:
            self._check_seals(found, rows)
        return document

    def _check_seals(self, campaign: Any, rows: Sequence[Any]) -> None:
        """See that all is as it was written.

        Raises:
            StoreError: something was changed since.
        """
        last, broken = "", None
        for row in rows:
            last = event_link(last, row)
            if row.checksum != last:
                broken = _("event {number}").format(number=row.number)
                break
        if broken is None and campaign.checksum != campaign_link(last, campaign):
            broken = _("what it searches")
        if broken is not None:
            raise StoreError(
                _(
                    "The store {file} is damaged: of campaign '{name}', {part} is not as it was"
                    " written."
                ).format(
                    file=self.location.file,
                    name=campaign.name.partition(TRASHED)[0],
                    part=broken,
                ),
                _("Bring back a copy of the file, or name another store with --store."),
            )

    def append(self, name: str, events: Sequence[Event], *, after: int) -> None:
        """Add events behind number ``after``, the length of the log that the caller has read.

        Raises:
            CampaignNotFoundError: there is no campaign of that name.
            ConflictError: the log has grown meanwhile; nothing is stored.
            StoreError: the file cannot be written.
        """
        if not self.location.check():
            raise self._not_found(name, None)
        with self._writing() as connection:
            found = self._id_of(connection, name)
            if found is None:
                raise self._not_found(name, connection)
            last = connection.scalars(
                select(EVENTS.c.number)
                .where(EVENTS.c.campaign_id == found)
                .order_by(EVENTS.c.number.desc())
                .limit(1)
            ).first()
            if (last or 0) != after:
                raise ConflictError(
                    _("Campaign '{name}' was changed by someone else meanwhile.").format(name=name),
                    _("Nothing was stored. Look at 'tansaku history {name}' and try again.").format(
                        name=name
                    ),
                )
            _insert(connection, found, events, after=after)
            if events:
                self._raise_schema(connection, found, name)
                seal(connection, found)

    def rename(self, name: str, event: Renamed) -> None:
        """Give a campaign another name.

        Raises:
            CampaignNotFoundError: there is none of that name.
            CampaignExistsError: the new name is taken.
        """
        self._move(name, event.name, event, spec_name=event.name)

    def remove(self, name: str, event: Removed) -> None:
        """Put a campaign into the trash; its name is free then.

        Raises:
            CampaignNotFoundError: there is none of that name.
        """
        self._move(name, f"{name}{TRASHED}{event.at.isoformat()}", event)

    def restore(self, name: str, event: Restored) -> None:
        """Take the campaign of this name that was removed last out of the trash.

        Raises:
            CampaignNotFoundError: the trash has none of that name.
            CampaignExistsError: the name is taken by another one meanwhile.
        """
        at = next((at for removed, at in self.trash() if removed == name), None)
        if at is None:
            raise CampaignNotFoundError(
                _("The trash of {file} has no campaign '{name}'.").format(
                    file=self.location.file, name=name
                ),
                _("It has: {names}.").format(names=", ".join(dict(self.trash())) or "-"),
            )
        self._move(f"{name}{TRASHED}{at}", name, event)

    def _move(
        self, key: str, to: str, event: Renamed | Removed | Restored, spec_name: str | None = None
    ) -> None:
        """The campaign of this key gets another one, and the event."""
        if not self.location.check():
            raise self._not_found(key, None)
        with self._writing() as connection:
            found = self._id_of(connection, key)
            if found is None:
                raise self._not_found(key, connection)
            if self._id_of(connection, to) is not None:
                raise CampaignExistsError(
                    _("The store {file} has a campaign '{name}' already.").format(
                        file=self.location.file, name=to
                    ),
                    _("Choose another name; 'tansaku list' shows those taken."),
                )
            last = connection.scalar(
                select(func.max(EVENTS.c.number)).where(EVENTS.c.campaign_id == found)
            )
            _insert(connection, found, [event], after=last or 0)
            self._raise_schema(connection, found, key)
            row = CAMPAIGNS.c.id == found
            connection.execute(update(CAMPAIGNS).where(row).values(name=to))
            if spec_name is not None:
                spec = read_spec(
                    connection.scalar(select(CAMPAIGNS.c.spec).where(row)) or "", where=key
                ).model_copy(update={"name": spec_name})
                connection.execute(update(CAMPAIGNS).where(row).values(spec=spec.model_dump_json()))
            seal(connection, found)

    def _raise_schema(self, connection: Connection, campaign: int, name: str) -> None:
        """A campaign of an older version takes this one's number with the first event that this
        version adds: older ones then say why they cannot read it."""
        row = CAMPAIGNS.c.id == campaign
        number = func.json_extract(CAMPAIGNS.c.spec, "$.schema_number")
        if (connection.scalar(select(number).where(row)) or 0) >= SCHEMA:
            return
        where = _("Campaign '{name}' in {file}").format(name=name, file=self.location.file)
        spec = read_spec(connection.scalar(select(CAMPAIGNS.c.spec).where(row)) or "", where=where)
        newer = spec.model_copy(update={"schema_number": SCHEMA})
        connection.execute(update(CAMPAIGNS).where(row).values(spec=newer.model_dump_json()))

    def check(self) -> None:
        """Read the whole file and hold it against its own rules.

        Raises:
            StoreError: the file is damaged.
        """
        with self._reading() as connection:
            if connection is None:
                return
            found = list(connection.scalars(text("PRAGMA integrity_check")))
            found += [str(row) for row in connection.execute(text("PRAGMA foreign_key_check"))]
        if found != ["ok"]:
            raise StoreError(
                _("The store {file} is damaged ({why}).").format(
                    file=self.location.file, why="; ".join(found[:3])
                ),
                _("Bring back a copy of the file, or name another store with --store."),
            )

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        """A consistent view of the store; None where it is not made yet."""
        if not self.location.check():
            yield None
            return
        file = self.location.file
        with explained(file), _to_read(self._engine, file).begin() as connection:
            yield connection if is_store(connection, file) else None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """The one writer: locked from the first statement on, stored whole or not at all."""
        file = self.location.file
        self.location.check()
        with explained(file):
            with self._engine.begin() as connection:
                is_store(connection, file)  # a foreign database is refused before any write
            _write_ahead(self._engine)
            with self._engine.execution_options(writes=True).begin() as connection:
                if prepare(connection, file):
                    for campaign in connection.scalars(select(CAMPAIGNS.c.id)).all():
                        seal(connection, campaign)
                yield connection

    @staticmethod
    def _id_of(connection: Connection, name: str) -> int | None:
        return connection.scalars(select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.name == name)).first()

    def _not_found(self, name: str, connection: Connection | None) -> CampaignNotFoundError:
        if connection is None:
            return CampaignNotFoundError(
                _("There is no campaign '{name}': the store {file} does not exist yet.").format(
                    name=name, file=self.location.file
                ),
                _("Make it with 'tansaku new', or name another store with --store."),
            )
        keys = connection.scalars(select(CAMPAIGNS.c.name).order_by(CAMPAIGNS.c.id))
        known = [key for key in keys if TRASHED not in key]
        return CampaignNotFoundError(
            _("The store {file} has no campaign '{name}'.").format(
                file=self.location.file, name=name
            ),
            _("It has: {names}.").format(names=", ".join(known))
            if known
            else _("It is empty: make one with 'tansaku new'."),
        )


def _read_columns(table: Table, sealed: bool) -> list[Column[Any]]:
    """The columns of a table that are there: older stores have no checksums."""
    return [column for column in table.c if sealed or column.name != "checksum"]


def _engine(location: Location) -> Engine:
    """An engine that connects afresh for each transaction, so that no lock or file is held."""
    engine = create_engine(
        URL.create("sqlite", database=str(location.file)),
        poolclass=NullPool,
        connect_args={"timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where _begin says, not by guess
        # FULL syncs at every commit, so that a power cut loses nothing either; at one commit per
        # command its few milliseconds are not felt.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _to_read(engine: Engine, file: Path) -> Engine:
    """The engine itself; where the place takes no journal, one that reads the file as it lies.

    That is right where nothing waits in a journal: a store at rest, in a folder or on a disk that
    is only read.
    """
    waiting = file.with_name(f"{file.name}-wal")
    if os.access(file.parent, os.W_OK, effective_ids=_EFFECTIVE) and os.access(
        file, os.W_OK, effective_ids=_EFFECTIVE
    ):
        return engine
    if waiting.exists() and waiting.stat().st_size:
        return engine
    return create_engine(
        f"sqlite:///file:{quote(str(file))}?immutable=1&uri=true", poolclass=NullPool
    )


_EFFECTIVE: Final = os.access in os.supports_effective_ids
"""Whether rights can be asked for as they count, where they differ from the account's own."""


def _write_ahead(engine: Engine) -> None:
    """Switch the file to write-ahead logging, which stays with it; readers never block a writer.

    Two processes that make one store at once can each be told "locked" without any wait, since
    SQLite will not let two switches wait for each other; so the wait is here.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    connection = engine.raw_connection()
    try:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorname.startswith("SQLITE_BUSY")
                if not busy or time.monotonic() > deadline:
                    raise DBAPIError("PRAGMA journal_mode = WAL", None, error) from error
            time.sleep(RETRY_SECONDS)
    finally:
        connection.close()


def _insert(connection: Connection, campaign: int, events: Sequence[Event], *, after: int) -> None:
    rows = [
        {
            "campaign_id": campaign,
            "number": after + i,
            "kind": each.kind,
            "payload": each.model_dump_json(),
            "at": each.at.isoformat(),
        }
        for i, each in enumerate(events, start=1)
    ]
    if rows:
        connection.execute(insert(EVENTS), rows)
