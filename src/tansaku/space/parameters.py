"""Parameters: what the lab sets. Every kind but ``numeric`` counts its settings in levels 0, 1, ..

A level is a whole number, so two settings are the same or not, and sums of settings are exact.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from tansaku.design import Floats, Ints
from tansaku.errors import SpaceError
from tansaku.language import _
from tansaku.spec import Spec
from tansaku.typed import as_word

SETTLING = 1e-3
"""A value is a setting when it lies within this share of a step from it: a reading typed with
three digits more than the step counts, half a step never does."""

FINEST = 1e-6
"""Default resolution of a continuous parameter, as a share of its range, rounded down to a power
of ten: below what a furnace or a balance can set, and still a number that a person can read."""

LARGEST = 1e150
"""Inputs, results and their spreads stay below this, results on the model scale: squares of what is
larger are no floats, and nothing that a lab sets or measures comes near it."""

MOST_LEVELS = 10**15
"""Settings of one parameter: whole numbers that a float holds exactly, with room to spare."""


Role = Literal["composition", "process", "other"]
"""What a parameter is to the lab: an amount in the sample, a setting of its treatment, or neither.
What one furnace run shares are process parameters as a rule."""


class _Named(Spec):
    """What every parameter has.

    Attributes:
        name: What it is called.
        role: What it is to the lab; ``None`` where that follows from the space (``Space.roles``).
    """

    name: str
    role: Role | None = Field(default=None, exclude_if=lambda value: value is None)


class Numeric(_Named):
    """A number that the lab sets, as a column of a listed table has it.

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


class _Ranged(_Named):
    """A number between two ends that can be set in equal steps from the lower end."""

    low: float
    high: float
    unit: str = ""

    @property
    def interval(self) -> float:
        """Distance of neighbouring settings, in the parameter's unit."""
        raise NotImplementedError

    @property
    def span(self) -> float:
        """high - low, in the parameter's unit."""
        return self.high - self.low

    @property
    def count(self) -> int:
        """How many settings there are."""
        return _levels_between(self.low, self.high, self.interval) + 1

    def at(self, levels: Ints) -> Floats:
        """The settings of these levels, any shape: the floats nearest to low + level x step."""
        low, step = exact(self.low), exact(self.interval)
        common = math.lcm(low.denominator, step.denominator)
        first, each = int(low * common), int(step * common)
        if abs(first) + each * self.count < 2**53 and common < 2**53:
            return np.asarray((first + each * levels.astype(np.int64)) / common)
        return np.asarray(self.low + self.interval * levels.astype(np.float64))

    def levels(self, values: Floats) -> tuple[Ints, Floats]:
        """(nearest levels, distance from their settings in steps), any shape."""
        with np.errstate(invalid="ignore"):
            places = (np.asarray(values, dtype=np.float64) - self.low) / self.interval
            nearest = np.clip(np.rint(places), 0, self.count - 1)
        # A value far from 0 carries rounding of its own size, which is not the lab's.
        noise = 4 * np.finfo(np.float64).eps * (abs(self.low) + abs(self.high)) / self.interval
        off = np.maximum(np.abs(places - nearest) - noise, 0.0)
        return nearest.astype(np.int64), np.asarray(off)

    def _check_range(self) -> None:
        if not self.high > self.low:
            raise SpaceError(
                _("Parameter '{name}': its upper end {high:g} is not above {low:g}.").format(
                    name=self.name, high=self.high, low=self.low
                ),
                _("Give a lower and a higher end; a value that is fixed is no parameter."),
            )
        if max(abs(self.low), abs(self.high)) >= LARGEST:
            raise SpaceError(
                _("Parameter '{name}': nothing can be computed with {low:g} to {high:g}.").format(
                    name=self.name, low=self.low, high=self.high
                ),
                _("Give its values in a larger unit."),
            )
        if not self.interval > 0:
            raise SpaceError(
                _("Parameter '{name}': the step {step:g} is not above 0.").format(
                    name=self.name, step=self.interval
                ),
                _("Give the distance between neighbouring settings."),
            )
        if self.count < 2:
            raise SpaceError(
                _(
                    "Parameter '{name}': the step {step:g} is wider than {low:g} to {high:g}."
                ).format(name=self.name, step=self.interval, low=self.low, high=self.high),
                _("Give a smaller step."),
            )
        if self.span / self.interval > MOST_LEVELS:
            raise SpaceError(
                _("Parameter '{name}': a step of {step:g} is too fine for its range.").format(
                    name=self.name, step=self.interval
                ),
                _("Give the step that can really be set."),
            )


