"""Contents: those of attached files, each once under its SHA-256, however many events name it.

A content is stored in the transaction of the event that names it, and nothing takes it away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import Connection, bindparam, select, text

from tansaku.campaign.attachments import digest, every_attachment, put_right
from tansaku.campaign.history.records import Attachment
from tansaku.errors import StoreError
from tansaku.language import _
from tansaku.store.database import Database
from tansaku.store.documents import read_event
from tansaku.store.rights import rights
from tansaku.store.schema import CAMPAIGNS, CONTENTS, EVENTS, TRASHED, WITH_CONTENTS

_PUT: Final = text(
    "INSERT INTO contents (sha256, content) VALUES (:sha256, :content)"
    " ON CONFLICT (sha256) DO UPDATE SET content = excluded.content"
    " WHERE contents.content <> excluded.content"
).bindparams(bindparam("content", type_=CONTENTS.c.content.type))
"""What is there stays as it is, but for one that was damaged: it is put right."""


class Contents:
    """The contents in a database, for whoever may look at the campaigns whose logs name them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str, sha256: str) -> bytes | None:
        """The content of this SHA-256 as it lies there, which the log of the campaign ``name``
        names; ``None`` where either is not there."""
        with self._database.reading() as connection:
            if connection is None or self._database.layout(connection) < WITH_CONTENTS:
                return None
            row = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.name == name)
            found = connection.scalars(row).one_or_none()
            own = rights(self._database, connection)
            if found is None or not own.may("viewer", found):
                return None
            return find_content(connection, sha256)

    def there(self) -> set[str]:
        """The SHA-256 of all."""
        with self._database.reading() as connection:
            if connection is None or self._database.layout(connection) < WITH_CONTENTS:
                return set()
            return set(connection.scalars(select(CONTENTS.c.sha256)))


def put_contents(connection: Connection, contents: Mapping[str, bytes]) -> None:
    """Store contents that are not there yet."""
    for sha256, content in sorted(contents.items()):  # in one order: no two wait for each other
        connection.execute(_PUT, {"sha256": sha256, "content": content})


def find_content(connection: Connection, sha256: str) -> bytes | None:
    """The content of this SHA-256, as it lies there."""
    found = connection.scalars(select(CONTENTS.c.content).where(CONTENTS.c.sha256 == sha256))
    return found.one_or_none()


def checked_contents(database: Database, connection: Connection) -> Iterator[tuple[str, bytes]]:
    """(SHA-256, content) of all, each held against it.

    Raises:
        StoreError: one is not as it was attached; names its file.
    """
    if database.layout(connection) < WITH_CONTENTS:
        return
    for sha256 in connection.scalars(select(CONTENTS.c.sha256).order_by(CONTENTS.c.sha256)).all():
        content = find_content(connection, sha256) or b""
        if digest(content) != sha256:
            raise StoreError(
                _(
                    "The store {file} is damaged: the content of {name} is not as it was attached."
                ).format(
                    file=database.name, name=_named(database, connection).get(sha256, sha256[:12])
                ),
                put_right(),
            )
        yield sha256, content


def named_file(file: Attachment, campaign: str) -> str:
    """An attached file, as errors call it."""
    return _("{id} ({name}) of campaign '{campaign}'").format(
        id=file.id, name=file.name, campaign=campaign
    )


def _named(database: Database, connection: Connection) -> dict[str, str]:
    """{SHA-256: the attached file that has it, with its campaign}."""
    rows = connection.execute(
        select(CAMPAIGNS.c.name, EVENTS.c.payload)
        .join_from(EVENTS, CAMPAIGNS)
        .where(EVENTS.c.kind == "attached")
    )
    found = {}
    for row in rows:
        campaign = row.name.partition(TRASHED)[0]
        for file in every_attachment([read_event(row.payload, where=database.name)]):
            found[file.sha256] = named_file(file, campaign)
    return found
