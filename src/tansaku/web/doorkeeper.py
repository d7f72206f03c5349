"""Doorkeeper: what is seen to before a request meets its route.

A page of another site that is open in the same browser must not reach a server that trusts whoever
sits at the machine. Such a page may send requests to 127.0.0.1, and its own name may be made to
lead there (DNS rebinding); so a request has to name this server as its host, and where it comes
from a page that page has to be this server's. A server with accounts trusts nobody for where they
sit, and answers under any name.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import SplitResult, unquote_to_bytes, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tansaku.campaign.attachments import largest
from tansaku.errors import LogInError, RequestError, TansakuError
from tansaku.language import _, use
from tansaku.web.gate import Gate
from tansaku.web.http_errors import error_response, is_for_a_person, less, status_of
from tansaku.web.languages import check_language, language_of
from tansaku.web.sending import SLASH
from tansaku.web.underway import UnderWay, watched_name

LARGEST_BODY: Final = 20_000_000
"""Bytes of a request, where no larger files can be attached: a workbook of 20,000 rows and 20
columns has about 4 MB."""


class Doorkeeper:
    """Refuses what does not belong here, and sets the language and who acts for the rest.

    Args:
        app: What stands behind.
        gate: Who may come in.
        hosts: Names under which this server may be asked; any without them.
        under_way: Remembers what the requests are at that somebody watches.
    """

    def __init__(
        self, app: ASGIApp, gate: Gate, hosts: Collection[str], under_way: UnderWay
    ) -> None:
        self._app = app
        self._gate = gate
        self._hosts = hosts
        self._under_way = under_way
        self._most = max(LARGEST_BODY, largest())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, query = Headers(scope=scope), QueryParams(scope["query_string"])
        if "raw_path" in scope:
            scope["path"] = _path(scope["raw_path"])
        with use(language_of(query, headers)):
            try:
                check_language(query)
                self._check_origin(headers)
                watched = watched_name(HTTPConnection(scope))
                _check_length(headers, self._most)
                visitor = await run_in_threadpool(self._gate.enter, HTTPConnection(scope))
            except TansakuError as error:
                await _refused(Request(scope), error)(scope, receive, send)
                return
            scope.setdefault("state", {})["csrf"] = visitor.csrf
            with visitor.acts, self._under_way.watched(watched):
                await self._app(scope, _limited(receive, self._most), send)

    def _check_origin(self, headers: Headers) -> None:
        """See that the request is for this server, and comes from a program or its own page.

        Raises:
            RequestError: it does not.
        """
        host = headers.get("host", "")
        if self._hosts and _split(f"//{host}").hostname not in self._hosts:
            raise RequestError(
                _("This server is not called '{host}'.").format(host=host),
                _("Ask for {hosts}.").format(hosts=", ".join(self._hosts)),
                path="header.host",
                status=421,
            )
        origin = headers.get("origin")
        if origin is not None and _split(origin).netloc != host:
            raise RequestError(
                _("A page of {origin} may not use this server.").format(origin=origin),
                _("Open the server's own address, or call it from a program."),
                path="header.origin",
                status=403,
            )


def _refused(request: Request, error: TansakuError) -> Response:
    """Who has to log in and looks at a page is led to the log-in, and comes back from there."""
    if isinstance(error, LogInError) and is_for_a_person(request):
        asked = f"{request.url.path}?{request.url.query}".rstrip("?")
        return RedirectResponse(f"/login?{urlencode({'next': asked})}", 303)
    return error_response(error, status_of(error, request))


def _split(address: str) -> SplitResult:
    """The parts of an address; none of one that cannot be one."""
    try:
        return urlsplit(address)
    except ValueError:  # half a bracket of IPv6
        return urlsplit("")


def _check_length(headers: Headers, most: int) -> None:
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > most:
        raise RequestError(_too_large(most), less(), status=413)


def _too_large(most: int) -> str:
    return _("The request is larger than {n} MB.").format(n=most // 10**6)


def _limited(receive: Receive, most: int) -> Receive:
    """The body of a request, which may come without telling its length."""
    seen = 0

    async def receive_some() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413, _too_large(most))
        return message

    return receive_some


def _path(raw: bytes) -> str:
    """The path, a slash inside one of its parts kept from those between them."""
    parts = [unquote_to_bytes(part).decode("utf-8", "replace") for part in raw.split(b"/")]
    return "/".join(part.replace("/", SLASH) for part in parts)
