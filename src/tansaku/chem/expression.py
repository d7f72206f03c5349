"""Amounts and constraints in words: an Expression is one side, a Comparison has two or three."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tansaku.chem.arithmetic import Step, Token, program_of, tokens, unreadable
from tansaku.chem.polynomial import Polynomial, TooLargeError
from tansaku.errors import UsageError
from tansaku.language import _

Value = float | NDArray[np.float64]
Sense = Literal["<=", "<", ">=", ">", "="]

TOLERANCE = 1e-9
"""Two sides of a comparison count as equal below this: above the rounding of a step grid
(1e-15), far below the finest composition that can be weighed (1e-6)."""

_SENSES: dict[str, Sense] = {
    "<=": "<=", "<": "<", ">=": ">=", ">": ">", "=": "=", "==": "=",
    "\u2264": "<=", "\u2265": ">=",
}  # fmt: skip


class LinearRule(NamedTuple):
    """sum of coefficients[name] * value[name]  (sense)  bound."""

    coefficients: dict[str, float]
    sense: Sense
    bound: float


@dataclass(frozen=True, slots=True)
class Expression:
    """Arithmetic in named variables: the amount of an element, or one side of a constraint.

    Attributes:
        text: As it was written, without the blanks around it.
        names: The variables that stand in it.
        polynomial: The same, exact; None where it divides by a variable or is too large.

    Example:
        >>> amount = Expression.parse("2 - x - y")
        >>> float(amount.value({"x": 0.25, "y": 0.5})), amount.linear()
        (1.25, ({'x': -1.0, 'y': -1.0}, 2.0))
    """

    text: str
    names: frozenset[str]
    polynomial: Polynomial | None = field(compare=False, repr=False)
    _program: tuple[Step, ...] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Read an expression.

        Raises:
            FormulaError: the text breaks the grammar or a bound; points at the character.
        """
        return _expression(text, tokens(text))

    @classmethod
    def within(cls, text: str, start: int, end: int) -> Expression:
        """Read ``text[start:end]``; errors point into the whole text, such as a template.

        Raises:
            FormulaError: as :meth:`parse`.
        """
        return _expression(text, tokens(text, start, end), until=end)

    def value(self, at: Mapping[str, Value]) -> Value:
        """The value where the variables are ``at``: a number, or an array of their shape.

        A division by 0 gives an infinity or not-a-number; nothing is raised.

        Raises:
            UsageError: a variable has no value.
        """
        missing = sorted(self.names - set(at))
        if missing:
            raise UsageError(
                _("'{text}' has no value for {names}.").format(
                    text=self.text, names=", ".join(missing)
                ),
                _("Give a value or a range for each variable."),
            )
        stack: list[Value] = []
        with np.errstate(all="ignore"):
            for operation, operand in self._program:
                if operation == "number":
                    stack.append(np.float64(operand))
                elif operation == "name":
                    stack.append(np.float64(at[operand]))  # type: ignore[index]
                elif operation == "negative":
                    stack.append(-stack.pop())
                elif operation == "^":
                    stack.append(stack.pop() ** operand)  # type: ignore[operator]
                else:
                    right, left = stack.pop(), stack.pop()
                    stack.append(_NUMERIC[operation](left, right))
        return stack[0]

    def linear(self) -> tuple[dict[str, float], float] | None:
        """Coefficients by name and the constant where the expression is linear, else None."""
        exact = self.polynomial
        if exact is None or exact.degree > 1:
            return None
        names = sorted(exact.names)
        return {name: float(exact.coefficient(name)) for name in names}, float(exact.offset)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A constraint in words: two or more expressions and how they compare.

    Sides that differ by no more than ``TOLERANCE`` are equal: ``<=`` holds for them and ``<``
    does not.

    Attributes:
        text: As it was written, without the blanks around it.
        sides: The expressions, from left to right.
        senses: How each compares with the next.

    Example:
        >>> rule = Comparison.parse("0.1 <= x + y <= 0.5")
        >>> rule.holds({"x": np.array([0.0, 0.2, 0.4]), "y": np.array([0.0, 0.3, 0.3])}).tolist()
        [False, True, False]
        >>> rule.linear()[1]
        LinearRule(coefficients={'x': 1.0, 'y': 1.0}, sense='<=', bound=0.5)
    """

    text: str
    sides: tuple[Expression, ...]
    senses: tuple[Sense, ...]

    @classmethod
    def parse(cls, text: str) -> Comparison:
        """Read a constraint such as ``x + y <= 0.5``.

        Raises:
            FormulaError: the text breaks the grammar or a bound, compares nothing, compares in
                two directions at once, or holds no variable.
        """
        found = tokens(text)
        cuts = [i for i, token in enumerate(found) if token.text in _SENSES]
        if not cuts:
            raise unreadable(text, len(text), _("a comparison (<=, <, >=, >, =) is missing"))
        senses = tuple(_SENSES[found[i].text] for i in cuts)
        for i, sense in zip(cuts, senses, strict=True):
            if {sense[0], senses[0][0]} == {"<", ">"}:
                raise unreadable(text, found[i].position, _("a chain compares in one direction"))
        ends = [*cuts, len(found)]
        starts = [0, *(i + 1 for i in cuts)]
        sides = tuple(
            _expression(text, found[a:b], until=found[b].position if b < len(found) else len(text))
            for a, b in zip(starts, ends, strict=True)
        )
        if not any(side.names for side in sides):
            raise unreadable(text, 0, _("a constraint needs a variable"))
        return cls(text=text.strip(), sides=sides, senses=senses)

    @property
    def names(self) -> frozenset[str]:
        """The variables that stand in it."""
        return frozenset().union(*(side.names for side in self.sides))

    def holds(self, values: Mapping[str, Value]) -> NDArray[np.bool_]:
        """Where the constraint holds: booleans of the variables' shape, e.g. (N,).

        Where a side is not a number (0/0), it does not hold.

        Raises:
            UsageError: a variable has no value.
        """
        sides = [np.asarray(side.value(values)) for side in self.sides]
        answer = np.asarray(True)
        with np.errstate(invalid="ignore"):
            for left, right, sense in zip(sides[:-1], sides[1:], self.senses, strict=True):
                answer = answer & _HOLDS[sense](left - right)
        shape = np.broadcast_shapes(*(np.shape(values[name]) for name in self.names))
        return np.array(np.broadcast_to(answer, shape))

    def linear(self) -> tuple[LinearRule, ...] | None:
        """One rule for each sign of comparison, or None where one of them is not linear."""
        rules = []
        for left, right, sense in zip(self.sides[:-1], self.sides[1:], self.senses, strict=True):
            if left.polynomial is None or right.polynomial is None:
                return None
            try:
                gap = left.polynomial.plus(right.polynomial, -1)
            except TooLargeError:
                return None
            if gap.degree > 1:
                return None
            # An upper bound on the left reads best; 0.1 <= x becomes x >= 0.1.
            if not left.names and sense != "=":
                gap, sense = gap.scaled(-1), _TURNED[sense]
            factors = {name: float(gap.coefficient(name)) for name in sorted(gap.names)}
            rules.append(LinearRule(factors, sense, float(-gap.offset)))
        return tuple(rules)


def _expression(text: str, found: list[Token], until: int | None = None) -> Expression:
    """An expression from its tokens, which stand in ``text`` and end before ``until``."""
    end = len(text) if until is None else until
    program = program_of(text, found, end)
    names = frozenset(str(step.operand) for step in program if step.operation == "name")
    start = found[0].position
    try:
        exact = _polynomial(program)
    except ZeroDivisionError:
        raise unreadable(text, start, _("it divides by 0")) from None
    except TooLargeError:
        raise unreadable(text, start, _("its numbers grow too large")) from None
    return Expression(text[start:end].strip(), names, exact, program)


def _polynomial(program: tuple[Step, ...]) -> Polynomial | None:
    """The exact value of a program; None where it is no polynomial, or too large a one."""
    stack: list[Polynomial | None] = []
    for operation, operand in program:
        if operation == "number":
            stack.append(Polynomial.constant(operand))  # type: ignore[arg-type]
        elif operation == "name":
            stack.append(Polynomial.variable(str(operand)))
        elif operation == "negative":
            inner = stack.pop()
            stack.append(None if inner is None else inner.scaled(-1))
        elif operation == "^":
            stack.append(_power(stack.pop(), int(operand)))
        else:
            right, left = stack.pop(), stack.pop()
            known = left is not None and right is not None
            stack.append(_EXACT[operation](left, right) if known else None)  # type: ignore[arg-type]
    return stack[0]


def _power(base: Polynomial | None, exponent: int) -> Polynomial | None:
    answer: Polynomial | None = Polynomial.constant(1)
    for _round in range(exponent):
        answer = None if answer is None or base is None else answer.times(base)
    return answer


def _quotient(left: Polynomial, right: Polynomial) -> Polynomial | None:
    if not right.terms:
        raise ZeroDivisionError
    return None if right.names else left.scaled(1 / right.offset)


_EXACT: dict[str, Callable[[Polynomial, Polynomial], Polynomial | None]] = {
    "+": lambda left, right: left.plus(right),
    "-": lambda left, right: left.plus(right, -1),
    "*": lambda left, right: left.times(right),
    "/": _quotient,
}
_NUMERIC: dict[str, Callable[[Value, Value], Value]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}
_HOLDS: dict[Sense, Callable[[NDArray[np.float64]], NDArray[np.bool_]]] = {
    "<=": lambda gap: gap <= TOLERANCE,
    "<": lambda gap: gap < -TOLERANCE,
    ">=": lambda gap: gap >= -TOLERANCE,
    ">": lambda gap: gap > TOLERANCE,
    "=": lambda gap: np.abs(gap) <= TOLERANCE,
}
_TURNED: dict[Sense, Sense] = {"<=": ">=", "<": ">", ">=": "<=", ">": "<"}
