"""account: who may use a server from other machines, and what each may do there."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from tansaku.actor import bound_account, signed_in
from tansaku.errors import LogInError, UsageError
from tansaku.language import _
from tansaku.services.opened import accounts_of, campaign_name, passes_of
from tansaku.services.passwords import check_password, hash_of, matches
from tansaku.spec import Answer
from tansaku.store import Account, AccountEvent, Pass, PassKind, Role

LONGEST_NAME: Final = 40
"""Characters of the name of an account, and of a label: a column of a table holds them."""

SESSION: Final = timedelta(hours=12)
"""How long a browser stays logged in: a day at the bench; the next person has to log in anew."""

DAYS: Final = 365
"""How long a token is good where nothing else is said: a robot is looked after once a year."""

SECRET: Final = 32
"""Random bytes of a session or token: with 256 bits a plain hash of them cannot be inverted."""

MARK: Final = "tansaku_"
"""Begins every token, so that one that was left in a file is found by searching for it."""


class AccountReport(Answer):
    """An account.

    Attributes:
        account: Its name, which stands in the logs of campaigns.
        role: The most that it may do: ``viewer`` looks, ``editor`` makes and changes campaigns,
            ``admin`` may do all.
        all_campaigns: Whether its role holds in every campaign.
        campaigns: {campaign that is shared with it: its role there}.
        made: When, UTC.
        closed: Since when it is closed, UTC.
    """

    account: str
    role: Role
    all_campaigns: bool
    campaigns: dict[str, Role]
    made: str
    closed: str | None

    @classmethod
    def of(cls, found: Account) -> AccountReport:
        """The account as it is told."""
        told = found._asdict()
        return cls(account=told.pop("name"), all_campaigns=told.pop("everywhere"), **told)


class AccountList(Answer):
    """All accounts, by their names."""

    accounts: tuple[AccountReport, ...]


class AccountChange(Answer):
    """What was changed about an account, by whom."""

    at: str
    by: str | None
    account: str
    what: str
    detail: str


class AccountLog(Answer):
    """What was changed about accounts, the newest first."""

    changes: tuple[AccountChange, ...]


class Token(Answer):
    """What a program shows in place of a password, by its label."""

    label: str
    made: str
    expires: str


class NewToken(Token):
    """The same, just made: the token itself, which is not kept and never told again."""

    token: str


class TokenList(Answer):
    """The tokens of an account, the oldest first."""

    account: str
    tokens: tuple[Token, ...]


class Session(NamedTuple):
    """A browser that is logged in: as whom, what it shows, and for how many seconds."""

    account: str
    secret: str
    seconds: int


def account_name(text: str) -> str:
    """The name as it is stored, composed Unicode.

    Raises:
        UsageError: empty, too long, or with a control character.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name[0] == "-":
        raise UsageError(
            _("'{name}' cannot be the name of an account.").format(name=text[:LONGEST_NAME]),
            _("Give 1 to {n} printable characters in one line.").format(n=LONGEST_NAME),
        )
    return name


def add(
    store: str, name: str, *, role: Role, password: str, all_campaigns: bool = False
) -> AccountReport:
    """Make an account.

    Raises:
        UsageError: the name or the password cannot be one, or the name is taken.
        RightsError: an account that is no administrator asks.
    """
    proper = account_name(name)
    check_password(password)
    accounts = accounts_of(store)
    accounts.add(proper, role, everywhere=all_campaigns, password=hash_of(password))
    return account(store, proper)


def accounts(store: str) -> AccountList:
    """All accounts.

    Raises:
        RightsError: an account that is no administrator asks.
    """
    return AccountList(accounts=tuple(map(AccountReport.of, accounts_of(store).all())))


def account(store: str, name: str) -> AccountReport:
    """One account.

    Raises:
        UnknownNameError: there is none of that name.
        RightsError: another account asks that is no administrator.
    """
    return AccountReport.of(accounts_of(store).get(account_name(name)))


def change(
    store: str,
    name: str,
    *,
    role: Role | None = None,
    all_campaigns: bool | None = None,
    closed: bool | None = None,
) -> AccountReport:
    """Give an account another role, all campaigns or only those shared with it; close or open it.

    Raises:
        UnknownNameError: there is none of that name.
        UsageError: no administrator would be left.
        RightsError: an account that is no administrator asks.
    """
    proper = account_name(name)
    accounts_of(store).change(proper, role=role, everywhere=all_campaigns, closed=closed)
    return account(store, proper)


