"""availability: suggestions withdrawn, and candidates that cannot be made now."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import Blocked, Unblocked, Withdrawn
from tansaku.language import _
from tansaku.services.opened import Changed, change


class AvailabilityChange(Changed):
    """What was withdrawn, blocked or unblocked.

    Attributes:
        event: What happened.
        sentence: Both in one sentence, in the language in use.
        notices: What a careful assistant would mention.
    """

    event: Withdrawn | Blocked | Unblocked
    sentence: str = Field(exclude=True)
    notices: tuple[str, ...] = ()


def withdraw(store: str, name: str, ids: Sequence[str], *, why: str = "") -> AvailabilityChange:
    """Take suggestions back: they are not under way any more, and may be suggested again; or
    attached files, by their ids.

    Raises:
        UnknownNameError: one of them is not under way, and is no such file.
    """

    def act(campaign: Campaign) -> AvailabilityChange:
        event = campaign.withdraw(*ids, why=why)
        text = _("Withdrawn: {ids}.").format(ids=", ".join([*event.suggestions, *event.files]))
        return AvailabilityChange.of(campaign, event=event, sentence=text)

    return change(store, name, act)


def block(store: str, name: str, condition: str, *, why: str = "") -> AvailabilityChange:
    """Suggest no candidates that keep the condition until it is unblocked.

    Raises:
        SpaceError, FormulaError: the condition cannot be read.
    """

    def act(campaign: Campaign) -> AvailabilityChange:
        event = campaign.block(condition, why=why)
        left, notices = campaign.status().open, []
        text = _("Blocked: {condition}.").format(condition=event.condition)
        if left is not None:
            text += " " + _("Candidates left: {n}.").format(n=left)
            if not left:
                notices.append(_("No candidate is left to be suggested."))
        return AvailabilityChange.of(campaign, event=event, sentence=text, notices=notices)

    return change(store, name, act)


def unblock(store: str, name: str, condition: str, *, why: str = "") -> AvailabilityChange:
    """What was blocked can be made again.

    Raises:
        UnknownNameError: no such condition is blocked.
    """

    def act(campaign: Campaign) -> AvailabilityChange:
        event = campaign.unblock(condition, why=why)
        text = _("Unblocked: {condition}.").format(condition=event.condition)
        return AvailabilityChange.of(campaign, event=event, sentence=text)

    return change(store, name, act)
