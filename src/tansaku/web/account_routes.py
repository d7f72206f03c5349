"""Routes of accounts: logging in and out, what an account sees to itself, and what administrators
see to. None keeps its answer for a second request: a token is told once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from tansaku.actor import bound_account, signed_in
from tansaku.errors import LogInError, RequestError
from tansaku.language import _
from tansaku.services import account as accounts
from tansaku.services.opened import stored_names
from tansaku.web.bodies import (
    AccountBody,
    AccountChangeBody,
    LogInBody,
    OwnPasswordBody,
    ShareBody,
    TokenBody,
)
from tansaku.web.gate import COOKIES, shown_session
from tansaku.web.rendering import page
from tansaku.web.sending import PREFIX, SLASH, Name, Store, sent

router: Final = APIRouter(prefix=PREFIX, tags=["accounts"])
pages: Final = APIRouter(include_in_schema=False)


def _own() -> str:
    """The account that asks.

    Raises:
        RequestError: this server has none.
    """
    name = bound_account()
    if name is None:
        raise RequestError(
            _("This server trusts whoever sits at the machine, and nobody logs in."),
            _("Start it with accounts: tansaku serve --accounts."),
            status=409,
        )
    return name


def _plain(account: str) -> str:
    return account.replace(SLASH, "/")


SHOWN: Final = 200
"""Changes that the page of accounts shows; the log has all."""

Own = Annotated[str, Depends(_own)]
Whose = Annotated[str, Depends(_plain)]


@contextmanager
def _counted(request: Request, name: str) -> Iterator[None]:
    """A log-in that fails inside is counted for its name and its address.

    Raises:
        RequestError: too many have failed.
    """
    address = request.client.host if request.client else ""
    keys = (f"name {name}", f"address {address}")
    request.app.state.attempts.check(*keys)
    try:
        yield
    except LogInError:
        request.app.state.attempts.fail(*keys)
        # Not the name: people type their password there.
        logging.getLogger("tansaku.web").warning("log-in refused, asked for from %s", address)
        raise


@router.post("/login", response_model=accounts.AccountReport)
def log_in(request: Request, body: LogInBody, store: Store, _asks: Own) -> Response:
    """Log in as an account; the answer sets the cookie of the session."""
    with _counted(request, body.name):
        session = accounts.log_in(store, body.name, body.password.get_secret_value())
    with signed_in(session.account):
        response = sent(accounts.account(store, session.account))
    _set_cookie(request, response, session.secret, session.seconds)
    return response


@router.post("/logout", status_code=204, response_class=Response)
def log_out(request: Request, store: Store, _asks: Own) -> Response:
    """End the session that asks."""
    accounts.log_out(store, shown_session(request))
    response = Response(status_code=204)
    _set_cookie(request, response, "", 0)
    return response


def _set_cookie(request: Request, response: Response, secret: str, seconds: int) -> None:
    """No script reads it, and it comes along from no other site."""
    scheme = request.url.scheme
    secure = scheme == "https"
    response.set_cookie(
        COOKIES[scheme], secret, seconds, path="/", secure=secure, httponly=True, samesite="lax"
    )


@router.get("/me", response_model=accounts.AccountReport)
def me(store: Store, own: Own) -> Response:
    """The account that asks, and what it may do."""
    return sent(accounts.account(store, own))


@router.post("/me/password", response_model=accounts.AccountReport)
def own_password(request: Request, body: OwnPasswordBody, store: Store, own: Own) -> Response:
    """Take another password; all browsers have to log in again."""
    old, new = body.old.get_secret_value(), body.new.get_secret_value()
    with _counted(request, own):
        return sent(accounts.set_password(store, own, new, old=old))


@router.get("/me/tokens", response_model=accounts.TokenList)
def own_tokens(store: Store, own: Own) -> Response:
    """The tokens of the account that asks, by their labels."""
    return sent(accounts.tokens(store, own))


@router.post("/me/tokens", status_code=201, response_model=accounts.NewToken)
def new_token(body: TokenBody, store: Store, own: Own) -> Response:
    """Make a token for a program. It is told this once: what is kept is its hash."""
    return sent(accounts.new_token(store, own, body.label, days=body.days), 201)


@router.delete("/me/tokens/{label}", response_model=accounts.TokenList)
def revoke_token(label: str, store: Store, own: Own) -> Response:
    """Make a token good for nothing."""
    return sent(accounts.revoke(store, own, label.replace(SLASH, "/")))


@router.get("/accounts", response_model=accounts.AccountList)
def all_accounts(store: Store) -> Response:
    """All accounts; this and what follows is for administrators."""
    return sent(accounts.accounts(store))


@router.post("/accounts", status_code=201, response_model=accounts.AccountReport)
def new_account(body: AccountBody, store: Store) -> Response:
    """Make an account."""
    password = body.password.get_secret_value()
    found = accounts.add(
        store, body.name, role=body.role, password=password, all_campaigns=body.all_campaigns
    )
    return sent(found, 201)


@router.patch("/accounts/{account}", response_model=accounts.AccountReport)
def change_account(account: Whose, body: AccountChangeBody, store: Store) -> Response:
    """Give an account another role or password, all campaigns or its own; close or open it."""
    told = body.model_dump(exclude={"password"})
    if body.password is not None:
        accounts.set_password(store, account, body.password.get_secret_value())
    return sent(accounts.change(store, account, **told))


@router.put("/accounts/{account}/campaigns/{name}", response_model=accounts.AccountReport)
def share(account: Whose, name: Name, body: ShareBody, store: Store) -> Response:
    """Let an account come into a campaign, with at most its own role."""
    return sent(accounts.share(store, account, name, body.role))


@router.delete("/accounts/{account}/campaigns/{name}", response_model=accounts.AccountReport)
def unshare(account: Whose, name: Name, store: Store) -> Response:
    """Let an account no more come into a campaign."""
    return sent(accounts.unshare(store, account, name))


@router.get("/account-log", response_model=accounts.AccountLog)
def account_log(store: Store) -> Response:
    """What was changed about accounts, by whom, the newest first."""
    return sent(accounts.log(store))


@pages.get("/login")
def log_in_page(request: Request, _asks: Own, next: str = "/") -> Response:
    """Where a name and a password are asked for; then it goes on at ``next``, on this server."""
    inside = next.startswith("/") and not next.startswith(("//", "/\\"))
    return page(request, "login.jinja", api=PREFIX, then=next if inside else "/")


@pages.get("/account")
def account_page(request: Request, store: Store, own: Own) -> Response:
    """What an account sees to itself: its password, and the tokens of its programs."""
    found = accounts.account(store, own)
    tokens = accounts.tokens(store, own).tokens
    return page(request, "account.jinja", api=PREFIX, found=found, tokens=tokens)


@pages.get("/accounts")
def accounts_page(request: Request, store: Store, _asks: Own) -> Response:
    """What administrators see to: who may come in, and what was changed about that."""
    found, changes = accounts.accounts(store).accounts, accounts.log(store).changes[:SHOWN]
    names = stored_names(store)
    return page(request, "accounts.jinja", api=PREFIX, found=found, changes=changes, names=names)
