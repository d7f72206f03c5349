"""What is lost where 500 points of a large source speak for it: python -m bench.transfer.large

Real tables cut in two: one half is the older system, its values a fifth smaller and shifted, of
the other twelve rows are measured. Errors of what is expected of all its other rows, over the sd
of their values, where all older points speak, 500 that are drawn, and the 500 that cover them best.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import pandas as pd

import tansaku as tk
from bench.quality.olympus_tables import olympus_tables
from bench.quality.tables import DATA_FOLDER
from tansaku.bo.surrogates import model_average
from tansaku.bo.surrogates.source_posterior import SOURCE_POINTS, drawn
from tansaku.design import SourceData

MEASURED: Final = 12
DRAWS: Final = 4


def covering(source: SourceData) -> SourceData:
    """Those that together cover all of it best: from the middle on each the farthest from those
    before (Gonzalez, Theor. Comput. Sci. 38 (1985) 293)."""
    X, found = source.X, [int(np.square(source.X - source.X.mean(axis=0)).sum(axis=1).argmin())]
    apart = np.full(len(X), np.inf)
    while len(found) < min(len(X), SOURCE_POINTS):
        apart = np.minimum(apart, np.square(X - X[found[-1]]).sum(axis=1))
        found.append(int(apart.argmax()))
    rows = np.sort(found)
    return SourceData(X[rows], source.y[rows], source.counts[rows])


WAYS: Final[dict[str, Callable[[SourceData], SourceData]]] = {
    "all": partial(drawn, most=100_000),
    "500 drawn": drawn,
    "500 that cover": covering,
}


def error(frame: pd.DataFrame, inputs: list[str], target: str, draw: int) -> dict[str, float]:
    """{way: error over the sd of the values}; without older data as well."""
    rows = np.random.default_rng(draw).permutation(len(frame))
    older, own = frame.iloc[rows[: len(rows) // 2]], frame.iloc[rows[len(rows) // 2 :]]
    truth, measured = own[target].to_numpy(), np.arange(len(own)) < MEASURED
    older = older.assign(**{target: 0.8 * older[target] + 0.3 * frame[target].std()})
    shown = own.assign(**{target: np.where(measured, truth, np.nan)})
    campaign = tk.Campaign.from_table(shown, inputs=inputs, target=target)

    def off(strategy: str) -> float:
        mean = campaign.posterior(own[inputs], strategy=strategy).mean
        return float(np.sqrt(np.square(mean - truth)[~measured].mean()) / truth.std())

    found = {"older": float(len(older)), "without": off("standard")}
    spec = tk.SourceSpec(source="older", inputs=tuple(inputs), target=target, factor=1.0)
    campaign.sources.add_table(older, spec)
    for name, way in WAYS.items():
        setattr(model_average, "drawn", way)  # noqa: B010 it is not the module's own
        found[name] = off("transfer")
    return found


def main() -> None:
    """Print the table."""
    print("| table | older | without | all | 500 drawn | 500 that cover |")
    print("|---|---|---|---|---|---|")
    for table in olympus_tables(DATA_FOLDER / "olympus", at_most=None):
        if len(table.y) < 2 * SOURCE_POINTS:
            continue
        inputs = list(table.columns)
        frame = pd.DataFrame(table.X, columns=inputs).assign(wanted=table.y)
        each = [error(frame, inputs, "wanted", draw) for draw in range(DRAWS)]
        mean = {name: np.mean([found[name] for found in each]) for name in each[0]}
        cells = [f"{mean[name]:.3f}" for name in ("without", *WAYS)]
        print(f"| `{table.name}` | {mean['older']:,.0f} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
