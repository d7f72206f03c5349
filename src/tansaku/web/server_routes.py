"""Routes about the server itself: whether it lives and is ready, its metrics, its description."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import JSONResponse

from tansaku import __version__
from tansaku.services.ready import Readiness, readiness
from tansaku.spec import Answer
from tansaku.web.sending import Store, sent
from tansaku.web.underway import RequestProgress, UnderWay

ASSETS: Final = "fastapi_offline"
"""The package whose folder ``static`` has the files of Swagger UI: those that FastAPI names come
from elsewhere, and a lab's machine may have no other network."""

SERVED: Final = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}

router: Final = APIRouter(tags=["server"])


class Alive(Answer):
    """The server answers."""

    status: str = "ok"
    version: str = __version__


@router.get("/health", response_model=Alive)
async def health() -> Response:
    """Whether the server lives; it need not be able to do anything."""
    return sent(Alive())


@router.get("/ready", response_model=Readiness)
def ready(store: Store) -> Response:
    """Whether the server can do its work: 503 where its store cannot be used."""
    return sent(readiness(store))


@router.get("/progress/{id}", response_model=RequestProgress)
def progress(id: str, request: Request) -> Response:
    """How far a request is that was sent with the header ``X-Watched: {id}``, by the same
    account."""
    under_way: UnderWay = request.app.state.under_way
    return sent(under_way.of(id))


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Counts and durations for Prometheus."""
    page: Response = request.app.state.metrics.page()
    return page


@router.get("/openapi.json", include_in_schema=False)
async def description(request: Request) -> Response:
    """Every route, as OpenAPI describes it."""
    found = request.app.openapi()
    if request.app.state.accounts:
        schemes = {"token": {"type": "http", "scheme": "bearer"}}
        parts = found["components"] | {"securitySchemes": schemes}
        found = found | {"components": parts, "security": [{"token": []}]}
    return JSONResponse(found)


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """Every route, to read and to try."""
    found = get_swagger_ui_html(
        openapi_url="openapi.json",
        title="tansaku",
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url="data:,",
    )
    _head, _tag, script = bytes(found.body).rpartition(b"<script>")
    told = base64.b64encode(hashlib.sha256(script.partition(b"</script>")[0]).digest()).decode()
    found.headers["Content-Security-Policy"] = (
        f"default-src 'self'; script-src 'self' 'sha256-{told}'; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    return found


@router.get("/docs/{file}", include_in_schema=False)
def docs_file(file: str) -> Response:
    """A file of that page."""
    if file not in SERVED:
        raise HTTPException(404)
    content = (files(ASSETS) / "static" / file).read_bytes()
    return Response(content, media_type=SERVED[file], headers={"Cache-Control": "max-age=86400"})
