"""Change routes: a change that is asked for twice is made once, and only on what was seen; what has
not changed since it was seen is not worked out again.

``Idempotency-Key``: the answer is kept under it with the change, and a second request of the same
key gets that answer (draft-ietf-httpapi-idempotency-key-header). ``If-Match``: the campaign has to
be as its ``ETag`` said (RFC 9110, section 13.1.1). ``If-None-Match``: whatever is told of a
campaign follows from its events and the program, so a picture that is asked for again is not drawn.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from tansaku import __version__
from tansaku.errors import RepeatedRequestError, RequestError
from tansaku.language import _
from tansaku.services.change_request import ChangeRequest, asked
from tansaku.services.opened import kept_answer, version
from tansaku.web.sending import ACCEPTED, SLASH

LONGEST_KEY: Final = 200
"""Characters of a key; a UUID has 36."""

VARY: Final = "Accept-Language, Cookie"
"""Headers that tell the language of an answer, and who asks."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ChangeRoute(APIRoute):
    """A route that heeds these headers."""

    def get_route_handler(self) -> Handler:
        """What takes the request."""
        handle = super().get_route_handler()
        status = self.status_code or 200

        async def once(request: Request) -> Response:
            if request.method == "GET":
                return await _unless_seen(request, handle)
            wanted = await _change_request(request)
            store = request.app.state.store
            before = await run_in_threadpool(_answer, store, wanted, status)
            if before is not None:
                return before
            with asked(wanted):
                try:
                    return await handle(request)
                except RepeatedRequestError:  # stored while this one was worked out
                    stored = await run_in_threadpool(_answer, store, wanted, status)
                    if stored is None:
                        raise
                    return stored

        return once


def tag_of(store: str, name: str) -> str:
    """The ``ETag`` of all that is told of a campaign as it is now."""
    return f'"{version(store, name)};{__version__}"'


async def _unless_seen(request: Request, handle: Handler) -> Response:
    """The response, or that it is as the caller has it."""
    name = request.path_params.get("name")
    if name is None:
        return await handle(request)
    tag = await run_in_threadpool(tag_of, request.app.state.store, name.replace(SLASH, "/"))
    request.state.tag = tag  # of before it is read: what comes in between is seen as new
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": VARY}
    if tag in (each.strip() for each in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    found = await handle(request)
    for header, value in headers.items():
        found.headers.setdefault(header, value)
    return found


async def _change_request(request: Request) -> ChangeRequest:
    """What the headers say.

    Raises:
        RequestError: no key could be this.
    """
    key = request.headers.get("idempotency-key", "")
    if len(key) > LONGEST_KEY:
        raise RequestError(
            _("The key has more than {n} characters.").format(n=LONGEST_KEY),
            _("Use a UUID for each change."),
            path="header.idempotency-key",
        )
    told = ""
    if key:
        asked_for = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
        told = hashlib.sha256(asked_for + await request.body()).hexdigest()
    seen = request.headers.get("if-match", "").removeprefix("W/").strip('"').partition(";")[0]
    return ChangeRequest(key=key, request=told, version="" if seen == "*" else seen)


def _answer(store: str, wanted: ChangeRequest, status: int) -> Response | None:
    """What was answered to the same request before.

    Raises:
        RequestError: the key stood for another request.
    """
    kept = kept_answer(store, wanted.key) if wanted.key else None
    if kept is None:
        return None
    if kept.request != wanted.request:
        raise RequestError(
            _("The key '{key}' was used for another request.").format(key=wanted.key),
            _("Use a new key for each change, and the same one only to ask again."),
            path="header.idempotency-key",
        )
    document = json.loads(kept.answer)
    status = ACCEPTED if "job" in document else status
    return JSONResponse(document, status, {"Idempotency-Replayed": "true"})
