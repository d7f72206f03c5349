"""Model limits: what results tell and a strategy cannot use, said aloud."""

from __future__ import annotations

import numpy as np

from tansaku.bo.device import to_host
from tansaku.bo.surrogates import SURROGATES, Fitted, fit_of
from tansaku.bo.surrogates.censored import CONTRADICTION
from tansaku.bo.surrogates.hyperparameter_samples import LARGEST
from tansaku.bo.surrogates.inducing import EXACT, POINTS
from tansaku.bo.surrogates.map import MOST
from tansaku.campaign.history.state import History, State
from tansaku.design import Bools
from tansaku.language import _
from tansaku.space import Target
from tansaku.strategy import Strategy


def model_limits(history: History, strategy: Strategy, *, older: int) -> tuple[str, ...]:
    """Notices on stated sds, on limits that wait for values, and on what many results change.

    Args:
        history: What the results are.
        strategy: How samples are chosen.
        older: Older values that are used.
    """
    notices = []
    spec = strategy.surrogate
    if spec is not None and history.noise.any() and "known" not in SURROGATES[spec.fit].heeds:
        notices.append(
            _(
                "Stated sds and the scatter of replicates are left out: this model takes every"
                " result for equally certain."
            )
        )
    if spec is not None:
        pooled = spec.sources == "pooled" or not len(history.y)
        known = len(history.y) + (older if pooled else 0)
        notices += _many(known, spec.fit, fit_of(spec, known))
    if len(history.limits.bound) and not len(history.y) and not older:
        notices.append(
            _("Nothing but limits is known so far; a model needs values, so they wait for some.")
        )
    return tuple(notices)


def _many(measured: int, asked: str, fit: str) -> list[str]:
    """What so many results change in the way in which a model is fitted."""
    notices = []
    if fit != asked:
        notices.append(
            _(
                "With more than {n} results the model has the likeliest hyperparameters, in place"
                " of an average over many."
            ).format(n=LARGEST)
        )
    if fit == "map" and measured > MOST:
        notices.append(
            _(
                "The hyperparameters are learned from {n} results, drawn at random; predictions use"
                " all."
            ).format(n=MOST)
        )
    if fit == "map" and measured > EXACT:
        notices.append(
            _(
                "With more than {n} results predictions rest on what all of them say of the model"
                " at {points} points at the most (inducing points): nearly, not exactly, the same."
            ).format(n=EXACT, points=POINTS)
        )
    return notices


def contradicting(fitted: Fitted | None) -> Bools:
    """Limits that a model leaves out as they contradict the other results, shape (limits,); empty
    where there are none."""
    if fitted is None or fitted.likely is None:
        return np.zeros(0, dtype=np.bool_)
    return np.asarray(to_host(fitted.likely[0]) < np.log(CONTRADICTION))


def set_aside(state: State, target: Target, fitted: Fitted | None) -> tuple[str, ...]:
    """That limits were left out because they contradict all other results."""
    limits = [m for m in state.measurements if m.counts and target.name in m.limits]
    return tuple(
        _(
            "{id}: {sign}{value:.4g} of {name} contradicts the other results and is left out of the"
            " model. Check it; correct it, or measure again."
        ).format(
            id=m.called,
            sign="<" if m.limits[target.name] == "below" else ">",
            value=m.values[target.name],
            name=target.name,
        )
        for m, left_out in zip(limits, contradicting(fitted), strict=False)
        if left_out
    )
