"""availability: suggestions withdrawn, and candidates that cannot be made now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import Blocked, Unblocked, Withdrawn
from tansaku.language import _
from tansaku.services.opened import change
from tansaku.services.status import StatusReport


@dataclass(frozen=True, slots=True)
class AvailabilityChange:
    """What was changed, and the campaign afterwards.

    Attributes:
        event: What happened.
        report: The campaign as it stands.
        sentence: Both in one sentence, in the language in use.
        notices: What a careful assistant would mention.
    """

    event: Withdrawn | Blocked | Unblocked
    report: StatusReport
    sentence: str
    notices: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """``{"campaign", "event": {..}, "status": {..}, "notices"}``."""
        return {
            "campaign": self.report.campaign,
            "event": self.event.model_dump(mode="json"),
            "status": self.report.document(),
            "notices": list(self.notices),
        }


def withdraw(store: str, name: str, ids: Sequence[str], *, why: str = "") -> AvailabilityChange:
    """Take suggestions back: they are not under way any more, and may be suggested again.

    Raises:
        UnknownNameError: one of them is not under way.
    """

    def act(campaign: Campaign) -> AvailabilityChange:
        event = campaign.withdraw(*ids, why=why)
        text = _("Withdrawn: {ids}.").format(ids=", ".join(event.suggestions))
        return AvailabilityChange(event, StatusReport.of(campaign), text)

    return change(store, name, act)


def block(store: str, name: str, condition: str, *, why: str = "") -> AvailabilityChange:
    """Suggest no candidates that keep the condition until it is unblocked.

    Raises:
        SpaceError, FormulaError: the condition cannot be read.
    """

    def act(campaign: Campaign) -> AvailabilityChange:
        event = campaign.block(condition, why=why)
        report, notices = StatusReport.of(campaign), []
        text = _("Blocked: {condition}.").format(condition=event.condition)
        if report.status.open is not None:
            text += " " + _("Candidates left: {n}.").format(n=report.status.open)
            if not report.status.open:
                notices.append(_("No candidate is left to be suggested."))
        return AvailabilityChange(event, report, text, tuple(notices))

    return change(store, name, act)


def unblock(store: str, name: str, condition: str, *, why: str = "") -> AvailabilityChange:
    """What was blocked can be made again.

    Raises:
        UnknownNameError: no such condition is blocked.
    """

    def act(campaign: Campaign) -> AvailabilityChange:
        event = campaign.unblock(condition, why=why)
        text = _("Unblocked: {condition}.").format(condition=event.condition)
        return AvailabilityChange(event, StatusReport.of(campaign), text)

    return change(store, name, act)
