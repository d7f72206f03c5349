"""The grammar of amounts and constraints: text into a program in postfix order, never through eval.

The grammar, in full (no Python is ever evaluated)::

    comparison = sum (("<=" | "<" | ">=" | ">" | "=" | "==") sum)+
    sum        = product (("+" | "-") product)*
    product    = signed (("*" | "/") signed | implicit product)*
    signed     = ("+" | "-")* power
    power      = (number | name | "(" sum ")") [("^" | "**") small integer]

A product needs no sign between a number and what follows it (``2y``, ``2(x+y)``). Names are lower
case: capitals start element symbols. Full-width signs and the typographic minus are read as what
they mean. Text is read in one pass without recursion, so nesting costs no stack.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from tansaku.errors import FormulaError
from tansaku.language import _
from tansaku.typed import HALF_WIDTH

MAX_LENGTH = 500
"""Characters; the longest amounts and constraints in use have some 60."""
MAX_DEPTH = 32
"""Brackets inside brackets; beyond this a text is a mistake or an attack."""
MAX_POWER = 6
"""Highest power; amounts are linear as a rule, and x**99999 only overflows."""
MAX_NUMBER = 10**9
"""Largest number in a text; amounts per formula unit stay below 1e4."""

_SAME = {
    "\u3000": " ", "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u30fc": "-",
    "\u00d7": "*", "\u22c5": "*", "\u00b7": "*", "\u00f7": "/",
    "\u2264": "\u2264", "\u2266": "\u2264", "\u2265": "\u2265", "\u2267": "\u2265",
    "[": "(", "{": "(", "]": ")", "}": ")",
}  # fmt: skip
_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]\d+)?)|(?P<name>[a-z][a-z0-9_]*)"
    r"|(?P<sign>\*\*|<=|>=|==|[-+*/^()<>=\u2264\u2265])|(?P<space>\s+)",
    re.ASCII,
)
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "negative": 3, "(": 0}


class Token(NamedTuple):
    """A number, name or sign, and where it stands (from 0)."""

    kind: str
    text: str
    position: int


class Step(NamedTuple):
    """One step of an expression in postfix order: push a number or name, or do an operation."""

    operation: str
    operand: Fraction | str | int = 0


def program_of(text: str, found: list[Token], end: int) -> tuple[Step, ...]:
    """The postfix program of the tokens ``found``, which stand in ``text`` before ``end``.

    Raises:
        FormulaError: they break the grammar or a bound.
    """
    return _Reader(text, end).read(found)


def unreadable(text: str, position: int, rule: str, hint: str = "") -> FormulaError:
    """The error for a text that breaks ``rule`` at ``position`` (from 0); shows the place."""
    start, end = max(0, position - 20), position + 20
    around = ("…" if start else "") + text[start:position]
    rest = text[position:end] + ("…" if end < len(text) else "")
    return FormulaError(
        _("Cannot read '{before} → {after}' at character {position}: {rule}.").format(
            before=around, after=rest, position=position + 1, rule=rule
        ),
        hint or _("Write for example 2-x-y, or x + y <= 0.5 for a constraint."),
    )


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Cut ``text[start:end]`` into numbers, names and signs; blanks are left out.

    Positions count from the start of the whole text.

    Raises:
        FormulaError: the piece is too long, or a character belongs to no token.
    """
    end = len(text) if end is None else end
    if end - start > MAX_LENGTH:
        rule = _("an expression has at most {n} characters").format(n=MAX_LENGTH)
        raise unreadable(text, start + MAX_LENGTH, rule)
    plain = "".join(_plain(character) for character in text[start:end])
    found: list[Token] = []
    position = 0
    while position < len(plain):
        match = _TOKEN.match(plain, position)
        if match is None:
            raise unreadable(text, start + position, _bad_character(plain[position]))
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match.group(), start + position))
        position = match.end()
    return found


def _plain(character: str) -> str:
    code = ord(character)
    half = chr(HALF_WIDTH.get(code, code))
    return _SAME.get(half, half)


def _bad_character(character: str) -> str:
    if character.isalpha() and character.isascii():
        return _("variables are written in lower case")
    return _("'{character}' has no meaning here").format(character=character)


