"""Pairs of tables: a source that is finished and a target that is searched.

Every pair is on one side of a split that was made before any result was seen: choices are made on
the open pairs, the held-out ones judge, and the lecture's own pair (``headline``) does neither.
Real pairs come with copies whose source misleads: help and harm are weighed against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from bench.quality.real_tables import (
    Rows,
    column,
    columns,
    element_amounts,
    read_rows,
)
from bench.quality.synthetic_tables import grid, sobol
from bench.quality.table import FloatArray, average_replicates, frozen_random, name_seed

Side = Literal["open", "held-out", "headline", "literature"]

MOST_TARGET, MOST_SOURCE = 80, 60
"""Rows that are kept of large tables, drawn by the pair's name: a search of twenty samples among 80
is a real one, and 60 older measurements are what a lab has."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A source and a target in common columns.

    Attributes:
        name: Stable tag; starts and thinning are derived from it.
        kind: What relates the two, e.g. ``salt swap`` or ``inverted``.
        side: Of the split.
        X: Candidates of the target, shape (N, d), each column on [0, 1] over both tables.
        y: Their values, larger is better, shape (N,).
        older: Points of the source, shape (m, d).
        older_y: Its values, shape (m,).
        own: The candidates in the columns of a search without the source, shape (N, k); ``None``
            where these are the common ones.
        counts: How many measurements each value of the source is the mean of, shape (m,).
    """

    name: str
    kind: str
    side: Side
    X: FloatArray
    y: FloatArray
    older: FloatArray
    older_y: FloatArray
    own: FloatArray | None = None
    counts: FloatArray | None = None

    @property
    def misleads(self) -> bool:
        """The source was made to have nothing to do with the target, or to be upside down."""
        return self.kind in ("inverted", "unrelated", "permuted")


def paired(
    name: str,
    kind: str,
    side: Side,
    target: tuple[FloatArray, FloatArray],
    source: tuple[FloatArray, FloatArray],
) -> Pair:
    """Average replicates, thin, drop what never varies, and scale over both tables."""
    (X, y), (S, z) = (average_replicates(np.round(A, 6), v) for A, v in (target, source))
    rng = frozen_random(name_seed(name))
    kept, older = (
        np.sort(rng.permutation(len(A))[:most]) for A, most in ((X, MOST_TARGET), (S, MOST_SOURCE))
    )
    X, y, S, z = X[kept], y[kept], S[older], z[older]
    both = np.concatenate([X, S])
    varies = np.ptp(both, axis=0) > 0
    low, span = both.min(axis=0)[varies], np.ptp(both, axis=0)[varies]
    return Pair(name, kind, side, (X[:, varies] - low) / span, y, (S[:, varies] - low) / span, z)


def misleading(pair: Pair) -> Iterator[Pair]:
    """The same pair with the source's values upside down, and shuffled over its rows."""
    z, rng = pair.older_y, frozen_random(name_seed(pair.name + " permuted"))
    for kind, values in (("inverted", z.max() + z.min() - z), ("permuted", rng.permutation(z))):
        yield replace(pair, name=f"{pair.name}, {kind}", kind=kind, older_y=values)


