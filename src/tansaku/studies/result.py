"""What a study found: discovery curves, as data, as a table and as a figure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tansaku.campaign.history.source_table import SourceTable
from tansaku.design import Floats, Ints
from tansaku.space import Space, Target
from tansaku.studies.metrics import mean_samples, samples_to
from tansaku.studies.study_sources import documents

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from tansaku.plots.steps import Hits

LEVELS = {"n50": 0.5, "n80": 0.8, "n95": 0.95}
"""Discovery probabilities whose sample counts are reported."""


@dataclass(frozen=True, slots=True)
class StrategyResult:
    """How one strategy did.

    Attributes:
        name: The strategy.
        picks: Pool positions in the order of sampling, shape (runs, samples).
        hits: Samples until the best was found, shape (runs,); 0 where it was not.
        discovery: Share of runs that found it within 1, 2, .. samples, shape (samples,).
        low: Lower end of the 95 % Wilson band, shape (samples,).
        high: Upper end.
        random_exact: The same share for exact random search, shape (samples,).
        random_levels: Samples that exact random search needs, by level.
        start: Start samples in each run.
        seconds: Wall time.
        uses_source: It was given the source's measurements.
    """

    name: str
    picks: Ints
    hits: Ints
    discovery: Floats
    low: Floats
    high: Floats
    random_exact: Floats
    random_levels: dict[str, int | None]
    start: int
    seconds: float
    uses_source: bool = False

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self.hits)

    @property
    def mean(self) -> float | None:
        """Mean samples until the best, start samples counted; None where a run missed it."""
        return mean_samples(self.hits)

    @property
    def levels(self) -> dict[str, int | None]:
        """Samples to 50, 80 and 95 % discovery, start samples counted."""
        return {name: samples_to(self.discovery, p) for name, p in LEVELS.items()}

    @property
    def enhancement(self) -> Floats:
        """EF(n) = discovery / exact random discovery at the same n, shape (samples,)."""
        return self.discovery / self.random_exact

    @property
    def acceleration(self) -> dict[str, float | None]:
        """AF = samples of exact random search / samples of this strategy, at equal level."""
        return {
            name: None if n is None or r is None else r / n
            for (name, n), r in zip(self.levels.items(), self.random_levels.values(), strict=True)
        }

    def document(self) -> dict[str, Any]:
        """As in ``study --json``."""
        levels = self.levels
        after = {k: None if n is None else n - self.start for k, n in levels.items()}
        return {
            "name": self.name,
            "runs": self.runs,
            "discovery": self.discovery.tolist(),
            "low": self.low.tolist(),
            "high": self.high.tolist(),
            **levels,
            "mean": self.mean,
            "seconds": self.seconds,
            "uses_source": self.uses_source,
            "after_start": after | {"mean": None if self.mean is None else self.mean - self.start},
            "enhancement": self.enhancement.tolist(),
            "acceleration": self.acceleration,
        }


@dataclass(frozen=True, slots=True)
class Study:
    """A finished study.

    Attributes:
        target: What was wanted.
        space: The pool searched; only rows with a value count.
        values: Their values in the target's unit (replicates averaged on the model scale), (N,).
        best_position: Pool position of the best candidate (the first, where several are equal).
        start: Start samples in each run; they count as samples everywhere.
        each_start: One run per possible first sample.
        seed: The seed; the same seed gives the same study.
        random_exact: Exact discovery probability of random search, shape (N,).
        random_exact_mean: Its exact mean number of samples.
        strategies: One result each.
        notices: What a careful assistant would mention.
        sources: The older measurements that strategies were given.
    """

    target: Target
    space: Space
    values: Floats
    best_position: int
    start: int
    each_start: bool
    seed: int
    random_exact: Floats
    random_exact_mean: float
    strategies: tuple[StrategyResult, ...]
    notices: tuple[str, ...] = ()
    sources: tuple[SourceTable, ...] = ()

    @property
    def n_candidates(self) -> int:
        """N, the size of the pool."""
        return len(self.values)

    @property
    def samples(self) -> int:
        """Samples of each run, start samples counted."""
        return max(len(s.discovery) for s in self.strategies)

    @property
    def best(self) -> float:
        """The best value, in the target's unit."""
        return float(self.values[self.best_position])

    @property
    def best_row(self) -> int:
        """Table row of the best candidate, from 0."""
        return int(self.space.labels[self.best_position])

    def document(self) -> dict[str, Any]:
        """As ``study --json`` prints it."""
        exact = {name: samples_to(self.random_exact, p) for name, p in LEVELS.items()}
        return {
            "n_candidates": self.n_candidates,
            "best": self.best,
            "best_row": self.best_row,
            "best_inputs": self.space.inputs_of(self.best_position),
            "target": str(self.target),
            "start": self.start,
            "each_start": self.each_start,
            "seed": self.seed,
            "random_exact": {
                "discovery": self.random_exact.tolist(),
                **exact,
                "mean": self.random_exact_mean,
            },
            "strategies": [s.document() for s in self.strategies],
            "notices": list(self.notices),
            **documents(self.space, self.sources),
        }

    @property
    def frame(self) -> pd.DataFrame:
        """One row per strategy and number of samples: strategy, samples, discovery, low, high,
        random_exact, enhancement."""
        import pandas as pd

        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "strategy": s.name,
                        "samples": np.arange(1, len(s.discovery) + 1),
                        "discovery": s.discovery,
                        "low": s.low,
                        "high": s.high,
                        "random_exact": s.random_exact,
                        "enhancement": s.enhancement,
                    }
                )
                for s in self.strategies
            ],
            ignore_index=True,
        )

    def plot(self, path: str | Path | None = None) -> Figure:
        """The discovery curves with their bands beside exact random search, as the lecture draws
        them; also written to ``path`` where one is given."""
        from tansaku.plots.discovery import Curve, discovery_figure  # on demand: matplotlib

        curves = [Curve(s.name, s.discovery, s.low, s.high) for s in self.strategies]
        figure = discovery_figure(curves, random_exact=self.random_exact[: self.samples])
        if path is not None:
            figure.savefig(path)
        return figure

    def plot_counts(self, path: str | Path | None = None) -> Figure:
        """Number of runs that have the best against the samples after the first, as the lecture
        draws transfer learning; also written to ``path`` where one is given."""
        from tansaku.plots.steps import counts_figure  # on demand: matplotlib

        figure = counts_figure(self._hits(), candidates=self.n_candidates, samples=self.samples)
        if path is not None:
            figure.savefig(path)
        return figure

    def plot_steps(self, path: str | Path | None = None) -> Figure:
        """A bar for each strategy: samples after the first until 95 % of the runs have the best;
        also written to ``path`` where one is given."""
        from tansaku.plots.steps import steps_figure  # on demand: matplotlib

        figure = steps_figure(self._hits())
        if path is not None:
            figure.savefig(path)
        return figure

    def _hits(self) -> list[Hits]:
        """When each run of each strategy had the best."""
        from tansaku.plots.steps import Hits  # on demand: matplotlib

        return [Hits(s.name, np.where(s.hits > 0, s.hits - 1.0, np.inf)) for s in self.strategies]
