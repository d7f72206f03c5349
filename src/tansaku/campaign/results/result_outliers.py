"""Doubtful: results that stand out, and what would change without them; how much results vary."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from tansaku.bo.outliers import LeftOut, Outliers, stand_out
from tansaku.bo.variation import levels
from tansaku.campaign.history.model_inputs import model_inputs_of
from tansaku.campaign.history.problem import problem_of
from tansaku.campaign.history.records import CampaignSpec, Limit, Measurement, Status
from tansaku.campaign.history.state import History, State, history_of
from tansaku.campaign.progress import status_of
from tansaku.campaign.suggest.candidates import Streams
from tansaku.campaign.suggest.suggest import suggest
from tansaku.language import _
from tansaku.space import Target, Value
from tansaku.spec import Spec
from tansaku.stages import stage
from tansaku.strategy import Strategy

LABELS = ("run", "batch", "pellet")
"""Levels between which results may differ, coarse to fine."""


class Doubt(Spec):
    """A result that the others do not bear out. It still counts, until a person says otherwise.

    Attributes:
        measurements: Ids of the measurements behind it.
        called: The same, with what the lab calls the samples: ``m7 (LLZ-07)``.
        inputs: The candidate.
        value: What was found, in the target's unit.
        limit: Where it says that the truth lies, ``below`` or ``above``; ``None`` for a value.
        expected: What the other results say, likewise.
        low: Lower end of the 95 % interval of what a measurement there would give.
        high: Its upper end.
        off_by_sd: How far off it lies, in sds.
        best_now: Inputs of the best candidate as it is; ``None`` with several goals.
        best_without: And without this result; ``None`` where nothing would be left.
        next_now: Inputs of the next suggestion as it is.
        next_without: And without this result.
    """

    measurements: tuple[str, ...]
    inputs: dict[str, Value]
    value: float
    expected: float
    low: float
    high: float
    off_by_sd: float
    best_now: dict[str, Value] | None = None
    best_without: dict[str, Value] | None = None
    next_now: dict[str, Value] | None = None
    next_without: dict[str, Value] | None = None
    limit: Limit | None = None
    called: tuple[str, ...] = ()


class Spread(Spec):
    """How far results of one kind of sample differ, level by level.

    Attributes:
        level: ``run``, ``batch``, ``pellet``, or ``repeat`` for what is left.
        sd: On the target's scale (decades for a log10 target).
        low: Lower end of the 95 % interval.
        high: Upper end; ``None`` where the results do not bound it.
        groups: Runs, batches, .. that were told apart.
    """

    level: str
    sd: float
    low: float
    high: float | None
    groups: int


def doubts_of(spec: CampaignSpec, state: State, strategy: Strategy, seed: int) -> tuple[Doubt, ...]:
    """The results of the first target that stand out from what the others say, and what would
    change without each."""
    target = spec.targets[0]
    if strategy.surrogate is None or not len(history_of(spec, state).y):
        return ()
    found = standing_out(spec, state, target, left_out_of(spec, state, target, strategy, seed))
    return tuple(
        each.model_copy(update=_changes(spec, state, each.measurements, strategy, seed))
        for each in found
    )


def left_out_of(
    spec: CampaignSpec, state: State, target: Target, strategy: Strategy, seed: int
) -> Outliers:
    """What the results of a target say of each other, older data left aside.

    Args:
        spec: The campaign's.
        state: As it stands.
        target: At least one value of it is measured.
        strategy: Whose model is asked; it has one.
        seed: Of the model.
    """
    stage(_("predicting each result without it"))
    history = history_of(spec, state, target)
    model_inputs = replace(model_inputs_of(spec.space, target, state.sources, strategy), sources=())
    problem = replace(problem_of(spec, history, model_inputs, target), tried=None)
    return stand_out(problem, strategy, lambda: [Streams.of(seed, history, 0).model()])


def standing_out(
    spec: CampaignSpec, state: State, target: Target, found: Outliers
) -> tuple[Doubt, ...]:
    """The results of a target that stand out, values and limits; what would change without each is
    not asked."""
    history = history_of(spec, state, target)
    return tuple(
        _doubt(state, target, history, int(i), found.left_out.take(np.array([k])))
        for k, i in enumerate(found.index)
    )


def _doubt(state: State, target: Target, history: History, i: int, left_out: LeftOut) -> Doubt:
    """What is said of result ``i``, values before limits."""
    limits, n = history.limits, len(history.y)
    limit: Limit | None = None
    if i < n:
        candidate, value = history.candidates[i], float(history.values[i])
        ids = _behind(state, target, candidate)
    else:
        one = [m for m in state.measurements if m.counts and target.name in m.limits][i - n]
        candidate, value, ids = limits.candidates[i - n], one.values[target.name], (one.id,)
        limit = one.limits[target.name]
    mean, sd = float(left_out.expected[0]), float(left_out.sd[0])
    expected = target.interval(mean, sd)
    return Doubt(
        measurements=ids,
        called=tuple(m.called for m in state.measurements if m.id in ids),
        inputs=state.measured[candidate],
        value=value,
        limit=limit,
        expected=target.in_unit(mean),
        low=expected.low,
        high=expected.high,
        off_by_sd=target.sign * float(left_out.residual[0]),
    )


def _behind(state: State, target: Target, candidate: object) -> tuple[str, ...]:
    """Ids of the measurements that a value is the mean of."""
    return tuple(
        m.id
        for m in state.measurements
        if m.candidate == candidate
        and m.counts
        and target.name in m.values
        and target.name not in m.limits
    )


def _changes(
    spec: CampaignSpec, state: State, ids: tuple[str, ...], strategy: Strategy, seed: int
) -> dict[str, dict[str, Value] | None]:
    """Best candidate and next suggestion, with and without some measurements."""
    kept = tuple(
        m.model_copy(update={"status": Status.EXCLUDED}) if m.id in ids else m
        for m in state.measurements
    )
    changes: dict[str, dict[str, Value] | None] = {}
    for name, now in (("now", state), ("without", replace(state, measurements=kept))):
        best = status_of(spec, now).best
        changes[f"best_{name}"] = None if best is None else best.inputs
        left = spec.space.size is None or len(now.measured) < spec.space.size
        if left and len(history_of(spec, now).y):
            found = suggest(spec, now, 1, strategy, seed)
            changes[f"next_{name}"] = found.suggestions[0].inputs
    return changes


def spreads_of(state: State, target: Target) -> tuple[Spread, ...]:
    """How far results of the same candidate differ; empty where nothing was repeated."""
    left_out = [
        m
        for m in state.measurements
        if m.counts and target.name in m.values and target.name not in m.limits
    ]
    often = Counter(m.candidate for m in left_out)
    left_out = [m for m in left_out if often[m.candidate] > 1]  # the others say nothing of scatter
    if not left_out:
        return ()
    y = target.to_model(np.array([m.values[target.name] for m in left_out]))
    labels = {name: [_group(m, name) for m in left_out] for name in LABELS}
    return tuple(
        Spread(
            level=each.name,
            sd=each.sd,
            low=each.low,
            high=None if np.isinf(each.high) else each.high,
            groups=each.groups,
        )
        for each in levels(y, [m.candidate for m in left_out], labels)
    )


def _group(m: Measurement, level: str) -> object | None:
    """The run, batch or pellet of a measurement: names of batches and pellets belong to their
    candidate and batch."""
    name: str | None = getattr(m, level)
    if name is None or level == "run":
        return name
    return (m.candidate, name) if level == "batch" else (m.candidate, m.batch, name)
