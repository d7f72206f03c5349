"""Furnace pages: the next runs, planned with a form, and those that wait for their results."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from tansaku.services import plan_furnace
from tansaku.web.change_route import ChangeRoute
from tansaku.web.page_routes import addresses
from tansaku.web.rendering import page
from tansaku.web.sending import Name, Store

router: Final = APIRouter(route_class=ChangeRoute, include_in_schema=False)

CRUCIBLES: Final = 4
"""Crucibles of a run where nobody has said: a small chamber furnace."""


@router.get("/campaigns/{name}/furnace")
def furnace(request: Request, name: Name, store: Store) -> Response:
    """What the furnace can do, and the runs that wait."""
    found = plan_furnace.waiting(store, name)
    return page(request, "furnace.jinja", found=found, crucibles=CRUCIBLES, **addresses(name))
