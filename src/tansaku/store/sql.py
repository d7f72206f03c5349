"""SqlStore: campaigns as append-only event logs, the same on every kind of database.

Nothing is lost when a process is killed or two write at once: every call is one transaction, and
a change locks its campaign before it looks at the log (see ``sqlite.py`` and ``postgresql.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from tansaku.actor import bound_account
from tansaku.campaign.history.records import CampaignDocument, Event, Removed, Renamed, Restored
from tansaku.campaign.keeping import NO_CONTENTS
from tansaku.errors import (
    CampaignExistsError,
    CampaignNotFoundError,
    ConflictError,
)
from tansaku.language import _
from tansaku.spec import SCHEMA
from tansaku.store.accounts import let_in
from tansaku.store.answers import KeptAnswer, find_answer, keep_answer
from tansaku.store.checksums import Chain, campaign_link, event_link
from tansaku.store.contents import Contents, put_contents
from tansaku.store.copying import follow_all
from tansaku.store.database import Database
from tansaku.store.documents import read_event, read_spec
from tansaku.store.known_logs import NOTHING_READ, KnownLog, KnownLogs
from tansaku.store.location import locate
from tansaku.store.rights import Role, rights
from tansaku.store.schema import (
    CAMPAIGNS,
    EVENTS,
    TRASHED,
    WITH_CHECKSUMS,
    WITH_SERVER,
    read_columns,
)
from tansaku.store.summaries import put_summary


def open_store(url: str, *, keeps: bool = False) -> SqlStore:
    """The store at ``url``, e.g. ``sqlite:///tansaku.db``; the first ``create`` makes it. One that
    ``keeps`` what it has read reads only what is new when a campaign is loaded again.

    Raises:
        UsageError: the URL is of no supported kind.
    """
    return SqlStore(locate(url), keeps=keeps)


class SqlStore:
    """Keeps campaigns as their documents; every call is all or nothing, and survives a crash.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with open_store(f"sqlite:///{folder}/lab.db") as store:
        ...         store.names()
        []
    """

    def __init__(self, database: Database, *, keeps: bool = False) -> None:
        self.database = database
        self.keeps = keeps
        self._known = KnownLogs()

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
        """Let go of the database."""
        self.database.close()

    @property
    def contents(self) -> Contents:
        """The contents of attached files."""
        return Contents(self.database)

    def names(self) -> list[str]:
        """Names of all campaigns, in the order of their making; not of those in the trash."""
        return [key for key in self._keys() if TRASHED not in key]

    def trash(self) -> list[tuple[str, str]]:
        """(name, when) of the campaigns in the trash, the last one removed first."""
        removed = [key.split(TRASHED) for key in self._keys() if TRASHED in key]
        return sorted(((name, at) for name, at in removed), key=lambda each: each[1], reverse=True)

    def _keys(self) -> list[str]:
        with self.database.reading() as connection:
            if connection is None:
                return []
            return self._visible(connection)

    def _visible(self, connection: Connection) -> list[str]:
        """The keys of the campaigns that whoever asks may look at."""
        own = rights(self.database, connection)
        rows = connection.execute(select(CAMPAIGNS.c.id, CAMPAIGNS.c.name).order_by(CAMPAIGNS.c.id))
        return [row.name for row in rows if own.may("viewer", row.id)]

    def answer(self, key: str) -> KeptAnswer | None:
        """What was answered to the change of this key."""
        with self.database.reading() as connection:
            if connection is None or self.database.layout(connection) < WITH_SERVER:
                return None
            return find_answer(connection, key)

    def create(
        self, document: CampaignDocument, *, kept: KeptAnswer | None = None, summary: str = ""
    ) -> None:
        """Keep a new campaign with all its events and contents, and what is answered and told of
        it.

        Raises:
            CampaignExistsError: the name is taken.
            RepeatedRequestError: there is an answer under the same key.
            StoreError: the file cannot be made or written.
        """
        number = max(document.schema_number, document.campaign.schema_number)
        spec = document.campaign.model_copy(update={"schema_number": number})
        rows, last = _log(document.events, after=0, last="")
        made = {
            "name": spec.name,
            "spec": spec.model_dump_json(),
            "created": document.events[0].at.isoformat() if document.events else "",
        }
        made["checksum"] = campaign_link(last, made["name"], made["spec"], made["created"])
        with self._transaction(spec.name, make=True) as connection:
            own = rights(self.database, connection)
            own.require("editor")
            if kept is not None:
                keep_answer(connection, kept)
            hint = _("Choose another name (import: --name); 'tansaku list' shows those taken.")
            with taken_is_told(self.database, spec.name, hint):
                campaign = connection.execute(
                    insert(CAMPAIGNS).values(made).returning(CAMPAIGNS.c.id)
                ).scalar_one()
            _insert(connection, campaign, rows)
            put_contents(connection, document.contents)
            put_summary(connection, campaign, made["checksum"], summary)
            maker = bound_account()
            if maker is not None and not own.may("editor", campaign):
                let_in(connection, maker, campaign, "editor")

    def load(self, name: str, *, to: Role = "viewer") -> CampaignDocument:
        """The whole campaign, for an account that has this role in it.

        Raises:
            CampaignNotFoundError: there is none of that name for it.
            RightsError: it may only look.
            StoreError: the file or what it holds cannot be read.
        """
        with self.database.reading() as connection:
            found = None
            if connection is not None:
                sealed = self.database.layout(connection) >= WITH_CHECKSUMS
                found = connection.execute(
                    select(*read_columns(CAMPAIGNS, sealed)).where(CAMPAIGNS.c.name == name)
                ).one_or_none()
            connection, found = self._allowed(connection, name, found, to)
            known = self._known.get(found.id)
            rows = connection.execute(
                select(*read_columns(EVENTS, sealed))
                .where(EVENTS.c.campaign_id == found.id, EVENTS.c.number >= len(known.events))
                .order_by(EVENTS.c.number)
            ).all()
            if known.events and not (rows and rows[0].checksum == known.last):
                # Not the log that was read: another file stands there, or it was changed.
                known = NOTHING_READ
                rows = connection.execute(
                    select(*read_columns(EVENTS, sealed))
                    .where(EVENTS.c.campaign_id == found.id)
                    .order_by(EVENTS.c.number)
                ).all()
        new = rows[1:] if known.events else rows
        return self._read(found, known, new, sealed=sealed)

    def _read(
        self, campaign: Any, known: KnownLog, rows: Sequence[Any], *, sealed: bool
    ) -> CampaignDocument:
        """The campaign of this row, from the part of its log that is known and the rows behind it.

        Raises:
            StoreError: something is missing, cannot be read, or is not as it was written.
        """
        name = campaign.name.partition(TRASHED)[0]
        where = _("Campaign '{name}' in {file}").format(name=name, file=self.database.name)
        same = known.spec is not None and known.text == campaign.spec
        spec = known.spec if same and known.spec else read_spec(campaign.spec, where=where)
        new = (read_event(row.payload, where=where, number=row.number) for row in rows)
        events = (*known.events, *new)
        # Its parts are what was read just now, and ten thousand of them would be looked at again.
        document = CampaignDocument.model_construct(
            schema_number=spec.schema_number, campaign=spec, events=events
        )
        chain = Chain(self.database, campaign, number=len(known.events), last=known.last)
        for row in rows:
            chain.follow(row)
        chain.close()
        if sealed and self.keeps:
            self._known.put(campaign.id, KnownLog(events, chain.last, campaign.spec, spec))
        return document

    def append(
        self,
        name: str,
        events: Sequence[Event],
        *,
        after: int,
        contents: Mapping[str, bytes] = NO_CONTENTS,
        kept: KeptAnswer | None = None,
        summary: str = "",
    ) -> None:
        """Add events behind number ``after``, the length of the log that the caller has read, with
        the ``contents`` of files that they attach, and keep what is answered, and a ``summary`` of
        the campaign as it is then.

        Raises:
            CampaignNotFoundError: there is no campaign of that name.
            RepeatedRequestError: there is an answer under the same key; nothing is stored.
            ConflictError: the log has grown meanwhile; nothing is stored.
            StoreError: the file cannot be written.
        """
        with self._changing(name) as (connection, found):
            if kept is not None:
                keep_answer(connection, kept)
            number, last = _end(connection, found.id)
            if number != after:
                raise ConflictError(
                    _("Campaign '{name}' was changed by someone else meanwhile.").format(name=name),
                    _("Nothing was stored. Look at 'tansaku history {name}' and try again.").format(
                        name=name
                    ),
                )
            put_contents(connection, contents)
            if events:
                rows, last = _log(events, after=number, last=last)
                _insert(connection, found.id, rows)
                put_summary(connection, found.id, self._seal(connection, found, last), summary)

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
                    file=self.database.name, name=name
                ),
                _("It has: {names}.").format(names=", ".join(dict(self.trash())) or "-"),
            )
        self._move(f"{name}{TRASHED}{at}", name, event)

    def _move(
        self, key: str, to: str, event: Renamed | Removed | Restored, spec_name: str | None = None
    ) -> None:
        """The campaign of this key gets another one, and the event."""
        with self._changing(key) as (connection, found):
            hint = _("Choose another name; 'tansaku list' shows those taken.")
            with taken_is_told(self.database, to, hint):
                row = CAMPAIGNS.c.id == found.id
                connection.execute(update(CAMPAIGNS).where(row).values(name=to))
            number, last = _end(connection, found.id)
            rows, last = _log([event], after=number, last=last)
            _insert(connection, found.id, rows)
            self._seal(connection, found, last, key=to, name=spec_name)

    def _seal(
        self,
        connection: Connection,
        campaign: Any,
        last: str,
        *,
        key: str | None = None,
        name: str | None = None,
    ) -> str:
        """Give the campaign its link behind its last event's, and the names that it has now; that
        link.

        One of an older version takes this one's number with the first event that this version
        adds: older ones then say why they cannot read it.
        """
        spec: str = campaign.spec
        changed: dict[str, Any] = {} if name is None else {"name": name}
        if _schema_number(spec) < SCHEMA:
            changed |= {"schema_number": SCHEMA}
        if changed:
            where = _("Campaign '{name}' in {file}").format(
                name=campaign.name.partition(TRASHED)[0], file=self.database.name
            )
            spec = read_spec(spec, where=where).model_copy(update=changed).model_dump_json()
        sealed = {"checksum": campaign_link(last, key or campaign.name, spec, campaign.created)}
        # What a campaign searches may be large, and is only written where it changes.
        sealed |= {"spec": spec} if changed else {}
        connection.execute(update(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign.id).values(sealed))
        return sealed["checksum"]

    def check(self) -> None:
        """Hold all that is stored, trash included, against the rules of the database and against
        its checksums.

        Raises:
            StoreError: it is damaged.
        """
        self.database.verify()
        with self.database.reading() as connection:
            if connection is not None:
                rights(self.database, connection).require("admin")
                follow_all(self.database, connection)

    @contextmanager
    def filling(self) -> Iterator[Connection]:
        """One transaction in which whole campaigns are put into the store, which is made where it
        is not there yet; who calls it sees to the rights.

        Raises:
            StoreError: it cannot be made or written.
        """
        with self._transaction("", make=True) as connection:
            yield connection

    @contextmanager
    def _changing(self, name: str) -> Iterator[tuple[Connection, Any]]:
        """A change of this campaign: the connection, and its row, locked.

        Raises:
            CampaignNotFoundError: there is none of that name.
        """
        with self._transaction(name) as connection:
            locked = select(CAMPAIGNS).where(CAMPAIGNS.c.name == name).with_for_update()
            found = connection.execute(locked).one_or_none()
            yield self._allowed(connection, name, found, "editor")

    def _allowed(
        self, connection: Connection | None, name: str, campaign: Any, role: Role
    ) -> tuple[Connection, Any]:
        """The connection and the campaign's row, where whoever asks has this role in it. One that
        it may not even look at is not there.

        Raises:
            CampaignNotFoundError: there is none.
            RightsError: the role is another one.
        """
        if connection is None or campaign is None:
            raise self._not_found(name, connection)
        own = rights(self.database, connection)
        if not own.may("viewer", campaign.id):
            raise self._not_found(name, connection)
        own.require(role, campaign.id)
        return connection, campaign

    @contextmanager
    def _transaction(self, name: str, *, make: bool = False) -> Iterator[Connection]:
        with self.database.writing(make=make) as connection:
            if connection is None:
                raise self._not_found(name, None)
            yield connection

    def _not_found(self, name: str, connection: Connection | None) -> CampaignNotFoundError:
        if connection is None:
            return CampaignNotFoundError(
                _("There is no campaign '{name}': the store {file} does not exist yet.").format(
                    name=name, file=self.database.name
                ),
                _("Make it with 'tansaku new', or name another store with --store."),
            )
        known = [key for key in self._visible(connection) if TRASHED not in key]
        return CampaignNotFoundError(
            _("The store {file} has no campaign '{name}'.").format(
                file=self.database.name, name=name
            ),
            _("It has: {names}.").format(names=", ".join(known))
            if known
            else _("It is empty: make one with 'tansaku new'."),
        )


@contextmanager
def taken_is_told(database: Database, name: str, hint: str) -> Iterator[None]:
    """A statement inside that gives out a name which another campaign has is told so."""
    try:
        yield
    except IntegrityError as error:
        raise CampaignExistsError(
            _("The store {file} has a campaign '{name}' already.").format(
                file=database.name, name=name
            ),
            hint,
        ) from error


def _schema_number(spec: str) -> int:
    """The schema number in the text of a campaign's spec; 0 where there is none."""
    try:
        whole = from_json(spec)
    except ValueError:
        return 0  # what cannot be read is told by whoever reads it whole
    number = whole.get("schema_number") if isinstance(whole, dict) else None
    return number if isinstance(number, int) else 0


def _end(connection: Connection, campaign: int) -> tuple[int, str]:
    """Number and link of a campaign's last event; 0 and no text where it has none."""
    last = connection.execute(
        select(EVENTS.c.number, EVENTS.c.checksum)
        .where(EVENTS.c.campaign_id == campaign)
        .order_by(EVENTS.c.number.desc())
        .limit(1)
    ).one_or_none()
    return (0, "") if last is None else (last.number, last.checksum or "")


def _log(events: Sequence[Event], *, after: int, last: str) -> tuple[list[dict[str, Any]], str]:
    """The rows of events behind number ``after`` with its link ``last``, and the new last link."""
    rows: list[dict[str, Any]] = []
    for number, each in enumerate(events, start=after + 1):
        payload, at = each.model_dump_json(), each.at.isoformat()
        last = event_link(last, number, each.kind, payload, at)
        row = {"number": number, "kind": each.kind, "payload": payload, "at": at, "checksum": last}
        rows.append(row)
    return rows, last


def _insert(connection: Connection, campaign: int, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(EVENTS), [{"campaign_id": campaign, **row} for row in rows])
