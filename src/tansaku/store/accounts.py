"""Accounts: who may come in, what each may do, and what each shows in place of a password.

Passwords, sessions and tokens are kept as hashes: who reads a store, or a copy of it, can log in
with none of them. What is changed about an account is noted with who changed it, and no account is
ever deleted: its name stands in the logs of campaigns.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from tansaku.errors import CampaignNotFoundError, UsageError
from tansaku.language import _
from tansaku.store.account_tables import AccountTables, note, now, require_account, unknown
from tansaku.store.rights import Role
from tansaku.store.schema import (
    ACCOUNT_EVENTS,
    ACCOUNTS,
    CAMPAIGNS,
    PASSES,
    RIGHTS,
    TRASHED,
)

SHOWN_EVENTS: Final = 1000
"""Events of accounts in one answer, the newest first."""


class Account(NamedTuple):
    """An account as it is stored, and the campaigns that are shared with it."""

    name: str
    role: Role
    everywhere: bool
    made: str
    closed: str | None
    campaigns: dict[str, Role]


class AccountEvent(NamedTuple):
    """What was changed about an account, by whom."""

    at: str
    by: str | None
    account: str
    what: str
    detail: str


class Accounts(AccountTables):
    """The accounts of the store in a database. An account that asks may see to itself; the rest
    takes an administrator, or whoever sits at the machine."""

    def all(self) -> list[Account]:
        """Every account, by its name."""
        with self.reading() as connection:
            if connection is None:
                return []
            self.require_admin(connection)
            return _accounts(connection)

    def get(self, name: str) -> Account:
        """The account of this name.

        Raises:
            UnknownNameError: there is none.
            RightsError: it is not the one that asks.
        """
        with self.reading() as connection:
            self.require_own(connection, name)
            found = [] if connection is None else _accounts(connection, ACCOUNTS.c.name == name)
            if not found:
                raise unknown(name)
            return found[0]

    def events(self) -> list[AccountEvent]:
        """What was changed about accounts, the newest first."""
        with self.reading() as connection:
            if connection is None:
                return []
            self.require_admin(connection)
            columns = [ACCOUNT_EVENTS.c[name] for name in AccountEvent._fields]
            newest = select(*columns).order_by(ACCOUNT_EVENTS.c.number.desc()).limit(SHOWN_EVENTS)
            return [AccountEvent(*row) for row in connection.execute(newest)]

    def add(self, name: str, role: Role, *, everywhere: bool, password: str) -> None:
        """Make an account; ``password`` is its hash.

        Raises:
            UsageError: the name is taken.
        """
        with self.administering() as connection:
            if connection.scalar(select(ACCOUNTS.c.name).where(ACCOUNTS.c.name == name)):
                raise UsageError(
                    _("There is an account '{name}' already.").format(name=name),
                    _("Choose another name; 'tansaku account' lists those there are."),
                )
            made = {"name": name, "role": role, "everywhere": int(everywhere), "made": now()}
            connection.execute(insert(ACCOUNTS).values(**made, password=password))
            note(connection, name, "added", f"{role}, all campaigns" if everywhere else role)

    def change(
        self,
        name: str,
        *,
        role: Role | None = None,
        everywhere: bool | None = None,
        closed: bool | None = None,
    ) -> None:
        """Give an account another role, all campaigns or only its own, or close it: what it shows
        in place of its password is then good for nothing.

        Raises:
            UnknownNameError: there is none of that name.
            UsageError: no administrator would be left.
        """
        values: dict[str, Any] = {} if role is None else {"role": role}
        values |= {} if everywhere is None else {"everywhere": int(everywhere)}
        values |= {} if closed is None else {"closed": now() if closed else None}
        with self.administering() as connection:
            require_account(connection, name)
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(values))
            if closed:
                connection.execute(delete(PASSES).where(PASSES.c.account == name))
            if not connection.scalar(select(func.count()).where(_ADMINISTRATOR)):
                raise UsageError(
                    _("'{name}' is the last administrator.").format(name=name),
                    _("Make another one first: tansaku account add NAME --role admin."),
                )
            told = {"role": role, "all campaigns": everywhere, "closed": closed}
            detail = ", ".join(f"{what}: {now}" for what, now in told.items() if now is not None)
            note(connection, name, "changed", detail)

    def share(self, name: str, campaign: str, role: Role | None) -> None:
        """Let an account come into a campaign with this role; with none, no more.

        Raises:
            UnknownNameError: there is no such account.
            CampaignNotFoundError: there is no such campaign.
        """
        with self.administering() as connection:
            require_account(connection, name)
            key = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.name == campaign)
            found = None if TRASHED in campaign else connection.scalar(key)
            if found is None:
                raise CampaignNotFoundError(
                    _("The store {file} has no campaign '{name}'.").format(
                        file=self._database.name, name=campaign
                    ),
                    _("'tansaku list' shows those there are."),
                )
            let_in(connection, name, found, role)
            detail = f"{campaign}: {role}" if role else campaign
            note(connection, name, "shared" if role else "unshared", detail)

    def password(self, name: str) -> str | None:
        """The hash of the password of an open account. Asked before anybody is logged in."""
        with self.reading() as connection:
            if connection is None:
                return None
            ours = (ACCOUNTS.c.name == name) & ACCOUNTS.c.closed.is_(None)
            return connection.scalar(select(ACCOUNTS.c.password).where(ours))

    def set_password(self, name: str, password: str) -> None:
        """Keep another hash; whoever is logged in as this account has to log in again."""
        with self.writing() as connection:
            self.require_own(connection, name)
            require_account(connection, name)
            ours = ACCOUNTS.c.name == name
            connection.execute(update(ACCOUNTS).where(ours).values(password=password))
            sessions = (PASSES.c.account == name) & (PASSES.c.kind == "session")
            connection.execute(delete(PASSES).where(sessions))
            note(connection, name, "password", "")

    def has_administrator(self) -> bool:
        """Whether there is an open account that may see to the others."""
        with self.reading() as connection:
            if connection is None:
                return False
            return bool(connection.scalar(select(func.count()).where(_ADMINISTRATOR)))


_ADMINISTRATOR: Final = (ACCOUNTS.c.role == "admin") & ACCOUNTS.c.closed.is_(None)


def let_in(connection: Connection, name: str, campaign: int, role: Role | None) -> None:
    """Let an account come into the campaign of this id with this role; with none, no more."""
    ours = (RIGHTS.c.account == name) & (RIGHTS.c.campaign_id == campaign)
    connection.execute(delete(RIGHTS).where(ours))
    if role is not None:
        row = {"account": name, "campaign_id": campaign, "role": role}
        connection.execute(insert(RIGHTS).values(row))


def _accounts(connection: Connection, *conditions: ColumnElement[bool]) -> list[Account]:
    joined = select(RIGHTS, CAMPAIGNS.c.name).join(
        CAMPAIGNS, CAMPAIGNS.c.id == RIGHTS.c.campaign_id
    )
    shared = connection.execute(joined.order_by(CAMPAIGNS.c.id)).all()
    columns = [ACCOUNTS.c[name] for name in Account._fields[:-1]]
    found = connection.execute(select(*columns).where(*conditions).order_by(ACCOUNTS.c.name))
    return [
        Account(
            **{**row._mapping, "everywhere": bool(row.everywhere)},
            campaigns={
                each.name: each.role
                for each in shared
                if each.account == row.name and TRASHED not in each.name
            },
        )
        for row in found
    ]
