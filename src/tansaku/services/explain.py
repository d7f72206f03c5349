"""explain: why a sample was suggested, what was believed of it, and what came out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.records import Candidacy, Measurement, Status, Suggested, Suggestion
from tansaku.campaign.views import HistoryLine
from tansaku.insight.reasons import sentence
from tansaku.services.opened import load
from tansaku.space import Predicted, Target


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of a suggested sample for one target.

    Attributes:
        values: Results recorded since, in the target's unit.
        mean: Their mean, on the target's scale.
        off_by_sd: (result - expected) / predicted sd on the target's scale; None where no model
            was asked.
    """

    values: tuple[float, ...]
    mean: float
    off_by_sd: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One suggestion, with all that is known about it.

    Attributes:
        state: ``pending``, ``measured``, or ``replaced`` by later suggestions.
        outcomes: {target: what came out}; empty until it is measured.
    """

    campaign: str
    suggestion: Suggestion
    reason: str
    event: int
    at: datetime
    strategy: str
    seed: int
    state: str
    outcomes: dict[str, Outcome]

    def document(self) -> dict[str, Any]:
        """One level, as ``suggest --json`` has it, and the strategy, seed, state and outcome."""
        return {
            "campaign": self.campaign,
            "id": self.suggestion.id,
            "inputs": self.suggestion.inputs,
            "pool_row": self.suggestion.pool_row,
            "formula": self.suggestion.formula,
            "predicted": {
                target: each.model_dump(mode="json", exclude_none=True)
                for target, each in self.suggestion.predicted.items()
            },
            "chance_to_beat_best": self.suggestion.chance_to_beat_best,
            "reason": self.reason,
            "facts": self.suggestion.reason.facts,
            "strategy": self.strategy,
            "seed": self.seed,
            "event": self.event,
            "at": self.at.isoformat(),
            "state": self.state,
            "measured": {
                target: {
                    "values": list(each.values),
                    "mean": each.mean,
                    "off_by_sd": each.off_by_sd,
                }
                for target, each in self.outcomes.items()
            },
        }


def explain(store: str, name: str, id: str) -> Explanation:
    """Why the sample with the suggestion's ``id`` was suggested.

    Raises:
        UnknownNameError: the campaign has no suggestion of that id, or it was taken back.
    """
    campaign = load(store, name)
    suggestion = campaign.find_suggestion(id)
    lines = campaign.history()
    line, event = next(
        (line, line.event)
        for line in lines
        if isinstance(line.event, Suggested)
        and not line.undone
        and suggestion in line.event.suggestions
    )
    later = tuple(each for each in lines if each.number > line.number and not each.undone)
    results = _results(later, suggestion.candidate)
    return Explanation(
        campaign=campaign.name,
        suggestion=suggestion,
        reason=sentence(suggestion.reason),
        event=line.number,
        at=event.at,
        strategy=event.strategy,
        seed=event.seed,
        state=_state(campaign, suggestion, measured=bool(results)),
        outcomes={
            target.name: _outcome(target, results, suggestion.predicted.get(target.name))
            for target in campaign.targets
            if results
        },
    )


def _results(lines: tuple[HistoryLine, ...], candidate: Candidacy) -> list[Measurement]:
    return [
        each
        for line in lines
        if line.event.kind == "recorded"
        for each in line.event.measurements
        if each.candidate == candidate and each.status is Status.OK
    ]


def _state(campaign: Campaign, suggestion: Suggestion, *, measured: bool) -> str:
    if measured:
        return "measured"
    state = campaign.state
    pending = suggestion.candidate in state.under_way.keys() - state.measured.keys()
    return "pending" if pending else "replaced"


def _outcome(target: Target, results: list[Measurement], expected: Predicted | None) -> Outcome:
    values = np.array([each.values[target.name] for each in results])
    mean = float(np.mean(target.to_model(values)))
    off = None
    if expected is not None:
        m, s = expected.mean, expected.sd
        if expected.log10_mean is not None and expected.log10_sd is not None:
            m, s = expected.log10_mean, expected.log10_sd
        off = (target.sign * mean - m) / s if s > 0 else None
    return Outcome(tuple(values.tolist()), target.to_unit(mean, 0.0).mean, off)
