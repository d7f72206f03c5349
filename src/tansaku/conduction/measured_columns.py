"""Columns of a table that hold temperatures, conductivities or resistances, in base units."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from tansaku.conduction.geometry import check_electrode
from tansaku.conduction.headers import temperature_of_header, unit_of_header
from tansaku.conduction.measured_units import Kind, Quantity, Unit
from tansaku.design import Bools, Floats
from tansaku.errors import DataError, TableError, UsageError
from tansaku.language import _

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.tables.places import Problems

_LIMIT: Final = re.compile(r"\s*([<>≦≧≤≥＜＞]|n\.?\s?d\.?\s*$)", re.IGNORECASE)
"""A limit of the instrument, or "not detected"."""

_EXAMPLES: Final = {
    Kind.TEMPERATURE: "T (degC)",
    Kind.CONDUCTIVITY: "sigma (S/cm)",
    Kind.RESISTANCE: "R (ohm)",
    Kind.LENGTH: "L (mm)",
    Kind.AREA: "A (cm2)",
}
_OPTIONS: Final = {
    Kind.TEMPERATURE: "--temperature-unit",
    Kind.CONDUCTIVITY: "--conductivity-unit",
    Kind.RESISTANCE: "--resistance-unit",
}


@dataclass(frozen=True, slots=True)
class Geometry:
    """Pellets: each a quantity for all of them (``1.2mm``), or a column.

    Attributes:
        thickness: Of the pellet.
        area: Of the electrode; empty where the diameter is given.
        diameter: Of a round electrode; empty where the area is given.
    """

    thickness: str
    area: str = ""
    diameter: str = ""

    @property
    def parts(self) -> dict[str, Kind]:
        """What is given, with its kind."""
        kinds = ((self.thickness, Kind.LENGTH), (self.area, Kind.AREA))
        return {text: kind for text, kind in (*kinds, (self.diameter, Kind.LENGTH)) if text}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what.

    Attributes:
        measured: The column of conductivities, or of resistances where ``pellets`` is given; or
            several columns, each for the temperature that its header names.
        temperature: The column of temperatures; empty where the headers name them.
        sample: Columns that tell samples apart; empty for one sample (or one per row, where the
            temperatures stand in the headers).
        sd: The column of standard deviations of what is measured; empty for none.
        temperature_unit: Instead of the header's.
        measured_unit: Instead of the headers'.
        pellets: Makes conductivities of resistances.
    """

    measured: Sequence[str]
    temperature: str = ""
    sample: Sequence[str] = ()
    sd: str = ""
    temperature_unit: str = ""
    measured_unit: str = ""
    pellets: Geometry | None = None

    @property
    def kind(self) -> Kind:
        """What is measured."""
        return Kind.RESISTANCE if self.pellets else Kind.CONDUCTIVITY

    @property
    def one_resistance(self) -> bool:
        """Whether each row has one resistance: its conductivity is a result without a line, and the
        temperature may stay unsaid."""
        return self.pellets is not None and len(self.measured) == 1 and not self.temperature

    def names(self, there: Sequence[str]) -> list[str]:
        """All columns that are read, of those that are there."""
        parts = self.pellets.parts if self.pellets else ()
        some = (self.temperature, *self.measured, self.sd, *(p for p in parts if p in there))
        return list(dict.fromkeys([*self.sample, *(name for name in some if name)]))

    def check(self) -> None:
        """Raise a UsageError for columns that do not belong together."""
        if self.temperature and len(self.measured) > 1:
            raise UsageError(
                _("A column of temperatures and several columns of conductivities are named."),
                _(
                    "Name one column of conductivities; or leave --temperature out where each"
                    " column of conductivities has its temperature in its header."
                ),
            )
        if self.sd and not self.temperature:
            raise UsageError(
                _("Standard deviations need the long form, with a column of temperatures."),
                _("Write one row for each measurement."),
            )
        if self.pellets:
            check_electrode(area=bool(self.pellets.area), diameter=bool(self.pellets.diameter))


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement in K (NaN where that is not said) and S/cm; without a conductivity where it
    was a limit."""

    temperature: float
    conductivity: float | None
    sd: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns of one table, in which bad cells are noted as they are read.

    Attributes:
        found: The columns by name.
        problems: Where bad cells are noted.
        n: Rows.
    """

    found: Mapping[str, pd.Series]
    problems: Problems
    n: int

    def points(self, wanted: Columns) -> list[list[Point]]:
        """The measurements of each row; a row without any has an empty list."""
        rows: list[list[Point]] = [[] for _i in range(self.n)]
        T = np.full(self.n, np.nan)
        if wanted.temperature:
            unit = _unit(wanted.temperature, Kind.TEMPERATURE, wanted.temperature_unit)
            T, _none = self._numbers(wanted.temperature, unit)
        for name in wanted.measured:
            if not wanted.temperature:
                T = np.full(self.n, _header_temperature(name, needed=not wanted.one_resistance))
            values, limits, sds = self._conductivities(name, wanted)
            filled = ~np.isnan(values) | limits
            if wanted.temperature:
                advice = _("Every measurement needs its temperature.")
                self._fill(filled & np.isnan(T), wanted.temperature, advice)
            for i in np.flatnonzero(filled).tolist():
                rows[i].append(Point(T[i], None if limits[i] else values[i], sds[i]))
        return rows

    def _conductivities(self, name: str, wanted: Columns) -> tuple[Floats, Bools, Floats]:
        """In S/cm, which cells held limits, and standard deviations; NaN where there is none."""
        unit = _unit(name, wanted.kind, wanted.measured_unit)
        values, limits = self._numbers(name, unit)
        sds = np.full(self.n, np.nan)
        if wanted.sd:
            sds = self._sds(wanted.sd, unit, values)
        if wanted.pellets is None:
            return values, limits, sds
        length_by_area = self._length_by_area(wanted.pellets, needed=~np.isnan(values))
        conductivities = length_by_area / values
        return conductivities, limits, conductivities * sds / values

    def _length_by_area(self, pellets: Geometry, *, needed: Bools) -> Floats:
        """Thickness by electrode area of each row, in 1/cm."""
        found: dict[str, Floats] = {}
        for text, kind in pellets.parts.items():
            if text in self.found:
                found[text], _none = self._numbers(text, _unit(text, kind, ""))
                advice = _("Every resistance needs its pellet's thickness and electrode.")
                self._fill(needed & np.isnan(found[text]), text, advice)
            else:
                found[text] = np.full(self.n, _stated(text, kind))
        thickness = found[pellets.thickness]
        if pellets.area:
            return thickness / found[pellets.area]
        return thickness / (math.pi * found[pellets.diameter] ** 2 / 4)

    def _numbers(self, name: str, unit: Unit) -> tuple[Floats, Bools]:
        """Values in the base unit, NaN where there is none, and which cells held limits."""
        from tansaku.tables.cells import numbers_of  # on demand: tables load pandas

        plain, complaints = numbers_of(self.found[name])
        values = unit.all_to_base(plain)
        limits = np.zeros(self.n, dtype=np.bool_)
        for i, (complaint, advice) in complaints.items():
            cell = self.found[name].iloc[i]
            limited = unit.kind in (Kind.CONDUCTIVITY, Kind.RESISTANCE)
            if limited and isinstance(cell, str) and _LIMIT.match(cell):
                limits[i] = True
                continue
            try:
                values[i] = Quantity.parse(str(cell), unit.kind, unit=unit).value
            except DataError:
                self._note(i, name, complaint, advice)
        for i in np.flatnonzero(~np.isnan(values) & ~(np.isfinite(values) & (values > 0))).tolist():
            self._note(
                i,
                name,
                _("{value:g} {unit} is impossible").format(value=plain[i], unit=unit.name),
                _("Numbers have to be above 0 and finite; a temperature above 0 K."),
            )
        return values, limits

    def _sds(self, name: str, unit: Unit, values: Floats) -> Floats:
        """Standard deviations in the base unit, in the unit of their own header or of the values.

        Those of log10 values are decades.
        """
        from tansaku.tables.cells import numbers_of  # on demand: tables load pandas
        from tansaku.tables.units import unit_in

        own = unit_of_header(name, unit.kind)
        if own is None and unit_in(name):
            raise TableError(
                _(
                    "The standard deviations of column '{name}' have a unit of something else."
                ).format(name=name),
                _("Give them in the unit of the values, with or without writing it."),
            )
        plain, complaints = numbers_of(self.found[name])
        for i, (complaint, advice) in complaints.items():
            self._note(i, name, complaint, advice)
        for i in np.flatnonzero(plain <= 0).tolist():
            self._note(
                i,
                name,
                _("{value:g} is no standard deviation").format(value=plain[i]),
                _("Write a number above 0, or leave the cell empty."),
            )
        meant = own or unit
        per_value = math.log(10.0) * values if meant.log10 else meant.factor
        return np.asarray(per_value * plain)

    def _fill(self, empty: Bools, name: str, advice: str) -> None:
        for i in np.flatnonzero(empty).tolist():
            self._note(i, name, _("empty"), advice)

    def _note(self, row: int, name: str, complaint: str, advice: str) -> None:
        self.problems.add(row, list(self.found).index(name), name, complaint, advice)


