"""Ports: what a campaign asks of the outside. The store keeps this promise; tests use a dict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tansaku.campaign.records import CampaignDocument, Event


class CampaignStore(Protocol):
    """Keeps campaigns as their documents; every call is all or nothing, and survives a crash."""

    def create(self, document: CampaignDocument) -> None:
        """Keep a new campaign; CampaignExistsError where the name is taken."""

    def load(self, name: str) -> CampaignDocument:
        """The whole campaign; CampaignNotFoundError where there is none of that name."""

    def append(self, name: str, events: Sequence[Event], *, after: int) -> None:
        """Add events behind number ``after`` (the length of the log the caller has read);
        ConflictError where the log has grown meanwhile."""

    def names(self) -> list[str]:
        """Names of all campaigns, in the order of their making."""
