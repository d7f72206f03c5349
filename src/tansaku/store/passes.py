"""Passes: what is shown in place of a password: sessions of browsers, and tokens of programs."""

from __future__ import annotations

from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, delete, insert, select

from tansaku.errors import UnknownNameError, UsageError
from tansaku.language import _
from tansaku.store.account_tables import AccountTables, note, now, require_account
from tansaku.store.schema import ACCOUNTS, PASSES

PassKind = Literal["session", "token"]


class Pass(NamedTuple):
    """What is shown in place of a password: its hash, whose it is, and until when, UTC."""

    digest: str
    account: str
    kind: PassKind
    label: str
    made: str
    expires: str


class Passes(AccountTables):
    """The passes of the accounts of a store, each kept as its hash."""

    def add(self, shown: Pass) -> None:
        """Keep what an account will show; those that are over are forgotten.

        Raises:
            UsageError: it has a token of that label.
        """
        with self.writing() as connection:
            self.require_own(connection, shown.account)
            connection.execute(delete(PASSES).where(PASSES.c.expires < now()))
            require_account(connection, shown.account)
            if shown.kind == "token":
                if connection.scalar(select(PASSES.c.digest).where(_token(*shown[1:4:2]))):
                    raise UsageError(
                        _("There is a token '{label}' already.").format(label=shown.label),
                        _("Choose another label, or revoke it first."),
                    )
                note(connection, shown.account, "token", shown.label)
            connection.execute(insert(PASSES).values(**shown._asdict()))

    def holder(self, digest: str, kind: PassKind) -> str | None:
        """The open account whose pass of this kind has this hash, if it is not over."""
        with self.reading() as connection:
            if connection is None:
                return None
            ours = (
                (PASSES.c.digest == digest) & (PASSES.c.kind == kind) & (PASSES.c.expires > now())
            )
            open_ = ACCOUNTS.c.closed.is_(None)
            joined = select(ACCOUNTS.c.name).join(PASSES, PASSES.c.account == ACCOUNTS.c.name)
            return connection.scalar(joined.where(ours, open_))

    def tokens(self, name: str) -> list[Pass]:
        """The tokens of an account that are not over, the oldest first."""
        with self.reading() as connection:
            if connection is None:
                return []
            self.require_own(connection, name)
            ours = (PASSES.c.account == name) & (PASSES.c.kind == "token")
            ours &= PASSES.c.expires > now()
            found = connection.execute(select(PASSES).where(ours).order_by(PASSES.c.made))
            return [Pass(**row._mapping) for row in found]

    def revoke(self, name: str, label: str) -> None:
        """Make a token good for nothing.

        Raises:
            UnknownNameError: there is none of that label.
        """
        with self.writing() as connection:
            self.require_own(connection, name)
            if not connection.execute(delete(PASSES).where(_token(name, label))).rowcount:
                raise UnknownNameError(
                    _("There is no token '{label}'.").format(label=label),
                    _("Look which there are, and check the label."),
                )
            note(connection, name, "revoked", label)

    def end(self, digest: str) -> None:
        """Forget the pass with this hash: its holder has logged out."""
        with self.writing() as connection:
            connection.execute(delete(PASSES).where(PASSES.c.digest == digest))


def _token(account: str, label: str) -> ColumnElement[bool]:
    return (PASSES.c.account == account) & (PASSES.c.kind == "token") & (PASSES.c.label == label)
