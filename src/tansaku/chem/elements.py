"""Elements: atomic masses, electronegativities and oxidation states, from one table.

The numbers are in ``elements.csv`` beside this file, each with its source:

- CIAAW 2021: standard atomic weights, abridged values for the uncertainty that matters here, or
  the conventional value where the standard one is an interval (T. Prohaska et al., Pure Appl.
  Chem. 94 (2022) 573, doi 10.1515/pac-2019-0603). Elements without a standard atomic weight have
  no mass here.
- CRC 2016: electronegativities on Pauling's scale (W. M. Haynes, ed., CRC Handbook of Chemistry
  and Physics, 97th ed., section 9). Pauling 1960: the middle of his range 1.1 to 1.2 for the
  lanthanides that the former leaves out (L. Pauling, The Nature of the Chemical Bond, 3rd ed.).
- Greenwood 1997: common oxidation states (N. N. Greenwood, A. Earnshaw, Chemistry of the Elements,
  2nd ed.).
- Shannon 1976: a default oxidation state, only where ceramics (oxides, phosphates, sulfides,
  halides) leave one plain choice; it is a state for which R. D. Shannon, Acta Cryst. A32 (1976)
  751, doi 10.1107/S0567739476001551, lists a radius. C, N, Ce, Pr, Tb and the transition metals
  that change their state have none.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final

from tansaku.errors import FormulaError
from tansaku.language import _

SYMBOLS: Final = (
    "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl",
    "Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As",
    "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In",
    "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb",
    "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl",
    "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk",
    "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh",
    "Fl", "Mc", "Lv", "Ts", "Og",
)  # fmt: skip
"""Symbols in the order of atomic number, from H (1) to Og (118)."""

_KNOWN: Final = frozenset(SYMBOLS)
_TABLE: Final = Path(__file__).parent / "elements.csv"


@dataclass(frozen=True, slots=True)
class Element:
    """One element.

    Attributes:
        symbol: Its symbol.
        number: Its atomic number.
        mass: Standard atomic mass in g/mol; ``None`` without a standard one (Tc, Pm, Po ...).
        electronegativity: On Pauling's scale; ``None`` where none is tabulated.
        oxidation_states: The common ones, lowest first.
        default_oxidation: The state taken where none is stated; ``None`` where it depends.

    Example:
        >>> element("Zr").mass, element("Zr").default_oxidation, element("Fe").default_oxidation
        (91.224, 4.0, None)
    """

    symbol: str
    number: int
    mass: float | None
    electronegativity: float | None
    oxidation_states: tuple[float, ...]
    default_oxidation: float | None


GROUPS: Final = {"Ac": "acetyl", "Am": "pentyl", "Np": "neopentyl", "Pr": "propyl", "Ts": "tosyl"}
"""Groups of organic chemistry that are written as elements are -> their names."""


def element(symbol: str) -> Element:
    """The element of that symbol.

    Raises:
        FormulaError: no element has this symbol.
    """
    try:
        return elements()[symbol]
    except KeyError:
        raise FormulaError(
            _("'{symbol}' is not the symbol of an element.").format(symbol=symbol[:20]),
            suggestion(symbol),
        ) from None


def atomic_mass(symbol: str) -> float:
    """Standard atomic mass in g/mol.

    Raises:
        FormulaError: no element has this symbol, or it has no standard atomic mass.
    """
    mass = element(symbol).mass
    if mass is None:
        raise FormulaError(
            _("{symbol} has no standard atomic mass: all its isotopes decay.").format(
                symbol=symbol
            ),
            _("If {group} is meant, write its atoms.").format(group=GROUPS[symbol])
            if symbol in GROUPS
            else _("Leave {symbol} out where masses are needed.").format(symbol=symbol),
        )
    return mass


def is_symbol(text: str) -> bool:
    """Whether ``text`` is the symbol of an element, upper and lower case as they must be."""
    return text in _KNOWN


def suggestion(wrong: str) -> str:
    """What may have been meant by a symbol that is none, as a sentence; may be empty."""
    if wrong in ("D", "T"):
        return _("Isotopes are not told apart; write H for hydrogen.")
    recased = [text for text in (wrong.capitalize(), wrong[:2].capitalize()) if is_symbol(text)]
    near = recased or get_close_matches(wrong[:4], SYMBOLS, n=1, cutoff=0.5)
    return _("Did you mean {symbol}?").format(symbol=near[0]) if near else ""


@cache
def elements() -> Mapping[str, Element]:
    """All elements by symbol, in the order of atomic number. The table is read once."""
    with _TABLE.open(encoding="utf-8", newline="") as table:
        return {row["symbol"]: _element(row) for row in csv.DictReader(table)}


@cache
def ranks() -> Mapping[str, int]:
    """The place of each symbol in the canonical order.

    Cations stand first: the order is rising electronegativity, then rising atomic number. Elements
    without an electronegativity come last.
    """

    def key(each: Element) -> tuple[float, int]:
        value = each.electronegativity
        return (float("inf") if value is None else value, each.number)

    return {each.symbol: i for i, each in enumerate(sorted(elements().values(), key=key))}


def _element(row: Mapping[str, str]) -> Element:
    return Element(
        symbol=row["symbol"],
        number=int(row["number"]),
        mass=_number(row["mass"]),
        electronegativity=_number(row["electronegativity"]),
        oxidation_states=tuple(float(text) for text in row["oxidation_states"].split()),
        default_oxidation=_number(row["default_oxidation"]),
    )


def _number(text: str) -> float | None:
    return float(text) if text else None
