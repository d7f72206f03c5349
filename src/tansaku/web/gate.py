"""Gate: who may come in, and as whom.

On the machine itself a server trusts whoever sits there. With accounts a request shows a session
(the cookie of a browser) or a token (``Authorization: Bearer ..``); whoever shows neither gets no
further than the page of the log-in.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Protocol

from starlette.requests import HTTPConnection

from tansaku.actor import NOBODY, account, acting, signed_in
from tansaku.errors import LogInError, RequestError
from tansaku.language import _
from tansaku.services.account import holder
from tansaku.web.sending import PREFIX

PUBLIC: Final = frozenset(
    {
        *("/login", "/health", "/ready", "/static/app.css", "/static/app.js"),
        *(f"{PREFIX}/login", f"{PREFIX}/health", f"{PREFIX}/ready"),
    }
)
"""Where nobody has to be anybody; they tell nothing of what the store holds."""

SAFE: Final = ("GET", "HEAD", "OPTIONS")
"""What changes nothing (RFC 9110, section 9.2.1)."""

PASSED_ON: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers by which a proxy tells for whom it asks."""

COOKIES: Final[Mapping[str, str]] = {"http": "tansaku", "https": "__Host-tansaku"}
"""{scheme: name of the cookie}; browsers take the second over https only, from this host only."""


class Visitor(NamedTuple):
    """Who asks: inside of ``acts`` everything is done as that one. ``csrf`` is what the pages of
    its session have to show with each change."""

    acts: AbstractContextManager[None]
    csrf: str = ""


class Gate(Protocol):
    """Who may come in."""

    def enter(self, request: HTTPConnection) -> Visitor:
        """Who asks.

        Raises:
            RequestError: nobody that may.
        """


class OpenGate:
    """Lets in whoever sits at the machine, who could open the store's file as well."""

    def enter(self, request: HTTPConnection) -> Visitor:
        """The account of the machine.

        Raises:
            RequestError: a proxy asks, and nobody knows for whom.
        """
        if any(name in request.headers for name in PASSED_ON):
            raise RequestError(
                _("A proxy passes this request on, and this server asks nobody who they are."),
                _("Start it with accounts: tansaku serve --accounts."),
                status=403,
            )
        return Visitor(acting(account()))


class AccountGate:
    """Lets in who shows a session or a token of an account of the ``store``."""

    def __init__(self, store: str) -> None:
        self._store = store

    def enter(self, request: HTTPConnection) -> Visitor:
        """The account that is shown.

        Raises:
            LogInError: none is, or what is shown is good for nothing.
            RequestError: a change that the page of another site may have asked for.
        """
        kind, _blank, token = request.headers.get("authorization", "").partition(" ")
        if kind:
            name = holder(self._store, token.strip(), "token") if kind.lower() == "bearer" else None
            if name is None:
                raise LogInError(
                    _("This token is good for nothing: unknown, revoked or over."),
                    _("Make another one: tansaku account token NAME LABEL."),
                    path="header.authorization",
                )
            return Visitor(signed_in(name))
        secret = shown_session(request)
        name = holder(self._store, secret, "session") if secret else None
        if name is None:
            if request.scope["path"] not in PUBLIC:
                raise LogInError(
                    _("This server has to know who asks."),
                    _("Log in at /login, or send a token: Authorization: Bearer TOKEN."),
                )
            return Visitor(signed_in(NOBODY))
        csrf = csrf_of(secret)
        if request.scope["method"] not in SAFE and request.scope["path"] not in PUBLIC:
            _check_csrf(request.headers.get("x-csrf-token", ""), csrf)
        return Visitor(signed_in(name), csrf)


def shown_session(request: HTTPConnection) -> str:
    """What the browser shows; empty where it is not logged in."""
    return request.cookies.get(COOKIES.get(request.url.scheme, ""), "")


def csrf_of(session: str) -> str:
    """What pages of a session show with each change: another site cannot read it, and nobody who
    reads it can make the session of it."""
    return hashlib.sha256(f"csrf {session}".encode()).hexdigest()


def _check_csrf(shown: str, csrf: str) -> None:
    if not hmac.compare_digest(shown.encode(), csrf.encode()):
        raise RequestError(
            _("The change does not come from a page of this server."),
            _("Load the page again; programs send a token: Authorization: Bearer TOKEN."),
            path="header.x-csrf-token",
            status=403,
        )
