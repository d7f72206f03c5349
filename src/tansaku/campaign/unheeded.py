"""Unheeded: what results tell and a strategy cannot use, said aloud."""

from __future__ import annotations

from collections.abc import Sequence

from tansaku.campaign.state import History
from tansaku.language import _
from tansaku.strategy import Strategy


def unheeded(history: History, strategy: Strategy, *, with_sources: bool) -> tuple[str, ...]:
    """Notices on stated sds, and on failures and limits that come too late for the model.

    Args:
        history: What the results are.
        strategy: How samples are chosen.
        with_sources: Older data are used.
    """
    notices = []
    spec = strategy.surrogate
    if spec is not None and history.noise.any() and (with_sources or spec.fit == "lecture"):
        notices.append(
            _(
                "Stated sds and the scatter of replicates are left out: this model takes every"
                " result for equally certain."
            )
        )
    if spec is not None and history.phases is not None and with_sources:
        notices.append(_("Phases are left out: the older data do not tell theirs."))
    if len(history.limits.bound) and not len(history.y):
        notices.append(
            _("Nothing but limits is known so far; a model needs values, so they wait for some.")
        )
    return tuple(notices)


def phases_left_out(histories: Sequence[History]) -> tuple[str, ...]:
    """What is said where there are several goals, which are learned without phases."""
    if all(history.phases is None for history in histories):
        return ()
    return (_("Phases are left out: they are heeded where there is one goal."),)
