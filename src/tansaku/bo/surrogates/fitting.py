"""From data to a fitted Gaussian process, by the way that the strategy names."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.surrogates.gp import GP
from tansaku.registry import Registry
from tansaku.strategy import SurrogateSpec


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted GP and what it was before.

    Attributes:
        gp: After the fit.
        before: The same GP at its first guess.
        warm: Where the search ended, to start the next one from, shape (b, p).
        at_bound: Problems whose optimiser warned that a hyperparameter met its bound.
    """

    gp: GP
    before: GP
    warm: Float[Tensor, "b p"]
    at_bound: int = 0


Fit = Callable[
    [
        Float[Tensor, "b n d"],
        Float[Tensor, "b n"],
        Float[Tensor, "b n"],
        SurrogateSpec,
        Sequence[np.random.Generator],
        Float[Tensor, "b p"] | None,
    ],
    Fitted,
]

FITS: Registry[str] = Registry("fit")
"""Where each way of fitting lives; named, not imported, so that scikit-learn loads on demand."""
FITS.add("map", "tansaku.bo.surrogates.map:fit_map")
FITS.add("lecture", "tansaku.bo.surrogates.lecture:fit_lecture")


def fit(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    warm: Float[Tensor, "b p"] | None = None,
) -> Fitted:
    """Fit b Gaussian processes in the way ``spec.fit`` names.

    Args:
        X: Encoded inputs, shape (b, n, d).
        y: Model-scale values, shape (b, n).
        counts: Replicates behind each value, shape (b, n).
        spec: What to fit.
        rngs: One generator per problem, for restarts.
        warm: ``Fitted.warm`` of an earlier fit of the same problems.
    """
    module, name = FITS[spec.fit].split(":")
    chosen = cast("Fit", getattr(importlib.import_module(module), name))
    return chosen(X, y, counts, spec, rngs, warm)


def uniforms(rngs: Sequence[np.random.Generator], *shape: int) -> Tensor:
    """Uniform draws of ``shape`` from each generator, stacked: (b, *shape)."""
    return torch.from_numpy(np.stack([rng.random(shape) for rng in rngs]))
