"""Syntax: the one grammar that formulas and templates share; docs/formulas.md states it.

A formula is read from left to right with a stack of open brackets, never by calling itself, so a
thousand brackets are an error and not a crash.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Final

from tansaku.chem.characters import SEPARATOR, is_raised, plain_text, pointed
from tansaku.chem.elements import is_symbol, suggestion
from tansaku.chem.full_stop import reads_twice, two_readings
from tansaku.chem.written_charge import split_charge
from tansaku.errors import FormulaError
from tansaku.language import _

DEEPEST: Final = 30
"""Brackets inside brackets; real formulas have three."""

BALANCE: Final = "?"
"""The amount that a template fills in."""

_SIGNS: Final = "()[]{}./+-^" + SEPARATOR
_EXPRESSION_SIGNS: Final = _SIGNS + BALANCE + "_,<>=%"
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}

_NUMBER: Final = r"(?:\d+(?:\.\d+)?|\.\d+)"
_AMOUNT: Final = re.compile(rf"{_NUMBER}(?:/{_NUMBER})?")
_BRACKETED: Final = re.compile(rf"\s*{_NUMBER}(?:\s*/\s*{_NUMBER})?\s*")
_DECIMAL_COMMA: Final = re.compile(r"(?<=[0-9０-９₀-₉])[,，](?=[0-9０-９₀-₉])")
_TWO_COMMAS: Final = re.compile(r"[,，][0-9０-９₀-₉]+[,，]")
_WORD: Final = re.compile(r"[A-Z][a-z]*")
_OPENINGS: Final = re.compile(r"[\s(\[{]*")


@dataclass(frozen=True, slots=True)
class Term:
    """One element symbol in the text with everything that multiplies it.

    Attributes:
        symbol: The element.
        factors: Amounts as written (plain characters): its own first, then those of the brackets
            around it and of the prefix of its part, inner before outer. None is empty.
        position: Where the symbol stands in the text as given, from 0.
        group: The bracket groups around it, outermost first, numbered as they open.

    Example:
        >>> terms, charge = read_terms("Li(1/2)Zr2(PO4)3")
        >>> [(term.symbol, term.factors) for term in terms]
        [('Li', ('1/2',)), ('Zr', ('2',)), ('P', ('3',)), ('O', ('4', '3'))]
    """

    symbol: str
    factors: tuple[str, ...]
    position: int
    group: tuple[int, ...]


def read_terms(text: str, *, variables: bool = False) -> tuple[tuple[Term, ...], str]:
    """Read chemical text into its terms and the charge written at its end (``"3-"``, or ``""``).

    Args:
        text: A formula; a template with ``variables``.
        variables: Amounts in brackets may be expressions, ``Li(1+x)``, and the balancing amount
            ``?`` may stand. A bracket behind a symbol or a closing bracket is an amount then
            unless it begins with an element symbol; without variables it is one where it holds a
            number or a fraction only.

    Raises:
        FormulaError: the text breaks the grammar or can be read in two ways; points at the
            character.
    """
    signs = _EXPRESSION_SIGNS if variables else _SIGNS + BALANCE
    decimal = isinstance(text, str) and not variables
    plain = plain_text(_with_points(text) if decimal else text, signs=signs)
    body, charge = split_charge(text, plain)
    reader = _Reader(text, plain[:body].rstrip(), variables)
    reader.read()
    if charge and reader.prefixed:
        raise pointed(
            text, body, _("a number stands before an ion: its charge could be meant once or often"),
            _("Write the formula of one ion with its charge."),
        )  # fmt: skip
    terms = tuple(
        Term(each.symbol, tuple(each.factors), each.position, each.group) for each in reader.found
    )
    return terms, charge


def _with_points(text: str) -> str:
    """A formula whose commas all stand inside numbers, with points in their place: ``Li6,5La3``.

    Raises:
        FormulaError: such commas stand beside points, or twice in one number.
    """
    inside = [found.start() for found in _DECIMAL_COMMA.finditer(text)]
    if not inside or len(inside) < text.count(",") + text.count("，"):
        return text  # the comma without meaning is named
    if "." in text or "．" in text or _TWO_COMMAS.search(text):
        raise pointed(
            text, inside[0], _("it is open what the comma in the number means"),
            _("Write decimals in one way, with a point: Li6.5."),
        )  # fmt: skip
    return _DECIMAL_COMMA.sub(".", text)


def factor_value(text: str) -> float:
    """The value of a factor that is a decimal or a fraction.

    Raises:
        FormulaError: a division by 0, or it is no such number.
    """
    above, _slash, below = text.partition("/")
    try:
        value = float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if math.isnan(value):
        raise FormulaError(
            _("The amount '{text}' is no number.").format(text=text[:40]),
            _("Write a decimal such as 1.25, or a fraction such as 1/2."),
        )
    return value


@dataclass(slots=True)
class _Found:
    symbol: str
    position: int
    group: tuple[int, ...]
    factors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Frame:
    """An open bracket, or the text as a whole: where its terms and its current part begin."""

    opened: int
    closing: str
    group: tuple[int, ...]
    start: int
    part: int
    prefix: str = ""


class _Reader:
    """Reads one text; ``found`` and ``prefixed`` are its results."""

    def __init__(self, text: str, plain: str, variables: bool) -> None:
        self.text = text
        self.plain = plain
        self.variables = variables
        self.found: list[_Found] = []
        self.prefixed = False
        self._frames = [_Frame(0, "", (), 0, 0)]
        self._groups = 0
        self._at = 0

    def read(self) -> None:
        """Go through the text once."""
        while True:
            self._skip_blanks()
            if self._at == len(self.plain):
                break
            character = self.plain[self._at]
            if character.isalpha():
                self._symbol()
            elif character in _CLOSING:
                self._open()
            elif character in ")]}":
                self._close()
            elif character in (SEPARATOR, "."):
                self._separator()
            elif character.isdigit() or character == BALANCE:
                self._prefix()
            else:
                raise self._stray(character)
        if len(self._frames) > 1:
            frame = self._frames[-1]
            raise self._wrong(
                frame.opened, _("the bracket '{sign}' is not closed"),
                _("Add '{closing}' where the group ends.").format(closing=frame.closing),
            )  # fmt: skip
        self._end_part(len(self.plain))

    # The pieces of the grammar

    def _symbol(self) -> None:
        position = self._at
        match = _WORD.match(self.plain, position)
        if match is None:
            raise self._lower_case(position)
        symbol = match.group()
        if not is_symbol(symbol):
            raise self._unknown(position, symbol)
        self._at = match.end()
        term = _Found(symbol, position, self._frames[-1].group)
        self.found.append(term)
        amount = self._amount()
        if amount:
            term.factors.append(amount)

    def _open(self) -> None:
        frame = self._frames[-1]
        if len(self.found) == frame.part and not frame.prefix and not self._opens_group():
            self._set_prefix(self._bracketed())
            return
        if len(self._frames) > DEEPEST:
            raise self._wrong(
                self._at, _("more than {n} brackets stand inside each other").format(n=DEEPEST),
                _("Multiply the inner groups out."),
            )  # fmt: skip
        group = (*frame.group, self._groups)
        self._groups += 1
        start = len(self.found)
        closing = _CLOSING[self.plain[self._at]]
        self._frames.append(_Frame(self._at, closing, group, start, start))
        self._at += 1

    def _close(self) -> None:
        frame = self._frames[-1]
        if len(self._frames) == 1:
            raise self._wrong(
                self._at, _("the bracket '{sign}' was never opened"), _("Delete it, or open it.")
            )
        if self.plain[self._at] != frame.closing:
            raise self._wrong(
                self._at, _("'{sign}' closes a bracket that was opened differently"),
                _("Write '{closing}' here.").format(closing=frame.closing),
            )  # fmt: skip
        self._end_part(self._at)
        if frame.prefix and frame.closing == "]" and len(self.found) == frame.start + 1:
            raise self._isotope(frame.opened + 1)
        self._frames.pop()
        self._at += 1
        amount = self._amount()
        if amount:
            for term in self.found[frame.start :]:
                term.factors.append(amount)

    def _separator(self) -> None:
        if self.plain[self._at] == "." and self.plain[self._at + 1 : self._at + 2].isdigit():
            raise two_readings(self.text, self.plain, self._at)
        self._end_part(self._at)
        self._at += 1
        self._frames[-1].part = len(self.found)
        self._frames[-1].prefix = ""

    def _prefix(self) -> None:
        frame = self._frames[-1]
        if len(self.found) > frame.part or frame.prefix:
            raise self._wrong(
                self._at, _("a number stands apart from what it belongs to"),
                _("Close the gap for an amount, as in Li2O, or put · before water: ·5H2O."),
            )  # fmt: skip
        match = _AMOUNT.match(self.plain, self._at)
        if match is None:
            self._no_variables(self._at)
            raise self._wrong(
                self._at, _("'{sign}' stands without an element"), _("Write for example Li(?).")
            )
        if self._raised(self._at, match.end()):
            raise self._isotope(self._at)
        self._at = match.end()
        self._set_prefix(match.group())

    def _set_prefix(self, amount: str) -> None:
        self._frames[-1].prefix = amount
        self.prefixed = True

    def _end_part(self, position: int) -> None:
        """The part between two separators is complete: its prefix multiplies its terms."""
        frame = self._frames[-1]
        if len(self.found) == frame.part:
            raise self._wrong(
                min(position, len(self.plain) - 1), _("an element is missing before this place"),
                _("Write a formula on both sides of ·, and between brackets."),
            )  # fmt: skip
        if frame.prefix:
            for term in self.found[frame.part :]:
                term.factors.append(frame.prefix)

    # Amounts

    def _amount(self) -> str:
        """The amount at the current place, or nothing."""
        here = self.plain[self._at : self._at + 1]
        if here == BALANCE:
            self._no_variables(self._at)
            self._at += 1
            return BALANCE
        if here in _CLOSING and not self._opens_group():
            return self._bracketed()
        match = _AMOUNT.match(self.plain, self._at)
        if match is None:
            return ""
        if reads_twice(self.plain, match, self.found[-1].symbol):
            dot = self._at + match.group().index(".")
            raise two_readings(self.text, self.plain, dot)
        if self._raised(match.start(), match.end()):
            raise self._inner_charge(match.start())
        self._at = match.end()
        return match.group()

    def _opens_group(self) -> bool:
        """Whether the bracket here holds elements, and not an amount."""
        inner = _OPENINGS.match(self.plain, self._at)
        first = inner.end() if inner else self._at
        word = _WORD.match(self.plain, first)
        if not self.variables:
            return _BRACKETED.fullmatch(self.plain, self._at + 1, self._closing(self._at)) is None
        count = _AMOUNT.match(self.plain, first)
        if word is None and count is not None:  # (5H2O): a part with its prefix
            word = _WORD.match(self.plain, count.end())
        return word is not None and (is_symbol(word.group()) or is_symbol(word.group()[:1]))

    def _bracketed(self) -> str:
        """The amount between the brackets here, without them."""
        start, end = self._at + 1, self._closing(self._at)
        if end == len(self.plain):
            raise self._wrong(
                self._at, _("the bracket '{sign}' is not closed"),
                _("Add '{closing}' where the amount ends.").format(
                    closing=_CLOSING[self.plain[self._at]]
                ),
            )  # fmt: skip
        # In an amount the separator's character is a multiplication.
        amount = self.plain[start:end].replace(SEPARATOR, "*").strip()
        if not amount:
            raise self._wrong(
                self._at, _("the bracket is empty"), _("Write an amount, or delete it.")
            )
        self._at = end + 1
        return amount

    def _closing(self, opened: int) -> int:
        """Where the bracket opened there closes; the end of the text where it does not."""
        depth = 0
        for position in range(opened, len(self.plain)):
            character = self.plain[position]
            depth += (character in "([{") - (character in ")]}")
            if depth == 0:
                return position
        return len(self.plain)

    def _raised(self, start: int, end: int) -> bool:
        return any(is_raised(character) for character in self.text[start:end])

    def _skip_blanks(self) -> None:
        while self._at < len(self.plain) and self.plain[self._at] == " ":
            self._at += 1

    # Errors

    def _wrong(self, position: int, rule: str, hint: str) -> FormulaError:
        sign = self.plain[position : position + 1]
        return pointed(self.text, position, rule.format(sign=sign), hint)

    def _unknown(self, position: int, symbol: str) -> FormulaError:
        pair = self.plain[position : position + 2] if len(symbol) == 1 else symbol
        rule = _("'{symbol}' is no element").format(symbol=symbol[:20])
        isotope = symbol in ("D", "T")
        hint = suggestion(symbol if isotope else pair) or self._variable_hint()
        return pointed(self.text, position, rule, hint)

    def _lower_case(self, position: int) -> FormulaError:
        match = re.compile(r"[a-z]+").match(self.plain, position)
        word = match.group() if match else self.plain[position]
        rule = _("'{word}' begins with a small letter").format(word=word[:20])
        hint = suggestion(word) if is_symbol(word[:2].capitalize()) else self._variable_hint()
        return pointed(self.text, position, rule, hint)

    def _variable_hint(self) -> str:
        return _("Symbols are written as Li or Zr; amounts with variables, Li(1+x), are templates.")

    def _no_variables(self, position: int) -> None:
        if not self.variables:
            raise self._wrong(
                position, _("'?' is an amount to be filled in, which only a template has"),
                _("Write the amount."),
            )  # fmt: skip

    def _stray(self, sign: str) -> FormulaError:
        if sign == "^" or is_raised(self.text[self._at]):
            return self._inner_charge(self._at)
        return pointed(
            self.text, self._at, _("'{sign}' has no place here").format(sign=sign),
            _(
                "Write amounts with variables in brackets, Li(1+x), parts of a mixture with ·"
                " between them, and a charge at the end, ^2-."
            ),
        )  # fmt: skip

    def _inner_charge(self, position: int) -> FormulaError:
        return pointed(
            self.text, position, _("a superscript inside a formula is a charge or an isotope"),
            _("Write one charge, at the end of the formula; isotopes are not told apart."),
        )  # fmt: skip

    def _isotope(self, position: int) -> FormulaError:
        return pointed(
            self.text, position, _("the number before the symbol reads as an isotope"),
            _("Isotopes are not told apart: write the symbol alone, and amounts behind it."),
        )  # fmt: skip
