"""What a model should see of a formula: amounts, descriptors, both, or a mixture by evidence.

python -m bench.quality.encodings --runs 100

The mixture is one posterior: each of its hyperparameter samples sees the columns of one encoding,
every encoding has the same weight before the data, and the data weigh them. Every table of
compositions there is: two maps, which have variables of their own, too, and the families of
OBELiX, on both sides of the split.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch

from bench.quality.banks import ratio
from bench.quality.development_tables import obelix_more
from bench.quality.pick_files import sequence_length
from bench.quality.real_tables import nasicon_tables, obelix_tables
from bench.quality.score import regret
from bench.quality.starts import starts
from bench.quality.table import FloatArray, Table
from bench.quality.tables import DATA_FOLDER
from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import canonical
from tansaku.chem.descriptors import element_amounts
from tansaku.design import Design
from tansaku.encode.formula_columns import ENCODINGS
from tansaku.errors import DataError
from tansaku.space import ListedFormulas
from tansaku.strategy import STRATEGIES
from tansaku.studies.replay import PoolSearch, replay

UNSEEN = 1e4
"""Length scale of a column that plays no part."""
STATES = {"V": 5, "Cr": 3, "Fe": 3, "Bi": 5, "Te": 6, "Ce": 4, "Pr": 3, "Co": 3}
"""Oxidation states of elements that have several, as they are in these families."""
WITHOUT_RADII = ("mobile_amount", "electronegativity_mean", "charge_mean")
"""The usual descriptors where an ion has no radius: the argyrodites, for their hydrogen."""


def of_map(name: str, x: FloatArray, y: FloatArray) -> dict[str, FloatArray]:
    """Amounts of the compositions of the maps, shape (N,) each."""
    if name == "lczsp":
        varied = {"Ca": y, "Zr": 2 - y, "Si": x, "P": 3 - x}
    else:
        varied = {"Ca": y, "Y": x, "Zr": 2 - x - y, "P": 3 + 0 * x}
    return {"Li": 1 + x + 2 * y, **varied, "O": 12 + 0 * x}


def composed(table: Table) -> Amounts:
    """What the rows of a table are made of."""
    columns = dict(zip(table.columns, table.X.T, strict=True))
    if "y_Ca" in columns:
        columns = of_map(table.name.partition("_")[0], *table.X.T)
    elements = canonical(set(columns))
    return Amounts(elements, np.stack([columns[each] for each in elements], axis=1))


def scaled(X: FloatArray) -> FloatArray:
    """Columns that vary, in [0, 1]."""
    span = np.ptp(X, axis=0)
    kept = span > 1e-9
    return (X[:, kept] - X[:, kept].min(0)) / span[kept]


def encodings(table: Table) -> dict[str, FloatArray]:
    """What a model can see of the table, by encoding."""
    amounts = composed(table)
    found = {"elements": scaled(element_amounts(amounts).matrix)}
    if len(table.columns) == 2:
        found["parameters"] = scaled(table.X)
    usual = ListedFormulas(formulas=tuple(amounts.texts()), states=STATES)
    try:
        described = ENCODINGS["descriptors"](usual, amounts)
    except DataError:
        fewer = usual.model_copy(update={"descriptors": WITHOUT_RADII})
        described = ENCODINGS["descriptors"](fewer, amounts)
    found["descriptors"] = scaled(described.matrix)
    return found


@contextmanager
def each_alone(widths: Sequence[int]) -> Iterator[None]:
    """Inside the block, pools as wide as all encodings together have samples that see one encoding
    each, all of the same weight."""
    before = hs._samples_on

    @cache
    def samples(device: torch.device, d: int) -> hs.HyperparameterSamples:
        if d != sum(widths):
            return before(device, d)
        parts, start = [before(device, width) for width in widths], 0
        scales = torch.full((sum(len(p.noise) for p in parts), d), UNSEEN, dtype=torch.float64)
        row = 0
        for part, width in zip(parts, widths, strict=True):
            scales[row : row + len(part.noise), start : start + width] = part.length_scales
            row, start = row + len(part.noise), start + width
        return hs.HyperparameterSamples(
            scales,
            torch.cat([part.noise for part in parts]),
            torch.cat([part.log_prior for part in parts]) - np.log(len(parts)),
        )

    hs._samples_on = samples
    try:
        yield
    finally:
        hs._samples_on = before


def regrets(table: Table, X: FloatArray, runs: int) -> FloatArray:
    """Regret of each run of the default that sees X, shape (runs,)."""
    pool = Design(X, tuple(f"x{j}" for j in range(X.shape[1])))
    search = PoolSearch(pool, table.y[:, None], sequence_length(table), STRATEGIES["standard"], 0)
    return regret(table, replay(search, starts(table, runs)))


def compared(table: Table, runs: int) -> dict[str, FloatArray]:
    """Regrets by what the model sees."""
    seen = encodings(table)
    found = {name: regrets(table, X, runs) for name, X in seen.items()}
    every = np.concatenate([*seen.values()], axis=1)
    found["side by side"] = regrets(table, every, runs)
    with each_alone([X.shape[1] for X in seen.values()]):
        found["mixture"] = regrets(table, every, runs)
    return found


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    given = parser.parse_args()
    torch.set_num_threads(1)
    names = ("parameters", "elements", "descriptors", "side by side", "mixture")
    tables = [
        *nasicon_tables(DATA_FOLDER), *obelix_tables(DATA_FOLDER), *obelix_more(DATA_FOLDER)
    ]  # fmt: skip
    print(f"| table | {' | '.join(names)} | mixture / best of one |\n{'|---' * 7}|")
    every: dict[str, list[FloatArray]] = {name: [] for name in (*names[1:], "best", "default")}
    for table in tables:
        found = compared(table, given.runs)
        alone = [found[name] for name in names[:3] if name in found]
        found["best"] = min(alone, key=lambda each: float(each.mean()))
        found["default"] = alone[0]
        for name, values in every.items():
            values.append(found[name])
        cells = [f"{found[name].mean():.3f}" if name in found else "" for name in names]
        print(f"| {table.name} | {' | '.join(cells)} |"
              f" {ratio([found['mixture']], [found['best']])} |", flush=True)  # fmt: skip
    cells = [ratio(every[name], every["default"]) for name in names[1:]]
    cells.append(ratio(every["mixture"], every["best"]))
    print(f"| all, over the default's | 1 | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
