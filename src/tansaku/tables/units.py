"""Units that people write into column headers: ``sigma [S/cm]``, ``T (degC)``, ``温度［℃］``.

The column keeps its whole name; the unit is only read out of it. Square brackets at the end
always hold a unit; round ones, and what stands behind a stroke, a comma or a blank, only where
every part is a known unit, for ``x (Si)`` is no unit.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from tansaku.chem.elements import is_symbol

_SQUARE = re.compile(r"\[([^\[\]]+)\]$")
_ROUND = re.compile(r"\(([^()]+)\)$")
_PART = re.compile(r"([A-Za-zΩμÅ°%‰℃度時間分秒日]+?)\^?([-−+]?[0-9]+)?")
_BETWEEN = r"[\s/·⋅・*.]+"
_OPENING = re.compile(r"\s*/\s*|[\s,、]+")
"""What may stand between a name and a unit without brackets: ``σ / S cm-1``, ``σ, S/cm``."""
_KNOWN_UNITS = """
    m cm mm μm um nm pm Å s ms min h hr d K degC °C ℃ deg ° g kg mg μg t L mL l ml mol mmol M mM
    A mA μA uA nA V mV W mW kW S mS μS uS nS Ω ohm kΩ MΩ GΩ Hz kHz MHz GHz J kJ MJ eV meV cal kcal
    Pa kPa MPa GPa bar mbar atm Torr N kN T mT rpm % ‰ wt% mol% at% vol% ppm ppb
    mAh Ah Wh dm sec 度 時間 分 秒 日