class _Reader:
    """Turns tokens into postfix order with a stack of waiting operators (Dijkstra's yard)."""

    def __init__(self, text: str, end: int) -> None:
        self.text, self.end = text, end
        self.output: list[Step] = []
        self.waiting: list[Token] = []
        self.operand_next = True
        self.depth = 0

    def read(self, found: list[Token]) -> tuple[Step, ...]:
        """The program of the whole expression."""
        position = 0
        while position < len(found):
            position = self._take(found, position)
        if self.operand_next:
            raise unreadable(self.text, self.end, _("a number or variable is missing"))
        while self.waiting:
            token = self.waiting.pop()
            if token.text == "(":
                raise unreadable(self.text, token.position, _("this bracket is never closed"))
            self.output.append(Step(token.text))
        return tuple(self.output)

    def _take(self, found: list[Token], position: int) -> int:
        """Take the token at ``position``; the position of the next one."""
        token = found[position]
        if self.operand_next:
            self._operand(token)
        elif token.text in ("^", "**"):
            self.output.append(self._power(found, position))
            return position + 2
        elif token.text == ")":
            self._close(token)
        elif token.text in _PRECEDENCE and token.text != "(":
            self._operator(token)
        else:
            self._implicit_product(found, position)
            self._operand(token)
        return position + 1

    def _operand(self, token: Token) -> None:
        if token.kind == "number":
            self.output.append(Step("number", self._number(token)))
        elif token.kind == "name":
            self.output.append(Step("name", token.text))
        elif token.text == "(":
            self.depth += 1
            if self.depth > MAX_DEPTH:
                rule = _("more than {n} brackets inside each other").format(n=MAX_DEPTH)
                raise unreadable(self.text, token.position, rule)
            self.waiting.append(token)
            return
        elif token.text == "-":
            self.waiting.append(token._replace(text="negative"))
            return
        elif token.text == "+":
            return
        else:
            raise unreadable(self.text, token.position, _("a number or variable is missing"))
        self.operand_next = False

    def _number(self, token: Token) -> Fraction:
        digits, _e, exponent = token.text.partition("e")
        if len(digits) <= 20 and len(exponent) <= 3:
            number = Fraction(digits.rstrip(".")) * Fraction(10) ** int(exponent or 0)
            if number <= MAX_NUMBER:
                return number
        rule = _("numbers have at most 20 digits and stay below {n:g}").format(n=MAX_NUMBER)
        raise unreadable(self.text, token.position, rule)

    def _power(self, found: list[Token], position: int) -> Step:
        exponent = found[position + 1] if position + 1 < len(found) else None
        after = found[position + 2] if position + 2 < len(found) else None
        small = exponent is not None and re.fullmatch(r"[0-9]", exponent.text, re.ASCII)
        if not small or exponent is None or int(exponent.text) > MAX_POWER:
            rule = _("a power is a whole number from 0 to {n}").format(n=MAX_POWER)
            place = exponent.position if exponent else self.end
            raise unreadable(self.text, place, rule)
        if after is not None and (after.text in ("^", "**", "(") or after.kind != "sign"):
            raise unreadable(self.text, after.position, _("a sign is missing after the power"))
        return Step("^", int(exponent.text))

    def _operator(self, token: Token) -> None:
        while self.waiting and _PRECEDENCE[self.waiting[-1].text] >= _PRECEDENCE[token.text]:
            self.output.append(Step(self.waiting.pop().text))
        self.waiting.append(token)
        self.operand_next = True

    def _close(self, token: Token) -> None:
        while self.waiting and self.waiting[-1].text != "(":
            self.output.append(Step(self.waiting.pop().text))
        if not self.waiting:
            raise unreadable(self.text, token.position, _("this bracket was never opened"))
        self.waiting.pop()
        self.depth -= 1

    def _implicit_product(self, found: list[Token], position: int) -> None:
        """``2y`` and ``2(x+y)``; everything else needs its sign."""
        token, before = found[position], found[position - 1]
        if before.kind != "number" or token.kind == "number":
            raise unreadable(self.text, token.position, _("a sign (+ - * /) is missing here"))
        if (
            re.fullmatch(r"e[0-9]+", token.text, re.ASCII)
            and before.position + len(before.text) == token.position
        ):
            raise unreadable(
                self.text,
                token.position,
                _("this may be a power of ten or a variable"),
                _("Write 2*e3 for a variable, or 2000."),
            )
        if self.waiting and self.waiting[-1].text == "/":
            raise unreadable(
                self.text,
                token.position,
                _("after a division a product is ambiguous"),
                _("Write 1/2*x or 1/(2*x)."),
            )
        self._operator(Token("sign", "*", token.position))
