"""Rights: what the account that asks may do, looked up in the transaction that does it.

The role of an account is the most that it may do in any campaign; an administrator may do all. A
campaign that is not shared with an account is not there for it: the same error in the same words as
for a name that nothing has. So nothing that a server sends has to be filtered after it was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection, select

from tansaku.actor import bound_account
from tansaku.errors import RightsError
from tansaku.language import _
from tansaku.store.database import Database
from tansaku.store.schema import ACCOUNTS, RIGHTS, WITH_ACCOUNTS

Role = Literal["viewer", "editor", "admin"]

ROLES: Final[tuple[Role, ...]] = ("viewer", "editor", "admin")
"""Each may do what those before it may: look; make and change campaigns; see to accounts too."""


class Rights(NamedTuple):
    """What an account may do: its role, empty for nobody; whether in every campaign; and the role
    that it was given in single ones, by their ids."""

    role: Role | Literal[""]
    everywhere: bool
    shared: Mapping[int, Role]

    def may(self, role: Role, campaign: int | None = None) -> bool:
        """Whether it may do what this role may, in the campaign of this id or on the whole."""
        return _rank(role) <= (_rank(self.role) if campaign is None else self._rank_in(campaign))

    def require(self, role: Role, campaign: int | None = None) -> None:
        """See that it may.

        Raises:
            RightsError: it may not.
        """
        if not self.may(role, campaign):
            raise RightsError(
                _("This account may not do that: it takes the role '{role}'.").format(role=role),
                _("Ask an administrator of this server."),
            )

    def _rank_in(self, campaign: int) -> int:
        if self.role == "admin":
            return _rank("admin")
        given = self.role if self.everywhere else self.shared.get(campaign)
        return min(_rank(self.role), _rank(given)) if given else 0


def _rank(role: Role | Literal[""]) -> int:
    return ROLES.index(role) + 1 if role else 0


ALL: Final = Rights("admin", True, {})
NONE: Final = Rights("", False, {})


def rights(database: Database, connection: Connection) -> Rights:
    """What whoever asks may do just now: all, where no account is named."""
    account = bound_account()
    if account is None:
        return ALL
    if database.layout(connection) < WITH_ACCOUNTS:
        return NONE
    known = (ACCOUNTS.c.name == account) & ACCOUNTS.c.closed.is_(None)
    columns = (ACCOUNTS.c.role, ACCOUNTS.c.everywhere)
    found = connection.execute(select(*columns).where(known)).one_or_none()
    if found is None:
        return NONE
    shared = select(RIGHTS.c.campaign_id, RIGHTS.c.role).where(RIGHTS.c.account == account)
    return Rights(
        found.role,
        bool(found.everywhere),
        {row.campaign_id: row.role for row in connection.execute(shared)},
    )
