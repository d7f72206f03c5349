"""Parameters: the columns that span the pool."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from tansaku.spec import Spec


class Numeric(Spec):
    """A number that the lab sets: a composition variable, a temperature, a time.

    Attributes:
        name: The column's name, as in the table.
        low: Smallest value in the pool, in ``unit``.
        high: Largest value in the pool, in ``unit``; above ``low``.
        unit: Unit as text, empty where none is known.

    Example:
        >>> Numeric(name="x", low=0, high=0.3).span
        0.3
    """

    kind: Literal["numeric"] = "numeric"
    name: str
    low: float
    high: float
    unit: str = ""

    @model_validator(mode="after")
    def _varies(self) -> Numeric:
        if not self.high > self.low:
            raise ValueError(f"{self.name}: high {self.high} is not above low {self.low}")
        return self

    @property
    def span(self) -> float:
        """high - low, in the parameter's unit."""
        return self.high - self.low
