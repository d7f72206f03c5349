"""By run: what teaches a model where samples share the error of their furnace run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tansaku.bo.surrogates import SURROGATES, fit_of
from tansaku.bo.surrogates.run_blocks import enough_runs
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.state import History, State, history_of
from tansaku.design import Ints
from tansaku.encode import encoder_for
from tansaku.language import _
from tansaku.space import Target
from tansaku.strategy import Strategy


def teaching(spec: CampaignSpec, state: State, target: Target | None = None) -> History:
    """What the model learns from. Replicates of different runs stay apart where enough runs are
    labelled to tell what a run does; else they are averaged, and the history names no runs."""
    if not any(m.run for m in state.measurements):
        return history_of(spec, state, target)
    found = history_of(spec, state, target, by_run=True)
    if not any(found.runs):
        return replace(found, runs=())
    X = encoder_for(spec.space).encode(found.matrix).X
    return found if enough_runs(X, runs_of(found)) else history_of(spec, state, target)


def runs_of(history: History) -> Ints:
    """Run of each value of a history, shape (n,), 0, 1, ..; -1 where it is not known."""
    labels = {label: i for i, label in enumerate(sorted({r for r in history.runs if r}))}
    return np.array([labels.get(each or "", -1) for each in history.runs], dtype=np.int64)


def unheeded_runs(history: History, strategy: Strategy) -> tuple[str, ...]:
    """That the errors that samples of a run share cannot be heeded, where that is so."""
    spec = strategy.surrogate
    if not history.runs or spec is None:
        return ()
    if "runs" in SURROGATES[fit_of(spec, len(history.y))].heeds:
        return ()
    return (
        _(
            "That samples of one furnace run share its error is left out: this model takes every"
            " sample for one of its own."
        ),
    )
