"""The command that sees to who may use a server from other machines: account."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import typer

from tansaku.cli.app import command
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet
from tansaku.errors import UsageError
from tansaku.insight.figures import minute
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.services.account import AccountList, AccountLog, AccountReport, NewToken, TokenList


class RoleName(StrEnum):
    """What --role takes."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


Role = Literal["viewer", "editor", "admin"]


class Given(NamedTuple):
    """What was given beside the action."""

    shell: Shell
    name: str
    which: str
    role: Role | None
    every: bool | None
    days: int | None


@command("account", _("Who may use the server from other machines, and what each may do there."))
def account(
    shell: Shell,
    action: Annotated[
        str,
        typer.Argument(
            metavar="[ACTION]",
            help=_(
                "add, change, password, close, open, share, unshare, token, revoke, log, or nothing"
                " to look."
            ),
        ),
    ] = "",
    name: Annotated[str, typer.Argument(metavar="[NAME]", help=_("The account."))] = "",
    which: Annotated[
        str,
        typer.Argument(
            metavar="[CAMPAIGN|LABEL]",
            help=_("What is shared; for which program a token is."),
        ),
    ] = "",
    role: Annotated[
        RoleName | None,
        typer.Option(
            "--role",
            help=_("The most that it may do: look; make and change campaigns; all. Or in one."),
        ),
    ] = None,
    every: Annotated[
        bool | None,
        typer.Option(
            "--all/--shared", help=_("Its role holds in every campaign, or in those shared.")
        ),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option("--days", metavar="N", help=_("How long a token is good; else a year.")),
    ] = None,
) -> None:
    """tansaku account add NAME --role editor."""
    act, needs = ACTIONS.get(action, (_account, "?"))
    if needs == "?" or bool(name) != (needs != "") or bool(which) != (needs == "2"):
        raise UsageError(
            _("'account {rest}' is not understood.").format(
                rest=f"{action} {name} {which}".rstrip()
            ),
            _("Write for example 'account', 'account add NAME' or 'account share NAME CAMPAIGN'."),
        )
    act(Given(shell, name, which, role.value if role else None, every, days))


def _account(given: Given) -> None:
    from tansaku.services.account import accounts

    found = accounts(given.shell.store)
    given.shell.show(found, lambda console: _render_accounts(console, found))


def _add(given: Given) -> None:
    from tansaku.services.account import add

    role, every = given.role or "editor", bool(given.every)
    _show(
        given,
        add(given.shell.store, given.name, role=role, password=_password(), all_campaigns=every),
    )


def _change(given: Given) -> None:
    from tansaku.services.account import change

    changed = change(given.shell.store, given.name, role=given.role, all_campaigns=given.every)
    _show(given, changed)


def _new_password(given: Given) -> None:
    from tansaku.services.account import set_password

    _show(given, set_password(given.shell.store, given.name, _password()))


def _close(given: Given) -> None:
    from tansaku.services.account import change

    _show(given, change(given.shell.store, given.name, closed=True))


def _open(given: Given) -> None:
    from tansaku.services.account import change

    _show(given, change(given.shell.store, given.name, closed=False))


def _share(given: Given) -> None:
    from tansaku.services.account import share

    role = given.role or "editor"
    if role == "admin":
        raise UsageError(
            _("An administrator may do all; there is none of one campaign."),
            _("Write --role editor or --role viewer."),
        )
    _show(given, share(given.shell.store, given.name, given.which, role))


def _unshare(given: Given) -> None:
    from tansaku.services.account import unshare

    _show(given, unshare(given.shell.store, given.name, given.which))


def _token(given: Given) -> None:
    from tansaku.services.account import DAYS, new_token

    days = DAYS if given.days is None else given.days
    made = new_token(given.shell.store, given.name, given.which, days=days)
    given.shell.show(made, lambda console: _render_token(console, made))


def _revoke(given: Given) -> None:
    from tansaku.services.account import revoke

    left = revoke(given.shell.store, given.name, given.which)
    given.shell.show(left, lambda console: _render_tokens(console, left))


def _log(given: Given) -> None:
    from tansaku.services.account import log

    found = log(given.shell.store)
    given.shell.show(found, lambda console: _render_log(console, found))


ACTIONS: Final[Mapping[str, tuple[Callable[[Given], None], str]]] = {
    "": (_account, ""),
    "add": (_add, "1"),
    "change": (_change, "1"),
    "password": (_new_password, "1"),
    "close": (_close, "1"),
    "open": (_open, "1"),
    "share": (_share, "2"),
    "unshare": (_unshare, "2"),
    "token": (_token, "2"),
    "revoke": (_revoke, "2"),
    "log": (_log, ""),
}
"""{action: (what does it, how many words follow)}."""


def _password() -> str:
    """Typed twice where somebody is there, else the first line of standard input: what stands on a
    command line is seen by everybody on the machine."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(_("Password:") + " ", sys.stderr)
    if getpass.getpass(_("Once more:") + " ", sys.stderr) != first:
        raise UsageError(_("The two passwords differ."), _("Nothing was stored. Try again."))
    return first


def _show(given: Given, found: AccountReport) -> None:
    from tansaku.services.account import AccountList

    one = AccountList(accounts=(found,))
    given.shell.show(found, lambda console: _render_accounts(console, one))


def _render_accounts(console: Console, found: AccountList) -> None:
    if not found.accounts:
        console.print(_("There is no account. The server answers this machine only."))
        return
    header = [_("account"), _("role"), _("campaigns"), _("closed")]
    rows = []
    for each in found.accounts:
        shared = ", ".join(f"{name} ({role})" for name, role in each.campaigns.items())
        all_of_them = each.all_campaigns or each.role == "admin"
        closed = minute(datetime.fromisoformat(each.closed)) if each.closed else ""
        rows.append([each.account, each.role, _("all") if all_of_them else shared or "-", closed])
    sheet(console, header, rows, words=header)


def _render_token(console: Console, found: NewToken) -> None:
    console.print(found.token, soft_wrap=True)
    console.print(
        _("It is shown this once. It is good until {time} UTC.").format(
            time=minute(datetime.fromisoformat(found.expires))
        )
    )


def _render_tokens(console: Console, found: TokenList) -> None:
    labels = ", ".join(each.label for each in found.tokens)
    console.print(_("Tokens of {name}: {labels}.").format(name=found.account, labels=labels or "-"))


def _render_log(console: Console, found: AccountLog) -> None:
    header = [_("when"), _("by"), _("account"), _("what"), ""]
    rows = [
        [minute(datetime.fromisoformat(each.at)), each.by or "-", each.account, each.what,
         each.detail]
        for each in found.changes
    ]  # fmt: skip
    sheet(console, header, rows, words=header)
