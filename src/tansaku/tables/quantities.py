"""Quantities: the text of one cell -> sign of a limit, digits, exponent, sd and unit.

What is read: plain numbers (``0.05``, ``1.2e-5``), full-width forms and U+2212, powers of ten
(``1.2×10⁻⁴``, ``1.2x10^-4``, ``1.2×10-4``, ``10⁻⁴``), limits (``<1e-8``, ``≧10``, ``10 以下``),
standard deviations (``3.2 ± 0.1``, and ``3.2(1)``, where the digits in brackets count in units of
the last digit: ISO/IEC Guide 98-3, 7.2.2; ``3.2 ± 5 %`` is a share of the value), fractions
(``8/3``), and a known unit behind the number. Digits with commas
are left to :mod:`tansaku.tables.commas`, as one cell alone does not say what its comma means.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Final

from tansaku.tables.reading import Limit
from tansaku.tables.units import is_unit, same_unit
from tansaku.typed import as_typed

_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_MINUS: Final = str.maketrans(dict.fromkeys("‐‑‒–﹣", "-"))
_BLANKS: Final = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", " "))

_GAP: Final = re.compile("(?<=[0-9])[\u00a0\u2007\u2009\u202f](?=[0-9]{3}(?![0-9]))")
"""The narrow blanks that typesetters put between thousands (ISO 80000-1); read like 1'234."""
_PLAIN_GAPS: Final = re.compile(r"([+-]?[1-9][0-9]{0,2}(?: [0-9]{3})+)(?=$|[.,][0-9]*$|[^0-9])")
"""The same with plain blanks, where they part the whole number into thousands."""

_DIGITS: Final = r"(?:[0-9][0-9.,']*|[.,][0-9]+)"
_SUPER: Final = r"[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+"
_RAISED: Final = rf"(?:\^|\*\*)\s*\(?([+-]?[0-9]+)\)?|({_SUPER})"
_QUANTITY: Final = re.compile(
    rf"""
    (?P<sign>[<>≦≧≤≥⩽⩾]=?)?\s*
    (?:
      \(\s*(?P<inner>[+-]?{_DIGITS})\s*(?:±|\+/?-)\s*(?P<outer_sd>{_DIGITS})\s*\)
      |(?P<digits>[+-]?\s?{_DIGITS})(?:\((?P<last>[0-9]{{1,2}})\))?
    )
    (?:[eE]\s?(?P<e>[+-]?[0-9]+)|\s*[×xX*·⋅∙✕]\s*10\s*(?:{_RAISED}|([+-][0-9]+)))?
    (?P<rest>.*)
    """,
    re.VERBOSE | re.DOTALL,
)
_TEN: Final = re.compile(
    rf"(?P<sign>[<>≦≧≤≥⩽⩾]=?)?\s*(?P<minus>[+-]?)10\s*(?:{_RAISED})(?P<rest>.*)", re.DOTALL
)
_BESIDE: Final = re.compile(r"([^±()]*[^±()eE\s])\s*(?:±|\+/?-)\s*([^±()]+)", re.DOTALL)
_FRACTION: Final = re.compile(r"([+-]?[0-9]+)\s*/\s*([1-9][0-9]*)")
_BELOW: Final = frozenset({"<", "<=", "≦", "≤", "⩽"})
_TAILS: Final = (("以下", "below"), ("未満", "below"), ("以上", "above"), ("超", "above"))
"""Japanese puts the word of a limit behind the number: at most, less than, at least, more than."""

LOST_SUPERSCRIPT: Final = re.compile(r"[0-9.,]+\s*[×xX*·]\s*10[0-9]")
"""``1.2×104``: Excel shows 10⁴, and a copy of the text has lost that the 4 was raised."""


@dataclass(frozen=True, slots=True)
class Written:
    """The parts of a number as it was written.

    Attributes:
        digits: Sign and digits, in which commas, points and gaps are not interpreted yet.
        exponent: Power of ten behind them.
        limit: ``below``, ``above`` or empty.
        sd: Digits of the standard deviation; empty where none is given.
        sd_in_last: Whether ``sd`` counts in units of the last digit.
        sd_scaled: Whether the exponent belongs to the sd, too.
        sd_percent: Whether ``sd`` stands before a per cent sign that the value lacks.
        over: What the number is divided by: 3 in ``8/3``.
        times_ten: Whether the exponent was written as a power of ten.
        unit: What stands behind, as it was written.
    """

    digits: str
    exponent: int = 0
    limit: Limit = ""
    sd: str = ""
    sd_in_last: bool = False
    sd_scaled: bool = False
    sd_percent: bool = False
    over: int = 1
    times_ten: bool = False
    unit: str = ""

    @property
    def marks(self) -> str:
        """The digits without sign: what tells a decimal comma from a thousands comma."""
        return self.digits.lstrip("+- ")


