"""Exact polynomials in named variables: what the amounts of a template add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Monomial = tuple[tuple[str, int], ...]
"""Names with their powers (>= 1), sorted by name; () stands for the constant."""

MAX_TERMS = 64
"""More terms than any amount in a template has; keeps (a+b+c+d)^6 from growing without end."""
MAX_DEGREE = 12
"""Two nested powers of at most 6 would be 36; no amount of an element needs them."""
MAX_BITS = 512
"""Bits of a numerator or denominator: six factors of 18 decimals each fit, 9**9**9 does not."""
MAX_DECIMALS = 6
"""Coefficients are printed as decimals up to here (0.0625), else as fractions (2/3)."""


class TooLargeError(ArithmeticError):
    """A coefficient has outgrown ``MAX_BITS``; inside chem only, readers turn it into words."""


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum of monomials with exact coefficients.

    Attributes:
        terms: {monomial: coefficient}, none of them 0; read-only.

    Example:
        >>> x, one = Polynomial.variable("x"), Polynomial.constant(1)
        >>> (x.plus(one).times(x)).text()
        'x+x^2'
    """

    terms: Mapping[Monomial, Fraction]

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __reduce__(self) -> tuple[object, ...]:
        """Copies and other processes make it anew: a read-only mapping cannot be copied."""
        return (Polynomial.of, (list(self.terms.items()),))

    @classmethod
    def constant(cls, value: Fraction | int) -> Polynomial:
        """The number itself, exact."""
        return cls.of([((), Fraction(value))])

    @classmethod
    def variable(cls, name: str) -> Polynomial:
        """The variable ``name``."""
        return cls.of([(((name, 1),), Fraction(1))])

    @classmethod
    def of(cls, terms: Iterable[tuple[Monomial, Fraction]]) -> Polynomial:
        """The sum of ``terms``; equal monomials are added and zeros left out.

        Raises:
            TooLargeError: a coefficient of more than ``MAX_BITS`` bits.
        """
        total: dict[Monomial, Fraction] = {}
        for monomial, coefficient in terms:
            total[monomial] = total.get(monomial, Fraction(0)) + coefficient
        kept = {monomial: value for monomial, value in total.items() if value}
        for value in kept.values():
            if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
                raise TooLargeError
        return cls(MappingProxyType(kept))

    def plus(self, other: Polynomial, factor: Fraction | int = 1) -> Polynomial:
        """self + factor * other."""
        scaled = ((m, Fraction(factor) * c) for m, c in other.terms.items())
        return Polynomial.of([*self.terms.items(), *scaled])

    def scaled(self, factor: Fraction | int) -> Polynomial:
        """factor * self."""
        return Polynomial.of((m, Fraction(factor) * c) for m, c in self.terms.items())

    def times(self, other: Polynomial) -> Polynomial | None:
        """The product, or None where it has too many terms or too high a degree."""
        if len(self.terms) * len(other.terms) > MAX_TERMS**2:
            return None
        if self.degree + other.degree > MAX_DEGREE:
            return None
        product = Polynomial.of(
            (_merged(a, b), p * q) for a, p in self.terms.items() for b, q in other.terms.items()
        )
        return product if len(product.terms) <= MAX_TERMS else None

    @property
    def degree(self) -> int:
        """The highest sum of powers in one term; 0 for a number."""
        return max((sum(power for _, power in m) for m in self.terms), default=0)

    @property
    def names(self) -> frozenset[str]:
        """The variables on which the value depends."""
        return frozenset(name for monomial in self.terms for name, _ in monomial)

    @property
    def offset(self) -> Fraction:
        """The value where every variable is 0."""
        return self.terms.get((), Fraction(0))

    def coefficient(self, name: str) -> Fraction:
        """The factor of ``name`` alone (not of its powers and products)."""
        return self.terms.get(((name, 1),), Fraction(0))

    def value(self, at: Mapping[str, Floats], n: int) -> Floats:
        """The value at n points, shape (n,); overflow gives infinities.

        Sums term by term rather than by a matrix product, so that a point's value does not depend
        on the block in which it is computed.
        """
        total = np.full(n, float(self.offset))
        with np.errstate(over="ignore", invalid="ignore"):
            for monomial, coefficient in self.terms.items():
                if monomial:
                    term: Floats = np.float64(coefficient) * at[monomial[0][0]]
                    for name, power in ((monomial[0][0], monomial[0][1] - 1), *monomial[1:]):
                        for _factor in range(power):
                            term *= at[name]
                    total += term
        return total

    def text(self) -> str:
        """As a person writes it: ``1+x+2*y``; an Expression reads it back exactly."""
        if not self.terms:
            return "0"
        parts: list[str] = []
        for monomial, value in sorted(self.terms.items(), key=lambda term: _order(term[0])):
            sign = "-" if value < 0 else "+" if parts else ""
            body = "*".join(name if power == 1 else f"{name}^{power}" for name, power in monomial)
            size = number_text(abs(value))
            parts.append(sign + (size if not body else body if size == "1" else f"{size}*{body}"))
        return "".join(parts)


def number_text(value: Fraction) -> str:
    """An exact number as text: ``2``, ``0.0625`` or ``2/3``."""
    if value.denominator == 1:
        return str(value.numerator)
    shifted = value * 10**MAX_DECIMALS
    if shifted.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    whole, rest = divmod(abs(shifted.numerator), 10**MAX_DECIMALS)
    decimals = str(rest).zfill(MAX_DECIMALS).rstrip("0")
    return f"{'-' if value < 0 else ''}{whole}.{decimals}"


def _merged(a: Monomial, b: Monomial) -> Monomial:
    if not a or not b:
        return a or b
    powers = dict(a)
    for name, power in b:
        powers[name] = powers.get(name, 0) + power
    return tuple(sorted(powers.items()))


def _order(monomial: Monomial) -> tuple[int, Monomial]:
    return sum(power for _, power in monomial), monomial
