"""From observations to a fitted mixture, by the way that the strategy names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from tansaku.bo.surrogates.censored import with_limits
from tansaku.bo.surrogates.gp import Noise
from tansaku.bo.surrogates.hyperparameter_samples import LARGEST
from tansaku.bo.surrogates.mixture import Fitted, Mixture
from tansaku.bo.surrogates.observations import Observations
from tansaku.bo.surrogates.surrogate import SURROGATES
from tansaku.bo.surrogates.transfer import fit_transfer
from tansaku.design import SourceData
from tansaku.strategy import SurrogateSpec

OF_ERRORS = ("counts", "known", "runs")
"""What may be known of errors; a fit beside older data makes use of all of it."""


def fit(
    observed: Observations,
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    sources: Sequence[SourceData] = (),
    start: Any = None,
) -> Fitted:
    """Fit b mixtures of Gaussian processes in the way ``spec.fit`` names.

    Args:
        observed: What is known; what the fit makes no use of is left out (:func:`heeded`).
        spec: What to fit.
        rngs: One generator per problem, for restarts and draws.
        sources: Older data, used as ``spec.sources`` says; before the first own measurement they
            are all that is known, and taken for the target's own.
        start: ``Fitted.warm`` of an earlier fit of the same problems.
    """
    observed = heeded(observed, spec, sources)
    mixture = _mixture(observed, spec, rngs, sources, start)
    if not observed.limits.number:
        return mixture.fitted(rngs)
    mixture, likely = with_limits(mixture, observed.limits, rngs)
    return replace(mixture.fitted(rngs), likely=likely)


def _mixture(
    observed: Observations,
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    sources: Sequence[SourceData],
    start: Any,
) -> Mixture:
    if _as_own(observed, spec, sources):
        observed, sources = observed.with_sources(sources), ()
    way = _way(observed, spec, sources)
    if way == "transfer":
        return fit_transfer(observed, spec, rngs, sources, start)
    return SURROGATES[way].fit(observed, spec, rngs, start)


def _as_own(observed: Observations, spec: SurrogateSpec, sources: Sequence[SourceData]) -> bool:
    pooled = spec.sources == "pooled" or (spec.sources != "ignored" and not observed.number)
    return bool(sources) and pooled


def _way(observed: Observations, spec: SurrogateSpec, sources: Sequence[SourceData]) -> str:
    """Above ``LARGEST`` measurements the posterior is maximised in place of averaging, and sources
    play no part: they would cost most where they tell least."""
    number = observed.number
    if _as_own(observed, spec, sources):
        number += sum(len(source.y) for source in sources)
    elif sources and spec.sources != "ignored" and number <= LARGEST:
        return "transfer"
    return fit_of(spec, number)


def fit_of(spec: SurrogateSpec, number: int) -> str:
    """How so many measurements are fitted: above ``LARGEST`` the posterior is maximised in place
    of averaging."""
    return "map" if spec.fit == "bank" and number > LARGEST else spec.fit


def heeded(
    observed: Observations, spec: SurrogateSpec, sources: Sequence[SourceData] = ()
) -> Observations:
    """The observations without what this fit makes no use of, of what is known of errors."""
    way = _way(observed, spec, sources)
    used = OF_ERRORS if way == "transfer" else SURROGATES[way].heeds
    unused = set(OF_ERRORS) - set(used)
    if not unused:
        return observed
    plain = Noise.of(torch.ones_like(observed.y))
    kept = {name: getattr(plain, name) for name in unused}
    return replace(observed, noise=replace(observed.noise, **kept))
