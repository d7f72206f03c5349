"""What a study of several targets found: hypervolume curves, as data, table and figure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tansaku.campaign.history.source_table import SourceTable
from tansaku.design import Bools, Floats, Ints
from tansaku.space import Space, Target
from tansaku.studies.metrics import discovery, mean_samples, samples_to, wilson
from tansaku.studies.result import LEVELS
from tansaku.studies.study_sources import documents
from tansaku.studies.volumes import mean_band

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.plots.picture import Picture

SHARES = {"hv_n90": 0.9, "hv_n95": 0.95, "hv_n99": 0.99}
"""Shares of the reachable hypervolume whose sample counts are reported."""


@dataclass(frozen=True, slots=True)
class VolumeResult:
    """How one strategy did.

    Attributes:
        name: The strategy.
        picks: Pool positions in the order of sampling, shape (runs, samples).
        volumes: Relative hypervolume of each run after 1, 2, .. samples, shape (runs, samples).
        hits: Samples until all best compromises were sampled, shape (runs,); 0 where some never
            were.
        spent: Mean cost of the samples so far, shape (samples,); ``None`` without costs.
        seconds: Wall time.
        uses_source: It was given older measurements.
    """

    name: str
    picks: Ints
    volumes: Floats
    hits: Ints
    spent: Floats | None
    seconds: float
    uses_source: bool = False

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self.hits)

    @property
    def mean(self) -> Floats:
        """Relative hypervolume, averaged over the runs, shape (samples,)."""
        return np.asarray(self.volumes.mean(0), dtype=np.float64)

    @property
    def levels(self) -> dict[str, int | None]:
        """Samples to 90, 95 and 99 % of the hypervolume, on the average."""
        return {name: samples_to(self.mean, share) for name, share in SHARES.items()}

    def document(self) -> dict[str, Any]:
        """As in ``study --json``: the hypervolume, and the share of runs that have sampled every
        best compromise."""
        mean, low, high = mean_band(self.volumes)
        p = discovery(self.hits, self.picks.shape[1])
        p_low, p_high = wilson(p, self.runs)
        return {
            "name": self.name,
            "runs": self.runs,
            "hypervolume": mean.tolist(),
            "hv_low": low.tolist(),
            "hv_high": high.tolist(),
            **self.levels,
            "discovery": p.tolist(),
            "low": p_low.tolist(),
            "high": p_high.tolist(),
            **{name: samples_to(p, level) for name, level in LEVELS.items()},
            "mean": mean_samples(self.hits),
            "spent": None if self.spent is None else self.spent.tolist(),
            "seconds": self.seconds,
            "uses_source": self.uses_source,
        }


@dataclass(frozen=True, slots=True)
class SeveralStudy:
    """A finished study of several targets.

    Attributes:
        targets: What was wanted.
        space: The pool searched; only rows with every target measured count.
        values: Of each candidate, in the targets' units, shape (N, m).
        best: Which candidates no other one beats, of those that keep all limits, shape (N,).
        reference: {goal: what it has to beat}, in its unit.
        hypervolume: Of all candidates above the reference, on the targets' scales.
        start: Start samples in each run; they count as samples everywhere.
        each_start: One run per possible first sample.
        seed: The seed; the same seed gives the same study.
        random: Expected relative hypervolume of random search, shape (N,).
        random_is_exact: It is computed in closed form, not from drawn orders.
        random_found: Exact probability of random search to have all best compromises, shape (N,).
        strategies: One result each.
        notices: What a careful assistant would mention.
        sources: The older measurements that strategies were given.
    """

    targets: tuple[Target, ...]
    space: Space
    values: Floats
    best: Bools
    reference: dict[str, float]
    hypervolume: float
    start: int
    each_start: bool
    seed: int
    random: Floats
    random_is_exact: bool
    random_found: Floats
    strategies: tuple[VolumeResult, ...]
    notices: tuple[str, ...] = ()
    sources: tuple[SourceTable, ...] = ()

    @property
    def n_candidates(self) -> int:
        """N, the size of the pool."""
        return len(self.values)

    def document(self) -> dict[str, Any]:
        """As ``study --json`` prints it."""
        return {
            "n_candidates": self.n_candidates,
            "best": None,
            "compromises": [
                {
                    "row": int(self.space.labels[i]),
                    "inputs": self.space.inputs_of(int(i)),
                    "values": {
                        target.name: float(value)
                        for target, value in zip(self.targets, self.values[i], strict=True)
                    },
                }
                for i in np.flatnonzero(self.best)
            ],
            "targets": [str(target) for target in self.targets],
            "reference": self.reference,
            "hypervolume": self.hypervolume,
            "start": self.start,
            "each_start": self.each_start,
            "seed": self.seed,
            "random_exact": {
                "hypervolume": self.random.tolist(),
                "is_exact": self.random_is_exact,
                **{name: samples_to(self.random, share) for name, share in SHARES.items()},
                "discovery": self.random_found.tolist(),
                **{name: samples_to(self.random_found, level) for name, level in LEVELS.items()},
            },
            "strategies": [each.document() for each in self.strategies],
            "notices": list(self.notices),
            **documents(self.space, self.sources),
        }

    @property
    def frame(self) -> pd.DataFrame:
        """One row per strategy and number of samples: strategy, samples, hypervolume, hv_low,
        hv_high, random."""
        import pandas as pd

        parts = []
        for each in self.strategies:
            mean, low, high = mean_band(each.volumes)
            k = len(mean)
            columns: dict[str, Any] = {
                "strategy": each.name,
                "samples": np.arange(1, k + 1),
                "hypervolume": mean,
                "hv_low": low,
                "hv_high": high,
                "random": self.random[:k],
            }
            parts.append(pd.DataFrame(columns))
        return pd.concat(parts, ignore_index=True)

    def plot(self, path: str | Path | None = None) -> Picture:
        """The hypervolume curves with their bands beside random search; also written to ``path``
        where one is given."""
        from tansaku.plots.hypervolume_curve import (
            VolumeCurve,
            hypervolume_figure,
        )  # it brings matplotlib

        curves = [VolumeCurve(s.name, *mean_band(s.volumes)) for s in self.strategies]
        samples = max(len(curve.mean) for curve in curves)
        figure = hypervolume_figure(
            curves, random=self.random[:samples], random_is_exact=self.random_is_exact
        )
        if path is not None:
            figure.savefig(path)
        return figure
