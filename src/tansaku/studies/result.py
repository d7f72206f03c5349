"""What a study found: curves of each strategy by each metric, as data, table and figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tansaku import markup
from tansaku.campaign.history.source_table import SourceTable
from tansaku.design import Floats, Ints
from tansaku.language import _
from tansaku.space import Space, Target
from tansaku.studies.finished_table import FinishedTable
from tansaku.studies.metrics import Curve, Metric, first_reached, mean_samples, random_mean
from tansaku.studies.study_document import (
    Compromise,
    RandomSearch,
    Reached,
    StoppedSearches,
    StrategyDocument,
    StudyDocument,
    StudySource,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from tansaku.plots.steps import Hits


@dataclass(frozen=True, slots=True)
class StrategyResult:
    """How one strategy did.

    Attributes:
        name: The strategy.
        picks: Candidates in the order of sampling, as positions, shape (runs, samples).
        curves: {metric: what the runs were worth by it}.
        random: {metric: the same of random search, over the samples of the runs}.
        random_levels: Samples that random search needs to each discovery probability.
        start: Start samples in each run.
        seconds: Wall time.
        spent: Mean cost of the samples so far, shape (samples,); ``None`` without costs.
        uses_source: It was given older measurements.
        stop: What stopping would have saved; ``None`` where that was not asked.
    """

    name: str
    picks: Ints
    curves: Mapping[str, Curve]
    random: Mapping[str, Floats]
    random_levels: dict[str, int | None]
    start: int
    seconds: float
    spent: Floats | None = None
    uses_source: bool = False
    stop: StoppedSearches | None = None

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self.picks)

    @property
    def hits(self) -> Ints:
        """Samples until the best was found (of several goals every best compromise), shape
        (runs,); 0 where it was not."""
        return first_reached(self.curves["discovery"].values)

    @property
    def discovery(self) -> Floats:
        """Share of runs that found it within 1, 2, .. samples, shape (samples,)."""
        return self.curves["discovery"].mean

    @property
    def mean(self) -> float | None:
        """Mean samples until the best, start samples counted; None where a run missed it."""
        return mean_samples(self.hits)

    @property
    def levels(self) -> dict[str, int | None]:
        """Samples to 50, 80 and 95 % discovery, start samples counted."""
        return self.curves["discovery"].levels

    @property
    def enhancement(self) -> Floats:
        """EF(n) = discovery / exact random discovery at the same n, shape (samples,)."""
        return self.discovery / self.random["discovery"]

    @property
    def acceleration(self) -> dict[str, float | None]:
        """AF = samples of exact random search / samples of this strategy, at equal level."""
        return {
            name: None if n is None or r is None else r / n
            for (name, n), r in zip(self.levels.items(), self.random_levels.values(), strict=True)
        }

    def summary(self) -> StrategyDocument:
        """As in ``study --json``."""
        found: dict[str, Any] = {"name": self.name, "runs": self.runs}
        for metric, (name, low, high) in FIELDS.items():
            if metric in self.curves:
                curve = self.curves[metric]
                found |= {name: curve.mean.tolist()} | _ends(curve, low, high) | curve.levels
        found |= {"mean": self.mean, "seconds": self.seconds, "uses_source": self.uses_source}
        if "hypervolume" in self.curves:
            spent = None if self.spent is None else self.spent.tolist()
            return StrategyDocument(**found, spent=spent)
        if self.stop is not None:
            found["stop"] = self.stop
        reached: dict[str, Any] = self.levels | {"mean": self.mean}
        after = {k: None if n is None else n - self.start for k, n in reached.items()}
        return StrategyDocument(
            **found,
            after_start=Reached(**after),
            enhancement=self.enhancement.tolist(),
            acceleration=self.acceleration,
        )


FIELDS = {
    "hypervolume": ("hypervolume", "hv_low", "hv_high"),
    "discovery": ("discovery", "low", "high"),
    "regret": ("regret", "regret_low", "regret_high"),
}
"""{metric: names of its mean and of the ends of its interval in documents and tables}."""


def _ends(curve: Curve, low: str, high: str) -> dict[str, Any]:
    """The ends of the interval; null where nothing is known of them."""
    ends = {low: curve.low, high: curve.high}
    return {k: [x if np.isfinite(x) else None for x in v.tolist()] for k, v in ends.items()}


@dataclass(frozen=True, slots=True)
class Study:
    """A finished study, of one target or many.

    Attributes:
        table: What was searched, and what is wanted.
        metrics: What searches are judged by: ``discovery``, and ``regret`` of one goal or
            ``hypervolume`` of several.
        start: Start samples in each run; they count as samples everywhere.
        each_start: One run per possible first sample.
        seed: The seed; the same seed gives the same study.
        strategies: One result each.
        notices: What a careful assistant would mention.
        sources: The older measurements that strategies were given.
        compared: Columns in which they were compared.

    Example:
        >>> from tansaku import study
        >>> table = {"x": [0, 1, 2, 3], "y": [1.0, 3.0, 2.0, 0.5]}
        >>> found = study(table, inputs=["x"], target="y", strategies=["random"], runs=9, start=1)
        >>> found.best, found.strategies[0].runs, found.samples
        (3.0, 9, 4)
    """

    table: FinishedTable
    metrics: Mapping[str, Metric]
    start: int
    each_start: bool
    seed: int
    strategies: tuple[StrategyResult, ...]
    notices: tuple[str, ...] = ()
    sources: tuple[SourceTable, ...] = ()
    compared: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """What was wanted."""
        return self.table.targets

    @property
    def space(self) -> Space:
        """In which the candidates lie."""
        return self.table.space

    @property
    def n_candidates(self) -> int:
        """N, the size of the pool."""
        return len(self.table)

    @property
    def samples(self) -> int:
        """Samples of each run, start samples counted."""
        return max(int(s.picks.shape[1]) for s in self.strategies)

    @property
    def best_position(self) -> int | None:
        """Of one goal the best candidate (the first, where several are equal); of several goals
        ``None``: see ``table.front``."""
        if not self.table.single:
            return None
        return int(np.nanargmax(self.table.worth[0][:, 0]))

    @property
    def best(self) -> float | None:
        """Of one goal the best value, in the target's unit."""
        if self.best_position is None:
            return None
        return float(self.table.values[self.best_position, 0])

    @property
    def random_mean(self) -> float:
        """Exact mean number of samples until random search has a best candidate."""
        return random_mean(self.n_candidates, int(self.table.front.sum()))

    def document(self) -> dict[str, Any]:
        """As ``study --json`` prints it."""
        return StudyDocument(**self.fields()).document()

    def fields(self) -> dict[str, Any]:
        """The fields of a :class:`StudyDocument`."""
        sources = [StudySource(**s.summary(), compared=self.compared) for s in self.sources]
        return {
            "n_candidates": self.n_candidates,
            "best": self.best,
            **(self._best() if self.table.single else self._compromises()),
            "start": self.start,
            "each_start": self.each_start,
            "seed": self.seed,
            "random_exact": self._random(),
            "strategies": [each.summary() for each in self.strategies],
            "notices": self.notices,
            "source": next(iter(sources), None),
            "sources": sources,
        }

    def _repr_html_(self) -> str:
        metric, said = "discovery", _("Samples needed to find it:")
        if not self.table.single:
            metric = "hypervolume"
            said = _("Samples needed on the average for a share of the hypervolume:")
        levels = self.metrics[metric].levels
        names = ", ".join(str(target) for target in self.targets)
        title = _("Study of {names}: {n} candidates").format(names=names, n=self.n_candidates)
        header = [_("strategy"), _("searches"), *(f"{100 * p:.0f} %" for p in levels.values())]
        rows = [
            [each.name, each.runs, *each.curves[metric].levels.values()] for each in self.strategies
        ]
        table = markup.lines([said]) + markup.grid(header, rows)
        return markup.block(title, table, markup.lines(self.notices))

    def _best(self) -> dict[str, Any]:
        at = self.best_position or 0
        return {
            "best_row": int(self.table.labels[at]),
            "best_inputs": self.table.inputs_of(at),
            "target": str(self.targets[0]),
        }

    def _compromises(self) -> dict[str, Any]:
        table = self.table
        return {
            "compromises": [
                Compromise(
                    row=int(table.labels[i]),
                    inputs=table.inputs_of(i),
                    values={
                        target.name: float(value)
                        for target, value in zip(self.targets, table.values[i], strict=True)
                        if np.isfinite(value)
                    },
                )
                for i in np.flatnonzero(table.front).tolist()
            ],
            "targets": [str(target) for target in self.targets],
            "reference": table.reference_in_units,
            "hypervolume": table.volume,
        }

    def _random(self) -> RandomSearch:
        found: dict[str, Any] = {}
        for name in FIELDS:
            if name in self.metrics:
                metric = self.metrics[name]
                found |= {name: metric.random.tolist()} | metric.reached(metric.random)
        if self.table.single:
            return RandomSearch(**found, mean=self.random_mean)
        return RandomSearch(**found, is_exact=self.metrics["hypervolume"].exact)

    @property
    def frame(self) -> pd.DataFrame:
        """One row per strategy and number of samples: strategy, samples, and of one goal discovery,
        low, high, random_exact, enhancement, regret; of several hypervolume, hv_low, hv_high,
        random."""
        import pandas as pd

        parts = []
        for each in self.strategies:
            columns: dict[str, Any] = {"strategy": each.name}
            columns["samples"] = np.arange(1, each.picks.shape[1] + 1)
            metric = "discovery" if self.table.single else "hypervolume"
            curve, named = each.curves[metric], FIELDS[metric]
            columns |= dict(zip(named, (curve.mean, curve.low, curve.high), strict=True))
            columns["random_exact" if self.table.single else "random"] = each.random[metric]
            if self.table.single:
                columns["enhancement"] = each.enhancement
                columns["regret"] = each.curves["regret"].mean
            parts.append(pd.DataFrame(columns))
        return pd.concat(parts, ignore_index=True)

    def plot(self, path: str | Path | None = None) -> Figure:
        """The curves with their bands beside random search: discovery as the lecture draws it, of
        several goals the hypervolume; also written to ``path`` where one is given."""
        from tansaku.studies.study_figure import study_figure  # on demand: matplotlib

        return _kept(study_figure(StudyDocument(**self.fields())), path)

    def plot_counts(self, path: str | Path | None = None) -> Figure:
        """Number of runs that have the best against the samples after the first, as the lecture
        draws transfer learning; also written to ``path`` where one is given."""
        from tansaku.plots.steps import counts_figure  # on demand: matplotlib

        drawn = counts_figure(self._hits(), candidates=self.n_candidates, samples=self.samples)
        return _kept(drawn, path)

    def plot_steps(self, path: str | Path | None = None) -> Figure:
        """A bar for each strategy: samples after the first until 95 % of the runs have the best;
        also written to ``path`` where one is given."""
        from tansaku.plots.steps import steps_figure  # on demand: matplotlib

        return _kept(steps_figure(self._hits()), path)

    def _hits(self) -> list[Hits]:
        """When each run of each strategy had the best."""
        from tansaku.plots.steps import Hits  # on demand: matplotlib

        return [Hits(s.name, np.where(s.hits > 0, s.hits - 1.0, np.inf)) for s in self.strategies]


def _kept(figure: Figure, path: str | Path | None) -> Figure:
    """The figure, written to ``path`` where one is given."""
    if path is not None:
        figure.savefig(path)
    return figure
