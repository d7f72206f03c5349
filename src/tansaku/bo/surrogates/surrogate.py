"""Surrogates by name: how a model is fitted to what was measured."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, cast

import numpy as np

from tansaku.bo.surrogates.averaged import fit_averaged
from tansaku.bo.surrogates.map import fit_map
from tansaku.bo.surrogates.mixture import Mixture
from tansaku.bo.surrogates.observations import Observations
from tansaku.registry import Registry
from tansaku.strategy import NAMES, SurrogateSpec


class Surrogate(Protocol):
    """A way of fitting. Whatever it does, it ends in a mixture of Gaussian processes
    (:class:`~tansaku.bo.surrogates.mixture.Mixture`); limits, failures, phases, pending samples and
    further goals are learned on top of it, for every surrogate alike.

    Attributes:
        heeds: What it makes use of, of what is known of errors: ``counts`` (replicates behind a
            value), ``known`` (stated variances), ``runs`` (samples that shared a firing). What it
            does not name is withheld from it, and said aloud.
    """

    @property
    def heeds(self) -> tuple[str, ...]:
        """See above."""

    def fit(
        self,
        observed: Observations,
        spec: SurrogateSpec,
        rngs: Sequence[np.random.Generator],
        start: Any,
        /,
    ) -> Mixture:
        """The mixtures of b problems.

        Args:
            observed: Encoded inputs ``X``, shape (b, n, d), of a pool that spans 0 to 1 in each
                column; values ``y``, shape (b, n), model scale; what is known of their ``noise``.
            spec: Fields of the strategy's surrogate.
            rngs: One generator per problem: the only chance that a fit may use, so that one seed
                gives one answer.
            start: ``warm`` of the mixture of the same problems with the last measurements missing;
                ``None`` where there is none.
        """


SURROGATES: Registry[Surrogate] = Registry("surrogate", NAMES["surrogate"])
"""What a strategy may name as its ``fit``."""


class _Way(NamedTuple):
    """A way of fitting as a function."""

    fit: Callable[[Observations, SurrogateSpec, Sequence[np.random.Generator], Any], Mixture]
    heeds: tuple[str, ...]


def _as_the_lecture(
    observed: Observations, spec: SurrogateSpec, rngs: Sequence[np.random.Generator], _start: Any
) -> Mixture:
    lecture = importlib.import_module("tansaku.bo.surrogates.lecture")  # loads scikit-learn
    return cast("Mixture", lecture.fit_lecture(observed, spec, rngs))


SURROGATES.add("bank", _Way(fit_averaged, ("counts", "known", "runs")))
SURROGATES.add("map", _Way(fit_map, ("counts", "known")))
SURROGATES.add("lecture", _Way(_as_the_lecture, ()))
