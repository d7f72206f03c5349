"""Errors over HTTP: one document for all of them, with the status that fits, and never a page."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from tansaku.errors import (
    CampaignExistsError,
    CampaignNotFoundError,
    ConfirmationError,
    ConflictError,
    NothingToUndoError,
    RepeatedRequestError,
    RequestError,
    RightsError,
    StoreError,
    TansakuError,
    UnknownNameError,
)
from tansaku.language import _, use
from tansaku.spec import Answer
from tansaku.web.languages import language_of
from tansaku.web.rendering import page

STATUSES: Final[Mapping[type[TansakuError], int]] = {
    CampaignNotFoundError: 404,
    CampaignExistsError: 409,
    ConfirmationError: 409,
    ConflictError: 409,
    NothingToUndoError: 409,
    RepeatedRequestError: 409,
    RightsError: 403,
    StoreError: 503,
    TansakuError: 422,
}
"""{kind of error: status}; the nearest kind counts. What was given and cannot be used is 422."""

CHANGED: Final = 412
"""Where the caller named the version that it had seen."""

NAMED: Final = {"id", "source", "account", "label"}
"""Parts of a path that name something beside a campaign; what they name may not be there."""


class ErrorDetail(Answer):
    """What was given, which rule it broke, and what to do.

    Attributes:
        code: As docs/errors.md has it; ``bug`` for what nobody foresaw.
        path: Where in the request; empty for the whole.
        questions: What a person should look at before it is stored with ``confirm``.
    """

    code: str
    message: str
    hint: str
    path: str = ""
    questions: tuple[str, ...] = ()


class ErrorDocument(Answer):
    """An error, as ``--json`` prints it."""

    error: ErrorDetail


def error_response(
    error: TansakuError, status: int, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The document of an error, with its status."""
    return JSONResponse(error_document(error), status, dict(headers or {}))


def error_document(error: TansakuError) -> dict[str, Any]:
    """What is told of an error."""
    told: dict[str, Any] = {"code": error.code, "message": error.message, "hint": error.hint}
    if isinstance(error, RequestError) and error.path:
        told["path"] = error.path
    if isinstance(error, ConfirmationError):
        told["questions"] = list(error.questions)
    return {"error": told}


def is_for_a_person(request: HTTPConnection) -> bool:
    """Whether a browser asks for a page, and not a program for a document."""
    return request.scope["method"] == "GET" and "text/html" in request.headers.get("accept", "")


def status_of(error: TansakuError, request: Request) -> int:
    """The status of an error that this request has met."""
    if isinstance(error, RequestError):
        return error.status
    if isinstance(error, UnknownNameError) and NAMED & request.path_params.keys():
        return 404
    if isinstance(error, ConflictError) and "if-match" in request.headers:
        return CHANGED
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def add_handlers(app: FastAPI) -> None:
    """Answer every error of the app with its document."""

    @app.exception_handler(TansakuError)
    async def known(request: Request, error: TansakuError) -> Response:
        status = status_of(error, request)
        if is_for_a_person(request):
            return page(request, "message.jinja", code=status, error=error)
        return error_response(error, status)

    @app.exception_handler(RequestValidationError)
    async def misshapen(_request: Request, error: RequestValidationError) -> JSONResponse:
        return error_response(request_error(error.errors()), 422)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        return error_response(_refusal(request, error), error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        # Outside of all that sets the language.
        with use(language_of(request.query_params, request.headers)):
            return _bug(error)


def _place(request: Request) -> str:
    """The path as it was asked for."""
    return str(request.scope.get("raw_path", b"").decode("ascii", "replace"))


def _bug(error: Exception) -> JSONResponse:
    logging.getLogger("tansaku.web").error("unforeseen", exc_info=error)
    message = _("This is a bug in tansaku: {kind}.").format(kind=type(error).__name__)
    hint = _("Please report it where you got tansaku, with what the server's log says of it.")
    return JSONResponse({"error": {"code": "bug", "message": message, "hint": hint}}, 500)


def _refusal(request: Request, error: HTTPException) -> RequestError:
    if error.status_code == 404:
        return RequestError(
            _("There is nothing at {path}.").format(path=_place(request)),
            _("The page /docs lists what there is."),
        )
    if error.status_code == 405:
        return RequestError(
            _("{path} cannot be asked with {method}.").format(
                path=_place(request), method=request.method
            ),
            _("The page /docs lists what there is."),
        )
    if error.status_code == 413:
        return RequestError(str(error.detail), less())
    return RequestError(
        _("The request cannot be read: {why}.").format(why=error.detail),
        _("The page /docs shows what it takes."),
    )


def less() -> str:
    """What to do about a request that is too large."""
    return _("Leave out sheets, columns and rows that are not needed, or send it in parts.")


def request_error(faults: Sequence[Mapping[str, Any]]) -> RequestError:
    """The first fault of a request as a sentence, and where it is."""
    first = faults[0]
    kind, places = first["type"], [str(part) for part in first["loc"]]
    if kind == "json_invalid":
        message = _("The body is no JSON: {why}.").format(why=first["ctx"]["error"])
        return RequestError(message, _("Send one JSON document."), path="body")
    path = ".".join(places)
    hint = _("The page /docs shows what it takes.")
    if kind == "missing":
        message = _("{field} is missing.")
    elif kind == "extra_forbidden":
        message = _("There is no field {field}.")
    else:
        return RequestError(
            _("{field} has to be {wanted}.").format(field=path, wanted=_wanted(first)),
            hint,
            path=path,
        )
    return RequestError(message.format(field=path), hint, path=path)


def _wanted(fault: Mapping[str, Any]) -> str:
    """What a field would have to be."""
    kind, limits = fault["type"], fault.get("ctx", {})
    bounds = {
        "greater_than": (_("above {bound}"), "gt"),
        "greater_than_equal": (_("at least {bound}"), "ge"),
        "less_than": (_("below {bound}"), "lt"),
        "less_than_equal": (_("at most {bound}"), "le"),
        "too_short": (_("at least {bound} long"), "min_length"),
        "too_long": (_("at most {bound} long"), "max_length"),
        "literal_error": (_("one of {bound}"), "expected"),
        "enum": (_("one of {bound}"), "expected"),
    }
    if kind in bounds:
        text, bound = bounds[kind]
        return text.format(bound=limits.get(bound))
    names = {
        "string": _("a text"),
        "int": _("a whole number"),
        "float": _("a number"),
        "finite": _("a number"),
        "bool": _("true or false"),
        "date": _("a day such as 2026-04-01"),
        "tuple": _("a list"),
        "list": _("a list"),
        "dict": _("an object"),
        "model": _("an object"),
    }
    found = names.get(kind.partition("_")[0])
    return found or _("something else ({why})").format(why=fault["msg"])
