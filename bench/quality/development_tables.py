"""More tables to develop a default on, so that none of them decides it.

Only our own strategies run here: no peer has. Real tables are other series and families of the
sources of the open tables; synthetic ones are functions drawn from Gaussian processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.quality.real_tables import (
    CALISOL_SOURCE,
    CALISOL_TASKS,
    LARGEST_POOL,
    OBELIX_FAMILIES,
    OBELIX_SOURCE,
    column,
    columns,
    element_amounts,
    read_rows,
)
from bench.quality.synthetic_tables import sobol
from bench.quality.table import FloatArray, Table, frozen_random, make_table

SMALLEST = 42
"""Rows of a real table: 40 samples and a little more."""
CALISOL_TABLES = 12
SHAPES = {
    "plain": lambda z: z,
    "peaked": lambda z: np.exp(1.5 * z),
    "heavy_tail_below": lambda z: np.where(z < 0, z - 3 * z**2, z),
    "saturated": lambda z: np.tanh(2 * z),
}
"""What is done to a drawn function of unit variance."""
DRAWN = [
    (2, 0.15, False, "plain", 0.0),
    (2, 0.4, False, "peaked", 0.0),
    (2, 0.3, True, "heavy_tail_below", 0.1),
    (2, 0.08, False, "plain", 0.0),
    (3, 0.3, False, "plain", 0.3),
    (3, 0.5, True, "saturated", 0.0),
    (4, 0.5, True, "peaked", 0.1),
    (4, 0.8, False, "heavy_tail_below", 0.0),
    (6, 0.8, True, "plain", 0.1),
    (6, 1.2, False, "plain", 0.0),
    (10, 1.0, True, "heavy_tail_below", 0.1),
    (16, 1.5, True, "plain", 0.3),
]
"""(columns, length scale of the unit range, own scales per column, shape, noise sd)."""


def calisol_more(folder: Path) -> Iterator[Table]:
    """Further salts and solvents with the temperature as a column, the largest series first; none
    that shares its salt and solvents with a table of the comparison."""
    every = [r for r in read_rows(folder / "calisol_2d.csv") if r["k_mS_cm"]]
    every = [r for r in every if float(r["k_mS_cm"]) > 0]
    seen = {task for task, *_rest in CALISOL_TASKS.values()}
    names = ("c_mol_per_kg", "w_first_solvent", "T_K")
    most = len(seen) + CALISOL_TABLES
    for (task, doi), rows in Counter((r["task"], r["doi"]) for r in every).most_common():
        series = [r for r in every if (r["task"], r["doi"]) == (task, doi)]
        X = columns(series, names)
        varying = np.ptp(X, axis=0) > 0
        if task in seen or rows < SMALLEST or len(np.unique(X, axis=0)) < SMALLEST:
            continue
        seen.add(task)
        yield make_table(
            f"dev_calisol_{task}", "calisol", X[:, varying],
            tuple(n for n, v in zip(names, varying, strict=True) if v),
            np.log10(column(series, "k_mS_cm")),
            note=f"{task}, log10 of conductivity in mS/cm; {CALISOL_SOURCE}{doi}",
            held_out=False, at_most=LARGEST_POOL,
        )  # fmt: skip
        if len(seen) == most:
            return


def obelix_more(folder: Path) -> Iterator[Table]:
    """The other families that are large enough."""
    target = "Ionic conductivity (S cm-1)"
    every = [r for r in read_rows(folder / "obelix.csv") if not r[target].startswith("<")]
    used = {family for family, _held_out in OBELIX_FAMILIES.values()}
    for family, number in Counter(r["Family"] for r in every).most_common():
        if family in used or not family or number < SMALLEST:
            continue
        rows = [r for r in every if r["Family"] == family]
        amounts = [element_amounts(r["True Composition"], float(r["Z"])) for r in rows]
        elements = tuple(sorted(set().union(*amounts)))
        X = np.round([[a.get(e, 0.0) for e in elements] for a in amounts], 4)
        yield make_table(
            f"dev_obelix_{family}", "obelix", X, elements, np.log10(column(rows, target)),
            note=f"{family}, log10 of conductivity in S/cm; {OBELIX_SOURCE}", held_out=False,
        )  # fmt: skip


def drawn_functions() -> Iterator[Table]:
    """Functions drawn from Gaussian processes on 200 points."""
    for i, (d, scale, own, shape, noise) in enumerate(DRAWN):
        rng = frozen_random(7100 + i)
        u = sobol(200, d)
        scales = scale * (np.exp(rng.normal(size=d)) if own else np.ones(d))
        z = _draw(u / scales, rng)
        y = SHAPES[shape](z) + noise * rng.normal(size=len(u))
        yield make_table(
            f"dev_gp{i}_{d}d_{shape}", "drawn", u, tuple(f"x{j}" for j in range(d)), y,
            note=f"drawn from a Gaussian process, length scale {scale}, {shape}, noise {noise}",
            held_out=False,
        )  # fmt: skip


def _draw(u: FloatArray, rng: np.random.RandomState) -> FloatArray:
    """A standardised function with the Matern-5/2 covariance."""
    r = np.sqrt(5 * np.square(u[:, None] - u[None]).sum(-1))
    K = (1 + r + r**2 / 3) * np.exp(-r) + 1e-8 * np.eye(len(u))
    z = np.linalg.cholesky(K) @ rng.normal(size=len(u))
    return (z - z.mean()) / z.std()


def development_tables(folder: Path) -> dict[str, Table]:
    """Every table of this module, by name."""
    found = [*calisol_more(folder), *obelix_more(folder), *drawn_functions()]
    return {table.name: table for table in found}