"""
_KNOWN = frozenset(_KNOWN_UNITS.split())
_ALSO_WORDS = frozenset({"min", "bar", "deg", "mol", "cal", "atm", "rpm", "sec"})
"""Units that are words or parts of names as well: behind a blank alone they are none."""
_JOINED = re.compile(
    r"\b(m?S|[μu]S|m?g|kg|k?J|m?A|W|[kM]?Ω|m?Ah|m?mol)(c?m\^?[-−]?[0-9]?|g-1|mol-1|L-1)$"
)
"""Two units without a blank between them: ``Scm-1``, ``Ωcm``."""
_ALONE_ELEMENTS = frozenset("SNW")
"""Alone in round brackets these are taken for sulfur, nitrogen, tungsten, as in ``x (S)``."""


def unit_in(header: str) -> str:
    """The unit in a header, as it was written; empty where there is none.

    Example:
        >>> unit_in("sigma [S/cm]"), unit_in("T (degC)"), unit_in("x (Si)")
        ('S/cm', 'degC', '')
        >>> unit_in("σ / S cm-1"), unit_in("T/K"), unit_in("Na/K"), unit_in("伝導度 S/cm")
        ('S cm-1', 'K', '', 'S/cm')
    """
    return _apart(header)[1]


def name_without_unit(header: str) -> str:
    """The header before its unit, for finding what a person meant.

    Example:
        >>> name_without_unit("T (degC)"), name_without_unit("σ / S cm-1")
        ('T', 'σ')
    """
    return _apart(header)[0]


def _apart(header: str) -> tuple[str, str]:
    """The name and the unit of a header."""
    plain = _without_full_width(header).strip()
    if found := _SQUARE.search(plain):
        return plain[: found.start()].strip(), found.group(1).strip()
    if found := _ROUND.search(plain):
        unit = found.group(1).strip()
        return plain[: found.start()].strip(), unit if is_unit(unit) else ""
    for opening in _OPENING.finditer(plain):  # from the left: "S/cm" before "cm"
        name, unit = plain[: opening.start()].strip(), plain[opening.end() :].strip()
        if name and _stands_free(name, opening.group(), unit):
            return name, unit
    return plain, ""


def _stands_free(name: str, opening: str, unit: str) -> bool:
    """Whether what stands behind a name without brackets is its unit: ``T/K``, but not ``Na/K``
    and, behind a blank, no single letter (``phase A``, ``hold t1``; ``area m2`` is one) and no word
    (``T min``)."""
    if not is_unit(unit):
        return False
    if "/" in opening:
        return len(opening) == 3 or not (is_symbol(name) and is_symbol(unit))
    base = unit.rstrip("0123456789")
    if base not in _KNOWN or (base == "m" and base != unit):
        return True
    return len(base) > 1 and base not in _ALSO_WORDS and not is_symbol(base)


@lru_cache(maxsize=1024)
def is_unit(text: str) -> bool:
    """Whether every part of a text is a unit that labs use.

    Example:
        >>> is_unit("S cm-1"), is_unit("mg/cm²"), is_unit("remarks")
        (True, True, False)
    """
    if text.strip() in _ALONE_ELEMENTS:
        return False
    parts = [p for p in re.split(_BETWEEN, _compatible(text)) if p and p != "1"]
    matches = [_PART.fullmatch(part) for part in parts]
    return bool(parts) and all(m is not None and m.group(1) in _KNOWN for m in matches)


@lru_cache(maxsize=1024)
def same_unit(one: str, other: str) -> bool:
    """Whether two spellings mean one and the same unit, without any conversion.

    Example:
        >>> same_unit("S/cm", "S·cm⁻¹"), same_unit("℃", "°C"), same_unit("mS/cm", "S/cm")
        (True, True, False)
    """
    return _powers(one) == _powers(other)


_TWINS = {
    "degC": "°C", "deg": "°", "hr": "h", "ohm": "Ω", "l": "L", "ml": "mL", "μm": "um",
    "度": "°C", "時間": "h", "分": "min", "秒": "s", "sec": "s", "日": "d",
}  # fmt: skip
"""Spellings of one unit."""

_PREFIXES = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "d": 0.1, "k": 1e3, "M": 1e6, "G": 1e9}
_PREFIXED = frozenset(
    {"m", "s", "g", "mol", "L", "A", "V", "W", "S", "Ω", "Hz", "J", "eV", "cal", "Pa", "bar"}
    | {"N", "T", "M", "Ah", "Wh"}
)
_IN_BASE = {"min": ("s", 60.0), "h": ("s", 3600.0), "d": ("s", 86400.0), "t": ("g", 1e6)}
_SHARES = {"ppb": 1e-9, "ppm": 1e-6, "‰": 1e-3, "%": 1e-2}
_ZERO_CELSIUS = 273.15
"""K; the definition of the degree Celsius (BIPM, SI Brochure, 9th edition, 2.3.4)."""


def conversion(unit: str, goal: str) -> tuple[float, float] | None:
    """Factor and offset that turn a value in one unit into another; None where nothing does.

    Example:
        >>> conversion("mS/cm", "S cm-1"), conversion("℃", "K"), conversion("K", "h")
        ((0.001, 0.0), (1.0, 273.15), None)
    """
    one, other = _powers(unit), _powers(goal)
    if isinstance(one, str) or isinstance(other, str):
        return None
    degrees = ({"°C": 1}, {"K": 1})
    if one in degrees and other in degrees:
        offset = _ZERO_CELSIUS * ((one == degrees[0]) - (other == degrees[0]))
        return 1.0, offset
    factor, bases = _in_bases(one)
    goal_factor, goal_bases = _in_bases(other)
    return (float(f"{factor / goal_factor:.15g}"), 0.0) if bases == goal_bases else None


def _in_bases(powers: dict[str, int]) -> tuple[float, dict[str, int]]:
    """The factor, and the powers of units without prefixes."""
    factor, bases = 1.0, dict[str, int]()
    for name, power in powers.items():
        base, size = _base_of(name)
        factor *= size**power
        bases[base] = bases.get(base, 0) + power
    return factor, {base: power for base, power in bases.items() if power}


def _base_of(name: str) -> tuple[str, float]:
    if name in _IN_BASE:
        return _IN_BASE[name]
    if name in _SHARES:
        return "1", _SHARES[name]
    if name[1:] in _PREFIXED and name[:1] in _PREFIXES and name not in _PREFIXED:
        return name[1:], _PREFIXES[name[0]]
    return ("K", 1.0) if name == "°C" else (name, 1.0)  # in products only: °C/min is K/min


def _powers(unit: str) -> dict[str, int] | str:
    """{part: its power}; the text itself where it is no product of known units."""
    text = _compatible(unit)
    if not is_unit(unit):
        return text
    powers: dict[str, int] = {}
    sign = 1
    for part in re.findall(r"/|[^\s/·⋅・*.]+", text):
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
    plain = unicodedata.normalize("NFKC", text.replace("℃", "degC").replace("º", "°")).strip()
    return _JOINED.sub(r"\1 \2", plain.replace("⁻", "-"))


def _without_full_width(text: str) -> str:
    return "".join(
        unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c for c in text
    )
