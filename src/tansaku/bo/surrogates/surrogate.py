"""Surrogates by name: how a model is fitted to what was measured."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Protocol, cast

import numpy as np
import torch

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


class _Averaged:
    heeds = ("counts", "known", "runs")

    def fit(
        self,
        observed: Observations,
        spec: SurrogateSpec,
        _rngs: Sequence[np.random.Generator],
        start: Any,
    ) -> Mixture:
        return fit_averaged(observed, spec, start)


class _Maximised:
    heeds = ("counts", "known")

    def fit(
        self,
        observed: Observations,
        spec: SurrogateSpec,
        rngs: Sequence[np.random.Generator],
        start: Any,
    ) -> Mixture:
        return fit_map(observed, spec, rngs, start if isinstance(start, torch.Tensor) else None)


class _Lecture:
    heeds = ()

    def fit(
        self,
        observed: Observations,
        spec: SurrogateSpec,
        rngs: Sequence[np.random.Generator],
        _start: Any,
    ) -> Mixture:
        lecture = importlib.import_module("tansaku.bo.surrogates.lecture")  # loads scikit-learn
        return cast("Mixture", lecture.fit_lecture(observed, spec, rngs))


SURROGATES.add("bank", _Averaged())
SURROGATES.add("map", _Maximised())
SURROGATES.add("lecture", _Lecture())
