"""status and list: how far campaigns are."""

from __future__ import annotations

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.keeping import replaying
from tansaku.campaign.progress import CampaignStatus
from tansaku.errors import TansakuError
from tansaku.services.opened import load
from tansaku.spec import Answer
from tansaku.store import open_store, shown_url


class SickCampaign(Answer):
    """A campaign that cannot be read, and what is wrong with it."""

    campaign: str
    code: str
    message: str
    hint: str


class Campaigns(Answer):
    """The campaigns of a store, in the order of their making.

    Attributes:
        store: Its URL.
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
    does not hide the others."""
    found: list[CampaignStatus] = []
    sick: list[SickCampaign] = []
    with open_store(store) as opened:
        for name in opened.names():
            try:
                with replaying(name):
                    found.append(Campaign(opened.load(name)).status())
            except TansakuError as e:
                sick.append(
                    SickCampaign(campaign=name, code=e.code, message=e.message, hint=e.hint)
                )
    return Campaigns(store=shown_url(store), campaigns=tuple(found), sick=tuple(sick))
