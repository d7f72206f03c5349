"""Parameters: what the lab sets. Every kind but ``numeric`` counts its settings in levels 0, 1, ..

A level is a whole number, so two settings are the same or not, and sums of settings are exact.
Numbers have a scale, as targets have: on ``log10`` the model, the steps and random draws go by
decades.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from tansaku.design import Floats, Ints
from tansaku.errors import SpaceError
from tansaku.language import _
from tansaku.space.scale import Scale
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

FINEST_DECADES = 1e-3
"""Default resolution of a continuous parameter on a log scale, in decades: 0.2 %, about what a
pipette or a balance can set at any size."""

DECADES = 2.0
"""Decades from the smallest to the largest value from which numbers are taken on a log scale,
where they also lie more evenly there."""

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


class _Number(_Named):
    """A number with a unit, on a scale.

    Attributes:
        unit: Unit as text, empty where none is known.
        scale: ``log10`` where the model goes by decades.
    """

    unit: str = ""
    scale: Scale = Field(default=Scale.LINEAR, exclude_if=lambda value: value is Scale.LINEAR)

    def to_model(self, values: Floats) -> Floats:
        """Values on the scale of the model, any shape."""
        return np.log10(values) if self.scale is Scale.LOG10 else values

    def in_unit(self, values: Floats) -> Floats:
        """Values of the model's scale in the unit, any shape."""
        return np.asarray(10.0**values) if self.scale is Scale.LOG10 else values

    @property
    def ends(self) -> tuple[float, float]:
        """(smallest, largest) value on the scale of the model."""
        low, high = self.to_model(np.array(self._extremes)).tolist()
        return low, high

    @property
    def _extremes(self) -> tuple[float, float]:
        raise NotImplementedError

    @model_validator(mode="after")
    def _has_a_logarithm(self) -> Self:
        if self.scale is Scale.LOG10 and not self._extremes[0] > 0:
            raise SpaceError(
                _("'{name}' cannot be on a log scale: it starts at {low:g}.").format(
                    name=self.name, low=self._extremes[0]
                ),
                _("Start above 0, or keep it linear."),
            )
        return self


class _Range(_Number):
    """A number between two ends."""

    low: float
    high: float

    @property
    def span(self) -> float:
        """high - low, in the parameter's unit."""
        return self.high - self.low

    @property
    def _extremes(self) -> tuple[float, float]:
        return self.low, self.high


class Numeric(_Range):
    """A number that the lab sets, as a column of a listed table has it.

    Attributes:
        name: The column's name, as in the table.
        low: Smallest value in the pool, in ``unit``.
        high: Largest value in the pool, in ``unit``; above ``low``.
        unit: Unit as text, empty where none is known.
        scale: ``log10`` where the model goes by decades.

    Example:
        >>> Numeric(name="x", low=0, high=0.3).span
        0.3
    """

    kind: Literal["numeric"] = "numeric"

    @model_validator(mode="after")
    def _varies(self) -> Numeric:
        if not self.high > self.low:
            raise ValueError(f"{self.name}: high {self.high} is not above low {self.low}")
        return self


