"""Coverage of the intervals beside a prediction, and how often chances come true, on real tables.

``python -m bench.trust`` measures n random rows of each table and asks for all others: how many lie
within the 95 % interval of the next measurement, and within that of the function alone. The same
rows are asked of BoTorch's ``SingleTaskGP`` with observation noise. Then searches are replayed, and
what was said of each suggestion is held against what came out.
"""

from __future__ import annotations

import platform
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import torch

from bench.quality.olympus_tables import olympus_tables
from bench.quality.real_tables import real_tables
from bench.quality.starts import starts
from bench.quality.table import FloatArray, IntArray, Table
from bench.quality.tables import DATA_FOLDER
from tansaku.bo import engine
from tansaku.bo.laws import Laws
from tansaku.campaign.suggest.predicted_values import ENDS
from tansaku.design import Bools, Design, Joint, Problems
from tansaku.space.predictions import INTERVAL_Z
from tansaku.strategy import STRATEGIES

MEASURED = (8, 20, 35)
"""Rows that are measured when intervals are asked for."""
RUNS, PICKS = 10, 25
"""Random subsets of a table, and searches of so many picks after five random rows."""
FEWEST = 43
"""Rows that a table has at least: 35 measured leave eight to ask for."""


def tables() -> Iterator[Table]:
    """The real tables that are large enough."""
    found = [*real_tables(DATA_FOLDER), *olympus_tables(DATA_FOLDER / "olympus")]
    return (table for table in found if len(table.y) >= FEWEST)


def encoded(table: Table) -> FloatArray:
    """Inputs in [0, 1]."""
    low = table.X.min(0)
    return (table.X - low) / (table.X.max(0) - low)


def problems(table: Table, rows: IntArray) -> Problems:
    """One search for each row of ``rows``, shape (b, n), that has measured these."""
    X = encoded(table)
    taken = np.zeros((len(rows), len(X)), dtype=bool)
    taken[np.arange(len(rows))[:, None], rows] = True
    return Problems(
        Design(X, table.columns), X[rows], table.y[rows], np.ones(rows.shape), taken,
        np.empty((len(rows), 0), dtype=np.int64), positions=rows,
    )  # fmt: skip


def within(law: Laws, values: FloatArray, *, measured: bool) -> Bools:
    """Whether values, shape (b, N), lie in the 95 % interval of the function, or of the next
    measurement."""
    low, high = law.quantiles([(p, measured) for p in ENDS])
    return np.asarray((low <= values) & (values <= high))


def botorch(table: Table, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """(mean, sd of an observation) of every candidate, (b, N) each, by the defaults."""
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from gpytorch.mlls import ExactMarginalLogLikelihood

    X, means, sds = torch.from_numpy(encoded(table)), [], []
    for each in rows:
        model = SingleTaskGP(X[each], torch.from_numpy(table.y[each])[:, None])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        with torch.no_grad():
            posterior = model.posterior(X, observation_noise=True)
        means.append(posterior.mean[:, 0].detach().numpy())
        sds.append(posterior.variance[:, 0].sqrt().detach().numpy())
    return np.stack(means), np.stack(sds)


def coverage(table: Table, n: int) -> dict[str, float]:
    """Share of the rows that are not measured within each 95 % interval."""
    rng = np.random.default_rng([n, table.crc])
    rows = np.stack([rng.permutation(len(table.y))[:n] for _run in range(RUNS)])
    left = np.ones((RUNS, len(table.y)), dtype=bool)
    left[np.arange(RUNS)[:, None], rows] = False
    rngs = [np.random.default_rng([7, i]) for i in range(RUNS)]
    found = engine.survey(Joint.of(problems(table, rows)), STRATEGIES["standard"], rngs)
    mean, sd = botorch(table, rows)
    inside = {
        "measurement": within(found.laws[0], table.y, measured=True),
        "function": within(found.laws[0], table.y, measured=False),
        "botorch": np.abs(table.y - mean) <= INTERVAL_Z * sd,
    }
    return {name: float(each[left].mean()) for name, each in inside.items()}


def suggested(table: Table) -> list[tuple[float, bool, bool]]:
    """(said chance to beat the best, whether it did, whether the result lay within its interval) of
    each suggestion of ``RUNS`` searches."""
    rows = starts(table)[:RUNS]
    rngs = [np.random.default_rng([11, i]) for i in range(RUNS)]
    warm, said = None, []
    for _pick in range(min(PICKS, len(table.y) - rows.shape[1])):
        found = engine.propose(
            Joint.of(problems(table, rows)), STRATEGIES["standard"], 1, rngs, warm=warm
        )
        pick, best = found.picks[:, 0], table.y[rows].max(1)
        inside = within(found.laws[0], table.y[found.picks], measured=True)[:, 0]
        better = table.y[pick] > best
        said += zip(found.chance[:, 0].tolist(), better.tolist(), inside.tolist(), strict=True)
        rows, warm = np.concatenate([rows, found.picks], axis=1), found.warm
    return said


def main() -> None:
    """Print the tables of docs/benchmarks.md."""
    every = list(tables())
    print(f"{len(every)} real tables, {RUNS} subsets each; {platform.machine()}, "
          f"{torch.get_num_threads()} threads, {datetime.now(UTC):%Y-%m-%d}\n")  # fmt: skip
    print("| measured | next measurement | lowest table | function alone | BoTorch with noise |")
    print("|---|---|---|---|---|")
    for n in MEASURED:
        found = {table.name: coverage(table, n) for table in every}
        mean = {k: np.mean([f[k] for f in found.values()]) for k in next(iter(found.values()))}
        worst = min(found, key=lambda name: found[name]["measurement"])
        print(f"| {n} | {mean['measurement']:.1%} | {found[worst]['measurement']:.1%} ({worst}) "
              f"| {mean['function']:.1%} | {mean['botorch']:.1%} |", flush=True)  # fmt: skip
    said = np.array([each for table in every for each in suggested(table)], dtype=float)
    chance, better, inside = said.T
    print(f"\nOf {len(said)} suggestions {inside.mean():.1%} came out within their interval; "
          f"said chance {chance.mean():.1%}, came true {better.mean():.1%}.\n")  # fmt: skip
    print("| said chance | suggestions | said on average | came true |")
    print("|---|---|---|---|")
    edges = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 1.0001)
    for low, high in pairwise(edges):
        some = (chance >= low) & (chance < high)
        if some.any():
            error = np.sqrt(better[some].mean() * (1 - better[some].mean()) / some.sum())
            print(f"| {low:.2f} to {min(high, 1):.2f} | {some.sum()} | {chance[some].mean():.1%} "
                  f"| {better[some].mean():.1%} ± {error:.1%} |")  # fmt: skip


if __name__ == "__main__":
    main()
