"""The study behind the default: one thing changed at a time, on tables that judge nothing else.

python -m bench.quality.variants --runs 60 [NAME ..]

The open tables of the comparison and the development tables; the held-out ones play no part.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from bench.quality.development_tables import development_tables
from bench.quality.ours import OWN_FOLDER, pool_of
from bench.quality.pick_files import sequence_length, write_json
from bench.quality.score import paired_bootstrap, random_regret, regret
from bench.quality.starts import starts
from bench.quality.table import FloatArray, IntArray, Table
from bench.quality.tables import DATA_FOLDER, load_tables
from bench.quality.warped import Warp, normal_scores, replay_warped, without_outliers
from tansaku.bo.optimize import farthest_allowed
from tansaku.strategy import STRATEGIES, Strategy
from tansaku.studies.replay import PoolSearch, replay

STANDARD = STRATEGIES["standard"]


def changed(acquisition: dict[str, Any] | None = None, **surrogate: Any) -> Strategy:
    """The default with parts exchanged."""
    assert STANDARD.surrogate is not None
    return STANDARD.model_copy(
        update={
            "surrogate": STANDARD.surrogate.model_copy(update=surrogate),
            "acquisition": STANDARD.acquisition.model_copy(update=acquisition or {}),
        }
    )


VARIANTS: dict[str, Strategy] = {
    "standard": STANDARD,
    "no guard against scatter": changed(scatter=0.0),
    "scatter 0.3 beforehand": changed(scatter=0.3),
    "Matern-5/2 alone": changed(kernel="matern52"),
    "Matern-3/2 alone": changed(kernel="matern32"),
    "RBF alone": changed(kernel="rbf"),
    "one setting a pick": changed(components=1),
    "four settings a pick": changed(components=4),
    "eight settings a pick": changed(components=8),
    "32 settings a pick": changed(components=32),
    "observed incumbent": changed({"incumbent": "observed"}),
    "UCB, beta 1": changed({"name": "ucb", "beta": 1.0}),
    "UCB, beta 2": changed({"name": "ucb", "beta": 2.0}),
    "PI": changed({"name": "pi"}),
    "Thompson": changed({"name": "thompson"}),
    "MAP, own scales, BoTorch's prior": changed(fit="map", kernel="matern52"),
    "MAP, own scales, RBF, BoTorch's prior": changed(fit="map", kernel="rbf"),
    "MAP, own scales, BayBE's prior": changed(
        fit="map", kernel="matern52", prior="dimension_scaled_gamma"
    ),
    "ML, one shared scale, RBF": STRATEGIES["isotropic"],
    "space-filling start": STRATEGIES["space_filling"],
}
WARPS: dict[str, Warp] = {"ranks": normal_scores, "outliers drawn in": without_outliers}
"""What the model learns from in place of the values; the rest is the default."""


def spread_starts(table: Table, runs: int) -> IntArray:
    """Five samples far from each other, the first as in the common starts, shape (runs, 5)."""
    picks, pool = starts(table, runs)[:, :1], pool_of(table)
    rngs = [np.random.default_rng([1, i]) for i in range(runs)]
    while picks.shape[1] < starts(table, 1).shape[1]:
        chosen = np.zeros((runs, len(table.y)), dtype=bool)
        chosen[np.arange(runs)[:, None], picks] = True
        picks = np.column_stack([picks, farthest_allowed(pool.X, chosen, chosen, rngs)])
    return picks


def regrets(name: str, table: Table, runs: int) -> FloatArray:
    """Regret of each run, shape (runs,)."""
    pool, samples = pool_of(table), sequence_length(table)
    if name in WARPS:
        begin = starts(table, runs)
        return regret(table, replay_warped(pool, table.y, begin, samples, STANDARD, WARPS[name]))
    strategy = VARIANTS[name]
    spread = strategy.start == "space_filling"
    begin = spread_starts(table, runs) if spread else starts(table, runs)
    return regret(table, replay(PoolSearch(pool, table.y[:, None], samples, strategy, 0), begin))


def main() -> None:
    """Run the variants; one line for each as it ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*VARIANTS, *WARPS])
    parser.add_argument("--runs", type=int, default=60)
    given = parser.parse_args()
    tables = [t for t in load_tables().values() if not t.held_out]
    sides = {"open": tables, "development": [*development_tables(DATA_FOLDER).values()]}
    random = {t.name: random_regret(t, starts(t, given.runs)) for ts in sides.values() for t in ts}
    print("| variant | open | development | worse than random |\n|---|---|---|---|")
    for name in given.names:
        found = {
            t.name: paired_bootstrap(regrets(name, t, given.runs), random[t.name])
            for ts in sides.values()
            for t in ts
        }
        means = [
            np.exp(np.mean([np.log(max(found[t.name].estimate, 1e-3)) for t in ts]))
            for ts in sides.values()
        ]
        worse = [t for t, ratio in found.items() if ratio.low > 1]
        cells = " | ".join(f"{mean:.3f}" for mean in means)
        print(f"| {name} | {cells} | {', '.join(worse)} |", flush=True)
        write_json(OWN_FOLDER / "variants" / f"{name}.json", {t: list(r) for t, r in found.items()})


if __name__ == "__main__":
    main()
