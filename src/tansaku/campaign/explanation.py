"""Explanation: why a sample was suggested, what was believed of it, and what came out."""

from __future__ import annotations

from typing import Final

import numpy as np
from pydantic import Field

from tansaku.campaign.attachments import files_of
from tansaku.campaign.history.records import (
    AttachedFile,
    CampaignDocument,
    CampaignSpec,
    Candidacy,
    Measurement,
    Status,
    Suggested,
    Suggestion,
)
from tansaku.campaign.history.sample_names import candidate_of, place_of
from tansaku.campaign.history.state import State, fold
from tansaku.campaign.reason_card import ReasonCard, reason_card
from tansaku.campaign.recompute import Recomputed, recomputed
from tansaku.campaign.views import HistoryLine, lines_of
from tansaku.errors import UnknownNameError
from tansaku.insight.figures import measured
from tansaku.insight.reasons import sentence
from tansaku.insight.verdict import AnsweredVerdict
from tansaku.language import _
from tansaku.space import BriefPrediction, Predicted, Target, Value
from tansaku.spec import Answer, Moment

_OF_SUGGESTION: Final = (
    "id",
    "called",
    "inputs",
    "pool_row",
    "formula",
    "predicted",
    "chance_to_beat_best",
    "chance_to_work",
)


def _is_empty(value: object) -> bool:
    """What is not there is not told."""
    return not value


class Outcome(Answer):
    """What came out of a suggested sample for one target.

    Attributes:
        values: Results recorded since, in the target's unit.
        mean: Their mean, on the target's scale; None where there are limits only.
        off_by_sd: (result - expected) / predicted sd on the target's scale; None where no model
            was asked.
        limits: Results that are limits, as they are written: ``<1e-8``.
    """

    values: tuple[float, ...] = ()
    mean: float | None = None
    off_by_sd: float | None = None
    limits: tuple[str, ...] = ()


class Failure(Answer):
    """Why a sample failed, and how much of that there was."""

    why: str | None
    amount: float | None


class Explanation(Answer):
    """One suggestion, with all that is known about it.

    Attributes:
        called: Its id, with what the lab calls its sample.
        reason: Why it was suggested, as a sentence.
        facts: What the reason was made from.
        event: Number of the event that holds it.
        at: When that was.
        state: ``pending``, ``measured``, or ``replaced`` by later suggestions.
        sources: What was thought of the older data then.
        measured: {target: what came out}; empty until it is measured.
        failures: Samples made for it that failed.
        attachments: Files that are attached to its sample.
        recomputed: The suggestion chosen once more; ``None`` where nobody asked.
        card: What speaks for it, from what was known when it was chosen; ``None`` where no model
            was asked.
    """

    campaign: str
    id: str
    called: str = Field(exclude=True)
    inputs: dict[str, Value]
    pool_row: int | None
    formula: str | None
    predicted: dict[str, BriefPrediction]
    chance_to_beat_best: float | None
    reason: str
    facts: dict[str, float | int | str]
    strategy: str
    seed: int
    event: int
    at: Moment
    state: str
    sources: tuple[AnsweredVerdict, ...] = ()
    measured: dict[str, Outcome]
    chance_to_work: float | None
    failures: tuple[Failure, ...] = ()
    attachments: tuple[AttachedFile, ...] = Field(default=(), exclude_if=_is_empty)
    recomputed: Recomputed | None = None
    card: ReasonCard | None = None


def _suggestion(spec: CampaignSpec, state: State, id: str) -> Suggestion:
    """The suggestion of this id, or the last one of the sample that the lab calls so."""
    every = state.suggestions
    known = {s.id: s for s in every}
    if id in known:
        return known[id]
    try:
        candidate = candidate_of(spec, place_of(spec, state, id))
    except UnknownNameError as error:
        raise UnknownNameError(
            _("Campaign '{name}' has no suggestion '{id}'.").format(name=spec.name, id=id),
            _("Known: {names}.").format(names=", ".join(s.called for s in every) or "-"),
        ) from error
    found = [s for s in every if s.candidate == candidate]
    if not found:
        raise UnknownNameError(
            _("Sample '{id}' of campaign '{name}' was not suggested.").format(
                id=id, name=spec.name
            ),
            _("Suggested were: {names}.").format(names=", ".join(s.called for s in every) or "-"),
        )
    return found[-1]


def explained(document: CampaignDocument, id: str, *, recompute: bool = False) -> Explanation:
    """Why a sample was suggested: by its suggestion's ``id``, or by what the lab calls it;
    ``recompute`` chooses it once more, from what was known then.

    Raises:
        UsageError: it was stored without its strategy, so that it cannot be chosen once more.
        UnknownNameError: the campaign has no suggestion of that id, or it was taken back; the
            lab's sample of that name was never suggested.
    """
    spec, state = document.campaign, fold(document.events)
    suggestion = _suggestion(spec, state, id)
    lines = lines_of(document.events)
    line, event = next(
        (line, line.event)
        for line in lines
        if isinstance(line.event, Suggested)
        and not line.undone
        and suggestion in line.event.suggestions
    )
    later = tuple(each for each in lines if each.number > line.number and not each.undone)
    every = _results(state, later, suggestion.candidate)
    results = [each for each in every if each.counts]
    failed = [each for each in every if each.status is Status.FAILED]
    return Explanation(
        campaign=spec.name,
        **{name: getattr(suggestion, name) for name in _OF_SUGGESTION},
        reason=sentence(suggestion.reason),
        facts=suggestion.reason.facts,
        event=line.number,
        at=event.at,
        strategy=event.strategy,
        seed=event.seed,
        state="failed" if failed and not results else _state(state, suggestion, bool(results)),
        sources=event.sources,
        measured={
            target.name: _outcome(target, results, suggestion.predicted.get(target.name))
            for target in spec.targets
            if any(target.name in each.values for each in results)
        },
        failures=tuple(Failure(why=each.why, amount=each.amount) for each in failed),
        attachments=files_of(state, suggestion.candidate),
        recomputed=recomputed(document, line.number) if recompute else None,
        card=reason_card(document, line.number, suggestion),
    )


def _results(
    state: State, lines: tuple[HistoryLine, ...], candidate: Candidacy
) -> list[Measurement]:
    """What was recorded of a candidate in these events, as it was judged last."""
    ids = {
        each.id
        for line in lines
        if line.event.kind == "recorded"
        for each in line.event.measurements
    }
    known = state.measurements
    return [each for each in known if each.id in ids and each.candidate == candidate]


def _state(state: State, suggestion: Suggestion, measured: bool) -> str:
    if measured:
        return "measured"
    pending = suggestion.candidate in state.under_way.keys() - state.measured.keys()
    return "pending" if pending else "replaced"


def _outcome(target: Target, results: list[Measurement], expected: Predicted | None) -> Outcome:
    with_target = [each for each in results if target.name in each.values]
    limits = tuple(
        measured(each.values[target.name], each.limits[target.name])
        for each in with_target
        if target.name in each.limits
    )
    values = np.array(
        [each.values[target.name] for each in with_target if target.name not in each.limits]
    )
    if not len(values):
        return Outcome(limits=limits)
    mean = float(np.mean(target.to_model(values)))
    off = None
    if expected is not None:
        m, s = expected.mean, expected.sd
        if expected.log10_mean is not None and expected.log10_sd is not None:
            m, s = expected.log10_mean, expected.log10_sd
        off = (target.sign * mean - m) / s if s > 0 else None
    mean_in_unit = target.in_unit(mean)
    return Outcome(values=values.tolist(), mean=mean_in_unit, off_by_sd=off, limits=limits)