def share(store: str, name: str, campaign: str, role: Role) -> AccountReport:
    """Let an account come into a campaign, with at most the role that it has itself.

    Raises:
        UnknownNameError: there is no such account.
        CampaignNotFoundError: there is no such campaign.
        RightsError: an account that is no administrator asks.
    """
    accounts_of(store).share(account_name(name), campaign_name(campaign), role)
    return account(store, name)


def unshare(store: str, name: str, campaign: str) -> AccountReport:
    """Let an account no more come into a campaign; errors as :func:`share`."""
    accounts_of(store).share(account_name(name), campaign_name(campaign), None)
    return account(store, name)


def set_password(store: str, name: str, password: str, *, old: str | None = None) -> AccountReport:
    """Give an account another password; its browsers have to log in again.

    Raises:
        UsageError: it cannot be one.
        LogInError: an account gives itself another one, and ``old`` is not the one that it has.
        RightsError: another account asks that is no administrator.
    """
    proper = account_name(name)
    check_password(password)
    own = bound_account() == proper
    if own and not matches(accounts_of(store).password(proper), old or ""):
        raise LogInError(_("The old password is wrong."), path="body.old")
    accounts_of(store).set_password(proper, hash_of(password))
    return account(store, proper)


def log(store: str) -> AccountLog:
    """What was changed about accounts, the newest first.

    Raises:
        RightsError: an account that is no administrator asks.
    """
    events: list[AccountEvent] = accounts_of(store).events()
    return AccountLog(changes=tuple(AccountChange(**each._asdict()) for each in events))


def new_token(store: str, name: str, label: str, *, days: int = DAYS) -> NewToken:
    """Make a token with which a program comes in as this account.

    Raises:
        UnknownNameError: there is no such account.
        UsageError: the label cannot be one or is taken, or it would be good for no day.
        RightsError: another account asks that is no administrator.
    """
    proper, called = account_name(name), account_name(label)
    if not 1 <= days <= 10 * DAYS:
        raise UsageError(
            _("A token cannot be good for {n} days.").format(n=days),
            _("Give 1 to {n} days.").format(n=10 * DAYS),
        )
    secret = MARK + secrets.token_urlsafe(SECRET)
    made = _pass(secret, proper, "token", called, timedelta(days=days))
    passes_of(store).add(made)
    return NewToken(label=called, made=made.made, expires=made.expires, token=secret)


def tokens(store: str, name: str) -> TokenList:
    """The tokens of an account.

    Raises:
        RightsError: another account asks that is no administrator.
    """
    proper = account_name(name)
    found = passes_of(store).tokens(proper)
    told = (Token(label=each.label, made=each.made, expires=each.expires) for each in found)
    return TokenList(account=proper, tokens=tuple(told))


def revoke(store: str, name: str, label: str) -> TokenList:
    """Make a token good for nothing.

    Raises:
        UnknownNameError: there is none of that label.
        RightsError: another account asks that is no administrator.
    """
    passes_of(store).revoke(account_name(name), label)
    return tokens(store, name)


def log_in(store: str, name: str, password: str) -> Session:
    """A session for whoever has the password of an account.

    Raises:
        LogInError: they do not fit; it is not told which of the two is wrong.
    """
    proper = unicodedata.normalize("NFC", name).strip()
    if not matches(accounts_of(store).password(proper), password):
        raise LogInError(
            _("The name or the password is wrong."),
            _("Try again; an administrator can give you another password."),
        )
    secret = secrets.token_urlsafe(SECRET)
    with signed_in(proper):
        passes_of(store).add(_pass(secret, proper, "session", "", SESSION))
    return Session(proper, secret, int(SESSION.total_seconds()))


def log_out(store: str, secret: str) -> None:
    """End the session that shows this."""
    passes_of(store).end(_digest(secret))


def holder(store: str, secret: str, kind: PassKind) -> str | None:
    """The account that logged in with this, or whose token it is; ``None`` where it is good for
    nothing."""
    return passes_of(store).holder(_digest(secret), kind)


def has_administrator(store: str) -> bool:
    """Whether there is an account that can see to the others."""
    return accounts_of(store).has_administrator()


def _pass(secret: str, name: str, kind: PassKind, label: str, good_for: timedelta) -> Pass:
    made = datetime.now(UTC)
    expires = (made + good_for).isoformat()
    return Pass(_digest(secret), name, kind, label, made.isoformat(), expires)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
