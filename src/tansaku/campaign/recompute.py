"""Recompute: suggestions chosen once more, from what was known when they were chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import computed_field

from tansaku.campaign.furnace.plan_runs import plan_runs
from tansaku.campaign.history.planned_runs import runs_planned
from tansaku.campaign.history.records import CampaignDocument, Suggested, Suggestion
from tansaku.campaign.history.requester import Requester, versions
from tansaku.campaign.history.state import fold
from tansaku.campaign.suggest.suggest import suggest
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.spec import Answer

ROUNDING = 1e-6
"""Relative difference of numbers that are the same: sums in another order on another processor."""


class Recomputed(Answer):
    """Suggestions as they are chosen now from the events that those stored were chosen from.

    Attributes:
        suggestions: As they are chosen now; in the order of those stored.
        differs: Where they differ: ``s3.chance_to_beat_best`` and the like; empty where they agree.
        versions: {library: (version then, version now)} of those that have changed.
        time_limit: The search was to end after some seconds, so that a slower machine may find
            less.
    """

    suggestions: tuple[Suggestion, ...]
    differs: tuple[str, ...]
    versions: dict[str, tuple[str, str]]
    time_limit: bool

    @computed_field  # type: ignore[prop-decorator]
    @property
    def same(self) -> bool:
        """Whether they agree."""
        return not self.differs


def recomputed(document: CampaignDocument, number: int) -> Recomputed:
    """Choose the suggestions of event ``number`` once more.

    Raises:
        UsageError: it holds no suggestions, was stored without how they were asked for, or the
            table of its candidates has changed.
    """
    event = document.events[number - 1]
    if not isinstance(event, Suggested):
        raise UsageError(
            _("Event {number} holds no suggestions.").format(number=number),
            _("Name a suggestion, for example s1."),
        )
    asked = event.asked
    if asked is None:
        raise UsageError(
            _("Event {number} was stored without its strategy, as older versions did.").format(
                number=number
            ),
            _("Suggestions that are made from now on can be computed again."),
        )
    if event.candidates is not None:
        from tansaku.campaign.suggest.file_candidates import check_unchanged  # it brings pandas

        check_unchanged(event.candidates)
    spec, events = document.campaign, document.events[: asked.events]
    state, asking = fold(events), Requester.of(event)
    now: Answer
    if asked.firing is not None:
        first = runs_planned(events) + 1
        firing, strategy = asked.firing, asked.strategy
        now = plan_runs(spec, state, firing, strategy, event.seed, first_run=first, asking=asking)
    else:
        now = suggest(
            spec,
            state,
            len(event.suggestions),
            asked.strategy,
            event.seed,
            asking=asking,
            replicate=asked.replicate,
            probe=asked.probe,
            time_limit=asked.time_limit,
        )
    here = versions()
    return Recomputed(
        suggestions=now.suggestions,
        differs=tuple(
            f"{one.id}{place}"
            for one, other in zip(event.suggestions, now.suggestions, strict=True)
            for place in _differences(_content(one), _content(other))
        ),
        versions={
            name: (version, here.get(name, "-"))
            for name, version in asked.versions.items()
            if here.get(name) != version
        },
        time_limit=asked.time_limit is not None,
    )


def _content(suggestion: Suggestion) -> dict[str, Any]:
    """What a suggestion says; its id and its run depend on what others stored meanwhile."""
    return suggestion.model_dump(exclude={"id", "run", "sample"})


def _differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two documents differ by more than rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted({*one, *other})
        return [d for k in keys for d in _differences(one.get(k), other.get(k), f"{place}.{k}")]
    if isinstance(one, float) and isinstance(other, float):
        return [] if np.isclose(one, other, rtol=ROUNDING, atol=0) else [place]
    return [] if one == other else [place]
