"""Store document: all campaigns of a store as one text, which a store of any kind takes in.

JSON Lines: a line that says what the document is; of each campaign one with what it searches and
one for each event; one for each content of attached files; and a line that closes it. What is
searched and what happened stand there as they are stored, so the checksums of the store are those
of the document. Accounts, tokens, answers that are kept and jobs are no part of it.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, TypeVar

from pydantic import AfterValidator, ValidationError
from sqlalchemy import Connection, insert, select

from tansaku.campaign.attachments import digest
from tansaku.campaign.history.records import CampaignDocument
from tansaku.errors import CampaignExistsError, StoreError
from tansaku.files import Staged
from tansaku.language import _
from tansaku.spec import Spec
from tansaku.store.checksums import Chain, link
from tansaku.store.contents import checked_contents, put_contents
from tansaku.store.copying import Copied, linked_events, stored_campaigns, whole_store
from tansaku.store.documents import read_event, read_spec
from tansaku.store.rights import rights
from tansaku.store.schema import CAMPAIGNS, EVENTS, TRASHED
from tansaku.store.sql import SqlStore, taken_is_told

FORMAT: Final = 2
"""Number of this form of a document; the first one has no contents, and is read."""

BEGINNING: Final = b'{"tansaku_store":'
"""How every such document begins, and no campaign's."""


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


class Opening(Spec):
    """The first line."""

    tansaku_store: int


class CampaignLine(Spec):
    """A campaign, before its events; ``removed`` is when it went into the trash. Behind these
    fields stands ``spec``."""

    campaign: str
    removed: Annotated[str, AfterValidator(_moment)] | None
    created: str
    events: int
    checksum: str


class EventLine(Spec):
    """One event. Behind these fields stands ``event``."""

    number: int
    kind: str
    at: str
    checksum: str


class ContentLine(Spec):
    """A content of attached files, by its SHA-256. Behind this field stands ``base64``."""

    content: str


CONTENT: Final = b'{"content":'
"""How such a line begins, and no other."""


class Closing(Spec):
    """The last line: how much there is, and the link of all campaigns' checksums and contents."""

    campaigns: int
    removed: int
    events: int
    contents: int = 0
    checksum: str


S = TypeVar("S", bound=Spec)


class WrittenCampaign(NamedTuple):
    """A campaign of a document as rows of a store; ``name`` is its key there."""

    name: str
    spec: str
    created: str
    checksum: str
    events: Sequence[EventRow]

    @property
    def called(self) -> str:
        """What people call it."""
        return self.name.partition(TRASHED)[0]

    @property
    def removed(self) -> bool:
        """Whether it is in the trash."""
        return TRASHED in self.name

    def document(self, where: str) -> CampaignDocument:
        """The campaign itself.

        Raises:
            StoreError: a text is none that this version can read, or the name is another one.
        """
        told = _("Campaign '{name}' in {file}").format(name=self.called, file=where)
        spec = read_spec(self.spec, where=told)
        if spec.name != self.called:
            raise StoreError(
                _("{where} calls itself '{name}'.").format(where=told, name=spec.name),
                _("It was changed by hand or damaged: bring back a copy."),
            )
        events = tuple(read_event(e.payload, where=told, number=e.number) for e in self.events)
        return CampaignDocument(schema_number=spec.schema_number, campaign=spec, events=events)


class EventRow(NamedTuple):
    """An event of a document as a row of a store."""

    number: int
    kind: str
    payload: str
    at: str
    checksum: str


def write_store_document(store: SqlStore, file: Path, *, force: bool = False) -> Copied:
    """Write all campaigns of ``store`` as they are at one moment, those in the trash too; each
    event is held against its checksum on the way.

    Raises:
        StoreError: there is no store or it is damaged, the file is there and ``force`` is false, or
            it cannot be written.
        RightsError: an account that is no administrator asks.
    """
    with Staged() as staged, whole_store(store.database) as source:
        place = staged.reserve(file, force=force)
        with place.open("w", encoding="utf-8", newline="\n") as stream:
            copied = _write(store, source, lambda line: stream.write(line + "\n"))
        staged.put()
    return copied


