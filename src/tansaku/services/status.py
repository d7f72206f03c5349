"""status and list: how far campaigns are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.keeping import replaying
from tansaku.campaign.progress import CampaignStatus
from tansaku.errors import TansakuError
from tansaku.insight.verdict import SourceVerdict, words
from tansaku.services.opened import load
from tansaku.store import open_store


@dataclass(frozen=True, slots=True)
class StatusReport:
    """How far one campaign is.

    Attributes:
        sources: What its older data are worth; empty without any, or where nobody asked.
    """

    campaign: str
    inputs: tuple[str, ...]
    status: CampaignStatus
    sources: tuple[SourceVerdict, ...] = ()

    @classmethod
    def of(cls, campaign: Campaign) -> StatusReport:
        """The report on a campaign at hand."""
        return cls(campaign.name, campaign.space.names, campaign.status())

    def document(self) -> dict[str, Any]:
        """``{"campaign", "inputs", ...}`` and the fields of the status."""
        return {
            "campaign": self.campaign,
            "inputs": list(self.inputs),
            **self.status.model_dump(mode="json", exclude={"name"}),
            "sources": [v.model_dump(mode="json") | {"words": words(v)} for v in self.sources],
        }


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The campaigns of a store, in the order of their making.

    Attributes:
        store: Its URL.
        reports: One for each that can be read.
        sick: {name: what is wrong with it} of the others.
    """

    store: str
    reports: tuple[StatusReport, ...]
    sick: Mapping[str, TansakuError] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """``{"store", "campaigns": [status, ...], "sick": [{"campaign", "code", "message",
        "hint"}, ...]}``."""
        return {
            "store": self.store,
            "campaigns": [each.document() for each in self.reports],
            "sick": [
                {"campaign": name, "code": e.code, "message": e.message, "hint": e.hint}
                for name, e in self.sick.items()
            ],
        }


def status(store: str, name: str) -> StatusReport:
    """How far the campaign ``name`` is.

    Raises:
        CampaignNotFoundError: the store has none of that name.
    """
    campaign = load(store, name)
    return replace(StatusReport.of(campaign), sources=campaign.sources.verdicts())


def list_(store: str) -> Campaigns:
    """All campaigns of the store; none where the store is not made yet. One that cannot be read
    does not hide the others."""
    found: list[StatusReport] = []
    sick: dict[str, TansakuError] = {}
    with open_store(store) as opened:
        for name in opened.names():
            try:
                with replaying(name):
                    found.append(StatusReport.of(Campaign(opened.load(name))))
            except TansakuError as error:
                sick[name] = error
    return Campaigns(store, tuple(found), sick)
