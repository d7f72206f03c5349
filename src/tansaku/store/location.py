"""Location: which database a store URL names."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.store.database import Database
from tansaku.store.postgresql import PostgresqlDatabase
from tansaku.store.sqlite import SqliteDatabase

SQLITE: Final = ("sqlite", "sqlite+pysqlite")
POSTGRESQL: Final = ("postgresql", "postgresql+psycopg")
"""The first is what servers and their pages print; psycopg is what speaks to them."""


def locate(url: str) -> Database:
    """The database that ``url`` names; nothing is touched.

    Raises:
        UsageError: no URL, a kind of database that is not supported or not installed, or a URL
            without a file or a database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(
            _("The store '{url}' is not a URL.").format(url=url),
            _("Write sqlite:///{path} for that file.").format(path=url or "tansaku.db"),
        ) from error
    if parsed.drivername in SQLITE:
        return SqliteDatabase(_file(url, parsed))
    if parsed.drivername in POSTGRESQL:
        return PostgresqlDatabase(_served(parsed))
    raise UsageError(
        _("The store '{url}' is of the kind '{kind}', which is not supported.").format(
            url=parsed.render_as_string(hide_password=True), kind=parsed.drivername
        ),
        _(
            "Supported: sqlite, for example sqlite:///tansaku.db, and postgresql+psycopg, for"
            " example postgresql+psycopg://user@host/database."
        ),
    )


def shown_url(url: str) -> str:
    """A URL as it may be shown: as it was given, but for a password.

    >>> shown_url("sqlite:///lab.db"), shown_url("postgresql://a:b@host/lab")
    ('sqlite:///lab.db', 'postgresql://a:***@host/lab')
    """
    parsed = make_url(url)
    return url if parsed.password is None else parsed.render_as_string(hide_password=True)


def _file(url: str, parsed: URL) -> Path:
    if parsed.host or parsed.query or not parsed.database or parsed.database == ":memory:":
        raise UsageError(
            _("The store '{url}' names no file.").format(url=url),
            _(
                "Write sqlite:///tansaku.db for a file in this folder, and four slashes for a path"
                " from the root: sqlite:////data/tansaku.db."
            ),
        )
    return Path(parsed.database).absolute()


def _served(parsed: URL) -> URL:
    shown = parsed.render_as_string(hide_password=True)
    if not parsed.database:
        raise UsageError(
            _("The store '{url}' names no database.").format(url=shown),
            _("Write it behind the address: postgresql+psycopg://user@host/database."),
        )
    if find_spec("psycopg") is None:
        raise UsageError(
            _("The store '{url}' needs psycopg, which is not installed.").format(url=shown),
            _("Install it: pip install 'tansaku[postgres]'."),
        )
    return parsed.set(drivername=POSTGRESQL[-1])
