"""Banks with other numbers of settings and other laws, for the study of the default only.

python -m bench.quality.banks --runs 40 [NAME ..]

Each is compared with the default's bank, start by start, on the tables of three columns and more:
the open ones, the development ones, and the made-up families of ``family_tables``.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
import torch

from bench.quality.development_tables import development_tables
from bench.quality.family_tables import family_tables
from bench.quality.ours import pool_of
from bench.quality.pick_files import sequence_length
from bench.quality.score import REGRET_FLOOR, regret
from bench.quality.starts import starts
from bench.quality.table import FloatArray, Table
from bench.quality.tables import DATA_FOLDER, load_tables
from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.strategy import STRATEGIES
from tansaku.studies.replay import PoolSearch, replay


@dataclass(frozen=True, slots=True)
class Bank:
    """What makes a bank; as it stands, the default's.

    Attributes:
        own: Settings with a length scale per column.
        share: Their weight before the data; the rest is that of shared length scales.
        median: Median of their length scales, times sqrt(d / 2).
        sigma: Standard deviation of the logarithm of each.
        noise_mu: Mean of ln(noise / signal variance).
        noise_sigma: Its standard deviation.
    """

    own: int = hs.OWN_SAMPLES
    share: float = 0.5
    median: float = hs.OWN_MEDIAN
    sigma: float = hs.OWN_SIGMA
    noise_mu: float = hs.NOISE_MU
    noise_sigma: float = hs.NOISE_SIGMA

    def settings(self, d: int) -> hs.HyperparameterSamples:
        """The settings for d columns, two or more."""
        shared, unit = hs.SHARED_SAMPLES, math.sqrt(d / 2)
        sobol = torch.quasirandom.SobolEngine(d + 1, scramble=True, seed=1)
        draws = sobol.draw(shared + self.own, dtype=torch.float64)
        normal = torch.special.ndtri(draws.clamp(1e-3, 1 - 1e-3)).numpy()
        scales = np.empty((shared + self.own, d))
        scales[:shared] = unit * np.geomspace(*hs.SHARED_RANGE, shared)[:, None]
        scales[shared:] = unit * self.median * np.exp(self.sigma * normal[shared:, :d])
        weight = np.full(shared + self.own, (1 - self.share) / shared)
        weight[shared:] = self.share / self.own
        noise = np.exp(self.noise_mu + self.noise_sigma * normal[:, d])
        return hs.HyperparameterSamples(*map(torch.as_tensor, (scales, noise, np.log(weight))))


BANKS: dict[str, Bank] = {
    "200 settings with own scales": Bank(own=200),
    "200, a quarter of the weight": Bank(own=200, share=0.25),
    "200, a tenth of the weight": Bank(own=200, share=0.1),
    "40, three quarters of the weight": Bank(share=0.75),
    "40, nine tenths of the weight": Bank(share=0.9),
    "40, scales closer together": Bank(sigma=0.6),
    "40, closer together and shorter": Bank(sigma=0.6, median=0.39),
    "200, closer together": Bank(own=200, sigma=0.6),
    "little noise expected": Bank(noise_mu=-4.0, noise_sigma=1.0),
}


@contextmanager
def bank_of(chosen: Bank) -> Iterator[None]:
    """Inside the ``with`` block the default works with this bank."""

    @cache
    def settings_on(_device: torch.device, d: int) -> hs.HyperparameterSamples:
        return chosen.settings(d)

    before = hs._samples_on
    hs._samples_on = settings_on
    try:
        yield
    finally:
        hs._samples_on = before


def regrets(table: Table, runs: int) -> FloatArray:
    """Regret of each run of the default, shape (runs,)."""
    begin, samples = starts(table, runs), sequence_length(table)
    picks = replay(
        PoolSearch(pool_of(table), table.y[:, None], samples, STRATEGIES["standard"], 0), begin
    )
    return regret(table, picks)


def ratio(new: list[FloatArray], old: list[FloatArray], draws: int = 2000) -> str:
    """Geometric mean over tables of mean regrets, with a 95 % interval over the starts."""
    rng, logs = np.random.default_rng(0), []
    for a, b in zip(new, old, strict=True):
        chosen = np.vstack([np.arange(len(a)), rng.integers(len(a), size=(draws, len(a)))])
        means = (np.maximum(v[chosen].mean(axis=1), REGRET_FLOOR) for v in (a, b))
        logs.append(np.log(next(means)) - np.log(next(means)))
    mean = np.exp(np.mean(logs, axis=0))
    low, high = np.quantile(mean[1:], [0.025, 0.975])
    return f"{mean[0]:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Run the banks; one line for each as it ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*BANKS])
    parser.add_argument("--runs", type=int, default=40)
    given = parser.parse_args()
    sides = {
        "open": [t for t in load_tables().values() if not t.held_out],
        "development": [*development_tables(DATA_FOLDER).values()],
        "families": [*family_tables().values()],
    }
    sides = {side: [t for t in ts if t.X.shape[1] >= 3] for side, ts in sides.items()}
    usual = {side: [regrets(t, given.runs) for t in ts] for side, ts in sides.items()}
    print(f"| bank | {' | '.join(sides)} | all |\n{'|---' * (len(sides) + 2)}|")
    for name in given.names:
        with bank_of(BANKS[name]):
            found = {side: [regrets(t, given.runs) for t in ts] for side, ts in sides.items()}
        cells = [ratio(found[side], usual[side]) for side in sides]
        cells.append(ratio([*chain(*found.values())], [*chain(*usual.values())]))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
