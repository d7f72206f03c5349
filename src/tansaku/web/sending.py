"""Sending: an answer of a service as a response, whole, in part, or as a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from tansaku.errors import RequestError, TansakuError
from tansaku.language import _
from tansaku.services.jobs import JobReport
from tansaku.spec import Answer, Spec

T = TypeVar("T")

PREFIX: Final = "/api/v1"
"""Where this version of the API is; a later one that breaks it gets another place."""

SLASH: Final = "\x1f"
"""Stands for a slash inside a part of a path, so that 'Li/Zr' can be the name of a campaign; it is
not printable, and names are."""

MOST: Final = 10_000
"""Entries of a list in one response, as many as ``pool`` lists of a large pool."""

ACCEPTED: Final = 202
"""The status of what is done later."""

KINDS: Final[Mapping[str, str]] = {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".db": "application/vnd.sqlite3",
    ".html": "text/html; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
}
"""{ending of a file: its media type}."""


def _store(request: Request) -> str:
    return str(request.app.state.store)


def _name(name: str) -> str:
    return name.replace(SLASH, "/")


Store = Annotated[str, Depends(_store)]
"""URL of the store that the server is for."""

Name = Annotated[str, Depends(_name)]
"""Name of the campaign in the path."""


class PageQuery(Spec):
    """Which entries of a list; ``lang`` as for every request."""

    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST)] = MOST
    lang: str | None = None


Page = Annotated[PageQuery, Query()]


def sent(answer: Answer, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The document that ``--json`` prints."""
    return JSONResponse(answer.document(), status, dict(headers or {}))


def accepted(report: JobReport) -> Response:
    """A job that was taken on, and where to ask for it."""
    place = f"{PREFIX}/jobs/{report.job}"
    return sent(report, ACCEPTED, {"Location": place, "Retry-After": "1"})


def page_of(
    request: Request, page: PageQuery, answer: Answer, field: str, count: int | None = None
) -> Response:
    """The document with a part of the list ``field``; the headers tell how many there are, and
    where the next part is (RFC 8288). With a ``count`` of all, the list is that part already."""
    every = getattr(answer, field)
    end = page.offset + page.limit
    total = len(every) if count is None else count
    headers = {"X-Total-Count": str(total)}
    if end < total:
        asked = request.query_params.multi_items()
        kept = [pair for pair in asked if pair[0] not in ("offset", "limit")]
        query = urlencode([*kept, ("offset", end), ("limit", page.limit)])
        headers["Link"] = f'<?{query}>; rel="next"'
    part = every[page.offset : end] if count is None else every
    return sent(answer.model_copy(update={field: part}), headers=headers)


def written(ending: str, write: Callable[[Path], object]) -> Response:
    """The file that ``write`` makes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"file{ending}"
        write(file)
        return Response(file.read_bytes(), media_type=KINDS[ending])


async def _body(request: Request) -> bytes:
    return await request.body()


Upload = Annotated[bytes, Depends(_body)]
"""A file, as the body of the request."""


def read_upload(content: bytes, name: str, read: Callable[[Path], T]) -> T:
    """What ``read`` makes of an upload, under the name that the file has for its person.

    Raises:
        RequestError: that is no name of a file.
    """
    proper = Path(name.replace("\\", "/")).name
    if not proper or not proper.isprintable():
        raise RequestError(
            _("'{name}' is no name of a file.").format(name=name),
            _("Name it as it is called on disk, with its ending."),
            path="query.filename",
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / proper
        try:
            file.write_bytes(content)
        except OSError as error:  # a name that the disk does not take
            raise RequestError(
                _("'{name}' is no name of a file.").format(name=name[:100]),
                _("Name it as it is called on disk, with its ending."),
                path="query.filename",
            ) from error
        try:
            return read(file)
        except (
            TansakuError
        ) as error:  # where the server keeps it meanwhile is nothing to its person
            error.message, error.hint = (
                text.replace(f"{folder}{os.sep}", "") for text in (error.message, error.hint)
            )
            raise
