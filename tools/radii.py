"""Check the table of ionic radii: ``python tools/radii.py`` prints what is wrong, or how many rows.

The laws hold for Shannon's table as printed: a radius grows with coordination, shrinks with charge
and, within the lanthanides, shrinks with atomic number. A slip of a digit breaks one of them.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

from tansaku.chem.elements import SYMBOLS
from tansaku.chem.radii import Radius, radii

SMALLEST, LARGEST = 5.0, 230.0  # pm; B3+ (IV) has 11, Te2- (VI) has 221
COORDINATIONS = (4, 6, 8, 12)
LANTHANIDES = SYMBOLS[SYMBOLS.index("La") : SYMBOLS.index("Lu") + 1]


def problems(rows: Iterable[Radius]) -> list[str]:
    """One line for each law that a row breaks; empty where the table is sound."""
    table = list(rows)
    count = Counter((row.symbol, row.charge, row.coordination) for row in table)
    found = [f"{key} is listed {n} times" for key, n in count.items() if n > 1]
    for row in table:
        if row.symbol not in SYMBOLS:
            found.append(f"{row}: unknown element")
        if not SMALLEST <= row.picometres <= LARGEST:
            found.append(f"{row}: out of {SMALLEST} .. {LARGEST} pm")
        if row.coordination not in COORDINATIONS or row.charge == 0 or not row.source:
            found.append(f"{row}: coordination, charge or source is not usable")
    found += _broken(table, lambda r: (r.symbol, r.charge), lambda r: r.coordination, grows=True)
    found += _broken(table, lambda r: (r.symbol, r.coordination), lambda r: r.charge, grows=False)
    rare = [row for row in table if row.symbol in LANTHANIDES and row.charge == 3]
    number = {symbol: i for i, symbol in enumerate(SYMBOLS)}
    found += _broken(rare, lambda r: r.coordination, lambda r: number[r.symbol], grows=False)
    return found


def _broken(
    rows: Iterable[Radius],
    family: Callable[[Radius], object],
    order: Callable[[Radius], int],
    *,
    grows: bool,
) -> list[str]:
    """Neighbours in ``order`` within a ``family`` whose radii do not grow (or shrink)."""
    families: dict[object, list[Radius]] = defaultdict(list)
    for row in rows:
        families[family(row)].append(row)
    found = []
    for members in families.values():
        ordered = sorted(members, key=order)
        for a, b in pairwise(ordered):
            change = b.picometres - a.picometres
            if order(a) != order(b) and not (change > 0 if grows else change < 0):
                found.append(f"{a} and {b}: the radius should {'grow' if grows else 'shrink'}")
    return found


if __name__ == "__main__":
    broken = problems(radii())
    sys.stdout.write("\n".join(broken) + "\n" if broken else f"{len(radii())} rows are sound\n")
    sys.exit(bool(broken))