class Stepped(_Ranged):
    """A number that can be set to low, low + step, .. up to high.

    Attributes:
        name: What it is called.
        low: Smallest setting, in ``unit``.
        high: Largest setting; a whole number of steps above ``low``.
        step: Distance of neighbouring settings.
        unit: Unit as text, empty where none is known.

    Example:
        >>> Stepped(name="x", low=0, high=0.3, step=0.1).at(np.arange(4)).tolist()
        [0.0, 0.1, 0.2, 0.3]
    """

    kind: Literal["stepped"] = "stepped"
    step: float

    @model_validator(mode="after")
    def _divides(self) -> Stepped:
        self._check_range()
        last = self.at(np.array(self.count - 1))
        if abs(float(last) - self.high) > SETTLING * self.step:
            above = self.at(np.array(self.count))
            raise SpaceError(
                _(
                    "Parameter '{name}': steps of {step:.12g} from {low:.12g} do not end at"
                    " {high:.12g}."
                ).format(name=self.name, step=self.step, low=self.low, high=self.high),
                _("End at {below:.12g} or {above:.12g}, or change the step.").format(
                    below=float(last), above=float(above)
                ),
            )
        return self

    @property
    def interval(self) -> float:
        """The step."""
        return self.step


class Continuous(_Ranged):
    """A number that can be set anywhere between two ends, as finely as the equipment allows.

    Attributes:
        name: What it is called.
        low: Smallest value, in ``unit``.
        high: Largest value.
        resolution: What the furnace or the balance can set; ``None`` is ``FINEST`` of the range,
            rounded down to a power of ten. Settings are counted from ``low``.
        unit: Unit as text, empty where none is known.

    Example:
        >>> Continuous(name="T", low=900, high=1200, resolution=5).count
        61
        >>> Continuous(name="x", low=0, high=0.5).interval
        1e-07
    """

    kind: Literal["continuous"] = "continuous"
    resolution: float | None = None

    @model_validator(mode="after")
    def _fits(self) -> Continuous:
        self._check_range()
        return self

    @property
    def interval(self) -> float:
        """The resolution."""
        if self.resolution is not None:
            return self.resolution
        return float(f"1e{math.floor(math.log10(FINEST * self.span))}") if self.span > 0 else 1.0


class Categorical(_Named):
    """A choice between names: an atmosphere, a precursor, a crucible.

    Its number in a matrix is the level: the place of the name in ``values``, 0, 1, ..

    Attributes:
        name: What it is called.
        values: The names, at least two, each once.
        encoding: ``one_hot`` where the names have no order, ``ordinal`` where they stand in order.
        unit: Empty.

    Example:
        >>> Categorical(name="gas", values=("air", "Ar", "O2")).level("Ar")
        1
    """

    kind: Literal["categorical"] = "categorical"
    values: tuple[str, ...]
    encoding: Literal["one_hot", "ordinal"] = "one_hot"
    unit: Literal[""] = ""

    @model_validator(mode="after")
    def _distinct(self) -> Categorical:
        if len(self.values) < 2 or len(set(self.values)) < len(self.values) or "" in self.values:
            raise SpaceError(
                _("Parameter '{name}': {values} are not two or more different names.").format(
                    name=self.name, values=", ".join(f"'{v}'" for v in self.values) or "-"
                ),
                _("Write each choice once."),
            )
        return self

    @property
    def count(self) -> int:
        """How many choices there are."""
        return len(self.values)

    def level(self, value: str) -> int | None:
        """The level of a name; ``None`` for one that is not there. Capitals, blanks and width only
        count where they tell two names apart."""
        if value in self.values:
            return self.values.index(value)
        alike = [i for i, name in enumerate(self.values) if as_word(name) == as_word(value)]
        return alike[0] if len(alike) == 1 else None

    def at(self, levels: Ints) -> Floats:
        """Levels as they stand in a matrix: themselves."""
        return levels.astype(np.float64)

    def levels(self, values: Floats) -> tuple[Ints, Floats]:
        """(nearest levels, distance from them), any shape."""
        nearest = np.clip(np.rint(values), 0, self.count - 1)
        return nearest.astype(np.int64), np.abs(values - nearest)


Settable = Stepped | Continuous | Categorical
"""The kinds that span a space by themselves."""

Parameter = Annotated[Numeric | Stepped | Continuous | Categorical, Field(discriminator="kind")]


def exact(value: float) -> Fraction:
    """The number that a person means by a float: 0.1 is 1/10 and 0.333333333333 is not 1/3.

    The simplest fraction with a denominator of up to a billion where it is that very float, else
    its shortest decimals.

    >>> exact(0.0625), exact(0.1), exact(1 / 3)
    (Fraction(1, 16), Fraction(1, 10), Fraction(1, 3))
    """
    simple = Fraction(value).limit_denominator(10**9)
    return simple if float(simple) == value else Fraction(repr(value))


def _levels_between(low: float, high: float, interval: float) -> int:
    """Whole steps from low to high; an end that is a shade beyond the last one counts."""
    steps = (exact(high) - exact(low)) / exact(interval)
    return math.floor(steps + Fraction(SETTLING))
