"""Problem: what a campaign knows of a target -> one search, as the engine sees it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tansaku.campaign.history.by_run import runs_of, teaching
from tansaku.campaign.history.model_inputs import ModelInputs, model_inputs_of
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.spread import spread_of
from tansaku.campaign.history.state import Found, History, Limits, State, Trials
from tansaku.design import Design, Floats, Limited, Phases, Problems, Tried
from tansaku.encode import Encoder, FormulaColumns, ProfileColumns, SharedColumns
from tansaku.errors import ModelError, UsageError
from tansaku.language import _
from tansaku.space import Target
from tansaku.strategy import Strategy


def problem_of(
    spec: CampaignSpec, history: History, model_inputs: ModelInputs, target: Target | None = None
) -> Problems:
    """One search for one target (by default the first), as the engine sees it, before it has
    candidates."""
    target = target or spec.targets[0]
    measured = learned(model_inputs.encoder, history)
    return Problems(
        pool=Design(measured.X[:0], measured.names),
        X=measured.X[None],
        y=history.y[None],
        counts=history.counts[None],
        taken=np.zeros((1, 0), dtype=np.bool_),
        pending=np.zeros((1, 0), dtype=np.int64),
        direction=target.direction,
        match=target.match_on_model_scale(),
        sources=model_inputs.sources,
        noise=history.noise[None] if history.noise.any() else None,
        limits=_limited(history, model_inputs) if len(history.limits.bound) else None,
        tried=_tried(history, model_inputs) if history.trials.failed else None,
        runs=runs_of(history)[None] if history.runs else None,
        phases=_phases(history.phases, model_inputs) if history.phases else None,
        unit=spread_of(history, target) or 1.0,
    )


def _phases(found: Found, model_inputs: ModelInputs) -> Phases:
    X = learned(model_inputs.encoder, found).X[None]
    each = (found.of, found.values, found.limits)
    return Phases(len(found.names), X, *(of[None] for of in each))


def _limited(history: History, model_inputs: ModelInputs) -> Limited:
    limits = history.limits
    return Limited(
        learned(model_inputs.encoder, limits).X[None], limits.bound[None], limits.side[None]
    )


def _tried(history: History, model_inputs: ModelInputs) -> Tried:
    trials = history.trials
    return Tried(learned(model_inputs.encoder, trials).X[None], trials.worked[None])


def learned(encoder: Encoder, history: History | Limits | Trials | Found) -> Design:
    """The points that teach, encoded: as made where that was typed back, else as planned."""
    if isinstance(encoder, FormulaColumns | SharedColumns | ProfileColumns):
        return encoder.encode(history.matrix, history.amounts)
    return encoder.encode(history.matrix)


def asked_at(
    spec: CampaignSpec, state: State, points: Floats, strategy: Strategy, target: Target
) -> tuple[Problems, History]:
    """(The search whose candidates are ``points``, what teaches it).

    Raises:
        ModelError: nothing is measured yet, and no older data tell of the target.
    """
    history = teaching(spec, state, target)
    model_inputs = model_inputs_of(spec.space, target, state.sources, strategy)
    check_taught(spec, target, history, model_inputs)
    problem = replace(
        problem_of(spec, history, model_inputs, target),
        pool=model_inputs.encoder.encode(points),
        taken=np.zeros((1, len(points)), dtype=np.bool_),
    )
    return problem, history


def check_has_model(strategy: Strategy) -> None:
    """UsageError where a strategy has no model."""
    if strategy.surrogate is None:
        raise UsageError(
            _("Strategy '{name}' has no model and so predicts nothing.").format(name=strategy.name),
            _("Choose another strategy, for example standard."),
        )


def check_taught(
    spec: CampaignSpec, target: Target, history: History, model_inputs: ModelInputs
) -> None:
    """ModelError where nothing is measured of a target yet, and no older data tell of it."""
    if len(history.candidates) or model_inputs.sources:
        return
    raise ModelError(
        _("Campaign '{name}' has no measurement to learn from.").format(name=spec.name)
        if len(spec.targets) == 1
        else _("Nothing is measured of '{name}' yet.").format(name=target.name),
        _("Record a result first."),
    )
