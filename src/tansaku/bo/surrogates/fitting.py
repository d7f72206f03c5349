"""From data to a fitted Gaussian process, by the way that the strategy names."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.feasibility import FeasibilityClassifier
from tansaku.bo.phases import PhaseClassifier
from tansaku.bo.surrogates.gp import GP
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Ints, Limited, Problems, SourceData
from tansaku.registry import Registry
from tansaku.strategy import FEW, SurrogateSpec


@dataclass(frozen=True, slots=True)
class Listed:
    """Where the measured points stand among the candidates.

    Attributes:
        pool: Encoded candidates, shape (N, d).
        positions: Candidate of each measured point, shape (b, n).
    """

    pool: Float[Tensor, "N d"]
    positions: Int[Tensor, "b n"]


@dataclass(frozen=True, slots=True)
class Unequal:
    """What is known of some values besides the values: stated variances, and limits.

    Attributes:
        known: Variance of each measured value besides the noise, model units squared, shape
            (b, n); ``None`` where none is known.
        X: Points with a limit, shape (b, c, d).
        bound: The limits, model units, shape (b, c).
        side: 1 where the value lies above its limit, -1 below, shape (b, c).
    """

    known: Float[Tensor, "b n"] | None
    X: Float[Tensor, "b c d"]
    bound: Float[Tensor, "b c"]
    side: Float[Tensor, "b c"]

    @classmethod
    def of(cls, problems: Problems) -> Unequal | None:
        """What is known of the values of some searches; ``None`` where that is nothing."""
        noise, limits = problems.noise, problems.limits
        if noise is None and limits is None:
            return None
        b, d = problems.size, problems.X.shape[-1]
        limits = limits or Limited(np.empty((b, 0, d)), np.empty((b, 0)), np.empty((b, 0)))
        return cls(
            None if noise is None else to_device(noise),
            *(to_device(each) for each in (limits.X, limits.bound, limits.side)),
        )

    @property
    def number(self) -> int:
        """c, the number of limits."""
        return int(self.bound.shape[-1])

    def over(self, unit: float) -> Unequal:
        """In this unit."""
        known = None if self.known is None else self.known / unit**2
        return replace(self, known=known, bound=self.bound / unit)

    def take(self, index: Int[Tensor, " k"]) -> Unequal:
        """The problems with these indices."""
        known = None if self.known is None else self.known[index]
        return Unequal(known, self.X[index], self.bound[index], self.side[index])


@dataclass(frozen=True, slots=True)
class Knowledge:
    """How much the sources help.

    Attributes:
        helps: Probability that each of t sources helps, shape (b, t); what is left to 1 is the
            target alone.
        correlations: Task correlations that were weighed, shape (r,).
        weights: Probability of each source and correlation, shape (b, t, r).
    """

    helps: Float[Tensor, "b t"]
    correlations: Float[Tensor, " r"]
    weights: Float[Tensor, "b t r"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learned of b problems.

    Attributes:
        gp: ``components`` processes per problem, problem by problem: a batch of b x components.
            Predictions are averaged over a problem's components.
        before: At the first guess; the first of the batch is that of the first problem.
        best: The one that explains the data best; the first of the batch likewise.
        fit: The way it was really fitted.
        posterior: What is believed of the listed candidates, where that came with the fit (in a
            study); ``gp`` then is that of the first problem alone.
        components: Processes per problem.
        settings: Number of the setting of each process, where one problem was fitted; processes of
            one setting are alike. ``None`` where that is not known.
        effective: How many settings share the evidence of the first problem.
        warm: What the next fit of the same problems can start from.
        scatter: Probability that the inputs tell nothing, shape (b,); ``None`` where not asked.
        knowledge: How much the sources help; ``None`` without any.
        cut: The time was up before the search for hyperparameters had ended.
        at_bound: Problems whose optimiser warned that a hyperparameter met its bound.
        works: Where samples work; ``None`` where nothing has failed.
        gate: Which phase forms where; ``None`` where phases play no part.
        run_effect: Probability that furnace runs differ; ``None`` where that was not asked.
        likely: ln of the probability of each limit by all other results, shape (b, c); those below
            ``limits.CONTRADICTION`` were set aside. ``None`` without limits.
    """

    gp: GP
    before: GP
    best: GP
    warm: Any
    fit: str
    posterior: Posterior | None = None
    components: int = 1
    settings: Int[Tensor, " k"] | None = None
    effective: float = 1.0
    scatter: Float[Tensor, " b"] | None = None
    knowledge: Knowledge | None = None
    cut: bool = False
    at_bound: int = 0
    works: FeasibilityClassifier | None = None
    gate: PhaseClassifier | None = None
    run_effect: float | None = None
    likely: Float[Tensor, "b c"] | None = None

    def in_units_of(self, unit: float) -> Fitted:
        """The same where the values were given in this unit."""
        each = {name: getattr(self, name).in_units_of(unit) for name in ("gp", "before", "best")}
        return replace(self, **each)

    def in_brief(self) -> Fitted:
        """The same with the first ``FEW`` components (b = 1): they were drawn in random order."""
        few = torch.arange(min(FEW, self.components), device=self.gp.alpha.device)
        settings = None if self.settings is None else self.settings[few]
        return replace(self, gp=self.gp.take(few), components=len(few), settings=settings)

    def distinct(self) -> tuple[GP, Int[Tensor, " k"] | None]:
        """(processes that differ, which of them each process is); ``None`` where all may differ."""
        if self.settings is None:
            return self.gp, None
        _each, first, where = np.unique(
            to_host(self.settings), return_index=True, return_inverse=True
        )
        if len(first) == len(where):
            return self.gp, None
        return self.gp.take(to_device(first)), to_device(where)