def _stated(text: str, kind: Kind) -> float:
    """A quantity for all rows."""
    try:
        return Quantity.parse(text, kind).value
    except DataError as error:
        raise TableError(
            _("'{text}' is neither a column of the table nor a {kind}.").format(
                text=text, kind=kind.word
            ),
            error.hint,
        ) from error


def _unit(header: str, kind: Kind, stated: str) -> Unit:
    """The unit as stated, or as the header has it; they must not contradict each other."""
    unit = unit_of_header(header, kind)
    if stated:
        meant = Unit.parse(stated, kind)
        if unit not in (None, meant):
            raise TableError(
                _("Column '{name}' names another unit than {unit}, which is given.").format(
                    name=header, unit=meant.name
                ),
                _("Correct one of them."),
            )
        return meant
    if unit is None:
        option = _OPTIONS.get(kind)
        raise TableError(
            _("Column '{name}' names no unit of {kind}.").format(name=header, kind=kind.word),
            _("Write it behind the name, as in '{example}', or give {option}.").format(
                example=_EXAMPLES[kind], option=option
            )
            if option
            else _("Write it behind the name, as in '{example}'.").format(example=_EXAMPLES[kind]),
        )
    return unit


def _header_temperature(header: str, *, needed: bool) -> float:
    """In K; NaN where none is named nor needed."""
    temperature = temperature_of_header(header)
    if temperature is None:
        if not needed:
            return math.nan
        raise TableError(
            _("Column '{name}' does not name one temperature.").format(name=header),
            _(
                "Name the column of temperatures with --temperature; or write the temperature into"
                " the header, as in 'sigma 25degC (S/cm)'."
            ),
        )
    return temperature
