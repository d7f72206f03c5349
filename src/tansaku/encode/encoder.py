"""What every encoding offers, and the registry that holds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tansaku.design import Design, Floats
from tansaku.encode.unit_range import UnitRange
from tansaku.registry import Registry
from tansaku.space import Space


class Encoder(Protocol):
    """Law: ``decode(encode(M).X)`` is M to rounding, for every M in experimental units."""

    def encode(self, matrix: Floats) -> Design:
        """Experimental values, shape (n, inputs) -> encoded design, shape (n, d)."""

    def decode(self, X: Floats) -> Floats:
        """Encoded points, shape (n, d) -> experimental values, shape (n, inputs)."""


ENCODINGS: Registry[Callable[[Space], Encoder]] = Registry("encoding")
ENCODINGS.add("unit_range", UnitRange.of)


def encoder_for(space: Space, encoding: str = "unit_range") -> Encoder:
    """The named encoding of this space."""
    return ENCODINGS[encoding](space)