# (kind, side, source (task, doi, K), target (task, doi, K), with misleading copies)
Series = tuple[str, str, float]
CALISOL: tuple[tuple[str, Side, Series, Series, bool], ...] = (
    (
        "salt swap", "open", ("LiBOB_PC-DEC", "10.1149/1.1833611", 292.6),
        ("LiBF4_PC-DEC", "10.1021/je0498863", 292.6), True,
    ),
    (
        "solvent swap", "open", ("LiBOB_PC-DEC", "10.1149/1.1833611", 312.4),
        ("LiBOB_PC-EA", "10.1149/1.1914757", 312.4), False,
    ),
    (
        "temperature shift", "open", ("LiPF6_PC-DEC", "10.1021/JE020219O", 243.8),
        ("LiPF6_PC-DEC", "10.1021/JE020219O", 293.0), False,
    ),
    (
        "two labs", "open", ("LiBF4_PC-DEC", "10.1149/1.1630593", 273.0),
        ("LiBF4_PC-DEC", "10.1021/je0498863", 273.0), False,
    ),
    (
        "salt swap", "held-out", ("LiBF4_EC-PC", "10.1149/1.1630593", 312.4),
        ("LiBOB_EC-PC", "10.1149/1.1833611", 312.4), True,
    ),
    (
        "salt swap", "held-out", ("LiBF4_PC-DEC", "10.1149/1.1630593", 332.2),
        ("LiPF6_PC-DEC", "10.1149/1.1566019", 332.2), False,
    ),
    (
        "solvent swap", "held-out", ("LiBF4_EC-PC", "10.1149/1.1630593", 292.6),
        ("LiBF4_PC-DEC", "10.1021/je0498863", 292.6), False,
    ),
    (
        "temperature shift", "held-out", ("LiBOB_PC-EA", "10.1149/1.1914757", 253.0),
        ("LiBOB_PC-EA", "10.1149/1.1914757", 332.2), False,
    ),
    (
        "two labs", "held-out", ("LiPF6_PC-DEC", "10.1149/1.1566019", 312.4),
        ("LiPF6_PC-DEC", "10.1021/JE020219O", 312.4), False,
    ),
)  # fmt: skip
"""Liquid electrolytes at one temperature each (the measured one nearest to that named); columns are
the salt's molality and the first solvent's weight fraction, values log10 of mS/cm."""


def calisol_pairs(folder: Path) -> Iterator[Pair]:
    """CALiSol-23 (CC BY 4.0)."""
    every = [r for r in read_rows(folder / "calisol_2d.csv") if r["k_mS_cm"]]
    every = [r for r in every if float(r["k_mS_cm"]) > 0]
    for kind, side, source, target, copies in CALISOL:
        name = f"{source[0]} {source[2]:.0f} K > {target[0]} {target[2]:.0f} K, {kind}"
        pair = paired(name, kind, side, _at(every, target), _at(every, source))
        yield pair
        if copies:
            yield from misleading(pair)


def _at(rows: Rows, series: Series) -> tuple[FloatArray, FloatArray]:
    """The points and values of one series at the temperature nearest to that named."""
    task, doi, kelvin = series
    mine = [r for r in rows if r["task"] == task and r["doi"] == doi]
    nearest = min({float(r["T_K"]) for r in mine}, key=lambda t: abs(t - kelvin))
    mine = [r for r in mine if float(r["T_K"]) == nearest]
    return columns(mine, ("c_mol_per_kg", "w_first_solvent")), np.log10(column(mine, "k_mS_cm"))


OBELIX: tuple[tuple[Side, str, str, bool], ...] = (
    ("open", "garnet", "perovskites", True),
    ("open", "LGPS", "argyrodites", False),
    ("held-out", "NASICON", "garnet", True),
    ("held-out", "perovskites", "NASICON", False),
    ("held-out", "argyrodites", "LGPS", False),
)
"""(side, source family, target family, with misleading copies); columns are the amounts of all
elements of both, per formula unit, values log10 of S/cm."""


def obelix_pairs(folder: Path) -> Iterator[Pair]:
    """OBELiX (NRC-Mila, CC BY 4.0); censored rows are left out."""
    target = "Ionic conductivity (S cm-1)"
    every = [r for r in read_rows(folder / "obelix.csv") if not r[target].startswith("<")]
    for side, older, newer, copies in OBELIX:
        rows = {f: [r for r in every if r["Family"] == f] for f in (older, newer)}
        amounts = {
            f: [element_amounts(r["True Composition"], float(r["Z"])) for r in mine]
            for f, mine in rows.items()
        }
        elements = sorted(set().union(*amounts[older], *amounts[newer]))
        tables = {
            f: (
                np.array([[a.get(e, 0.0) for e in elements] for a in amounts[f]]),
                np.log10(column(rows[f], target)),
            )
            for f in (older, newer)
        }
        name = f"{older} > {newer}"
        pair = paired(name, "family to family", side, tables[newer], tables[older])
        yield pair
        if copies:
            yield from misleading(pair)


