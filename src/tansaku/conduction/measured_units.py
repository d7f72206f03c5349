"""Units of conductivity, temperature, length, area and resistance, as labs write them.

Base units are S/cm, K, cm, cm² and ohm. A unit is recognised in its spellings (``S cm-1``,
``S·cm⁻¹``, ``Ω``, ``℃``, full-width letters), and nothing is guessed where none is written.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from tansaku.design import Floats
from tansaku.errors import DataError
from tansaku.language import _

ZERO_CELSIUS: Final = 273.15
"""K; the definition of the degree Celsius (BIPM, SI Brochure, 9th edition, 2.3.4)."""

_SUPERSCRIPTS: Final = dict(zip("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789", strict=True))
_SIGNS: Final = (
    {0xFF01 + i: chr(0x21 + i) for i in range(0x5E)}
    | {0x3000: " ", 0xA0: " ", 0x2212: "-", 0x2010: "-", 0x2011: "-"}
    | {ord(c): "u" for c in "\u00b5\u03bc"}
    | {ord(c): "ohm" for c in "\u03a9\u2126"}
    | {ord("℃"): "degC", ord("·"): " ", ord("⋅"): " ", ord("・"): " "}
)
_NUMBER: Final = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_QUANTITY: Final = re.compile(
    rf"(?P<value>{_NUMBER})\s*(?:(?:±|\+/-|\+-)\s*(?P<sd>{_NUMBER}))?\s*(?P<unit>[^0-9.,±+-].*)?"
)
_TENS: Final = re.compile(r"(?<=[0-9.])\s*[x×*]\s*10\s*\^\s*([+-]?[0-9]+)")


class Kind(StrEnum):
    """What a unit measures; each has one base unit."""

    CONDUCTIVITY = "conductivity"
    TEMPERATURE = "temperature"
    LENGTH = "length"
    AREA = "area"
    RESISTANCE = "resistance"

    @property
    def word(self) -> str:
        """In the reader's language."""
        return {
            Kind.CONDUCTIVITY: _("conductivity"),
            Kind.TEMPERATURE: _("temperature"),
            Kind.LENGTH: _("length"),
            Kind.AREA: _("area"),
            Kind.RESISTANCE: _("resistance"),
        }[self]


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: ``base = factor * value + offset``, of ``10**value`` where it is a log10.

    Attributes:
        name: As it is written in results.
        kind: What it measures.
        factor: Base units in one of it.
        offset: Base units at its zero.
        log10: Values are common logarithms of values in this unit.

    Example:
        >>> Unit.parse("mS cm⁻¹", Kind.CONDUCTIVITY).to_base(5.0)
        0.005
        >>> Unit.parse("℃", Kind.TEMPERATURE).to_base(25.0)
        298.15
    """

    name: str
    kind: Kind
    factor: float
    offset: float = 0.0
    log10: bool = False

    @classmethod
    def parse(cls, text: str, kind: Kind) -> Unit:
        """The unit of ``kind`` that is written as ``text``; ``log10 S/cm`` for a logarithm.

        Raises:
            DataError: none of its spellings; names those that are known.
        """
        found = _look_up(text, kind)
        if found is None:
            raise DataError(
                _("'{text}' is no unit of {kind}.").format(text=text.strip(), kind=kind.word),
                _("Write one of {names}.").format(names=", ".join(_NAMES[kind])),
            )
        return found

    def to_base(self, value: float) -> float:
        """One value in the base unit."""
        return float(self.all_to_base(np.asarray(value)))

    def all_to_base(self, values: Floats) -> Floats:
        """Values in the base unit, shape as given."""
        with np.errstate(over="ignore"):  # a huge logarithm becomes infinite and is refused later
            plain = np.power(10.0, values) if self.log10 else values
            return np.asarray(self.factor * plain + self.offset)

    def sds_to_base(self, values: Floats, sds: Floats) -> Floats:
        """Standard deviations in the base unit: decades of a log10 become shares of the value."""
        if self.log10:
            return np.asarray(self.all_to_base(values) * math.log(10.0) * sds)
        return np.asarray(self.factor * sds)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, in base units, and its standard deviation where it is stated.

    Example:
        >>> Quantity.parse("1.20 ± 0.02 mm", Kind.LENGTH)
        Quantity(value=0.12, sd=0.002)
        >>> Quantity.parse("25℃", Kind.TEMPERATURE)
        Quantity(value=298.15, sd=None)
    """

    value: float
    sd: float | None = None

    @classmethod
    def parse(cls, text: str, kind: Kind, *, unit: Unit | None = None) -> Quantity:
        """Read ``1200ohm``, ``1.2 mm``, ``1.2±0.02 mm``, ``3.1×10⁻⁵ S/cm``.

        Args:
            text: The quantity.
            kind: What it has to be.
            unit: Meant where the text names none; without it a missing unit is an error.

        Raises:
            DataError: no number, no unit, or a unit of something else; the value is not finite.
        """
        plain = _TENS.sub(r"e\1", _plain(text)).strip()
        match = _QUANTITY.fullmatch(plain)
        if match is None:
            raise DataError(
                _("'{text}' is not read as a {kind}.").format(text=text.strip(), kind=kind.word),
                _(
                    "Write a number and its unit, with a decimal point, for example {example}."
                ).format(example=_EXAMPLES[kind]),
            )
        if not match["unit"] and unit is None:
            raise DataError(
                _("'{text}' has no unit of {kind}.").format(text=text.strip(), kind=kind.word),
                _("Write it behind the number, for example {example}.").format(
                    example=_EXAMPLES[kind]
                ),
            )
        meant = Unit.parse(match["unit"], kind) if match["unit"] else unit
        assert meant is not None  # one of the two, as checked above
        number = float(match["value"])
        value = meant.to_base(number)
        sd = None if match["sd"] is None else abs(float(match["sd"]))
        if sd is not None:
            sd = float(meant.sds_to_base(np.asarray(number), np.asarray(sd)))
        _check(text, value, kind)
        return cls(value, sd)


