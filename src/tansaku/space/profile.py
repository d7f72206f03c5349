"""Profile: a firing as segments, and what follows from it: peak temperature, hours, dose.

Temperatures are in °C, times in h and rates in °C/h; a parameter with another unit is converted,
and a number may carry one: ``5 K/min``. The dose is the work of sintering of Su and Johnson (J. Am.
Ceram. Soc. 79 (1996) 3211), integral of (1/T) exp(-Q/RT) dt over the whole firing, told as the
decadic logarithm of the hours at a reference temperature that do the same work:

    dose = log10 integral of (T_ref / T) exp(-(Q/R)(1/T - 1/T_ref)) dt     (T in K, t in h)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from tansaku.design import Floats
from tansaku.errors import SpaceError
from tansaku.language import _
from tansaku.space.parameters import Categorical, Parameter
from tansaku.spec import Spec

ZERO_CELSIUS: Final = 273.15
GAS_CONSTANT: Final = 8.31446261815324e-3
"""kJ/(mol K): CODATA 2018, exact."""
ROOM: Final = 25.0
"""°C at which a firing begins and ends where nothing else is said."""
NODES: Final = 96
"""Points of the Gauss-Legendre rule over a ramp; 1e-9 of the dose for 1,000 kJ/mol between room
temperature and 1,600 °C (a test compares it with adaptive quadrature)."""

FEATURES: Final = ("peak_temperature", "total_time", "dose")
"""What follows from a profile: °C, h, and log10 of hours at the reference temperature."""
Feature = Literal["peak_temperature", "total_time", "dose"]

_TEMPERATURES: Final = {"": 0.0, "°C": 0.0, "℃": 0.0, "degC": 0.0, "C": 0.0, "K": -ZERO_CELSIUS}
"""What to add."""
_TIMES: Final = {"": 1.0, "h": 1.0, "hr": 1.0, "min": 1 / 60, "s": 1 / 3600, "d": 24.0}
"""What to multiply with."""
_RATES: Final = {
    "": 1.0,
    **{f"{k}/{t}": 1 / by for k in ("K", "°C", "℃", "degC") for t, by in _TIMES.items() if t},
}
_NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)")

Amount = float | str
"""A number, a number with its unit, or the name of a parameter."""


class Ramp(Spec):
    """Heating or cooling at a steady rate.

    Attributes:
        to: Temperature at its end.
        rate: How fast, up or down; above 0.
    """

    to: Amount
    rate: Amount


class Hold(Spec):
    """A temperature that is kept.

    Attributes:
        at: The temperature; that of the end of the segment before where it is not said. Where it
            differs from that, the sample is put there at once, as into a hot furnace.
        time: How long.
    """

    at: Amount | None = None
    time: Amount


class Segment(Spec):
    """One step of a firing: exactly one of ``ramp``, ``hold`` and ``cool`` (a ramp down)."""

    ramp: Ramp | None = None
    hold: Hold | None = None
    cool: Ramp | None = None

    @model_validator(mode="after")
    def _one(self) -> Segment:
        if sum(each is not None for each in (self.ramp, self.hold, self.cool)) != 1:
            raise SpaceError(
                _("A segment of the firing profile is not one of ramp, hold and cool."),
                _("Write for example {example}.").format(example="- hold: {at: T1, time: t1}"),
            )
        return self


_Segments = Annotated[tuple[Segment, ...], Field(min_length=1)]


def _segments(value: object) -> object:
    """A bare list of segments as the whole profile."""
    return {"segments": value} if isinstance(value, list | tuple) else value


class Profile(Spec):
    """A firing.

    Attributes:
        segments: In their order.
        start: Temperature at the beginning.
        activation_energy: kJ/mol, of what the dose stands for; ``None`` for no dose.
        reference: °C of the dose; ``None`` for the highest temperature of the space.
        columns: What the model sees besides the inputs.

    Example:
        >>> from tansaku.space.parameters import Stepped
        >>> T = Stepped(name="T", low=900, high=1100, step=100, unit="°C")
        >>> profile = Profile(segments=({"ramp": {"to": "T", "rate": 500}}, {"hold": {"time": 6}}))
        >>> profile.hours([T], np.array([[900.0], [1100.0]])).tolist()
        [7.75, 8.15]
    """

    segments: _Segments
    start: float = ROOM
    activation_energy: float | None = Field(default=None, gt=0)
    reference: float | None = None
    columns: tuple[Feature, ...] = ()

    @model_validator(mode="after")
    def _dose_is_known(self) -> Profile:
        if "dose" in self.columns and self.activation_energy is None:
            raise SpaceError(
                _("The dose of the firing profile needs an activation energy."),
                _("Write for example 'activation_energy: 400' (kJ/mol) beside the segments."),
            )
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters in it, in the order of their appearance."""
        every = [a for kind in ("temperature", "time", "rate") for a in self._amounts(kind)]
        named = [a for a in every if isinstance(a, str) and not _NUMBER.fullmatch(a)]
        return tuple(dict.fromkeys(named))

    @property
    def features(self) -> tuple[str, ...]:
        """What follows from it."""
        return FEATURES if self.activation_energy is not None else FEATURES[:2]

    def check(self, parameters: Sequence[Parameter]) -> None:
        """See that its names are parameters that are numbers, in units that are known.

        Raises:
            SpaceError: one is not; names it.
        """
        known = {p.name: p for p in parameters}
        for name in self.names:
            if name not in known:
                raise SpaceError(
                    _("Firing profile: there is no parameter '{name}'.").format(name=name),
                    _("The parameters are: {names}.").format(names=", ".join(known)),
                )
            if isinstance(known[name], Categorical):
                raise SpaceError(
                    _("Firing profile: '{name}' is a choice and has no number.").format(name=name),
                    _("Write the names of parameters that are numbers."),
                )
        lowest = np.array([[0.0 if isinstance(p, Categorical) else p.low for p in parameters]])
        for kind in ("temperature", "time", "rate"):
            for amount in self._amounts(kind):
                value = float(self._values(amount, kind, parameters, lowest)[0])
                if kind == "temperature" and value <= -ZERO_CELSIUS:
                    raise SpaceError(
                        _("Firing profile: {amount} is below absolute zero.").format(amount=amount),
                        _("Give temperatures in °C, or their unit with them: '1200 K'."),
                    )
                if (kind == "rate" and value <= 0) or (kind == "time" and value < 0):
                    raise SpaceError(
                        _("Firing profile: {amount} is no rate above 0, or a time below 0.").format(
                            amount=amount
                        ),
                        _("Give rates above 0, for cooling too, and times of at least 0."),
                    )

    def hours(self, parameters: Sequence[Parameter], matrix: Floats) -> Floats:
        """Hours of the firing at rows of a matrix of these parameters, shape (n, p) -> (n,)."""
        return self.derived(parameters, matrix)["total_time"]

    def derived(self, parameters: Sequence[Parameter], matrix: Floats) -> dict[str, Floats]:
        """{feature: its values}, each of shape (n,), at rows of a matrix, shape (n, p)."""
        n = len(matrix)
        now, time = np.full(n, self.start), np.zeros(n)
        peak, work = now.copy(), np.zeros(n)
        reference = self._reference(parameters)
        for segment in self.segments:
            before = now
            if segment.hold is not None:
                took = self._values(segment.hold.time, "time", parameters, matrix)
                if segment.hold.at is not None:
                    now = self._values(segment.hold.at, "temperature", parameters, matrix)
                before = now
            else:
                ramp = segment.ramp or segment.cool
                if ramp is None:
                    raise TypeError("a segment is one of three")
                now = self._values(ramp.to, "temperature", parameters, matrix)
                took = np.abs(now - before) / self._values(ramp.rate, "rate", parameters, matrix)
            peak, time = np.maximum(peak, np.maximum(before, now)), time + took
            work = work + took * self._speed(before, now, reference)
        found = {"peak_temperature": peak, "total_time": time}
        if self.activation_energy is not None:
            found["dose"] = np.log10(np.maximum(work, np.finfo(np.float64).tiny))
        return found

    def _speed(self, before: Floats, after: Floats, reference: float) -> Floats:
        """Mean work of an hour between two temperatures, in hours at the reference, shape (n,)."""
        if self.activation_energy is None:
            return np.zeros_like(before)
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        share = (nodes + 1) / 2
        T = ZERO_CELSIUS + before[:, None] + (after - before)[:, None] * share
        ref = ZERO_CELSIUS + reference
        scale = self.activation_energy / GAS_CONSTANT
        return np.asarray((ref / T * np.exp(-scale * (1 / T - 1 / ref))) @ (weights / 2))

    def _reference(self, parameters: Sequence[Parameter]) -> float:
        """°C of the dose: as given, else the highest that a segment can reach."""
        if self.reference is not None:
            return self.reference
        top = np.array([[0.0 if isinstance(p, Categorical) else p.high for p in parameters]])
        reached = [
            float(self._values(a, "temperature", parameters, top)[0])
            for a in self._amounts("temperature")
        ]
        return max(self.start, *reached) if reached else self.start

    def _amounts(self, kind: str) -> list[Amount]:
        """All temperatures, times or rates."""
        found: list[Amount | None] = []
        for segment in self.segments:
            ramp = segment.ramp or segment.cool
            if ramp is not None:
                found += [ramp.to] if kind == "temperature" else []
                found += [ramp.rate] if kind == "rate" else []
            if segment.hold is not None:
                found += [segment.hold.at] if kind == "temperature" else []
                found += [segment.hold.time] if kind == "time" else []
        return [each for each in found if each is not None]

    def _values(
        self, amount: Amount, kind: str, parameters: Sequence[Parameter], matrix: Floats
    ) -> Floats:
        """An amount at rows of a matrix, in °C, h or °C/h, shape (n,)."""
        if isinstance(amount, str) and not _NUMBER.fullmatch(amount):
            place = next(i for i, p in enumerate(parameters) if p.name == amount)
            return _converted(matrix[:, place], parameters[place].unit, kind, amount)
        number, unit = float(amount) if not isinstance(amount, str) else 0.0, ""
        if isinstance(amount, str) and (read := _NUMBER.fullmatch(amount)):
            number, unit = float(read.group(1)), read.group(2).strip()
        return _converted(np.full(len(matrix), number), unit, kind, str(amount))


ProfileField = Annotated[
    Profile, BeforeValidator(_segments, json_schema_input_type=Profile | _Segments)
]
"""A profile in parts, or as a bare list of segments."""


def _converted(values: Floats, unit: str, kind: str, amount: str) -> Floats:
    """Values in °C, h or °C/h.

    Raises:
        SpaceError: the unit is not known.
    """
    units: dict[str, Any] = {"temperature": _TEMPERATURES, "time": _TIMES, "rate": _RATES}[kind]
    if unit not in units:
        raise SpaceError(
            _("Firing profile: the unit '{unit}' of {amount} is not known there.").format(
                unit=unit, amount=amount
            ),
            _("Known: {names}.").format(names=", ".join(name for name in units if name)),
        )
    if kind == "temperature":
        return values + float(units[unit])
    return values * float(units[unit])
