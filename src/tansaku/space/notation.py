"""Notation: a parameter in one short text, as it stands behind ``--vary``."""

from __future__ import annotations

import math
import re
import unicodedata

import numpy as np

from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space.parameters import (
    Categorical,
    Continuous,
    Discrete,
    Settable,
    Stepped,
    proposed_scale,
)
from tansaku.space.scale import Scale

_SIGNS = {ord("−"): "-", ord("〜"): "~", ord("∼"): "~"}
"""Typographic minus, wave dash and tilde operator, as keyboards and documents write them."""
_UNIT = re.compile(r"\[([^\[\]]+)\]$")
"""A unit in square brackets behind a name."""
_SCALE = re.compile(r":\s*(log10|log|linear|対数|線形)\s*$", re.IGNORECASE)
"""A scale behind the numbers."""
_PIECE = re.compile(r"""(?:\s*(?:'[^']*'|"[^"]*")\s*|[^,<'"]|(?<=[^,<\s])['"])+""")
"""A name or number among others; what stands in quotation marks is not looked into."""
_NO_DECIMALS = re.compile(r"0[0-9]+")
"""What a decimal comma leaves of 0,05."""

WIDE = 3.0
"""Decades from the lower to the upper end from which a range is taken on a log scale: draws on a
linear one would nearly all lie in the last decade. The ends alone say less than single values."""


def parse_parameter(text: str) -> Settable:
    """Read a parameter.

    ``x=0:0.375:0.0625`` has steps, ``T=900~1200@5`` is continuous and set to 5 (``x=0~1`` to a
    millionth of its range), ``T=600,700,850`` can be set to these numbers, ``gas=air,Ar,O2`` is a
    choice, ``grain=fine<middle<coarse`` a choice between names in order. Numbers in quotation marks
    are names: ``code='1','2'``. A unit stands in square brackets behind the name:
    ``T[°C]=900~1200@5``; a scale behind the numbers: ``c=1e-6~0.1:log10``, with steps and
    resolutions in decades. Without one, single numbers are on the scale on which they lie more
    evenly, and ranges over ``WIDE`` decades without a stated resolution on a log scale.

    Raises:
        UsageError: the text is none of these.
        SpaceError: its numbers or names span nothing.

    Example:
        >>> parse_parameter("T=900~1200@5").count
        61
        >>> parse_parameter("t [h]=4:12:4").unit
        'h'
        >>> parse_parameter("T=600,700,850").values
        (600.0, 700.0, 850.0)
    """
    label, equals, rest = text.partition("=")
    name, unit = _name_and_unit(label.strip())
    if not equals or not name or not rest.strip():
        raise _unreadable(text)
    plain, scale = _plain(rest)
    if not set("'\"") & set(plain):
        numeric = _numeric(name, unit, plain, scale)
        if numeric is not None:
            return numeric
    named = None if unit or scale else parse_names(text)
    if named is None or _numbers(re.split("[,<]", plain)):
        raise _unreadable(text)
    return named


def parse_names(text: str) -> Categorical | None:
    """A choice, ``gas=air,Ar`` or, in order, ``grain=fine<coarse``; a name that holds a comma or
    another sign of this notation stands in quotation marks. ``None`` where it is none.

    Example:
        >>> parse_names("base='KOH, aq',K3PO4").values
        ('KOH, aq', 'K3PO4')
    """
    name, _equals, rest = text.partition("=")
    pieces = [piece.strip() for piece in _PIECE.findall(rest)]
    signs = _PIECE.sub("", rest)
    if len(set(signs)) != 1 or len(pieces) != len(signs) + 1:
        return None
    if any(set(":~") & set(piece) for piece in pieces if piece[0] not in "'\""):
        return None
    values = tuple(p[1:-1] if len(p) > 1 and p[0] == p[-1] and p[0] in "'\"" else p for p in pieces)
    ordered = signs[0] == "<"
    return Categorical(
        name=name.strip(), values=values, encoding="ordinal" if ordered else "one_hot"
    )


def _numeric(
    name: str, unit: str, plain: str, scale: Scale | None
) -> Stepped | Continuous | Discrete | None:
    """Steps, a range, or single numbers; ``None`` for names."""
    if ":" in plain:
        numbers = _numbers(plain.split(":"))
        if numbers is None or len(numbers) != 3:
            return None
        low, high, step = numbers
        return Stepped(
            name=name, low=low, high=high, step=step, unit=unit, scale=scale or Scale.LINEAR
        )
    if "~" in plain:
        numbers = _numbers(re.split("[~@]", plain))
        if numbers is None or not re.fullmatch("[^~@]+~[^~@]+(@[^~@]+)?", plain):
            return None
        low, high, *given = numbers
        resolution = given[0] if given else None
        wide = not given and 0 < low < high and math.log10(high / low) >= WIDE
        usual = Scale.LOG10 if wide else Scale.LINEAR
        return Continuous(
            name=name, low=low, high=high, resolution=resolution, unit=unit, scale=scale or usual
        )
    pieces = re.split("[,<]", plain)
    numbers = _numbers(pieces)
    if numbers is None or len(numbers) < 2 or any(map(_NO_DECIMALS.fullmatch, pieces[1:])):
        return None
    return _single(name, unit, numbers, scale)


def _single(name: str, unit: str, numbers: list[float], scale: Scale | None) -> Stepped | Discrete:
    """Single numbers: steps where they are evenly apart, as a person would have written them."""
    values = np.sort(numbers)
    usual = scale or proposed_scale(values)
    step = float(f"{(values[-1] - values[0]) / (len(values) - 1):.12g}")
    if usual is Scale.LINEAR and step > 0:
        low, high = float(values[0]), float(values[-1])
        even = Stepped(name=name, low=low, high=high, step=step, unit=unit)
        if even.at(np.arange(even.count)).tolist() == values.tolist():
            return even
    return Discrete(name=name, values=tuple(numbers), unit=unit, scale=usual)


def _plain(text: str) -> tuple[str, Scale | None]:
    """(numbers in plain characters, the scale behind them)."""
    plain = unicodedata.normalize("NFKC", text).translate(_SIGNS).strip()
    found = _SCALE.search(plain)
    if found is None:
        return plain, None
    log = found.group(1).casefold() not in ("linear", "線形")
    return plain[: found.start()], Scale.LOG10 if log else Scale.LINEAR


def _name_and_unit(text: str) -> tuple[str, str]:
    found = _UNIT.search(text)
    return (text, "") if found is None else (text[: found.start()].strip(), found.group(1).strip())


def _numbers(parts: list[str]) -> list[float] | None:
    try:
        numbers = [_number(part) for part in parts]
    except (ValueError, ZeroDivisionError):
        return None
    return numbers if all(map(math.isfinite, numbers)) and "_" not in "".join(parts) else None


def _number(text: str) -> float:
    """A number, or one over another: 1/3."""
    above, slash, below = text.partition("/")
    return float(above) / float(below) if slash else float(above)


def _unreadable(text: str) -> UsageError:
    return UsageError(
        _("The parameter '{text}' cannot be read.").format(text=text),
        _(
            "Write x=0:0.5:0.1 for steps, T=900~1200@5 for a range set to 5, T=600,700,850 for"
            " single numbers, gas=air,Ar for a choice, grain=fine<coarse for a choice in order, and"
            " c=1e-6~0.1:log10 for a log scale; decimals with a point, numbers that are names in"
            " quotation marks."
        ),
    )
