"""What the literature knows: a search with all that OBELiX tells of other materials behind it.

Not written out by hand: the pairs are campaigns to which the table is attached as
``tansaku source NAME add obelix.csv`` does it, without a word on columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

import tansaku as tk
from bench.quality.table import FloatArray
from bench.transfer.pairs import Pair
from tansaku.campaign.history.model_inputs import model_inputs_of
from tansaku.chem.composition import Composition
from tansaku.encode import encoder_for
from tansaku.strategy import STRATEGIES

FORMULA: Final = "Reduced Composition"
SIGMA: Final = "Ionic conductivity (S cm-1)"
NASICONS: Final = ("NASICON",)
FAMILIES: Final = {
    "garnets": ("garnet", "garnet-like"),
    "argyrodites": ("argyrodites", "argyrodite"),
    "NASICONs": NASICONS,
    "perovskites": ("perovskites",),
}
"""{what is searched: how OBELiX calls its family}."""
SHIPPED: Final = {
    "LCZSP": ("lczsp_49", "sigma_S_cm", "Li({li})Ca({y})Zr({zr})Si({x})P({p})O12", "x_Si"),
    "LYCZP": ("lyczp_47", "sigma_lowT_S_cm", "Li({li})Ca({y})Y({x})Zr({zr})P3O12", "x_Y"),
}
"""{what is searched: (table, conductivities, formula, first input)}."""


@dataclass(frozen=True)
class Searched:
    """What is searched: formulas, log10 of conductivities in S/cm; the articles they are from, and
    the inputs beside the formulas."""

    formulas: tuple[str, ...]
    y: FloatArray
    articles: frozenset[str] = frozenset()
    inputs: pd.DataFrame | None = None


def measured(folder: Path) -> pd.DataFrame:
    """OBELiX (NRC-Mila, CC BY 4.0) without the rows that say "less than"; as text, with its
    formulas in one spelling."""
    every = pd.read_csv(folder / "obelix.csv", dtype=str, keep_default_na=False)
    every = every[~every[SIGMA].str.startswith("<")]
    return every.assign(spelled=[Composition.parse(text).text() for text in every[FORMULA]])


def family(every: pd.DataFrame, called: tuple[str, ...]) -> Searched:
    """All rows of a family; several of one formula are averaged on the log10 scale."""
    mine = every[every["Family"].isin(called)]
    each = mine.assign(log=np.log10(mine[SIGMA].astype(float)))
    log = each.groupby("spelled", sort=False)["log"].mean()
    return Searched(tuple(log.index), log.to_numpy(), frozenset(mine["DOI"]))


def shipped(name: str) -> Searched:
    """One of the two shipped tables."""
    table, target, text, first = SHIPPED[name]
    rows = tk.datasets.load(table).dropna(subset=[target])
    formulas = []
    for x, y in zip(rows[first], rows["y_Ca"], strict=True):
        zr, p = (2 - y, 3 - x) if name == "LCZSP" else (2 - x - y, 3)
        found = text.format(
            li=f"{1 + x + 2 * y:g}", y=f"{y:g}", zr=f"{zr:g}", x=f"{x:g}", p=f"{p:g}"
        )
        formulas.append(Composition.parse(found).text())
    inputs = rows[[first, "y_Ca"]].reset_index(drop=True)
    return Searched(tuple(formulas), np.log10(rows[target].to_numpy()), inputs=inputs)


def behind(name: str, searched: Searched, older: pd.DataFrame) -> Pair:
    """The pair that a campaign of ``searched`` makes with ``older`` attached to it."""
    inputs = pd.DataFrame() if searched.inputs is None else searched.inputs
    table = inputs.assign(formula=list(searched.formulas), sigma=np.nan)
    target = tk.Target(name="sigma", scale="log10", unit="S/cm")
    campaign = tk.Campaign.from_table(
        table, inputs=list(inputs.columns), formula="formula", target=target
    )
    campaign.sources.add_table(older, tk.SourceSpec(source="OBELiX"))
    space = campaign.space
    seen = model_inputs_of(space, target, tuple(campaign.sources), STRATEGIES["standard"])
    (source,) = seen.sources
    X, own = (each.encode(space.matrix).X for each in (seen.encoder, encoder_for(space)))
    return Pair(
        name, "literature", "literature", X, searched.y, source.X, source.y,
        own=own, counts=source.counts,
    )  # fmt: skip


def questions(folder: Path) -> Iterator[tuple[str, Searched, pd.DataFrame]]:
    """(name, what is searched, rows of OBELiX behind it): those of all other families; for the
    shipped tables, which are NASICONs, also with the NASICONs of other articles. No row is of an
    article of the target, and but for these NASICONs none of a formula of it."""
    every = measured(folder)
    targets = {name: (shipped(name), NASICONS) for name in SHIPPED}
    targets |= {name: (family(every, called), called) for name, called in FAMILIES.items()}
    for name, (searched, called) in targets.items():
        others = every[~every["DOI"].isin(searched.articles)]
        away = others[~others["Family"].isin(called) & ~others["spelled"].isin(searched.formulas)]
        yield f"other families > {name}", searched, away
        if name in SHIPPED:
            yield f"NASICONs too > {name}", searched, others


def literature_pairs(folder: Path) -> Iterator[Pair]:
    """A pair for each of the questions."""
    for name, searched, older in questions(folder):
        yield behind(name, searched, older.drop(columns="spelled"))
