"""Parsing: what stands behind an option -> names and numbers."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence

from tansaku.errors import UsageError
from tansaku.language import _

_NORMALISED = {0xFF01 + i: 0x21 + i for i in range(0x5E)} | {0x2212: "-", 0x3000: " "}
"""Full-width signs, as a Japanese keyboard writes them, and the typographic minus."""


def names(texts: Sequence[str], option: str) -> list[str]:
    """``["a,b", "c"] -> ["a", "b", "c"]``; a name that holds a comma stands in double quotes.

    Raises:
        UsageError: an empty name.
    """
    found = [name for text in texts for name in _split(text)]
    if not found or not all(found):
        raise UsageError(
            _("{option} {text} holds an empty name.").format(option=option, text=", ".join(texts)),
            _("Write names with commas between them, for example {option} a,b.").format(
                option=option
            ),
        )
    return found


def settings(texts: Sequence[str], option: str) -> dict[str, float]:
    """``["a=1,b=2"] -> {"a": 1.0, "b": 2.0}``.

    Raises:
        UsageError: no ``name=number``, or a name twice.
    """
    found: dict[str, float] = {}
    for piece in (piece for text in texts for piece in _split(text)):
        name, equals, value = piece.rpartition("=")
        if not equals or not name.strip():
            raise UsageError(
                _("{option}: '{piece}' is not name=number.").format(option=option, piece=piece),
                _("Write for example {option} a=1,b=2.5, with a point for decimals.").format(
                    option=option
                ),
            )
        if name.strip() in found:
            raise UsageError(
                _("{option} gives '{name}' twice.").format(option=option, name=name.strip()),
                _("Give it once."),
            )
        found[name.strip()] = _number(value, name.strip(), option)
    return found


def results(texts: Sequence[str]) -> dict[str, float]:
    """``["y=3.2"] -> {"y": 3.2}``.

    Raises:
        UsageError: as :func:`settings`, or a limit such as ``y=<1e-8``.
    """
    for piece in (piece for text in texts for piece in _split(text)):
        name, _equals, value = piece.partition("=")
        if value.translate(_NORMALISED).strip().startswith(("<", ">")):
            raise UsageError(
                _("The result '{piece}' is a limit, which this version cannot store.").format(
                    piece=piece
                ),
                _(
                    "Leave '{name}' open until it has a value. Do not record the limit as a value:"
                    " the model would take it for a measurement."
                ).format(name=name.strip()),
            )
    return settings(texts, "--result")


def _split(text: str) -> list[str]:
    line = " ".join(text.splitlines())
    return [piece.strip() for row in csv.reader([line], skipinitialspace=True) for piece in row]


def _number(text: str, name: str, option: str) -> float:
    plain = text.translate(_NORMALISED).strip()
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in plain:
        raise UsageError(
            _("{option}: '{text}' for {name} is not a number.").format(
                option=option, text=text.strip(), name=name
            ),
            _("Write digits with a decimal point, for example 0.05 or 2.56e-5."),
        )
    return number
