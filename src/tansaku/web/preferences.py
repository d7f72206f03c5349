"""Preferences: what a person has chosen for all pages, in cookies of the browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import cookie_parser

from tansaku.language import LANGUAGES

PREFERENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "lang": LANGUAGES,
    "appearance": ("light", "dark"),
}
"""{name of the cookie: what can be chosen}; without it a page is as browser and machine say."""


def preference(headers: Mapping[str, str], name: str) -> str:
    """What was chosen; empty where nothing was, or nothing that is known.

    >>> headers = {"cookie": "lang=ja; appearance=pink"}
    >>> preference(headers, "lang"), preference(headers, "appearance")
    ('ja', '')
    """
    chosen = cookie_parser(headers.get("cookie", "")).get(name, "")
    return chosen if chosen in PREFERENCES[name] else ""
