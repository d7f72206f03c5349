"""Parsing: what stands behind an option -> names and numbers."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from typing import TypeVar

from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.typed import as_typed

T = TypeVar("T")


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
    return {name: _number(value, name, option) for name, value in _pieces(texts, option)}


def _pieces(texts: Sequence[str], option: str) -> list[tuple[str, str]]:
    """The names and values, each name once."""
    found: dict[str, str] = {}
    for piece in (piece for text in texts for piece in _split(text)):
        name, equals, value = piece.rpartition("=")
        _put(found, name if equals else "", value, piece=piece, option=option)
    return list(found.items())


def _put(found: dict[str, T], name: str, value: T, *, piece: str, option: str) -> None:
    """Take one more name with its value; UsageError where one of them is empty, or the name is
    there."""
    if not name.strip() or value == "" or str(value).isspace():
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
    found[name.strip()] = value


def named(texts: Sequence[str], option: str) -> dict[str, str]:
    """``["y=y err"] -> {"y": "y err"}``: names of columns by what they tell of.

    Raises:
        UsageError: no ``name=column``, or a name twice.
    """
    found: dict[str, str] = {}
    for piece in (piece for text in texts for piece in _split(text)):
        name, equals, column = (part.strip() for part in piece.partition("="))
        if not (equals and name and column) or name in found:
            raise UsageError(
                _("{option}: '{piece}' is not name=column, each name once.").format(
                    option=option, piece=piece
                ),
                _("Write for example {option} y='y err'.").format(option=option),
            )
        found[name] = column
    return found


def choices(texts: Sequence[str], option: str) -> dict[str, float | str]:
    """``["a=1,gas=Ar"] -> {"a": 1.0, "gas": "Ar"}``: what is no number is the name of a choice.

    A name that holds a comma or ``=`` may stand in double quotes and need not: a piece without
    ``=`` belongs to the name before it, and where several ``=`` stand the campaign knows its inputs
    (:func:`tansaku.space.values.given`).

    Raises:
        UsageError: no ``name=value``, or a name twice.
    """
    found: dict[str, float | str] = {}
    for piece in _joined(texts):
        plain = _unquoted(piece)
        whole = _pieces([_quoted(plain)], option)[0]
        name, _equals, value = plain.partition("=") if plain.count("=") > 1 else ("", "", "")
        name, value = (name, value) if name.strip() else whole
        value = _unquoted(value)
        _put(found, name, _number_or_name(value), piece=piece, option=option)
    return found


def _joined(texts: Sequence[str]) -> list[str]:
    """The pieces between commas; one without ``=`` belongs to the piece before it."""
    pieces: list[str] = []
    for text in texts:
        for i, piece in enumerate(_PIECE.findall(" ".join(text.splitlines()))):
            if i and pieces and piece.strip() and "=" not in piece:
                pieces[-1] += f",{piece}"
            else:
                pieces.append(piece)
    return pieces


_PIECE = re.compile(r'(?:[^,"]|"(?:[^"]|"")*"|"(?=[^"]*$))+|(?<=,)(?=,|$)')
"""A piece between commas; commas in double quotes part nothing."""


def _unquoted(text: str) -> str:
    plain = text.strip()
    quoted = len(plain) > 1 and plain[0] == plain[-1] == '"'
    return plain[1:-1].replace('""', '"') if quoted else plain


_RESULT = re.compile(r"(?P<name>.*?)=(?P<text>\s*[<>≤≥≦≧⩽⩾]=?[^<>≤≥≦≧⩽⩾=]+|[^=]*)")
"""A result, of which a limit may hold a sign of equality: ``y=<=1e-8``."""


def results(texts: Sequence[str]) -> dict[str, float | str]:
    """``["y=3.2", "z=<1e-8 S/cm"] -> {"y": 3.2, "z": "<1e-8 S/cm"}``: what is no plain number is
    read as a cell of a table, once the target and its unit are known.

    Raises:
        UsageError: no ``name=value``, or a name twice.
    """
    found: dict[str, float | str] = {}
    for piece in map(_unquoted, _joined(texts)):
        parts = _RESULT.fullmatch(as_typed(piece))  # of the same length
        end = parts.end("name") if parts else len(piece)
        text = piece[end + 1 :].strip()
        _put(found, piece[:end], _number_or_name(text), piece=piece, option="--result")
    return found


def reason(text: str) -> tuple[str, float | None]:
    """``"secondary phase=12%" -> ("secondary phase", 0.12)``; without an amount ``None``.

    Raises:
        UsageError: an amount that is no number.
    """
    words, equals, amount = text.rpartition("=")
    if not equals:
        return text.strip(), None
    plain = as_typed(amount).strip()
    share = _number(plain.removesuffix("%"), words.strip(), "--why")
    return words.strip(), share / 100 if plain.endswith("%") else share


def _quoted(piece: str) -> str:
    """One piece that :func:`_split` leaves whole."""
    return '"' + piece.replace('"', '""') + '"'


def _split(text: str) -> list[str]:
    line = " ".join(text.splitlines())
    return [piece.strip() for row in csv.reader([line], skipinitialspace=True) for piece in row]


def is_number(text: str) -> bool:
    """Whether a text is a number and not the name of a column."""
    try:
        return math.isfinite(float(as_typed(text)))
    except ValueError:
        return False


def _number(text: str, name: str, option: str) -> float:
    plain = as_typed(text).strip()
    number = float(plain) if is_number(text) else _as_in_tables(plain)
    if not math.isfinite(number) or "_" in plain:
        raise UsageError(
            _("{option}: '{text}' for {name} is not a number.").format(
                option=option, text=text.strip(), name=name
            ),
            _("Write digits with a decimal point, for example 0.05 or 2.56e-5."),
        )
    return number


def _number_or_name(text: str) -> float | str:
    """A plain number; all else is read where it is known what it is: of an input or target as
    tables are, of a choice as its name."""
    return float(as_typed(text)) if is_number(text) and "_" not in text else text


def _as_in_tables(text: str) -> float:
    """A number as tables take it: ``8/3``, ``1.2×10-5``, ``0,5``; NaN for another text, and where
    a comma may part thousands or decimals."""
    from tansaku.tables.quantities import value_of, written  # on demand: tables bring pandas

    parts = written(text)
    if parts is None or parts.limit or parts.sd or parts.unit:
        return math.nan
    found = {pair for comma in ("decimal", "thousands") if (pair := value_of(parts, comma=comma))}
    return found.pop()[0] if len(found) == 1 else math.nan
