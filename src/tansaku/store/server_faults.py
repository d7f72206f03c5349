"""Server faults: what PostgreSQL says went wrong, as a StoreError with the store and the mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from tansaku.errors import StoreError
from tansaku.language import _


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn every database error inside the ``with`` block into a StoreError about this store."""
    try:
        yield
    except DBAPIError as error:
        raise _explain(error, name) from error


def _explain(error: DBAPIError, name: str) -> StoreError:
    # https://www.postgresql.org/docs/current/errcodes-appendix.html; errors of the connection
    # itself have no code, or one of class 08 or 57P.
    code = str(getattr(error.orig, "sqlstate", None) or "")
    why = " ".join(str(error.orig).split())
    if not code or code.startswith(("08", "57P")) or error.connection_invalidated:
        return StoreError(
            _("The server of the store {store} cannot be reached ({why}).").format(
                store=name, why=why
            ),
            _(
                "A change that was not answered is stored whole or not at all: look at 'tansaku"
                " history' when the server is back. See that it runs, and that address, name and"
                " password in --store are right."
            ),
        )
    if code in ("55P03", "40P01"):
        return StoreError(
            _("The store {file} is locked by another process ({why}).").format(file=name, why=why),
            _("Try again when that process has finished."),
        )
    if code in ("42501", "25006"):
        return StoreError(
            _("The store {store} cannot be written by this account ({why}).").format(
                store=name, why=why
            ),
            _("Ask who runs the server for the right to write, or name another account."),
        )
    if code.startswith("53"):
        return StoreError(
            _("The server of the store {store} has no room ({why}); nothing was changed.").format(
                store=name, why=why
            ),
            _("Tell who runs the server, and try again."),
        )
    return StoreError(
        _("The server of the store {store} refused ({code}: {why}); nothing was changed.").format(
            store=name, code=code, why=why
        ),
        _("Tell who runs the server; 'tansaku doctor' reads the whole store."),
    )
