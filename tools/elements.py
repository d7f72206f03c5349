"""Check the table of elements: complete, sourced, within its sources' rules, as periodictable.

``python tools/elements.py`` prints each finding and exits with 1 where there is one. periodictable
is a reference only, from the test requirements; the package never imports it.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import periodictable

TABLE: Final = Path(__file__).parents[1] / "src" / "tansaku" / "chem" / "elements.csv"

MASS_TOLERANCE: Final = 1e-4
"""Relative; the standard masses of one edition differ from the next by less."""

SOURCES: Final = {
    "mass": {"CIAAW 2021 standard", "CIAAW 2021 conventional"},
    "electronegativity": {"CRC 2016", "Pauling 1960"},
    "oxidation_states": {"Greenwood 1997"},
    "default_oxidation": {"Shannon 1976"},
}
SOURCE_COLUMN: Final = {
    "mass": "mass_source",
    "electronegativity": "electronegativity_source",
    "oxidation_states": "oxidation_source",
    "default_oxidation": "default_source",
}

INTERVALS: Final = frozenset(
    ("H", "Li", "B", "C", "N", "O", "Mg", "Si", "S", "Cl", "Ar", "Br", "Tl", "Pb")
)
"""Elements whose standard atomic weight is an interval (CIAAW 2021): only the conventional value
is one number."""

PAULING_RANGE: Final = (0.7, 4.0)
"""Francium to fluorine."""

ELEMENTS: Final = 118


def main() -> None:
    """Print the findings; exit with 1 where there are any."""
    with TABLE.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    found = [*_order(rows), *(line for row in rows for line in findings(row))]
    for line in found:
        print(line)
    print(f"{TABLE.name}: {len(rows)} elements, {len(found)} findings")
    sys.exit(bool(found))


def findings(row: Mapping[str, str]) -> Iterator[str]:
    """What is wrong in one row."""
    symbol = row["symbol"]
    for column, source in SOURCE_COLUMN.items():
        if bool(row[column]) != bool(row[source]):
            yield f"{symbol}: {column} and its source must both stand, or neither"
        if row[source] and row[source] not in SOURCES[column]:
            yield f"{symbol}: {column} cites an unknown source, {row[source]}"
    yield from _mass(row)
    if row["electronegativity"]:
        low, high = PAULING_RANGE
        if not low <= float(row["electronegativity"]) <= high:
            yield f"{symbol}: electronegativity {row['electronegativity']} is off Pauling's scale"
    yield from _oxidation(row)


def _mass(row: Mapping[str, str]) -> Iterator[str]:
    symbol = row["symbol"]
    if not row["mass"]:
        return
    reference = getattr(periodictable, symbol).mass
    if abs(float(row["mass"]) / reference - 1) > MASS_TOLERANCE:
        yield f"{symbol}: mass {row['mass']}, periodictable has {reference}"
    if row["mass_source"].endswith("conventional") != (symbol in INTERVALS):
        yield f"{symbol}: conventional masses belong to interval elements, and only to them"


def _oxidation(row: Mapping[str, str]) -> Iterator[str]:
    symbol = row["symbol"]
    states = [int(text) for text in row["oxidation_states"].split()]
    if states != sorted(set(states)) or 0 in states:
        yield f"{symbol}: oxidation states are listed once, rising, without 0"
    known = set(getattr(periodictable, symbol).ions)
    if not set(states) <= known and known:
        yield f"{symbol}: states {sorted(set(states) - known)} are no ions of periodictable"
    if row["default_oxidation"] and int(row["default_oxidation"]) not in states:
        yield f"{symbol}: the default oxidation state is not among the common ones"


def _order(rows: list[dict[str, str]]) -> Iterator[str]:
    numbers = [int(row["number"]) for row in rows]
    if numbers != list(range(1, ELEMENTS + 1)):
        yield "the rows are not the elements 1 to 118 in order"
    for row in rows:
        if periodictable.elements[int(row["number"])].symbol != row["symbol"]:
            yield f"{row['symbol']}: wrong atomic number"


if __name__ == "__main__":
    main()