def _write(store: SqlStore, source: Connection, write: Callable[[str], object]) -> Copied:
    write(Opening(tansaku_store=FORMAT).model_dump_json())
    found, last = Copied(0, 0, 0), ""
    for campaign in stored_campaigns(store.database, source):
        chain = Chain(store.database, campaign)
        blocks = linked_events(store.database, source, campaign.id, chain)
        rows = [row for block in blocks for row in block]
        name, _sign, removed = campaign.name.partition(TRASHED)
        told = CampaignLine(
            campaign=name,
            removed=removed or None,
            created=campaign.created,
            events=len(rows),
            checksum=chain.close(),
        )
        write(_line(told, "spec", campaign.spec))
        for row in rows:
            fields = {field: row[field] for field in EventLine.model_fields}
            write(_line(EventLine(**fields), "event", row["payload"]))
        last = link(last, told.checksum)
        counts = (1, 0) if told.removed is None else (0, 1)
        found = Copied(*map(sum, zip(found, (*counts, len(rows)), strict=True)))
    contents = 0
    for sha256, content in checked_contents(store.database, source):
        text = binascii.b2a_base64(content, newline=False).decode()
        write(_line(ContentLine(content=sha256), "base64", json.dumps(text)))
        last, contents = link(last, sha256), contents + 1
    write(Closing(**found._asdict(), contents=contents, checksum=last).model_dump_json())
    return found


def _line(fields: Spec, name: str, text: str) -> str:
    """One object: the fields, and behind them a text that is JSON itself, as it is."""
    return f'{fields.model_dump_json()[:-1]},"{name}":{text}}}'


def holds_store(content: bytes) -> bool:
    """Whether a file's content is a document of a whole store, and not of one campaign."""
    return content.removeprefix(b"\xef\xbb\xbf").startswith(BEGINNING)


class StoreDocument:
    """A document that is read: its text, and what errors call it. Behind its campaigns
    ``contents`` are those of attached files, by their SHA-256.

    Example:
        >>> content = b'{"tansaku_store":1}\\n{"campaigns":0,"removed":0,"events":0,"checksum":""}'
        >>> list(StoreDocument(content, "lab.jsonl").campaigns())
        []
    """

    def __init__(self, content: bytes, name: str) -> None:
        self._lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
        self._name = name
        self.contents: dict[str, bytes] = {}

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    @property
    def bring_back(self) -> str:
        """What to do where it is damaged."""
        return _("Nothing was imported. Export the store again, or bring back a copy of the file.")

    def campaigns(self) -> Iterator[WrittenCampaign]:
        """Each campaign, held against its checksums; behind the last one it is sure that none is
        missing.

        Raises:
            StoreError: something is missing, or is not as it was written; names what.
        """
        opening, _none = self._read(Opening, 1)
        if opening.tansaku_store > FORMAT:
            raise StoreError(
                _("{where} has document schema {number}; this version reads up to {known}.").format(
                    where=self.name, number=opening.tansaku_store, known=FORMAT
                ),
                _("It was written by a newer tansaku: update tansaku."),
            )
        at, found, last = 2, [0, 0, 0], ""
        while at < len(self._lines) and not self._lines[at - 1].startswith(CONTENT):
            one = self._campaign(at)
            at += 1 + len(one.events)
            found[one.removed] += 1
            found[2] += len(one.events)
            last = link(last, one.checksum)
            yield one
        while at < len(self._lines):
            sha256 = self._content(at)
            at, last = at + 1, link(last, sha256)
        closing, _none = self._read(Closing, at)
        told = Closing(**Copied(*found)._asdict(), contents=len(self.contents), checksum=last)
        if closing != told:
            raise self._faulty(at, _("it does not fit the campaigns above it"))

    def _content(self, at: int) -> str:
        """The SHA-256 of the content in the line of this number, which is kept.

        Raises:
            StoreError: the line is none, or the content is another one.
        """
        told, text = self._read(ContentLine, at, "base64")
        try:
            content = binascii.a2b_base64(str(json.loads(text)), strict_mode=True)
        except ValueError as error:
            raise self._faulty(at, _("it is not as it was written")) from error
        if digest(content) != told.content:
            raise self._faulty(at, _("the content is not that of the file that was attached"))
        self.contents[told.content] = content
        return told.content

    def _campaign(self, at: int) -> WrittenCampaign:
        """The campaign whose first line has this number."""
        told, spec = self._read(CampaignLine, at, "spec")
        key = told.campaign if told.removed is None else f"{told.campaign}{TRASHED}{told.removed}"
        events = []
        for number in range(at + 1, at + 1 + told.events):
            fields, payload = self._read(EventLine, number, "event")
            events.append(EventRow(payload=payload, **fields.model_dump()))
        found = WrittenCampaign(key, spec, told.created, told.checksum, events)
        chain = Chain(self, found)
        for each in events:
            chain.follow(each)
        chain.close()
        return found

    def _read(self, kind: type[S], number: int, text: str = "") -> tuple[S, str]:
        """The fields of a line, and the text behind them.

        Raises:
            StoreError: it is missing, or none of that kind.
        """
        if number > len(self._lines):
            raise self._faulty(number, _("it is missing"))
        line, rest = self._lines[number - 1], b""
        if text:
            # Inside a JSON string every quotation mark has a backslash before it, so this is the
            # first field of that name and no part of another one's value.
            line, _sign, rest = line.partition(f',"{text}":'.encode())
            line, rest = line + b"}", rest.removesuffix(b"}")
        try:
            return kind.model_validate_json(line), rest.decode()
        except (ValidationError, UnicodeDecodeError) as error:
            raise self._faulty(number, _("it is not as it was written")) from error

    def _faulty(self, line: int, why: str) -> StoreError:
        return StoreError(
            _("The file {file} is damaged: line {line}: {why}.").format(
                file=self.name, line=line, why=why
            ),
            self.bring_back,
        )


