"""Run: strategies on one finished table, on common starts, beside random search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypedDict

import numpy as np

from tansaku.campaign.history.model_inputs import model_inputs_of, shared_columns, uses_sources
from tansaku.campaign.sources.link import Link
from tansaku.campaign.sources.read_source import Older
from tansaku.design import Ints
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.stages import Progress, listener, listening
from tansaku.strategy import Strategy, strategy_of
from tansaku.studies.cluster import workers_of
from tansaku.studies.finished_table import FinishedTable
from tansaku.studies.metrics import Metric
from tansaku.studies.replay import PoolSearch, Search, replay_all, starts
from tansaku.studies.result import StrategyResult, Study
from tansaku.studies.stopped import said_of_stop, whole
from tansaku.studies.stopping_rule import StoppingRule
from tansaku.studies.study_sources import link_sources


@dataclass(frozen=True, slots=True)
class Replays:
    """How searches are replayed.

    Attributes:
        strategies: Names, or whole strategies.
        runs: Number of runs, each from its own random start.
        start: Start samples, the same for every strategy; they count as samples.
        steps: Samples in all, start samples counted; by default the whole pool.
        seed: The same seed gives the same study.
        each_start: One run per possible first sample, in place of ``runs`` and ``start``.
        sources: Finished measurements of older systems, for the strategies that use them: each
            tells of targets of its own.
        checkpoint: File that keeps the finished runs while the study is under way; the same call
            goes on from there, and ends as if it had not been stopped.
        progress: Called with (strategy, picks done, picks in all); without it whoever listens to
            :mod:`tansaku.stages` knows.
        stop_at: Chance that the best is found at which a lab would stop: what that saves is told.
        in_order: The rows of the table stand in the order in which the lab made them (of a
            campaign, its results): that order is told beside the strategies, as ``lab``.
        cluster: Who does the runs: ``local:4``, four processes of this machine; a scheduler of Dask
            at ``tcp://host:port``; ``slurm:8``, eight workers in jobs of Slurm; by default threads
            of this process. The study is the same.
    """

    strategies: Sequence[str | Strategy] = ("random", "standard")
    runs: int = 1000
    start: int = 6
    steps: int | None = None
    seed: int = 0
    each_start: bool = False
    sources: Sequence[Older | Link] = ()
    checkpoint: str | Path | None = None
    progress: Progress | None = None
    stop_at: float | None = None
    in_order: bool = False
    cluster: str | None = None

    @property
    def size(self) -> int:
        """Start samples of a run."""
        return 1 if self.each_start else self.start

    def samples(self, candidates: int) -> int:
        """Samples of a run, of so many candidates."""
        return candidates if self.steps is None else min(self.steps, candidates)


class ReplayOptions(TypedDict, total=False):
    """The same as arguments of a function, where one strategy may stand alone."""

    strategies: str | Strategy | Sequence[str | Strategy]
    runs: int
    start: int
    steps: int | None
    seed: int
    each_start: bool
    sources: Sequence[Older | Link]
    checkpoint: str | Path | None
    progress: Progress | None
    stop_at: float | None
    in_order: bool
    cluster: str | None


LAB: Final = "lab"
"""What the order in which the lab worked is called among the strategies."""
SearchOf = Callable[[Strategy, Link], Search]
"""What the runs of a strategy share, with older data."""


def study_of_table(table: FinishedTable, how: Replays) -> Study:
    """Replay strategies on a table of plain values.

    Raises:
        As :func:`studied`.
    """
    chosen = [strategy_of(s) for s in how.strategies]
    older = link_sources(table, how.sources, chosen)
    samples = how.samples(len(table))

    def search(strategy: Strategy, older: Link) -> PoolSearch:
        columns = zip(table.targets, table.values.T, strict=True)
        seen = [model_inputs_of(table.space, t, older.parts, strategy) for t in table.targets]
        data = [() if t.known else s.sources for t, s in zip(table.targets, seen, strict=True)]
        wants = [t.want(table.given.get(t.name), v if t.known else None) for t, v in columns]
        kind = tuple if table.single else list  # as checkpoints that there are have them
        return PoolSearch(
            pool=seen[0].encoder.encode(table.matrix),
            values=table.model_values,
            samples=samples,
            strategy=strategy,
            seed=how.seed,
            wants=kind(wants),
            cost=table.cost,
            older=kind(data),
        )

    return studied(table, how, older, search)


def studied(table: FinishedTable, how: Replays, older: Link, search: SearchOf) -> Study:
    """The study of candidates whose outcomes are all known.

    Args:
        table: The candidates.
        how: How their searches are replayed.
        older: Older data as sources.
        search: What the runs of a strategy share.

    Raises:
        StudyStopped: Ctrl-C; it has what is done until then.
        StoreError: the checkpoint is of another study, or cannot be used.
        UsageError: a number that makes no study.
        ClusterError: the cluster cannot be reached or is lost; what is finished is in the
            checkpoint.
    """
    chosen = [strategy_of(s) for s in how.strategies]
    check_numbers(chosen, how.runs, how.size, how.samples(len(table)), len(table))
    begin = starts(len(table), how.runs, how.size, how.seed, each=how.each_start)
    metrics = table.metrics(how.seed)
    used = [s.name for s in chosen if older.parts and uses_sources(s)]
    searches = {strategy.name: search(strategy, older) for strategy in chosen}
    if how.stop_at is not None:
        StoppingRule.of(how.stop_at, searches.values())  # refused before the work
    with workers_of(how.cluster) as workers, listening(how.progress or listener()):
        replayed = replay_all(
            [*searches.values()],
            begin,
            checkpoint=how.checkpoint,
            workers=workers,
        )
    found = Study(
        table=table,
        metrics=metrics,
        start=how.size,
        each_start=how.each_start,
        seed=how.seed,
        strategies=(
            *(
                _result(table, metrics, name, picks, seconds, start=how.size, sourced=name in used)
                for name, picks, seconds in replayed.strategies
            ),
            *([_of_lab(table, metrics, how.samples(len(table)))] if how.in_order else []),
        ),
        notices=(*table.notices, *older.notices, *said_of_stop(replayed)),
        sources=older.parts,
        compared=tuple(shared_columns(table.space, older.parts).names) if older.parts else (),
    )
    found = whole(found, replayed, how.checkpoint)
    if how.stop_at is None:
        return found
    rule = StoppingRule(how.stop_at)
    told = [
        replace(s, stop=rule.told(searches[s.name], s)) if s.name in searches else s
        for s in found.strategies
    ]
    return replace(found, strategies=tuple(told))


def _result(
    table: FinishedTable,
    metrics: dict[str, Metric],
    name: str,
    picks: Ints,
    seconds: float,
    *,
    start: int,
    sourced: bool,
) -> StrategyResult:
    """The curves of one strategy, beside random search."""
    discovery = metrics["discovery"]
    return StrategyResult(
        name,
        picks,
        curves={metric: each.curve(picks) for metric, each in metrics.items()},
        random={metric: each.random[: picks.shape[1]] for metric, each in metrics.items()},
        random_levels=discovery.reached(discovery.random),
        start=start,
        seconds=seconds,
        spent=None if table.cost is None else table.cost[picks].cumsum(1).mean(0),
        uses_source=sourced,
    )


def _of_lab(table: FinishedTable, metrics: dict[str, Metric], samples: int) -> StrategyResult:
    """The curves of the order in which the lab worked: one run, of which nothing is left to chance,
    so that its interval is its curve."""
    made = np.arange(len(table)) if table.made is None else table.made
    found = _result(table, metrics, LAB, made[None, :samples], 0.0, start=0, sourced=False)
    exact = {name: c._replace(low=c.mean, high=c.mean) for name, c in found.curves.items()}
    return replace(found, curves=exact)


def check_numbers(
    strategies: Sequence[Strategy], runs: int, start: int, samples: int, candidates: int
) -> None:
    """See that these numbers make a study; UsageError where they do not."""
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