class Fit(Protocol):
    """A way of fitting; see :func:`fit` for the arguments."""

    def __call__(
        self,
        X: Float[Tensor, "b n d"],
        y: Float[Tensor, "b n"],
        counts: Float[Tensor, "b n"],
        spec: SurrogateSpec,
        rngs: Sequence[np.random.Generator],
        *,
        warm: Any = None,
        listed: Listed | None = None,
    ) -> Fitted:
        """Fit b Gaussian processes."""


FITS: Registry[str] = Registry("fit")
"""Where each way of fitting lives; named, not imported, so that scikit-learn loads on demand."""
FITS.add("bank", "tansaku.bo.surrogates.averaged:fit_bank")
FITS.add("map", "tansaku.bo.surrogates.map:fit_map")
FITS.add("lecture", "tansaku.bo.surrogates.lecture:fit_lecture")
WITH_SOURCES = "tansaku.bo.surrogates.transfer:fit_transfer"
"""The fit that takes sources, named for the same reason."""
WITH_LIMITS = "tansaku.bo.surrogates.limits:fit_unequal"
IN_RUNS = "tansaku.bo.furnace.in_runs:fit_runs"
MEETS_LIMITS = "tansaku.bo.surrogates.limits:meet"
BANK_LARGEST = "tansaku.bo.surrogates.bank:LARGEST"


def fit(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    *,
    warm: Any = None,
    listed: Listed | None = None,
    sources: Sequence[SourceData] = (),
    unequal: Unequal | None = None,
    labels: int = 0,
    runs: Ints | None = None,
) -> Fitted:
    """Fit b Gaussian processes in the way ``spec.fit`` names.

    Args:
        X: Encoded inputs, shape (b, n, d).
        y: Model-scale values, shape (b, n).
        counts: Replicates behind each value, shape (b, n).
        spec: What to fit.
        rngs: One generator per problem, for restarts.
        warm: ``Fitted.warm`` of an earlier fit of the same problems.
        listed: Where the points stand in the pool; a way to be quick, without any other effect.
        sources: Older data, used as ``spec.sources`` says; before the first own measurement they
            are all that is known, and taken for the target's own.
        unequal: Stated variances and limits. The bank weighs its settings by them; other fits
            meet the limits afterwards, and neither ``lecture`` nor sources heed the variances.
        labels: The last so many columns are those of a label; the bank has scales of their own for
            them, other fits take them for columns like others.
        runs: Furnace run of each value, shape (b, n), where b = 1; heeded by the bank alone, and
            not beside limits, sources and labels.
    """
    if runs is not None and _heeds_runs(y, spec, sources, unequal, labels):
        known = None if unequal is None else unequal.known
        return cast("Fitted", _named(IN_RUNS)(X, y, counts, spec, rngs, runs=runs, known=known))
    if unequal is not None:
        return _unequal(X, y, counts, spec, rngs, sources=sources, unequal=unequal, labels=labels)
    if sources and (spec.sources == "pooled" or (spec.sources != "ignored" and y.shape[-1] == 0)):
        X, y, counts, listed = *_pooled(X, y, counts, sources), None
    elif sources and spec.sources != "ignored":
        told = cast("Callable[..., Fitted]", _named(WITH_SOURCES))
        return told(X, y, counts, spec, rngs, warm=warm, listed=listed, sources=sources)
    chosen = cast("Fit", _named(FITS[spec.fit]))
    if labels and spec.fit == "bank":
        return cast("Fitted", _named(FITS["bank"])(X, y, counts, spec, rngs, labels=labels))
    return chosen(X, y, counts, spec, rngs, warm=warm, listed=listed)


def _heeds_runs(
    y: Float[Tensor, "b n"],
    spec: SurrogateSpec,
    sources: Sequence[SourceData],
    unequal: Unequal | None,
    labels: int,
) -> bool:
    alone = not sources or spec.sources == "ignored"
    limits = 0 if unequal is None else unequal.number
    plain = alone and not labels and not limits and len(y) == 1
    return plain and spec.fit == "bank" and y.shape[-1] <= _named(BANK_LARGEST)


def _unequal(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    *,
    sources: Sequence[SourceData],
    unequal: Unequal,
    labels: int,
) -> Fitted:
    """As :func:`fit`, with values that are known unequally well."""
    alone = not sources or spec.sources == "ignored"
    if alone and spec.fit == "bank" and y.shape[-1] <= _named(BANK_LARGEST):
        return cast("Fitted", _named(WITH_LIMITS)(X, y, counts, spec, rngs, unequal, labels=labels))
    if alone and spec.fit != "lecture":
        found = cast("Fitted", _named(FITS["map"])(X, y, counts, spec, rngs, known=unequal.known))
    else:
        found = fit(X, y, counts, spec, rngs, sources=sources)
    if not unequal.number:
        return found
    met = _named(MEETS_LIMITS)(found, unequal, constant_mean=spec.mean == "constant")
    return cast("Fitted", met)


def _named(place: str) -> Any:
    """The function at ``module:name``."""
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)


def _pooled(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    sources: Sequence[SourceData],
) -> tuple[Float[Tensor, "b m d"], Float[Tensor, "b m"], Float[Tensor, "b m"]]:
    """The sources' measurements before the target's own."""
    b = len(y)

    def together(own: Tensor, part: str) -> Tensor:
        parts = [to_device(getattr(source, part)) for source in sources]
        return torch.cat([*(v.expand(b, *v.shape) for v in parts), own], 1)

    return together(X, "X"), together(y, "y"), together(counts, "counts")


def uniforms(rngs: Sequence[np.random.Generator], *shape: int) -> Tensor:
    """Uniform draws of ``shape`` from each generator, stacked: (b, *shape)."""
    return to_device(np.stack([rng.random(shape) for rng in rngs]))
