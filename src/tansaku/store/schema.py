"""Schema: one row per campaign, one per event and one per content of attached files, answers, jobs
and accounts of the server, and the number of this layout."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from tansaku.errors import StoreError
from tansaku.language import _

STORE_SCHEMA: Final = 5
"""Number of the table layout below. Layout 1 lacks the checksums, layout 2 the tables of the
server, layout 3 its accounts, layout 4 contents of attached files; they are read, and brought up to
date by the first change (``migrations.py``)."""

WITH_CHECKSUMS: Final = 2
"""The first layout in which every event and campaign has its checksum."""

WITH_SERVER: Final = 3
"""The first layout with kept answers and jobs."""

WITH_ACCOUNTS: Final = 4
"""The first layout with accounts."""

WITH_SUMMARIES: Final = 5
"""The first layout with summaries."""

WITH_CONTENTS: Final = 5
"""The first layout with contents of attached files."""

TRASHED: Final = "\x1f"
"""Between the name of a campaign in the trash and when it was removed; names are printable."""

METADATA: Final = MetaData()

CAMPAIGNS: Final = Table(
    "campaigns",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("spec", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("checksum", Text),
)

EVENTS: Final = Table(
    "events",
    METADATA,
    Column("campaign_id", Integer, ForeignKey("campaigns.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("checksum", Text),
    PrimaryKeyConstraint("campaign_id", "number"),
)

CONTENTS: Final = Table(
    "contents",
    METADATA,
    Column("sha256", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""Contents of attached files, each once; events name them by their SHA-256."""

ANSWERS: Final = Table(
    "answers",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Text, nullable=False, index=True),
)
"""What was answered to a change that may be asked for again; see ``answers.py``."""

JOBS: Final = Table(
    "jobs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("made", Text, nullable=False, index=True),
    Column("state", Text, nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("stop", Integer, nullable=False),
    Column("worker", Text),
    Column("beat", Text),
    Column("progress", Text),
    Column("ended", Text),
    Column("answer", Text),
    Column("account", Text, index=True),
)
"""Work that takes longer than a person waits; see ``job_queue.py``."""

ACCOUNTS: Final = Table(
    "accounts",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("everywhere", Integer, nullable=False),
    Column("password", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("closed", Text),
)
"""Who may come in from other machines, and the hash of each one's password; see ``accounts.py``."""

RIGHTS: Final = Table(
    "rights",
    METADATA,
    Column("account", Text, ForeignKey("accounts.name"), nullable=False),
    Column("campaign_id", Integer, ForeignKey("campaigns.id"), nullable=False),
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("account", "campaign_id"),
)
"""What an account may do in a campaign; see ``rights.py``."""

PASSES: Final = Table(
    "passes",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.name"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("expires", Text, nullable=False),
)
"""What is shown in place of a password: sessions of browsers and tokens of programs, as hashes."""

ACCOUNT_EVENTS: Final = Table(
    "account_events",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("by", Text),
    Column("account", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
"""What was changed about accounts, by whom; rows are only added."""


SUMMARIES: Final = Table(
    "summaries",
    METADATA,
    Column("campaign_id", Integer, ForeignKey("campaigns.id"), primary_key=True),
    Column("checksum", Text, nullable=False),
    Column("summary", Text, nullable=False),
)
"""What was told of a campaign behind its last change, when its checksum was this one: a list of
campaigns reads no log. Only derived from the logs; of no worth without them."""


def known_layout(number: int, name: str) -> int:
    """The number of a layout that this version reads.

    Raises:
        StoreError: a newer version made the store of this name.
    """
    if number > STORE_SCHEMA:
        raise StoreError(
            _("The store {file} has schema {number}; this version reads up to {known}.").format(
                file=name, number=number, known=STORE_SCHEMA
            ),
            _("It was written by a newer tansaku: update tansaku, or name another store."),
        )
    return number


def read_columns(table: Table, sealed: bool) -> list[Column[Any]]:
    """The columns of a table that are there: older stores have no checksums."""
    return [column for column in table.c if sealed or column.name != "checksum"]
