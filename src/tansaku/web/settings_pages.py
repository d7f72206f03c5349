"""Settings pages: the language and the look of all pages, and what this server is."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from tansaku.language import _
from tansaku.services.ready import about
from tansaku.web.bodies import SettingsBody
from tansaku.web.preferences import preference
from tansaku.web.rendering import page
from tansaku.web.sending import Store

router: Final = APIRouter(include_in_schema=False)

KEPT: Final = 365 * 86_400
"""Seconds for which a browser keeps a choice: browsers keep no cookie much longer than a year."""


@router.get("/settings")
def settings(request: Request, store: Store) -> Response:
    """What can be chosen, and what this server is."""
    found = [
        (name, said, preference(request.headers, name), choices)
        for name, said, choices in selects()
    ]
    return page(request, "settings.jinja", selects=found, about=about(store))


@router.post("/settings", status_code=204, response_class=Response)
def choose(request: Request, body: SettingsBody) -> Response:
    """Keep what was chosen; what is left out is as browser and machine say."""
    response = Response(status_code=204)
    secure = request.url.scheme == "https"
    for name, value in body:
        seconds = KEPT if value else 0
        response.set_cookie(
            name, value or "", seconds, path="/", secure=secure, httponly=True, samesite="lax"
        )
    return response


def selects() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(Field, what it is for, [(value, in words), ..]) of what can be chosen."""
    languages = [("", _("as the browser prefers")), ("en", "English"), ("ja", "日本語")]
    appearances = [("", _("as this device is set")), ("light", _("light")), ("dark", _("dark"))]
    return [
        ("lang", _("Language"), languages),
        ("appearance", _("Appearance"), appearances),
    ]