def written(text: str) -> Written | None:
    """The parts of a cell's number; None where the text is something else.

    Example:
        >>> written("<1.2×10⁻⁸ S/cm")
        Written(digits='1.2', exponent=-8, limit='below', ... unit='S/cm')
        >>> written("about 700") is None
        True
    """
    plain = _GAP.sub("'", as_typed(text).translate(_MINUS)).translate(_BLANKS).strip()
    plain = _PLAIN_GAPS.sub(lambda found: found[1].replace(" ", "'"), plain, count=1)
    if fraction := _FRACTION.fullmatch(plain):
        return Written(fraction[1], over=int(fraction[2]))
    if beside := _BESIDE.fullmatch(plain):
        return _with_sd(_one(beside[1].strip()), _one(beside[2].strip()))
    return _one(plain)


def _with_sd(value: Written | None, sd: Written | None) -> Written | None:
    """A number and what stands behind its ±; None where it is open what they mean together."""
    if value is None or sd is None or sd.limit or sd.sd or value.sd or sd.digits[0] in "+-":
        return None
    percent = sd.unit.startswith("%") and not value.unit.startswith("%")
    unit = sd.unit.removeprefix("%").strip() if percent else sd.unit
    if (value.unit and unit and not same_unit(value.unit, unit)) or (
        sd.times_ten and not value.exponent  # 5.5 ± 0.3×10⁻⁴ lacks its brackets
    ):
        return None
    text = f"{sd.digits}e{sd.exponent}" if sd.exponent else sd.digits
    return replace(value, sd=text, sd_percent=percent, unit=value.unit or unit)


def _one(plain: str) -> Written | None:
    """The parts of a number without a ± beside it."""
    limit_behind: Limit = ""
    for tail, meaning in _TAILS:
        if plain.endswith(tail):
            plain = plain[: -len(tail)].rstrip()
            limit_behind = "below" if meaning == "below" else "above"
    power = _TEN.fullmatch(plain)
    found = power or _QUANTITY.fullmatch(plain)
    if found is None or (found["sign"] and limit_behind):
        return None
    unit = found["rest"].strip()
    if unit and not is_unit(unit) and not (unit[0] == "%" and is_unit(unit[1:])):
        return None
    limit = limit_behind
    if found["sign"]:
        limit = "below" if found["sign"] in _BELOW else "above"
    exponent = _exponent(found)
    if power is not None:
        return Written(f"{power['minus']}1", exponent, limit, times_ten=True, unit=unit)
    digits = (found["inner"] or found["digits"]).replace("+ ", "+").replace("- ", "-")
    return Written(
        digits=digits,
        exponent=exponent,
        limit=limit,
        sd=found["outer_sd"] or found["last"] or "",
        sd_in_last=found["last"] is not None,
        sd_scaled=found["outer_sd"] is not None or found["last"] is not None,
        times_ten=bool(exponent) and found["e"] is None,
        unit=unit,
    )


def value_of(parts: Written, *, comma: str) -> tuple[float, float | None] | None:
    """The number and its sd; None where the digits are none with that meaning of the comma.

    Args:
        parts: What was written.
        comma: ``decimal`` or ``thousands``.
    """
    digits = plain_digits(parts.digits, comma=comma)
    if digits is None:
        return None
    value = float(f"{digits}e{parts.exponent}") / parts.over
    if not parts.sd:
        return value, None
    if parts.sd_in_last:
        decimals = len(digits.partition(".")[2])
        if not decimals:  # 5(2) may be a footnote
            return None
        return value, float(f"{parts.sd}e{parts.exponent - decimals}")
    mantissa, _e, own = parts.sd.lower().partition("e")
    sd_digits = plain_digits(mantissa, comma=comma)
    if sd_digits is None:
        return None
    exponent = int(own or 0) + (parts.exponent if parts.sd_scaled else 0)
    sd = float(f"{sd_digits}e{exponent}")
    if parts.sd_percent:
        sd = float(f"{abs(value) * sd / 100:.15g}")
    return value, sd if math.isfinite(sd) else None


_PLAIN: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_GROUPED: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}([,.'])[0-9]{3}(?:\1[0-9]{3})*")


def plain_digits(digits: str, *, comma: str) -> str | None:
    """Digits with a decimal point and without gaps; None where they cannot be read so.

    Example:
        >>> plain_digits("1,234.5", comma="thousands"), plain_digits("1.234,5", comma="decimal")
        ('1234.5', '1234.5')
        >>> plain_digits("1,5", comma="thousands") is None
        True
    """
    point, gap = (",", ".") if comma == "decimal" else (".", ",")
    whole, mark, decimals = digits.partition(point)
    gaps = {each for each in whole if each in (gap, "'")}
    if len(gaps) > 1 or (gaps and _GROUPED.fullmatch(whole) is None):
        return None
    plain = "".join(c for c in whole if c not in gaps) + ("." + decimals if mark else "")
    return plain if _PLAIN.fullmatch(plain) else None


def _exponent(found: re.Match[str]) -> int:
    groups = found.groupdict()
    text = groups.get("e")
    if text is None:
        pattern = found.re.groupindex
        named = set(pattern.values())
        powers = [found[i] for i in range(1, found.re.groups + 1) if i not in named]
        text = next((each for each in powers if each is not None), None)
    return 0 if text is None else int(text.translate(_SUPERSCRIPTS))
