"""The balancing amount: solve the ``?`` of a template from charge neutrality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tansaku.chem.charge import as_fraction, oxidation_states
from tansaku.chem.polynomial import Polynomial
from tansaku.chem.syntax import Term
from tansaku.errors import ChargeError, FormulaError
from tansaku.language import _

NEGLIGIBLE = Fraction(1, 10**6)
"""Charges per formula unit that count as 0: averages such as Fe=2.666667 are rounded there."""


@dataclass(frozen=True, slots=True)
class Solved:
    """The amounts of a template once ``?`` is solved.

    Attributes:
        amounts: {symbol: amount}, in the order of the text.
        states: {symbol: oxidation state}; empty where charges play no part.
        element: The element that had ``?``, or None.
    """

    amounts: dict[str, Polynomial]
    states: dict[str, float]
    element: str | None


def balanced(
    terms: Iterable[Term],
    known: Mapping[str, Polynomial],
    oxidation: Mapping[str, float] | None,
    *,
    neutral: bool,
) -> Solved:
    """Give the element written with ``?`` the amount that makes the template neutral.

    Args:
        terms: The template as read.
        known: What each element adds up to without the ``?``.
        oxidation: Oxidation states that differ from the defaults.
        neutral: False where charges play no part.

    Raises:
        FormulaError: ``?`` stands inside a bracket that multiplies it.
        ChargeError: an element has no oxidation state; or ``?`` stands twice, for an element
            without charge, or comes out as 0 or less at every point.
    """
    unknown = [term for term in terms if "?" in term.factors]
    if unknown and not neutral:
        raise ChargeError(
            _("{symbol}(?) is solved from the charges, which play no part here.").format(
                symbol=unknown[0].symbol
            ),
            _("Write its amount, or let the template be neutral."),
        )
    state_of = oxidation_states(oxidation)
    states = {symbol: state_of(symbol) for symbol in known} if neutral else {}
    if not unknown:
        return Solved(dict(known), states, None)
    symbol = unknown[0].symbol
    if len(unknown) > 1:
        raise ChargeError(
            _("Two amounts are written '?': {first} and {second}.").format(
                first=symbol, second=unknown[1].symbol
            ),
            _("Neutrality gives one amount only; write the other one."),
        )
    if unknown[0].factors != ("?",):
        raise FormulaError(
            _("{symbol}(?) stands inside a bracket that multiplies it.").format(symbol=symbol),
            _("Write {symbol}(?) outside of all brackets.").format(symbol=symbol),
        )
    if states[symbol] == 0:
        raise ChargeError(
            _("{symbol}(?) cannot balance the charge: {symbol} has the oxidation state 0.").format(
                symbol=symbol
            ),
            _("Write ? for an element with a charge."),
        )
    rest = charge_of(known, states)
    extra = rest.scaled(-1 / as_fraction(states[symbol]))
    if not extra.names and extra.offset <= 0:
        raise ChargeError(
            _("{symbol}(?) comes out as {amount}: without it the charge is {charge}.").format(
                symbol=symbol, amount=extra.text(), charge=_signed(rest)
            ),
            _("Leave {symbol} out, or correct another amount.").format(symbol=symbol)
            if not rest.terms
            else _("Write ? for an element of opposite charge, or correct another amount."),
        )
    return Solved({**known, symbol: known[symbol].plus(extra)}, states, symbol)


def charge_of(amounts: Mapping[str, Polynomial], states: Mapping[str, float]) -> Polynomial:
    """The net charge as a polynomial; coefficients below ``NEGLIGIBLE`` are left out."""
    total = Polynomial.of(
        (monomial, coefficient * as_fraction(states[symbol]))
        for symbol, amount in amounts.items()
        for monomial, coefficient in amount.terms.items()
    )
    return Polynomial.of((m, c) for m, c in total.terms.items() if abs(c) >= NEGLIGIBLE)


def not_neutral(
    text: str,
    terms: Iterable[Term],
    amounts: Mapping[str, Polynomial],
    states: Mapping[str, float],
    charge: Fraction,
) -> ChargeError:
    """The error for a template with the same ``charge``, not 0, at every point; how to mend it."""
    message = _("The template '{text}' has the charge {charge} at every point.").format(
        text=text.strip()[:80], charge=_signed(Polynomial.constant(charge))
    )
    taken = ", ".join(f"{symbol} {states[symbol]:+g}" for symbol in amounts)
    count = dict.fromkeys(amounts, 0)
    for term in terms:
        count[term.symbol] += 1
    for symbol, amount in amounts.items():
        if states[symbol] == 0 or count[symbol] > 1:
            continue
        mended = amount.plus(Polynomial.constant(charge / as_fraction(states[symbol])), -1)
        if mended.names or mended.offset > 0:
            return ChargeError(
                message,
                _(
                    "Write {symbol}({amount}), or {symbol}(?) to have it solved;"
                    " or state another oxidation state (taken: {taken})."
                ).format(symbol=symbol, amount=mended.text(), taken=taken),
            )
    return ChargeError(message, _("State another oxidation state (taken: {t}).").format(t=taken))


def solved_text(text: str, amount: str | None) -> str:
    """A template with ``amount`` written in place of its ``?``; brackets are added if needed."""
    if amount is None:
        return text
    place = next(i for i, character in enumerate(text) if character in "?\uff1f")
    before, after = text[:place], text[place + 1 :]
    if before.rstrip()[-1:] in tuple("([{\uff08\uff3b\uff5b"):
        return before + amount + after
    return f"{before}({amount}){after}"


def _signed(charge: Polynomial) -> str:
    text = charge.text()
    return text if charge.names or text.startswith("-") or text == "0" else f"+{text}"
