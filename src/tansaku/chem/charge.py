"""Charges: which oxidation state an element has, and what a composition adds up to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.chem.elements import element
from tansaku.errors import ChargeError
from tansaku.language import _

OxidationStates = Callable[[str], float]
"""Element symbol -> oxidation state in elementary charges; ChargeError where it has none."""

LARGEST_STATE = 9.0
"""The highest oxidation state known (iridium in IrO4+); anything larger is a slip."""


DENOMINATORS: Final = {2: 3, 3: 12}
"""{decimals that are given: largest denominator of the fraction that is meant}: so small that
hardly a state lies near one by chance. More decimals are as 3."""


def oxidation_states(states: Mapping[str, float] | None = None) -> OxidationStates:
    """A look-up of oxidation states: the stated ones, else each element's default.

    Args:
        states: {symbol: state}; averages such as ``{"Fe": 2.5}`` are welcome.

    Raises:
        FormulaError: a symbol that no element has.
        ChargeError: a stated state is not a number from -9 to 9. The look-up itself raises it for
            an element that has neither a stated nor a default state.

    Example:
        >>> state = oxidation_states({"Fe": 3})
        >>> state("Fe"), state("Zr"), state("O")
        (3.0, 4.0, -2.0)
    """
    stated = {}
    for symbol, state in (states or {}).items():
        element(symbol)
        if not math.isfinite(state) or abs(state) > LARGEST_STATE:
            raise ChargeError(
                _("{symbol} cannot have the oxidation state {state:g}.").format(
                    symbol=symbol, state=state
                ),
                _("States lie between {low:+g} and {high:+g}.").format(
                    low=-LARGEST_STATE, high=LARGEST_STATE
                ),
            )
        stated[symbol] = float(state)

    def state_of(symbol: str) -> float:
        found = stated[symbol] if symbol in stated else element(symbol).default_oxidation
        if found is None:
            raise _unknown(symbol)
        return found

    return state_of


def exact_states(states: Mapping[str, float]) -> tuple[dict[str, float], tuple[str, ...]]:
    """(mean states as the fractions that they were rounded from, what is said of these): rounded,
    2.6667 leaves a charge of 0.0001 on Fe3O4, and 8/3 none.

    Example:
        >>> exact_states({"Fe": 2.6667, "Mn": 3.6})
        ({'Fe': 2.6666666666666665, 'Mn': 3.6}, ('The oxidation state Fe +2.6667 is read as 8/3.',))
    """
    found, said = {}, []
    for symbol, state in states.items():
        exact = _fraction(state)
        found[symbol] = state if exact is None else float(exact)
        if exact is not None:
            said.append(
                _("The oxidation state {symbol} {state:+.12g} is read as {exact}.").format(
                    symbol=symbol, state=state, exact=exact
                )
            )
    return found, tuple(said)


def _fraction(state: float) -> Fraction | None:
    """The fraction of a small denominator that rounds to a state with the digits given, or is cut
    off to it; ``None`` where there is none, or the state itself is one."""
    _mantissa, point, decimals = repr(abs(state)).partition(".")
    largest = DENOMINATORS.get(len(decimals), DENOMINATORS[3] if len(decimals) > 3 else 0)
    if not point or not decimals.isdigit() or not largest:
        return None
    given = Fraction(repr(state))
    near = given.limit_denominator(largest)
    if float(near) == state:
        return None
    step = Fraction(1, 10 ** len(decimals))
    rounded = abs(near - given) * 2 <= step
    cut = abs(given) < abs(near) < abs(given) + step
    return near if rounded or cut else None


def as_fraction(state: float) -> Fraction:
    """A state as it was written: 2.7 is 27/10, though no binary fraction, and 8/3 is 8/3."""
    near = Fraction(state).limit_denominator(DENOMINATORS[3])
    return near if float(near) == state else Fraction(repr(float(state)))


def state_vector(
    elements: Iterable[str], states: Mapping[str, float] | None = None
) -> NDArray[np.float64]:
    """The oxidation state of each of e elements, shape (e,).

    Raises:
        ChargeError: see :func:`oxidation_states`.
    """
    state_of = oxidation_states(states)
    return np.array([state_of(symbol) for symbol in elements], dtype=np.float64)


@overload
def net_charge(amounts: Composition, states: Mapping[str, float] | None = None) -> float:
    """Of one composition."""


@overload
def net_charge(amounts: Amounts, states: Mapping[str, float] | None = None) -> NDArray[np.float64]:
    """Of N compositions, shape (N,)."""


def net_charge(
    amounts: Composition | Amounts, states: Mapping[str, float] | None = None
) -> float | NDArray[np.float64]:
    """Sum of amount times oxidation state, in elementary charges per formula unit.

    A charge that is written in the formula (``PO4^3-``) plays no part: this is the charge that the
    atoms have.

    Args:
        amounts: One composition, or N of them.
        states: Oxidation states that differ from the defaults.

    Returns:
        A number for a Composition, shape (N,) for Amounts.

    Raises:
        ChargeError: an element has neither a stated nor a default state; names it.

    Example:
        >>> net_charge(Composition.parse("Li7La3Zr2O12"))
        0.0
    """
    if isinstance(amounts, Amounts):
        total: NDArray[np.float64] = amounts.matrix @ state_vector(amounts.elements, states)
        return total
    state_of = oxidation_states(states)
    return math.fsum(n * state_of(symbol) for symbol, n in amounts.amounts.items())


def _unknown(symbol: str) -> ChargeError:
    common = ", ".join(f"{state:+g}" for state in element(symbol).oxidation_states)
    example = element(symbol).oxidation_states[-1:] or (1.0,)
    how = _("State it, for example {symbol}={state:g}.").format(symbol=symbol, state=example[0])
    return ChargeError(
        _("{symbol} has no default oxidation state.").format(symbol=symbol),
        _("Common ones are {common}.").format(common=common) + " " + how if common else how,
    )
