"""The finished tables of this benchmark, two of them real and one synthetic."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tansaku import datasets

DATA_FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
TRIPLE_SEED = 20221122
"""Of the scatter of the synthetic table; fixed before any search was run on it."""


@dataclass(frozen=True)
class Task:
    """One study.

    Attributes:
        name: What it is called in the tables.
        frame: The finished table.
        inputs: Its input columns.
        targets: As behind ``--target``.
        reference: As behind ``--reference``; none for the default.
        cost: As behind ``--cost``.
        start: Random samples at the beginning.
        steps: Samples in all.
        runs: Searches per strategy and seed.
    """

    name: str
    frame: pd.DataFrame
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    reference: tuple[tuple[str, float], ...] = ()
    cost: str | None = None
    start: int = 5
    steps: int | None = None
    runs: int = 200


def lyczp() -> Task:
    """Conductivity x density of 47 measured compositions, as in the lecture: linear scales and the
    reference point -1e-4 S/cm, 0.604."""
    return Task(
        "lyczp_47, conductivity x density",
        datasets.load("lyczp_47"),
        ("x_Y", "y_Ca"),
        ("sigma_lowT_S_cm:max", "relative_density:max"),
        (("sigma_lowT_S_cm", -1e-4), ("relative_density", 0.604)),
    )


def triple_frame() -> pd.DataFrame:
    """221 candidates on a 13 x 17 grid of two inputs, with three made-up properties.

    ``sigma`` has a narrow hill and a broad one; ``density`` grows with firing temperature up to a
    ridge that bends with composition, and falls off behind it; ``stability`` prefers the corner
    that ``sigma`` dislikes, with ripples. Each carries a scatter of 2 % of its range, drawn once.
    """
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, 13), np.linspace(0, 1, 17)))
    narrow = np.exp(-(((x - 0.67) / 0.10) ** 2) - ((y - 0.56) / 0.09) ** 2)
    broad = 0.6 * np.exp(-(((x - 0.3) / 0.35) ** 2) - ((y - 0.35) / 0.4) ** 2)
    ridge = 0.55 + 0.3 * (x - 0.4)
    properties = {
        "sigma": narrow + broad,
        "density": 0.6 + 0.38 * np.exp(-(((y - ridge) / 0.28) ** 2)) - 0.1 * x,
        "stability": (1 - x) * (0.4 + 0.6 * y) + 0.12 * np.sin(7 * x + 5 * y),
    }
    rng = np.random.default_rng(TRIPLE_SEED)
    frame = pd.DataFrame({"x": x, "y": y})
    for name, values in properties.items():
        frame[name] = np.round(values + 0.02 * np.ptp(values) * rng.standard_normal(len(x)), 6)
    return frame


def triple() -> list[Task]:
    """The synthetic table: each pair of properties, and all three."""
    frame, names = triple_frame(), ("sigma", "density", "stability")
    wanted = [(names[0], names[1]), (names[0], names[2]), (names[1], names[2]), names]
    return [
        Task(
            f"synthetic 221, {' x '.join(each)}",
            frame,
            ("x", "y"),
            tuple(f"{name}:max" for name in each),
            steps=120,
            runs=40 if len(each) == 2 else 20,
        )
        for each in wanted
    ]


STRENGTH, SLUMP = "fc 28-d - Target (MPa)", "Slump - Target (mm)"
CO2 = "CO2 (kg/t) - A-priori Information"


def geopolymer() -> list[Task]:
    """Concrete mixes: strength, slump and CO2, which is known before a mix is made; of 156 mixes 16
    were measured. Once with CO2 as a third goal, once as a cost."""
    path = DATA_FOLDER / "geopolymer.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r[STRENGTH] not in ("", "NaN")]
    frame = pd.DataFrame(rows).drop(columns=["Idx_Sample"]).astype(float)
    inputs = [c for c in frame.columns if c not in (STRENGTH, SLUMP, CO2)]
    varied = tuple(c for c in inputs if frame[c].nunique() > 1)
    measured = (f"{STRENGTH}:max", f"{SLUMP}:max")
    common = {"frame": frame, "inputs": varied, "start": 3}
    return [
        Task(
            "geopolymer 16, strength x slump x CO2 (known)",
            targets=(*measured, f"{CO2}:min:known"),
            **common,
        ),  # type: ignore[arg-type]
        Task("geopolymer 16, strength x slump per CO2", targets=measured, cost=CO2, **common),  # type: ignore[arg-type]
    ]


def tasks() -> list[Task]:
    """All of them; without the data folder those that travel with the package."""
    return [lyczp(), *triple(), *geopolymer()]