def _check(text: str, value: float, kind: Kind) -> None:
    if math.isfinite(value) and value > 0:
        return
    rule = _("above 0 K") if kind is Kind.TEMPERATURE else _("above 0 and finite")
    raise DataError(
        _("The {kind} '{text}' is impossible: it has to be {rule}.").format(
            kind=kind.word, text=text.strip(), rule=rule
        ),
        _("Correct the number or its unit."),
    )


def _plain(text: str) -> str:
    """ASCII signs: full-width forms, the minus sign, Greek letters; ``⁻¹`` becomes ``^-1``."""
    found = re.sub(
        f"[{''.join(_SUPERSCRIPTS)}]+",
        lambda m: "^" + "".join(_SUPERSCRIPTS[c] for c in m[0]),
        text,
    )
    return found.translate(_SIGNS).replace("º", "°").replace("°", "deg")


def _look_up(text: str, kind: Kind) -> Unit | None:
    compact = re.sub(r"[\s^*]+|(?<=[A-Za-z])\.(?=[A-Za-z])", "", _plain(text))
    logarithm = re.fullmatch(r"(?i:log10|log_10|log)\(?(.*?)\)?", compact)
    if logarithm is None or kind is not Kind.CONDUCTIVITY:
        return _UNITS[kind].get(compact)
    inner = _UNITS[kind].get(logarithm[1])
    return None if inner is None else as_log10(inner)


def as_log10(unit: Unit) -> Unit:
    """The unit of common logarithms of values in ``unit``."""
    return Unit(f"log10({unit.name})", unit.kind, unit.factor, unit.offset, log10=True)


def _conductivities() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    prefixes = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "k": 1e3}
    for length, per_cm in (("cm", 1.0), ("m", 1e-2)):
        for prefix, factor in prefixes.items():
            unit = Unit(f"{prefix}S/{length}", Kind.CONDUCTIVITY, factor * per_cm)
            for text in (f"{prefix}S/{length}", f"{prefix}S{length}-1"):
                found[text] = unit
        plain = found[f"S/{length}"]
        for text in ("ohm-1{}-1", "1/(ohm{})", "1/ohm/{}", "1/ohm{}", "(ohm{})-1", "{}-1ohm-1"):
            found[text.format(length)] = plain
    return found


def _scaled(kind: Kind, base: str, factors: dict[str, float], **spellings: str) -> dict[str, Unit]:
    """Units by their names, and by other spellings ``{spelling: name}``."""
    found = {name: Unit(name, kind, factor) for name, factor in factors.items()}
    assert found[base].factor == 1.0
    return found | {text: found[name] for text, name in spellings.items()}


def _temperatures() -> dict[str, Unit]:
    kelvin = Unit("K", Kind.TEMPERATURE, 1.0)
    celsius = Unit("degC", Kind.TEMPERATURE, 1.0, ZERO_CELSIUS)
    names = ("degC", "C", "degreeC", "degreesC", "celsius", "Celsius", "deg_C", "oC")
    return {"K": kelvin, "kelvin": kelvin, "Kelvin": kelvin} | dict.fromkeys(names, celsius)


_UNITS: Final[dict[Kind, dict[str, Unit]]] = {
    Kind.CONDUCTIVITY: _conductivities(),
    Kind.TEMPERATURE: _temperatures(),
    Kind.LENGTH: _scaled(
        Kind.LENGTH, "cm", {"m": 100.0, "cm": 1.0, "mm": 0.1, "um": 1e-4, "nm": 1e-7}
    ),
    Kind.AREA: _scaled(
        Kind.AREA, "cm2", {"m2": 1e4, "cm2": 1.0, "mm2": 1e-2, "um2": 1e-8}, sqcm="cm2", sqmm="mm2"
    ),
    Kind.RESISTANCE: _scaled(
        Kind.RESISTANCE,
        "ohm",
        {"mohm": 1e-3, "ohm": 1.0, "kohm": 1e3, "Mohm": 1e6, "Gohm": 1e9},
        Ohm="ohm",
        ohms="ohm",
        kOhm="kohm",
        MOhm="Mohm",
        GOhm="Gohm",
    ),
}

_NAMES: Final = {
    kind: tuple(dict.fromkeys(unit.name for unit in units.values()))
    for kind, units in _UNITS.items()
}

_EXAMPLES: Final = {
    Kind.CONDUCTIVITY: "1.2e-5 S/cm",
    Kind.TEMPERATURE: "25 degC",
    Kind.LENGTH: "1.2 mm",
    Kind.AREA: "0.785 cm2",
    Kind.RESISTANCE: "1200 ohm",
}
