"""What an acquisition sees, and the registry that holds them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.design import Direction
from tansaku.registry import Registry
from tansaku.strategy import NAMES


@dataclass(frozen=True, slots=True)
class AcquisitionInput:
    """What is believed of the candidates, in s futures of each of b problems: an imagined outcome
    of what is under way, or a setting of the hyperparameters, or one of each.

    Attributes:
        mean: Shape (b, s, N), in model units.
        sd: Shape (b, s, N), in model units, > 0.
        best: The value to beat in each future, shape (b, s, 1): the best value where larger is
            better, the smallest distance to ``match`` where a value is to be matched.
        direction: MAXIMISE or MATCH.
        match: The wanted value, model units.
        beta: Weight of the sd in UCB.
        sample: Draws one joint sample of the function over the pool, shape (b, N).
        noise: Variance of a new measurement beyond ``sd`` squared, shape (b, 1), 0 where ``sd`` is
            that of a measurement.
        works: P(a sample works), shape (b, N); ``None`` where nothing has failed.
        poorest: What a failed sample is worth, shape (b, 1), model units: as much as the poorest
            measured one (minus the largest distance where a value is to be matched).
        share: Weight of each future of each candidate, shape (b, s, N), 1 over the futures in all;
            ``None`` where all futures weigh alike.
    """

    mean: Float[Tensor, "b s N"]
    sd: Float[Tensor, "b s N"]
    best: Float[Tensor, "b s 1"]
    direction: Direction
    match: float
    beta: float
    sample: Callable[[], Float[Tensor, "b N"]]
    noise: Float[Tensor, "b 1"]
    works: Float[Tensor, "b N"] | None = None
    poorest: Float[Tensor, "b 1"] | None = None
    share: Float[Tensor, "b s N"] | None = None


Acquisition = Callable[[AcquisitionInput], Float[Tensor, "b N"]]
"""Outlook -> score of each candidate; the largest is picked. Finite or -inf, never NaN."""

Kind = Literal["value", "gain", "log_gain"]
"""What a score is, and so what a sample that may fail is worth: of a ``value`` P x value + (1 - P)
x poorest, of a ``gain`` P x gain, and ln P is added to the logarithm of one (``log_gain``)."""


class Acquisitions(Registry[Acquisition]):
    """Acquisitions by name, each with what its score is.

    Example:
        >>> registry = Acquisitions("acquisition")
        >>> _ = registry.add("mean", lambda given: given.mean.mean(1), kind="value")
        >>> registry.kinds["mean"]
        'value'
    """

    def __init__(self, kind: str, names: set[str] | None = None) -> None:
        super().__init__(kind, names)
        self.kinds: dict[str, Kind] = {}

    def add(  # type: ignore[override]
        self, name: str, entry: Acquisition, *, kind: Kind
    ) -> Acquisition:
        """Register ``entry``, whose score is a ``value``, a ``gain`` or a ``log_gain``."""
        if kind not in get_args(Kind):
            raise ValueError(f"acquisition {name!r}: {kind!r} is not value, gain or log_gain")
        self.kinds[name] = kind
        return super().add(name, entry)

    def register(  # type: ignore[override]
        self, name: str, *, kind: Kind
    ) -> Callable[[Acquisition], Acquisition]:
        """A decorator that registers what it decorates."""
        return lambda entry: self.add(name, entry, kind=kind)


ACQUISITIONS = Acquisitions("acquisition", NAMES["acquisition"])


def score_of(name: str, acquisition_input: AcquisitionInput) -> Float[Tensor, "b N"]:
    """The acquisition of this name, with the chance that a sample works taken into account."""
    return weighed(name, ACQUISITIONS[name](acquisition_input), acquisition_input)


def weighed(
    name: str, score: Float[Tensor, "b N"], acquisition_input: AcquisitionInput
) -> Float[Tensor, "b N"]:
    """A score that knows no failures, as it is with them."""
    if acquisition_input.works is None:
        return score
    kind = ACQUISITIONS.kinds[name]
    if kind == "log_gain":
        return score + acquisition_input.works.log()
    if kind == "value" and acquisition_input.poorest is not None:
        return acquisition_input.poorest + acquisition_input.works * (
            score - acquisition_input.poorest
        )
    return score * acquisition_input.works


LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


def log_mean(
    log_values: Float[Tensor, "b s N"], share: Float[Tensor, "b s N"] | None = None
) -> Float[Tensor, "b N"]:
    """ln of the mean over the futures of exp(log_values)."""
    if share is not None:
        return torch.logsumexp(log_values + share.log(), 1)
    return torch.logsumexp(log_values, 1) - math.log(log_values.shape[1])


def average(
    values: Float[Tensor, "b s N"], share: Float[Tensor, "b s N"] | None = None
) -> Float[Tensor, "b N"]:
    """The mean over the futures."""
    return values.mean(1) if share is None else (share * values).sum(1)