def nasicon_pairs(folder: Path) -> Iterator[Pair]:
    """The lecture's pair in both scales and both languages; the way back is held out."""
    older = read_rows(folder / "lyczp_47.csv")
    newer = [r for r in read_rows(folder / "lczsp_49.csv") if r["measurable"] == "1"]
    A, B = columns(older, ("x_Y", "y_Ca")), columns(newer, ("x_Si", "y_Ca"))
    zero = [np.zeros((len(each), 1)) for each in (A, B)]
    ways = {
        "aligned": (A, B),
        "union": (np.hstack([A, zero[0]]), np.hstack([zero[1], B[:, [1, 0]]])),
    }
    values = column(older, "sigma_lowT_S_cm"), column(newer, "sigma_S_cm")
    for scale, to_model in (("log10", np.log10), ("linear", lambda v: 1e6 * v)):
        a, b = (to_model(v) for v in values)
        for way, (P, Q) in ways.items():
            name = f"LYCZP > LCZSP, {scale}, {way}"
            pair = paired(name, "dopant swap", "headline", (Q, b), (P, a))
            yield pair
            if way == "aligned":
                yield from misleading(pair)
            back = f"LCZSP > LYCZP, {scale}, {way}"
            yield paired(back, "dopant swap", "held-out", (P, a), (Q, b))


# (d, length scale of the unit range, smooth?)
LANDSCAPES = ((2, 0.5, True), (2, 0.2, False), (4, 0.9, True), (4, 0.5, False))
RELATIONS = ("identical", "shifted", "scaled", "inverted", "unrelated")
SHIFT = 0.12
"""By which a shifted source lies beside the target in every column, of the unit range."""


def synthetic_pairs() -> Iterator[Pair]:
    """Functions drawn from Gaussian processes; one half of the seeds is held out."""
    for i, (d, scale, smooth) in enumerate(LANDSCAPES):
        for side, seed in (("open", 1), ("held-out", 2), ("held-out", 3)):
            rng = frozen_random(9000 + 10 * i + seed)
            X = grid(8, 2) if d == 2 else sobol(80, d)
            S = rng.uniform(size=(40, d))
            first, second = (_drawn(d, scale, smooth, rng) for _each in range(2))
            y = first(X)
            told = {
                "identical": first(S),
                "shifted": first(S + SHIFT),
                "scaled": 3.0 * first(S) + 5.0,
                "inverted": -first(S),
                "unrelated": second(S),
            }
            noise = 0.05 * rng.normal(size=len(S))
            for kind in RELATIONS:
                words = "smooth" if smooth else "rugged"
                name = f"drawn {d}d {words} {seed}, {kind}"
                yield paired(name, kind, side, (X, y), (S, told[kind] + noise))


def _drawn(
    d: int, scale: float, smooth: bool, rng: np.random.RandomState
) -> Callable[[FloatArray], FloatArray]:
    """A function of about unit variance: 400 random waves of an RBF (smooth) or a Student-t
    spectrum (rugged, as Matern-3/2), by random Fourier features."""
    waves = rng.normal(size=(400, d)) / scale
    if not smooth:
        waves *= np.sqrt(3.0 / rng.chisquare(3, size=400))[:, None]
    phase, height = rng.uniform(0, 2 * np.pi, 400), rng.normal(size=400)

    def value(X: FloatArray) -> FloatArray:
        return np.asarray(np.cos(X @ waves.T + phase) @ height / np.sqrt(200))

    return value


def all_pairs(folder: Path) -> list[Pair]:
    """Every pair, in a fixed order; the real ones only where the data folder is."""
    found = list(synthetic_pairs())
    if (folder / "calisol_2d.csv").exists():
        found += [*calisol_pairs(folder), *obelix_pairs(folder), *nasicon_pairs(folder)]
    return found
