"""Templates: a formula with variables is the space of everything that it can become."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tansaku.chem.amounts import Amounts
from tansaku.chem.arithmetic import unreadable
from tansaku.chem.balance import balanced, charge_of, not_neutral, solved_text
from tansaku.chem.composition import LARGEST, canonical
from tansaku.chem.expression import TOLERANCE, Expression
from tansaku.chem.polynomial import Polynomial, TooLargeError
from tansaku.chem.sites import Site, checked_sites
from tansaku.chem.syntax import Term, read_terms
from tansaku.errors import FormulaError, SpaceError, UsageError
from tansaku.language import _

Floats = NDArray[np.float64]
Values = Mapping[str, Floats]
"""{variable: its values at n points, shape (n,)}."""

MAX_LENGTH = 1000
"""Characters of a template; the longest in use has some 80."""

_RAISED = re.compile(r"[(\[{（［｛][^A-Z()\[\]{}]*?[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]")
"""A superscript in an amount: behind an opening bracket with no element symbol between."""


@dataclass(frozen=True, slots=True)
class Template:
    """A formula whose amounts are expressions in variables.

    Make one with :meth:`parse`.

    Attributes:
        text: As it was written.
        elements: Symbols in canonical order.
        variables: What varies, in alphabetical order.
        polynomials: The amount of each element, exact, in the order of ``elements``.
        oxidation: The oxidation state taken for each element; empty where charges play no part.
        residual: The net charge as a polynomial; None where charges play no part.
        balanced_element: The element whose amount was written ``?``, or None.
        balanced_text: Its amount, solved from neutrality, e.g. "1+x+2*y"; None without ``?``.
        sites: Declared sites and their limits.

    Example:
        >>> template = Template.parse("Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3")
        >>> template.balanced_text, template.variables
        ('1+x+2*y', ('x', 'y'))
        >>> template.amounts({"x": np.array([0.25]), "y": np.array([0.125])}).texts()
        ['Li1.5Ca0.125Y0.25Zr1.625P3O12']
    """

    text: str
    elements: tuple[str, ...]
    variables: tuple[str, ...]
    polynomials: tuple[Polynomial, ...] = field(repr=False)
    oxidation: Mapping[str, float] = field(repr=False, hash=False)
    residual: Polynomial | None = field(repr=False)
    balanced_element: str | None = None
    balanced_text: str | None = None
    sites: tuple[Site, ...] = ()

    @classmethod
    def parse(
        cls,
        text: str,
        oxidation: Mapping[str, float] | None = None,
        *,
        sites: Iterable[Site] = (),
        neutral: bool = True,
    ) -> Template:
        """Read a template such as ``Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3``.

        Args:
            text: A formula; an amount may be an expression in brackets, and one may be ``?``.
            oxidation: Oxidation states that differ from the defaults.
            sites: Which elements share a site and how many fit.
            neutral: False where charges play no part (alloys); ``?`` is then not possible.

        Raises:
            FormulaError: the text breaks the grammar; points at the character.
            ChargeError: an element has no oxidation state, ``?`` cannot be solved, or the charge is
                the same and not 0 at every point.
            SpaceError: a site does not fit the template, or is overfull or short at every point.
        """
        if len(text) > MAX_LENGTH:
            raise FormulaError(
                _("The template has {n} characters, more than {most}.").format(
                    n=len(text), most=MAX_LENGTH
                ),
                _("Give one formula, for example Li(1+x)Zr(2-x)Y(x)(PO4)3."),
            )
        raised = _RAISED.search(text)
        if raised:
            # The formula's grammar reads superscripts as plain digits: x² would become x2.
            raise unreadable(
                text,
                raised.end() - 1,
                _("a superscript has no meaning in an amount"),
                _("Write a power as x^2."),
            )
        terms, charge = read_terms(text, variables=True)
        if charge:
            raise FormulaError(
                _("The template '{text}' carries a charge, {charge}.").format(
                    text=text, charge=charge
                ),
                _("A template is a neutral solid; leave the charge out."),
            )
        try:
            known = _known_amounts(text, terms)
            solved = balanced(terms, known, oxidation, neutral=neutral)
            residual = charge_of(solved.amounts, solved.states) if neutral else None
        except TooLargeError:
            raise _too_complicated(text) from None
        if residual is not None and residual.terms and not residual.names:
            raise not_neutral(text, terms, solved.amounts, solved.states, residual.offset)
        elements = canonical(solved.amounts)
        amount = None if solved.element is None else solved.amounts[solved.element]
        return cls(
            text=text.strip(),
            elements=elements,
            variables=tuple(sorted(frozenset().union(*(p.names for p in known.values())))),
            polynomials=tuple(solved.amounts[symbol] for symbol in elements),
            oxidation=MappingProxyType(solved.states),
            residual=residual,
            balanced_element=solved.element,
            balanced_text=None if amount is None else amount.text(),
            sites=checked_sites(sites, elements),
        )._checked()

    def solved_text(self) -> str:
        """The template with the solved amount written in place of ``?``."""
        return solved_text(self.text, self.balanced_text)

    def amounts(self, values: Values) -> Amounts:
        """The compositions at n points.

        Amounts within ``TOLERANCE`` of 0 are exactly 0.

        Args:
            values: {variable: shape (n,)}; a number stands for all points.

        Raises:
            UsageError: a variable has no value.
            SpaceError: an amount is negative or not a number.
        """
        n, at = self._points(values)
        matrix = self._matrix(n, at)
        wrong = np.argwhere(~((matrix >= 0) & (matrix <= LARGEST)))
        if len(wrong):
            row, column = wrong[0]
            where = ", ".join(f"{name}={at[name][row]:.6g}" for name in self.variables)
            raise SpaceError(
                _("At {where} the amount of {symbol} is {amount:.6g}.").format(
                    where=where, symbol=self.elements[column], amount=matrix[row, column]
                ),
                _("Narrow the ranges so that {symbol} = {expression} stays positive.").format(
                    symbol=self.elements[column], expression=self.polynomials[column].text()
                ),
            )
        return Amounts(self.elements, matrix)

    def __reduce__(self) -> tuple[object, ...]:
        """Copies and other processes read it again: a read-only mapping cannot be copied."""
        again = partial(Template.parse, sites=self.sites, neutral=self.residual is not None)
        return (again, (self.text, dict(self.oxidation)))

    def _checked(self) -> Template:
        """The template itself, unless a constant amount or site rules out every point."""
        for symbol, amount in zip(self.elements, self.polynomials, strict=True):
            if not amount.names and amount.offset < 0:
                raise SpaceError(
                    _("{symbol} has the negative amount {amount}.").format(
                        symbol=symbol, amount=amount.text()
                    ),
                    _("Correct the amount of {symbol}.").format(symbol=symbol),
                )
        for site in self.sites:
            total = self._total(site)
            low = float(total.offset) >= site.low - TOLERANCE
            high = site.high is None or float(total.offset) <= site.high + TOLERANCE
            if not total.names and not (low and high):
                raise SpaceError(
                    _("Site {name} holds {total} at every point, but should hold {limit}.").format(
                        name=site.name, total=total.text(), limit=site.limit()
                    ),
                    _("Correct the amounts of {elements}, or the site.").format(
                        elements=", ".join(site.elements)
                    ),
                )
        return self

    def _total(self, site: Site) -> Polynomial:
        total = Polynomial.constant(0)
        for symbol in site.elements:
            total = total.plus(self.polynomials[self.elements.index(symbol)])
        return total

    def _points(self, values: Values) -> tuple[int, dict[str, Floats]]:
        missing = [name for name in self.variables if name not in values]
        if missing:
            raise UsageError(
                _("The template '{text}' has no value for {names}.").format(
                    text=self.text, names=", ".join(missing)
                ),
                _("Give a value or a range for each of {names}.").format(
                    names=", ".join(self.variables)
                ),
            )
        arrays = [np.atleast_1d(np.asarray(values[name], np.float64)) for name in self.variables]
        n = max((len(array) for array in arrays), default=1)
        return n, {
            name: np.broadcast_to(array, (n,))
            for name, array in zip(self.variables, arrays, strict=True)
        }

    def _matrix(self, n: int, at: Values) -> Floats:
        """Moles per formula unit, shape (n, e); what is nearly 0 is 0."""
        matrix = np.empty((n, len(self.elements)))
        for column, amount in enumerate(self.polynomials):
            matrix[:, column] = amount.value(at, n)
        matrix[np.abs(matrix) <= TOLERANCE] = 0.0
        return matrix


def _known_amounts(text: str, terms: Iterable[Term]) -> dict[str, Polynomial]:
    """What each element adds up to, the ``?`` left out."""
    found: dict[str, Polynomial] = {}
    for term in terms:
        amount: Polynomial | None = Polynomial.constant(1)
        if "?" in term.factors:
            amount = Polynomial.constant(0)
        else:
            for factor in term.factors:
                exact = _factor(text, term, factor)
                amount = None if amount is None else amount.times(exact)
        if amount is None:
            raise _too_complicated(term.symbol)
        before = found.get(term.symbol)
        found[term.symbol] = amount if before is None else before.plus(amount)
    return found


def _factor(text: str, term: Term, factor: str) -> Polynomial:
    """The exact value of an amount that multiplies a term."""
    if factor.isascii() and factor.isdigit() and len(factor) < 7:
        return Polynomial.constant(int(factor))
    try:
        exact = Expression.parse(factor).polynomial
    except FormulaError as error:
        place = text.find(factor, term.position)
        if place >= 0:
            # Fails in the same way, and points into the template.
            Expression.within(text, place, place + len(factor))
        raise FormulaError(
            _("The amount of {symbol}: {message}").format(
                symbol=term.symbol, message=error.message
            ),
            error.hint,
        ) from None
    if exact is None:
        raise FormulaError(
            _("The amount {text} of {symbol} divides by a variable or is too complicated.").format(
                text=factor[:60], symbol=term.symbol
            ),
            _("Amounts are sums and products of variables and numbers, e.g. 2-x-y."),
        )
    return exact


def _too_complicated(what: str) -> FormulaError:
    return FormulaError(
        _("The amounts of {what} are too complicated to be computed exactly.").format(
            what=what[:60]
        ),
        _("Amounts are sums and products of variables and numbers, e.g. 2-x-y."),
    )
