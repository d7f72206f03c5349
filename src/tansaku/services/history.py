"""history and undo: what happened in a campaign, and taking the last of it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import Event
from tansaku.campaign.views import HistoryLine
from tansaku.services.opened import change, load
from tansaku.services.status import StatusReport


@dataclass(frozen=True, slots=True)
class History:
    """Every event of a campaign, first to last."""

    campaign: str
    lines: tuple[HistoryLine, ...]

    def document(self) -> dict[str, Any]:
        """``{"campaign", "events": [{"number", "undone", "kind", "at", ..}]}``."""
        return {
            "campaign": self.campaign,
            "events": [
                {
                    "number": line.number,
                    "undone_later": line.undone,
                    **line.event.model_dump(mode="json"),
                    **_before(line),
                }
                for line in self.lines
            ],
        }


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The event that no longer counts, and the campaign afterwards."""

    number: int
    event: Event
    report: StatusReport

    def document(self) -> dict[str, Any]:
        """``{"campaign", "undone": {"number", "kind", ..}, "status": {..}}``."""
        return {
            "campaign": self.report.campaign,
            "undone": {"number": self.number, **self.event.model_dump(mode="json")},
            "status": self.report.document(),
        }


def _before(line: HistoryLine) -> dict[str, Any]:
    """What its measurements said before an event changed them."""
    before = [each.model_dump(mode="json") for each in line.before]
    return {"before": before} if before else {}


def history(store: str, name: str) -> History:
    """What happened in the campaign ``name``."""
    campaign = load(store, name)
    return History(campaign.name, campaign.history())


def undo(store: str, name: str, number: int | None = None) -> TakenBack:
    """Take back the last event that still counts, or the one of this number; it stays in the
    history.

    Raises:
        NothingToUndoError: nothing is left but the beginning.
        ConflictError: someone else changed the campaign meanwhile: what is last is not what was
            seen, so this is not tried again.
    """

    def act(campaign: Campaign) -> TakenBack:
        event = campaign.undo(number)
        last = campaign.document.events[-1]
        which = last.undone if last.kind == "undone" else 0
        return TakenBack(which, event, StatusReport.of(campaign))

    return change(store, name, act, patience=0)
