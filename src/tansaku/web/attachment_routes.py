"""Routes of attached files: in as the body of a request, and out again as they came in."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from tansaku.campaign.attachments import PICTURES, UNKNOWN, given_file, largest, smaller, too_large
from tansaku.errors import RequestError
from tansaku.services import sample_files
from tansaku.web.change_route import ChangeRoute, Handler
from tansaku.web.sending import PREFIX, Name, Store, Upload, sent

BINARY: Final[dict[str, Any]] = {UNKNOWN: {"schema": {"type": "string", "format": "binary"}}}
"""A file, as the description of the API has it."""


class AttachmentRoute(ChangeRoute):
    """A route that looks at the size of what is sent to it before it reads it."""

    def get_route_handler(self) -> Handler:
        """What takes the request."""
        handle = super().get_route_handler()

        async def sized(request: Request) -> Response:
            length = int(request.headers.get("content-length", "0"))
            if length > largest():
                name = request.query_params.get("filename", "")
                raise RequestError(too_large(name, length), smaller(), path="body", status=413)
            return await handle(request)

        return sized


router: Final = APIRouter(
    prefix=PREFIX + "/campaigns/{name}", route_class=AttachmentRoute, tags=["attached files"]
)


@router.post(
    "/attachments",
    response_model=sample_files.AttachedFiles,
    openapi_extra={"requestBody": {"required": True, "content": BINARY}},
)
def attach_file(
    name: Name,
    store: Store,
    content: Upload,
    sample: Annotated[str, Query(examples=["s1", "m3"])],
    filename: Annotated[str, Query(examples=["pellet.jpg"])],
    remark: str = "",
) -> Response:
    """Attach a file, sent as the body, to a sample."""
    given = given_file(filename, content)
    return sent(sample_files.attach(store, name, sample, [given], remark=remark))


@router.get("/attachments", response_model=sample_files.Attachments)
def attached_files(name: Name, store: Store, sample: str | None = None) -> Response:
    """The attached files of a campaign, or of one of its samples."""
    return sent(sample_files.attachments(store, name, sample))


@router.get(
    "/attachments/{id}",
    response_class=Response,
    responses={
        200: {"description": "The file as it was attached", "content": BINARY},
        304: {"description": "It is as If-None-Match says"},
    },
)
def attached_content(request: Request, name: Name, id: str, store: Store) -> Response:
    """The content of an attached file, to be saved. Its ``ETag`` is its SHA-256. Pictures (PNG,
    JPEG, GIF, WebP) come as such, all else as bytes that no browser shows or runs."""
    tags = request.headers.get("if-none-match", "").split(",")
    held = [each.strip().removeprefix("W/").strip('"') for each in tags]
    found = sample_files.content(store, name, id, held=held)
    kind, called = found.file.media_type, quote(found.file.name, safe="")
    headers = {
        "ETag": f'"{found.file.sha256}"',
        "Content-Disposition": f"attachment; filename*=UTF-8''{called}",
        "X-Content-Type-Options": "nosniff",
    }
    if found.content is None:
        return Response(status_code=304, headers=headers)
    shown = kind if kind in PICTURES.values() else UNKNOWN
    return Response(found.content, media_type=shown, headers=headers)
