"""Routes about campaigns as wholes, as ``cli/campaigns.py`` has them for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from tansaku.campaign.progress import CampaignStatus
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.errors import RequestError, StoreError
from tansaku.language import _
from tansaku.services import exchange, history, measurements, new, pool, status, trash
from tansaku.services.ready import readiness
from tansaku.web.bodies import CampaignBody, RedoBody, RenameBody, UndoBody
from tansaku.web.change_route import ChangeRoute
from tansaku.web.sending import (
    PREFIX,
    Name,
    Page,
    Store,
    Upload,
    page_of,
    read_upload,
    sent,
    written,
)

router: Final = APIRouter(prefix=PREFIX, route_class=ChangeRoute, tags=["campaigns"])

VERSIONED: Final[Mapping[int | str, dict[str, object]]] = {
    304: {"description": "It is as If-None-Match says."}
}


@router.get("/campaigns", response_model=status.Campaigns)
def list_campaigns(request: Request, store: Store, page: Page) -> Response:
    """The campaigns of the store, and those that cannot be read."""
    return page_of(request, page, status.list_(store), "campaigns")


@router.post("/campaigns", status_code=201, response_model=new.NewCampaign)
def new_campaign(body: CampaignBody, store: Store) -> Response:
    """Make a campaign, of rows or of parameters."""
    refuse_table(body)
    found = new.new(store, body.name, body)
    return sent(found, 201, {"Location": f"{PREFIX}/campaigns/{quote(found.campaign, safe='')}"})


def no_file(path: str) -> RequestError:
    """A file of the server's machine is none of the caller's."""
    return RequestError(
        _("The server reads no files of its own machine."),
        _("Send the rows: a list of {column: value}."),
        path=path,
    )


def refuse_table(body: CampaignBody) -> None:
    """See that neither table nor source is a file of the server's machine.

    Raises:
        RequestError: one is.
    """
    if body.table is not None and not isinstance(body.table, tuple):
        raise no_file("body.table")
    refuse_files(body.sources, "body.sources")


def refuse_files(sources: tuple[SourceSpec, ...], path: str) -> None:
    """See that no source is a file of the server's machine.

    Raises:
        RequestError: one is.
    """
    for i, each in enumerate(sources):
        if not getattr(each, "table", ()) and (each.is_table or {"/", "\\"} & set(each.source)):
            raise no_file(f"{path}.{i}.source")


@router.get("/trash", response_model=trash.Trash)
def removed_campaigns(store: Store) -> Response:
    """What is in the trash."""
    return sent(trash.trash(store))


@router.post("/trash/{name}/restore", response_model=trash.Moved)
def restore(name: Name, store: Store) -> Response:
    """Bring a campaign back out of the trash."""
    return sent(trash.restore(store, name))


@router.get("/campaigns/{name}", response_model=CampaignStatus, responses={**VERSIONED})
def campaign_status(name: Name, store: Store) -> Response:
    """How far a campaign is."""
    return sent(status.status(store, name))


@router.delete("/campaigns/{name}", response_model=trash.Moved)
def remove(name: Name, store: Store, why: str = "") -> Response:
    """Put a campaign into the trash."""
    return sent(trash.remove(store, name, why=why))


@router.post("/campaigns/{name}/rename", response_model=trash.Moved)
def rename(name: Name, body: RenameBody, store: Store) -> Response:
    """Give a campaign another name."""
    return sent(trash.rename(store, name, body.name))


@router.get("/campaigns/{name}/pool", response_model=pool.Pool)
def candidates(request: Request, name: Name, store: Store, page: Page) -> Response:
    """The candidates with their states."""
    found = pool.pool(store, name, part=slice(page.offset, page.offset + page.limit))
    return page_of(request, page, found, "candidates", found.shown)


@router.get("/campaigns/{name}/history", response_model=history.History)
def events(request: Request, name: Name, store: Store, page: Page) -> Response:
    """What happened in a campaign."""
    return page_of(request, page, history.history(store, name), "events")


@router.post("/campaigns/{name}/undo", response_model=history.TakenBack)
def undo(name: Name, body: UndoBody, store: Store) -> Response:
    """Take back the last change, or the one of this number."""
    return sent(history.undo(store, name, body.number))


@router.post("/campaigns/{name}/redo", response_model=history.BroughtBack)
def redo(name: Name, body: RedoBody, store: Store) -> Response:
    """Take the last undo back."""
    del body  # it is empty, which was seen to
    return sent(history.redo(store, name))


@router.get("/campaigns/{name}/measurements", response_model=measurements.Measurements)
def all_measurements(request: Request, name: Name, store: Store, page: Page) -> Response:
    """What was recorded of a campaign's samples."""
    return page_of(request, page, measurements.measurements(store, name), "measurements")


@router.get("/campaigns/{name}/export", response_class=JSONResponse)
def export(
    name: Name,
    store: Store,
    format: Annotated[Literal["json", "csv", "xlsx"], Query()] = "json",
    nimo: bool = False,
) -> Response:
    """The campaign as a file: whole (json), its candidates (csv), a workbook (xlsx)."""
    return written(f".{format}", partial(exchange.export, store, name, nimo=nimo))


@router.get("/backup", response_class=Response)
def backup(store: Store) -> Response:
    """The whole store as one file, which is a store in itself."""
    return written(".db", partial(exchange.backup, store))


@router.post("/imports", status_code=201, response_model=CampaignStatus)
def import_campaign(store: Store, document: Upload, name: str | None = None) -> Response:
    """Bring back a campaign from the document of an export, under its own or another name."""
    readiness(store)  # behind it what fails is the document, not the store
    try:
        found = read_upload(
            document, "campaign.json", lambda file: exchange.import_(store, file, name=name)
        )
    except StoreError as error:
        raise RequestError(error.message, error.hint, path="body") from error
    return sent(found, 201, {"Location": f"{PREFIX}/campaigns/{quote(found.campaign, safe='')}"})


@router.get("/store", response_class=Response)
def export_store(store: Store) -> Response:
    """All campaigns of the store as one document, as an administrator; accounts are no part."""
    return written(".jsonl", partial(exchange.export_all, store))


@router.post("/store", status_code=201, response_model=exchange.ImportedStore)
def import_store(store: Store, document: Upload) -> Response:
    """Take in all campaigns of such a document, or none, as an administrator."""
    readiness(store)  # behind it what fails is the document, not the store
    try:
        found = read_upload(document, "store.jsonl", lambda file: exchange.import_all(store, file))
    except StoreError as error:
        raise RequestError(error.message, error.hint, path="body") from error
    return sent(found, 201)
