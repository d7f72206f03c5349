"""Notation: a parameter in one short text, as it stands behind ``--vary``."""

from __future__ import annotations

import math
import re
import unicodedata

from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space.parameters import Categorical, Continuous, Settable, Stepped

_SIGNS = {ord("−"): "-", ord("〜"): "~", ord("∼"): "~"}
"""Typographic minus, wave dash and tilde operator, as keyboards and documents write them."""
_UNIT = re.compile(r"\[([^\[\]]+)\]$")
"""A unit in square brackets behind a name."""


def parse_parameter(text: str) -> Settable:
    """Read a parameter.

    ``x=0:0.375:0.0625`` has steps, ``T=900~1200@5`` is continuous and set to 5 (``x=0~1`` to a
    millionth of its range), ``gas=air,Ar,O2`` is a choice, ``grain=fine<middle<coarse`` a choice
    between names in order. A unit stands in square brackets behind the name: ``T[°C]=900~1200@5``.

    Raises:
        UsageError: the text is none of these.
        SpaceError: its numbers or names span nothing.

    Example:
        >>> parse_parameter("T=900~1200@5").count
        61
        >>> parse_parameter("t [h]=4:12:4").unit
        'h'
    """
    name, equals, rest = text.partition("=")
    name, unit = _name_and_unit(name.strip())
    plain = unicodedata.normalize("NFKC", rest).translate(_SIGNS).strip()
    if not equals or not name or not plain:
        raise _unreadable(text)
    if ":" in plain:
        numbers = _numbers(plain.split(":"))
        if numbers is None or len(numbers) != 3:
            raise _unreadable(text)
        low, high, step = numbers
        return Stepped(name=name, low=low, high=high, step=step, unit=unit)
    if "~" in plain:
        numbers = _numbers(re.split("[~@]", plain))
        if numbers is None or not re.fullmatch("[^~@]+~[^~@]+(@[^~@]+)?", plain):
            raise _unreadable(text)
        return Continuous(
            name=name,
            low=numbers[0],
            high=numbers[1],
            resolution=numbers[2] if len(numbers) == 3 else None,
            unit=unit,
        )
    if unit or ("," not in plain and "<" not in plain):
        raise _unreadable(text)
    ordered = "," not in plain
    return Categorical(
        name=name,
        values=tuple(part.strip() for part in rest.split("<" if ordered else ",")),
        encoding="ordinal" if ordered else "one_hot",
    )


def _name_and_unit(text: str) -> tuple[str, str]:
    found = _UNIT.search(text)
    return (text, "") if found is None else (text[: found.start()].strip(), found.group(1).strip())


def _numbers(parts: list[str]) -> list[float] | None:
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) and "_" not in "".join(parts) else None


def _unreadable(text: str) -> UsageError:
    return UsageError(
        _("The parameter '{text}' cannot be read.").format(text=text),
        _(
            "Write x=0:0.5:0.1 for steps, T=900~1200@5 for a range set to 5, gas=air,Ar for a"
            " choice, or grain=fine<coarse for a choice in order."
        ),
    )
