"""The study: strategies on one finished table, on common starts, beside exact random search."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tansaku.design import Floats, Ints
from tansaku.encode import encoder_for
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Space, Target
from tansaku.strategy import STRATEGIES, Strategy
from tansaku.studies.metrics import (
    discovery,
    first_hit,
    mean_samples,
    random_discovery,
    random_mean,
    samples_to,
    wilson,
)
from tansaku.studies.replay import replay, starts
from tansaku.tables import understand

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LEVELS = {"n50": 0.5, "n80": 0.8, "n95": 0.95}
"""Discovery probabilities whose sample counts are reported."""

Progress = Callable[[str, int, int], None]
"""Called with (strategy, picks done, picks in all)."""


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

    @property
    def n_candidates(self) -> int:
        """N, the size of the pool."""
        return len(self.values)

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
        samples = max(len(s.discovery) for s in self.strategies)
        figure = discovery_figure(curves, random_exact=self.random_exact[:samples])
        if path is not None:
            figure.savefig(path)
        return figure


def study(
    frame: pd.DataFrame,
    *,
    inputs: Sequence[str],
    target: str | Target,
    goal: str = "max",
    scale: str = "linear",
    value: float | None = None,
    strategies: Sequence[str | Strategy] = ("random", "standard"),
    runs: int = 1000,
    start: int = 6,
    steps: int | None = None,
    seed: int = 0,
    each_start: bool = False,
    progress: Progress | None = None,
) -> Study:
    """Replay strategies on a finished table and report how soon they find its best row.

    Args:
        frame: The table; rows without a target value take no part.
        inputs: Names of the input columns.
        target: Name of the target column, or a whole Target.
        goal: ``max``, ``min`` or ``match``.
        scale: ``linear`` or ``log10``.
        value: The value to match.
        strategies: Names, or whole strategies.
        runs: Number of runs, each from its own random start.
        start: Start samples, the same for every strategy; they count as samples.
        steps: Samples in all, start samples counted; by default the whole pool.
        seed: The same seed gives the same study.
        each_start: One run per possible first sample, in place of ``runs`` and ``start``.
        progress: Called with (strategy, picks done, picks in all).

    Raises:
        UsageError: a number that makes no study.
        TableError, CellError: the table cannot be used; names row and column.

    Source: discovery probability as in M. Nakayama's lecture (2022) and Fukuda et al., RSC Adv.
    (2022), doi:10.1039/d2ra04539g.
    """
    wanted = Target.of(target, goal=goal, scale=scale, value=value)
    chosen = [s if isinstance(s, Strategy) else STRATEGIES[s] for s in strategies]
    reading = understand(frame, inputs, [wanted])
    space, y, dropped = _finished(reading.space, reading.positions, reading.values, wanted)
    size = 1 if each_start else start
    samples = len(y) if steps is None else min(steps, len(y))
    _check(chosen, runs, size, samples, len(y))
    model = wanted.to_model(y)
    score = wanted.score(y)
    best = score >= score.max() - 1e-12 * max(1.0, abs(float(score.max())))
    exact = random_discovery(len(y), int(best.sum()))
    exact_levels = {name: samples_to(exact, p) for name, p in LEVELS.items()}
    begin = starts(len(y), runs, size, seed, each=each_start)
    pool = encoder_for(space).encode(space.matrix)
    results = []
    for strategy in chosen:
        clock = time.perf_counter()
        picks = replay(
            pool,
            model,
            begin,
            samples,
            strategy,
            seed,
            direction=wanted.direction,
            match=wanted.match_on_model_scale(),
            progress=_labelled(progress, strategy.name),
        )
        hits = first_hit(picks, best)
        p = discovery(hits, samples)
        low, high = wilson(p, len(hits))
        seconds = time.perf_counter() - clock
        results.append(
            StrategyResult(
                strategy.name,
                picks,
                hits,
                p,
                low,
                high,
                exact[:samples],
                exact_levels,
                size,
                seconds,
            )
        )
    return Study(
        target=reading.targets[0],
        space=space,
        values=y,
        best_position=int(np.argmax(score)),
        start=size,
        each_start=each_start,
        seed=seed,
        random_exact=exact,
        random_exact_mean=random_mean(len(y), int(best.sum())),
        strategies=tuple(results),
        notices=(*reading.notices, *dropped),
    )


def _finished(
    space: Space,
    positions: Sequence[int],
    values: Sequence[tuple[float, ...]],
    target: Target,
) -> tuple[Space, Floats, tuple[str, ...]]:
    """The measured part of the pool, its values, and a notice on what was left out."""
    model = target.to_model(np.array([v[0] for v in values], dtype=np.float64))
    where = np.array(positions, dtype=np.int64)
    measured, inverse = np.unique(where, return_inverse=True)
    counts = np.bincount(inverse)
    raw = np.bincount(inverse, weights=[v[0] for v in values])
    mean = np.bincount(inverse, weights=model) / counts
    y = np.array(
        [
            r if k == 1 else target.to_unit(float(m), 0.0).mean
            for r, k, m in zip(raw, counts, mean, strict=True)
        ]
    )
    kept = Space.from_matrix(
        space.names,
        space.matrix[measured],
        labels=space.labels[measured].tolist(),
        units={p.name: p.unit for p in space.inputs},
    )
    left_out = len(space) - len(measured)
    notice = _("{n} rows without a value of '{name}' take no part.").format(
        n=left_out, name=target.name
    )
    return kept, y, (notice,) if left_out else ()


def _check(
    strategies: Sequence[Strategy], runs: int, start: int, samples: int, candidates: int
) -> None:
    rules = (
        (bool(strategies), _("No strategy was named."), _("Name one, for example standard.")),
        (runs >= 1, _("{n} runs were asked for.").format(n=runs), _("Ask for at least 1.")),
        (
            len({s.name for s in strategies}) == len(strategies),
            _("A strategy is named twice: {names}.").format(
                names=", ".join(s.name for s in strategies)
            ),
            _("Name each once."),
        ),
        (
            1 <= start <= candidates,
            _("{n} start samples were asked for, of {N} candidates.").format(n=start, N=candidates),
            _("Choose from 1 to {N}.").format(N=candidates),
        ),
        (
            start <= samples,
            _("{steps} samples in all are fewer than the {n} start samples.").format(
                steps=samples, n=start
            ),
            _("Raise --steps or lower --start."),
        ),
    )
    for holds, message, hint in rules:
        if not holds:
            raise UsageError(message, hint)


def _labelled(progress: Progress | None, name: str) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, total: progress(name, done, total)
