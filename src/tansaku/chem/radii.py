"""Effective ionic radii, by charge and coordination number.

Source of every row of radii.csv: R. D. Shannon, Revised effective ionic radii and systematic
studies of interatomic distances in halides and chalcogenides, Acta Cryst. A32 (1976) 751-767,
Table 1, doi:10.1107/S0567739476001551. Where he gives two spin states, the high-spin one is
listed (the usual one in oxides and halides). ``marks`` are his own notes on where a value comes
from: R from r^3 against volume, C calculated, E estimated, A Ahrens (1952), P Pauling (1960),
M from metallic oxides, * most reliable. The digits agree with the copy of his table in the
mendeleev package (1.3); ``tools/radii.py`` checks the laws that they obey.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tansaku.errors import DataError
from tansaku.language import _

_TABLE = Path(__file__).parent / "radii.csv"

USUAL_COORDINATION = 6
"""Octahedral: the coordination that Shannon tabulates for nearly every ion, so that radii of all
ions can be compared where nobody has said what the sites are."""


@dataclass(frozen=True, slots=True)
class Radius:
    """One row of the table.

    Attributes:
        symbol: The element.
        charge: Oxidation state, elementary charges.
        coordination: Number of neighbours.
        spin: "high" where two spin states exist, else empty.
        picometres: Effective ionic radius, pm.
        marks: The source's notes on the value, see above.
        source: Where the row comes from.
    """

    symbol: str
    charge: int
    coordination: int
    spin: str
    picometres: float
    marks: str
    source: str


@cache
def radii() -> tuple[Radius, ...]:
    """The whole table, in order of atomic number, charge and coordination."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Radius(
                symbol=row["symbol"],
                charge=int(row["charge"]),
                coordination=int(row["coordination"]),
                spin=row["spin"],
                picometres=float(row["radius"]),
                marks=row["marks"],
                source=row["source"],
            )
            for row in csv.DictReader(file)
        )


def ionic_radius(symbol: str, charge: float, coordination: int = USUAL_COORDINATION) -> float:
    """Shannon's effective ionic radius in pm.

    Raises:
        DataError: the table has no such ion, or not in that coordination; nothing is guessed from
            neighbouring rows.

    Example:
        >>> ionic_radius("Zr", 4, 6)
        72.0
    """
    found = _by_ion().get((symbol, charge, coordination))
    if found is not None:
        return found
    ion = f"{symbol}{charge:+g}"
    known = [f"{s}{q:+g} ({n})" for s, q, n in _by_ion() if s == symbol]
    raise DataError(
        _("There is no Shannon radius of {ion} with {n} neighbours.").format(
            ion=ion, n=coordination
        ),
        _("In the table: {known}.").format(known=", ".join(known))
        if known
        else _("The table has no ion of {symbol}; leave the radii out.").format(symbol=symbol),
    )


@cache
def _by_ion() -> dict[tuple[str, float, int], float]:
    return {(row.symbol, row.charge, row.coordination): row.picometres for row in radii()}
