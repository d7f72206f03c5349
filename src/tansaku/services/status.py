"""status and list: how far campaigns are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from tansaku.campaign.keeping import replaying
from tansaku.campaign.progress import CampaignStatus
from tansaku.errors import TansakuError
from tansaku.services.opened import listed, load, shown_place
from tansaku.spec import Answer

MOST_LISTED: Final = 5000
"""Campaigns whose lines of the list a process keeps in mind, a few kB each."""


class SickCampaign(Answer):
    """A campaign that cannot be read, and what is wrong with it."""

    campaign: str
    code: str
    message: str
    hint: str


class Campaigns(Answer):
    """The campaigns of a store, in the order of their making.

    Attributes:
        store: Its URL without a password; empty for an account that is no administrator.
        campaigns: Those that can be read.
        sick: The others.
    """

    store: str
    campaigns: tuple[CampaignStatus, ...]
    sick: tuple[SickCampaign, ...] = ()


def status(store: str, name: str) -> CampaignStatus:
    """How far the campaign ``name`` is.

    Raises:
        CampaignNotFoundError: the store has none of that name.
    """
    campaign = load(store, name)
    return campaign.status().model_copy(update={"sources": campaign.sources.verdicts()})


def list_(store: str) -> Campaigns:
    """All campaigns of the store; none where the store is not made yet. One that cannot be read
    does not hide the others; one that is as it was behind its last change, or when it was listed
    last, is not read again."""
    found: list[CampaignStatus] = []
    sick: list[SickCampaign] = []
    for name, (seal, told) in listed(store).items():
        try:
            if told is not None:
                found.append(told)
                continue
            with replaying(name):
                found.append((_listed if seal else _read)(store, Path.cwd(), name, seal))
        except TansakuError as e:
            sick.append(SickCampaign(campaign=name, code=e.code, message=e.message, hint=e.hint))
    return Campaigns(store=shown_place(store), campaigns=tuple(found), sick=tuple(sick))


def _read(store: str, folder: Path, name: str, seal: str) -> CampaignStatus:
    """How far a campaign is, where its checksum is this one; the URL may name a file from there."""
    del folder, seal  # they tell its states apart
    return load(store, name).status()


_listed: Final = lru_cache(maxsize=MOST_LISTED)(_read)