class _Ranged(_Range):
    """A number between two ends that can be set in equal steps from the lower end; on a log scale
    the steps are in decades, and the settings are rounded to the digits that tell them apart."""

    @property
    def interval(self) -> float:
        """Distance of neighbouring settings, in the parameter's unit; in decades on a log scale."""
        raise NotImplementedError

    @property
    def even(self) -> bool:
        """Whether the settings are equal steps in the unit, so that sums of levels are exact."""
        return self.scale is Scale.LINEAR

    @property
    def count(self) -> int:
        """How many settings there are."""
        return _levels_between(*self.ends, self.interval) + 1

    def at(self, levels: Ints) -> Floats:
        """The settings of these levels, any shape: the floats nearest to low + level x step."""
        if not self.even:
            return self._by_decades(levels)
        low, step = exact(self.low), exact(self.interval)
        common = math.lcm(low.denominator, step.denominator)
        first, each = int(low * common), int(step * common)
        if abs(first) + each * self.count < 2**53 and common < 2**53:
            return np.asarray((first + each * levels.astype(np.int64)) / common)
        return np.asarray(self.low + self.interval * levels.astype(np.float64))

    def _by_decades(self, levels: Ints) -> Floats:
        """low x 10**(level x step), any shape; an end that the steps meet is that end."""
        digits = max(3, math.ceil(1 - math.log10(self.interval)))
        first, last = self.ends
        found = 10.0 ** (first + self.interval * levels.astype(np.float64))
        size = 10.0 ** (digits - 1 - np.floor(np.log10(found)))
        # Through text: a person reads 0.0316, not the float next to it.
        rounded = np.array([float(f"{v:.12g}") for v in np.ravel(np.rint(found * size) / size)])
        settings = rounded.reshape(np.shape(levels))
        top = first + self.interval * (self.count - 1)
        meets = abs(top - last) <= SETTLING * self.interval
        settings = np.where((levels == self.count - 1) & meets, self.high, settings)
        return np.asarray(np.where(levels == 0, self.low, settings))

    def levels(self, values: Floats) -> tuple[Ints, Floats]:
        """(nearest levels, distance from their settings in steps), any shape."""
        first, last = self.ends
        with np.errstate(invalid="ignore", divide="ignore"):
            places = (self.to_model(np.asarray(values, dtype=np.float64)) - first) / self.interval
            nearest = np.clip(np.rint(places), 0, self.count - 1)
            exactly = nearest
            if not self.even:
                settings = self.to_model(self.at(nearest.astype(np.int64)))
                exactly = (settings - first) / self.interval
            off = np.abs(places - exactly)
        # A value far from 0 carries rounding of its own size, which is not the lab's.
        noise = 4 * np.finfo(np.float64).eps * (abs(first) + abs(last)) / self.interval
        return nearest.astype(np.int64), np.asarray(np.maximum(off - noise, 0.0))

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
        if (self.ends[1] - self.ends[0]) / self.interval > MOST_LEVELS:
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
        step: Distance of neighbouring settings; in decades on a log scale.
        unit: Unit as text, empty where none is known.
        scale: ``log10`` where the model and the steps go by decades.

    Example:
        >>> Stepped(name="x", low=0, high=0.3, step=0.1).at(np.arange(4)).tolist()
        [0.0, 0.1, 0.2, 0.3]
        >>> Stepped(name="c", low=1e-3, high=0.1, step=0.5, scale="log10").at(np.arange(5)).tolist()
        [0.001, 0.00316, 0.01, 0.0316, 0.1]
    """

    kind: Literal["stepped"] = "stepped"
    step: float

    @model_validator(mode="after")
    def _divides(self) -> Stepped:
        self._check_range()
        last = self.at(np.array(self.count - 1))
        if abs(float(self.to_model(last)) - self.ends[1]) > SETTLING * self.step:
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
            rounded down to a power of ten. Settings are counted from ``low``. On a log scale it is
            in decades, by default about ``FINEST_DECADES``.
        unit: Unit as text, empty where none is known.
        scale: ``log10`` where the model, the settings and random draws go by decades.

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
        if not self.even:
            decades = self.ends[1] - self.ends[0]
            return decades / max(1, math.ceil(decades / FINEST_DECADES))
        return float(f"1e{math.floor(math.log10(FINEST * self.span))}") if self.span > 0 else 1.0


class Discrete(_Number):
    """A number that can be set to some values only, unevenly apart.

    Attributes:
        name: What it is called.
        values: At least two different numbers, kept in ascending order.
        unit: Unit as text, empty where none is known.
        scale: ``log10`` where the model goes by decades.

    Example:
        >>> T = Discrete(name="T", values=(600, 700, 850, 900))
        >>> T.at(np.array([2])).tolist(), T.levels(np.array([851.0]))[0].tolist()
        ([850.0], [2])
    """

    kind: Literal["discrete"] = "discrete"
    values: tuple[float, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len(self.values) < 2 or len(set(self.values)) < len(self.values):
            raise SpaceError(
                _("Parameter '{name}': {values} are not two or more different numbers.").format(
                    name=self.name, values=", ".join(f"{v:g}" for v in self.values) or "-"
                ),
                _("Write each number once, with a point for decimals."),
            )
        return self

    @field_validator("values")
    @classmethod
    def _in_order(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sorted(values))

    @property
    def even(self) -> bool:
        """The settings are no equal steps."""
        return False

    @property
    def low(self) -> float:
        """The smallest value."""
        return self.values[0]

    @property
    def high(self) -> float:
        """The largest value."""
        return self.values[-1]

    @property
    def _extremes(self) -> tuple[float, float]:
        return min(self.values, default=1.0), max(self.values, default=1.0)

    @property
    def count(self) -> int:
        """How many settings there are."""
        return len(self.values)

    def at(self, levels: Ints) -> Floats:
        """The settings of these levels, any shape."""
        return np.array(self.values)[levels]

    def levels(self, values: Floats) -> tuple[Ints, Floats]:
        """(nearest levels, distance from their settings as a share of the gap to the nearest
        neighbour), any shape."""
        settings = self.to_model(np.array(self.values))
        gaps = np.diff(settings)
        gap = np.minimum(np.append(gaps, gaps[-1]), np.insert(gaps, 0, gaps[0]))
        with np.errstate(invalid="ignore", divide="ignore"):
            there = self.to_model(np.asarray(values, dtype=np.float64))
            nearest = np.searchsorted((settings[1:] + settings[:-1]) / 2, there).astype(np.int64)
            return nearest, np.asarray(np.abs(there - settings[nearest]) / gap[nearest])


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


Settable = Stepped | Continuous | Discrete | Categorical
"""The kinds that span a space by themselves."""

Parameter = Annotated[
    Numeric | Stepped | Continuous | Discrete | Categorical, Field(discriminator="kind")
]


def proposed_scale(values: Floats) -> Scale:
    """The scale on which numbers lie more evenly: ``log10`` where they are above 0, run over at
    least ``DECADES``, and the widest gap between neighbours takes a smaller share of the range
    there.

    >>> str(proposed_scale(np.array([1e-6, 1e-4, 1e-2]))), str(proposed_scale(np.arange(1, 900.0)))
    ('log10', 'linear')
    """
    there = np.unique(values)
    if not (len(there) > 1 and there[0] > 0 and np.log10(there[-1] / there[0]) >= DECADES):
        return Scale.LINEAR
    plain, logs = (float(np.diff(v).max() / np.ptp(v)) for v in (there, np.log10(there)))
    return Scale.LOG10 if logs < plain else Scale.LINEAR


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