def read_store_document(
    store: SqlStore, content: bytes, where: str, check: Callable[[CampaignDocument], object]
) -> list[WrittenCampaign]:
    """Put all campaigns of a document into ``store``, in one transaction, as they were: with their
    times and checksums, those of the trash into the trash.

    Args:
        store: The store, which is made where it is not there yet.
        content: The document.
        where: What errors call it.
        check: What else a campaign has to stand; it raises where it does not.

    Raises:
        StoreError: the document is damaged or cannot be read; nothing is stored.
        CampaignExistsError: the store has campaigns of these names; nothing is stored.
        RightsError: an account that is no administrator asks.
    """
    with store.database.reading() as connection:
        if connection is not None:
            rights(store.database, connection).require("admin")
    found, document = [], StoreDocument(content, where)
    for each in document.campaigns():
        check(each.document(where))
        found.append(each)
    with store.filling() as target:
        rights(store.database, target).require("admin")
        _refuse_taken(store, target, found)
        for each in found:
            insert_campaign(store, target, each)
        put_contents(target, document.contents)
    return found


def _hint() -> str:
    return _("Nothing was imported. Rename those that are there, or name another store.")


def _refuse_taken(store: SqlStore, target: Connection, new: Sequence[WrittenCampaign]) -> None:
    there = set(target.scalars(select(CAMPAIGNS.c.name)))
    taken = [each.called for each in new if each.name in there]
    if taken:
        raise CampaignExistsError(
            _("The store {file} has these campaigns already: {names}.").format(
                file=store.database.name, names=", ".join(taken)
            ),
            _hint(),
        )


def insert_campaign(store: SqlStore, target: Connection, one: WrittenCampaign) -> None:
    """Put a campaign into ``store``, in a transaction of it.

    Raises:
        CampaignExistsError: its name is taken.
    """
    made: dict[str, Any] = one._asdict()
    del made["events"]
    with taken_is_told(store.database, one.called, _hint()):
        own = target.execute(insert(CAMPAIGNS).values(made).returning(CAMPAIGNS.c.id)).scalar_one()
    if one.events:
        target.execute(insert(EVENTS), [{"campaign_id": own, **e._asdict()} for e in one.events])
