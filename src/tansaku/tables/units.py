"""Units that people write into column headers: ``sigma [S/cm]``, ``T (degC)``, ``温度［℃］``.

The column keeps its whole name; the unit is only read out of it. Square brackets at the end
always hold a unit; round ones only where every part is a known unit, for ``x (Si)`` is no unit.
"""

from __future__ import annotations

import re
import unicodedata

_SQUARE = re.compile(r"\[([^\[\]]+)\]$")
_ROUND = re.compile(r"\(([^()]+)\)$")
_PART = re.compile(r"([A-Za-zΩμÅ°%‰℃]+?)\^?([-−+]?[0-9]+)?")
_KNOWN_UNITS = """
    m cm mm μm um nm pm Å s ms min h hr d K degC °C ℃ deg ° g kg mg μg t L mL l ml mol mmol M mM
    A mA μA uA V mV W mW kW S mS μS uS Ω ohm kΩ MΩ Hz kHz MHz GHz J kJ MJ eV meV cal kcal
    Pa kPa MPa GPa bar mbar atm Torr N kN T mT rpm % ‰ wt% mol% at% vol% ppm ppb
"""
_KNOWN = frozenset(_KNOWN_UNITS.split())
_ALONE_ELEMENTS = frozenset("SNW")
"""Alone in round brackets these are taken for sulfur, nitrogen, tungsten, as in ``x (S)``."""


def unit_in(header: str) -> str:
    """The unit in a header, as it was written; empty where there is none.

    Example:
        >>> unit_in("sigma [S/cm]"), unit_in("T (degC)"), unit_in("x (Si)")
        ('S/cm', 'degC', '')
    """
    plain = _without_full_width(header).strip()
    if found := _SQUARE.search(plain):
        return found.group(1).strip()
    found = _ROUND.search(plain)
    return found.group(1).strip() if found and is_unit(found.group(1)) else ""


def name_without_unit(header: str) -> str:
    """The header before its unit, for finding what a person meant.

    Example:
        >>> name_without_unit("T (degC)")
        'T'
    """
    plain = _without_full_width(header).strip()
    return _ROUND.sub("", _SQUARE.sub("", plain)).strip()


def is_unit(text: str) -> bool:
    """Whether every part of a text is a unit that labs use.

    Example:
        >>> is_unit("S cm-1"), is_unit("mg/cm²"), is_unit("remarks")
        (True, True, False)
    """
    if text.strip() in _ALONE_ELEMENTS:
        return False
    parts = [p for p in re.split(r"[\s/·⋅*.]+", _compatible(text)) if p and p != "1"]
    matches = [_PART.fullmatch(part) for part in parts]
    return bool(parts) and all(m is not None and m.group(1) in _KNOWN for m in matches)


def same_unit(one: str, other: str) -> bool:
    """Whether two spellings mean one and the same unit, without any conversion.

    Example:
        >>> same_unit("S/cm", "S·cm⁻¹"), same_unit("℃", "°C"), same_unit("mS/cm", "S/cm")
        (True, True, False)
    """
    return _powers(one) == _powers(other)


_TWINS = {"degC": "°C", "deg": "°", "hr": "h", "ohm": "Ω", "l": "L", "ml": "mL", "μm": "um"}
"""Spellings of one unit."""


def _powers(unit: str) -> dict[str, int] | str:
    """{part: its power}; the text itself where it is no product of known units."""
    text = _compatible(unit)
    if not is_unit(unit):
        return text
    powers: dict[str, int] = {}
    sign = 1
    for part in re.findall(r"/|[^\s/·⋅*.]+", text):
        if part == "/":
            sign = -1
            continue
        found = _PART.fullmatch(part)
        if found is None:
            continue  # the 1 of "1/h"
        name = _TWINS.get(found.group(1), found.group(1)).replace("μ", "u")
        power = int((found.group(2) or "1").replace("−", "-"))
        powers[name] = powers.get(name, 0) + sign * power
    return powers


def _compatible(text: str) -> str:
    """NFKC, but for the one sign that it takes apart and that has to stay a unit."""
    return unicodedata.normalize("NFKC", text.replace("℃", "degC").replace("º", "°")).strip()


def _without_full_width(text: str) -> str:
    return "".join(
        unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c for c in text
    )
