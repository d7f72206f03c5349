"""The study of several targets: strategies on one finished table, on common starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tansaku.bo.objectives.hypervolume import hypervolume
from tansaku.bo.objectives.pareto import pareto
from tansaku.bo.objectives.reference import default_reference
from tansaku.campaign.history.model_inputs import model_inputs_of, uses_sources
from tansaku.campaign.history.objectives import (
    Wished,
    checked_reference,
    known_values,
    measured_targets,
    targets_of,
    with_units,
)
from tansaku.campaign.sources.link import Link
from tansaku.campaign.sources.read_source import Older
from tansaku.campaign.suggest.trade_offs import goodness_and_limits
from tansaku.design import Bools, Floats, Ints
from tansaku.errors import DataError, TableError, UsageError
from tansaku.language import _
from tansaku.space import Goal, ListedFormulas, Space, Target
from tansaku.strategy import Strategy, strategy_of
from tansaku.studies.replay import PoolSearch, Progress, replay_all, starts
from tansaku.studies.run import by_template, check_numbers, listed
from tansaku.studies.several_result import SeveralStudy, VolumeResult
from tansaku.studies.stopped import said_of_stop, whole
from tansaku.studies.study_sources import link_sources
from tansaku.studies.volumes import all_found, random_all_found, random_volume, relative_volumes
from tansaku.tables import understand_formulas

if TYPE_CHECKING:
    import pandas as pd


def study_several(
    frame: pd.DataFrame,
    *,
    inputs: Sequence[str],
    targets: Wished,
    reference: Mapping[str, float] | None = None,
    cost: str | None = None,
    strategies: Sequence[str | Strategy] = ("random", "standard"),
    runs: int = 1000,
    start: int = 6,
    steps: int | None = None,
    seed: int = 0,
    each_start: bool = False,
    sources: Sequence[Older | Link] = (),
    formula: str | ListedFormulas | None = None,
    template: str = "",
    checkpoint: str | Path | None = None,
    progress: Progress | None = None,
) -> SeveralStudy:
    """Replay strategies on a finished table and report how the hypervolume of their samples grows.

    Args:
        frame: The table; rows without a value of every target take no part.
        inputs: Names of the input columns.
        targets: What is wanted, each whole or as ``Target.parse`` reads it.
        reference: {goal: value that has to be beaten}; by default a tenth of a goal's range below
            its worst value in the table. The strategies are told what is given, and otherwise take
            their own from what they have measured.
        cost: Column with what each candidate costs: improvement is counted per cost.
        strategies: Names, or whole strategies.
        runs: Number of runs, each from its own random start.
        start: Start samples, the same for every strategy; they count as samples.
        steps: Samples in all, start samples counted; by default the whole pool.
        seed: The same seed gives the same study.
        each_start: One run per possible first sample, in place of ``runs`` and ``start``.
        sources: Older data, for the strategies that use them: each tells of targets of its own.
        formula, template: What the candidates are made of, as in :func:`tansaku.studies.run.study`.
        checkpoint: As in :func:`tansaku.studies.run.study`.
        progress: Called with (strategy, picks done, picks in all).

    Raises:
        StudyStopped: Ctrl-C; it has what is done until then.
        StoreError: the checkpoint is of another study, or cannot be used.
        UsageError: a number that makes no study; a source that does not fit; a reference point
            for something that is no goal; no goal at all.
        DataError: no candidate is better than the reference point in every goal.
        TableError, CellError: the table cannot be used; names row and column.
    """
    wanted = targets_of(targets, goal="max", scale="linear", value=None, unit="")
    given = checked_reference(wanted, reference)
    table = _Table.read(frame, inputs, wanted, given, cost, formula=formula, template=template)
    chosen = [strategy_of(s) for s in strategies]
    older = table.link(sources, chosen)
    N, size = len(table.values), 1 if each_start else start
    samples = N if steps is None else min(steps, N)
    check_numbers(chosen, runs, size, samples, N)
    begin = starts(N, runs, size, seed, each=each_start)
    random, exact = random_volume(table.good, table.kept, table.reference, seed)
    used = [s.name for s in chosen if older.parts and uses_sources(s)]
    searches = [table.search(s, older, samples, seed, given or {}) for s in chosen]
    replayed = replay_all(searches, begin, checkpoint=checkpoint, progress=progress)
    found = SeveralStudy(
        targets=table.targets,
        space=table.space,
        values=table.values,
        best=table.best,
        reference=table.reference_in_units(),
        hypervolume=table.volume,
        start=size,
        each_start=each_start,
        seed=seed,
        random=random,
        random_is_exact=exact,
        random_found=random_all_found(N, int(table.best.sum())),
        strategies=tuple(
            table.result(name, picks, seconds, uses_source=name in used)
            for name, picks, seconds in replayed.strategies
        ),
        notices=(*table.notices, *older.notices, *said_of_stop(replayed)),
        sources=older.parts,
    )
    return whole(found, replayed, checkpoint)


class _Table:
    """A finished table: its candidates, their outcomes, and what these are worth."""

    def __init__(
        self,
        targets: tuple[Target, ...],
        space: Space,
        values: Floats,
        cost: Floats | None,
        reference: Mapping[str, float],
        notices: tuple[str, ...],
    ) -> None:
        self.targets, self.space, self.values, self.cost = targets, space, values, cost
        self.notices = notices
        self.good, self.kept = goodness_and_limits(targets, values)
        self.reference = np.array(
            [
                float(t.score(np.array(reference[t.name])))
                if t.name in reference
                else float(default_reference(column[None])[0])
                for t, column in zip(self.goals, self.good.T, strict=True)
            ]
        )
        self.best: Bools = np.zeros(len(values), dtype=np.bool_)
        self.best[self.kept] = pareto(self.good[self.kept])
        self.volume = hypervolume(self.good[self.kept], self.reference)

    @property
    def goals(self) -> tuple[Target, ...]:
        """The targets that are to be improved."""
        return tuple(t for t in self.targets if t.goal is not Goal.KEEP)

    @classmethod
    def read(
        cls,
        frame: pd.DataFrame,
        inputs: Sequence[str],
        targets: tuple[Target, ...],
        reference: Mapping[str, float] | None,
        cost: str | None,
        *,
        formula: str | ListedFormulas | None,
        template: str,
    ) -> _Table:
        """Understand the table, and see that there is something to find."""
        if all(target.goal is Goal.KEEP for target in targets):
            raise UsageError(
                _("A study needs a goal; all targets only have limits to keep."),
                _("Add max, min or a value to one of them."),
            )
        asked = measured_targets(targets)
        reading = understand_formulas(frame, inputs, asked, listed(formula), partly=True)
        known = known_values(frame, reading.space, targets, cost) or {}
        N = len(reading.space)
        columns = [
            np.array(known[t.name])
            if t.known
            else _means(reading.positions, [row[asked.index(t)] for row in reading.values], t, N)
            for t in targets
        ]
        values = np.stack(columns, -1)
        whole = np.flatnonzero(~np.isnan(values).any(1))
        if len(whole) < 2:
            raise TableError(
                _("{n} rows have a value of every target.").format(n=len(whole)),
                _("A study needs at least 2: it replays what was measured."),
            )
        space = by_template(reading.space.only(whole), template)
        found = cls(
            with_units(targets, reading.targets),
            space,
            values[whole],
            None if cost is None else np.array(known[cost])[whole],
            reference or {},
            (*reading.notices, *_left_out(N - len(whole)), *_constant(targets, values[whole])),
        )
        found.check()
        return found

    def check(self) -> None:
        """See that some candidate counts."""
        if not self.kept.any():
            raise DataError(
                _("No row of the table keeps all limits."),
                _("Loosen the limits, or look at the columns' units."),
            )
        if not self.volume > 0:
            beaten = ", ".join(f"{k}={v:g}" for k, v in self.reference_in_units().items())
            raise DataError(
                _("No row is better than the reference point ({beaten}) in every goal.").format(
                    beaten=beaten
                ),
                _("Give a reference that some row beats, for example a little below the worst."),
            )

    def link(self, older: Sequence[Older | Link], strategies: Sequence[Strategy]) -> Link:
        """Older data as sources of the targets that are measured."""
        measured = measured_targets(self.targets)
        columns = dict(zip((t.name for t in self.targets), self.values.T, strict=True))
        values = {t.name: columns[t.name] for t in measured}
        return link_sources(
            older, space=self.space, values=values, targets=measured, strategies=strategies
        )

    def reference_in_units(self) -> dict[str, float]:
        """{goal: what it has to beat}; of one to be matched, the distance on the model scale."""
        return {
            t.name: -float(r) if t.goal is Goal.MATCH else t.in_unit(float(r))
            for t, r in zip(self.goals, self.reference, strict=True)
        }

    def search(
        self,
        strategy: Strategy,
        older: Link,
        samples: int,
        seed: int,
        reference: Mapping[str, float],
    ) -> PoolSearch:
        """What the runs of a strategy share."""
        wants = [
            t.want(reference.get(t.name), self.values[:, j] if t.known else None)
            for j, t in enumerate(self.targets)
        ]
        model = np.stack(
            [t.to_model(column) for t, column in zip(self.targets, self.values.T, strict=True)], -1
        )
        seen = [model_inputs_of(self.space, t, older.parts, strategy) for t in self.targets]
        pool = seen[0].encoder.encode(self.space.matrix)
        data = [() if t.known else each.sources for t, each in zip(self.targets, seen, strict=True)]
        return PoolSearch(pool, model, samples, strategy, seed, wants, self.cost, data)

    def result(self, name: str, picks: Ints, seconds: float, *, uses_source: bool) -> VolumeResult:
        """What the picks of a strategy are worth."""
        return VolumeResult(
            name=name,
            picks=picks,
            volumes=relative_volumes(self.good, self.kept, self.reference, picks),
            hits=all_found(picks, self.best),
            spent=None if self.cost is None else self.cost[picks].cumsum(1).mean(0),
            seconds=seconds,
            uses_source=uses_source,
        )


def _means(positions: Sequence[int], values: Sequence[float], target: Target, N: int) -> Floats:
    """The mean of each candidate's values, on the model scale, in the unit, shape (N,)."""
    where, given = np.array(positions, dtype=np.int64), np.array(values, dtype=np.float64)
    there = ~np.isnan(given)
    counts = np.bincount(where[there], minlength=N)
    model = np.bincount(where[there], weights=target.to_model(given[there]), minlength=N)
    found = np.full(N, np.nan)
    single = np.flatnonzero(counts[where] == 1)
    for i in np.flatnonzero(counts > 1).tolist():
        found[i] = target.in_unit(float(model[i] / counts[i]))
    for row in single[there[single]].tolist():
        found[where[row]] = given[row]
    return found


def _left_out(n: int) -> tuple[str, ...]:
    if not n:
        return ()
    return (_("{n} rows without a value of every target take no part.").format(n=n),)


def _constant(targets: Sequence[Target], values: Floats) -> tuple[str, ...]:
    """That a target does not tell candidates apart."""
    return tuple(
        _("All values of '{name}' are the same: it does not tell candidates apart.").format(
            name=target.name
        )
        for target, column in zip(targets, values.T, strict=True)
        if np.ptp(column) <= 1e-12 * np.abs(column).max()
    )
