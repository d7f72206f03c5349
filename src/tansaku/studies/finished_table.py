"""Finished table: measured candidates, what is wanted of them, and what they are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tansaku.bo.objectives.hypervolume import hypervolume
from tansaku.bo.objectives.pareto import pareto
from tansaku.bo.objectives.reference import default_reference
from tansaku.campaign.history.objectives import known_values, measured_targets, with_units
from tansaku.campaign.sources.source_formulas import formulas_by
from tansaku.campaign.suggest.trade_offs import goodness_and_limits
from tansaku.design import Bools, Floats, Ints
from tansaku.errors import DataError, TableError, UsageError
from tansaku.language import _
from tansaku.space import CompositionTemplate, Goal, ListedFormulas, Space, Target, Value
from tansaku.studies.metrics import Metric, discovery, hypervolume_share, regret
from tansaku.tables import understand_formulas

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 1e-12
"""Values that differ by less than this share of the largest one are equally good: spreadsheets
carry 15 digits, and means of replicates are rounded."""


@dataclass(frozen=True, slots=True)
class FinishedTable:
    """N candidates and the truth about them.

    Attributes:
        targets: What is wanted, m of them.
        space: In which they lie.
        matrix: Their inputs in experimental units, shape (N, p).
        labels: What they are called: table rows from 0, shape (N,).
        values: Their outcomes in the targets' units, replicates averaged on the model scale,
            shape (N, m); NaN where a candidate has none.
        cost: What each costs, shape (N,); ``None`` where all cost the same.
        given: {goal: what it has to beat to count}, where that was said.
        notices: What a careful assistant would mention.
        made: The candidates in the order in which they were measured first, shape (N,); ``None``
            where that is the order in which they stand.
    """

    targets: tuple[Target, ...]
    space: Space
    matrix: Floats
    labels: Ints
    values: Floats
    cost: Floats | None = None
    given: Mapping[str, float] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    made: Ints | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def single(self) -> bool:
        """Whether one value is maximised, minimised or matched, and there is nothing else."""
        return (
            len(self.targets) == 1
            and self.targets[0].plain
            and self.cost is None
            and not self.given
        )

    @property
    def goals(self) -> tuple[Target, ...]:
        """The targets that are to be improved."""
        return tuple(t for t in self.targets if t.goal is not Goal.KEEP)

    @property
    def model_values(self) -> Floats:
        """The outcomes on the model scale, shape (N, m)."""
        columns = zip(self.targets, self.values.T, strict=True)
        return np.stack([target.to_model(column) for target, column in columns], -1)

    @property
    def worth(self) -> tuple[Floats, Bools]:
        """(goodness of the goals, larger is better, shape (N, goals); which candidates have every
        goal measured and keep all limits, shape (N,))."""
        good, kept = goodness_and_limits(self.targets, self.values)
        return good, kept & np.isfinite(good).all(1)

    @property
    def front(self) -> Bools:
        """The best: which candidates no other one beats, of those that keep all limits, (N,)."""
        (good, kept), model = self.worth, np.abs(self.model_values)
        size = np.nanmax(model[:, [t.goal is not Goal.KEEP for t in self.targets]], axis=0)
        found = np.zeros(len(self), dtype=np.bool_)
        found[kept] = pareto(good[kept], ROUNDING * size)
        return found

    @property
    def reference(self) -> Floats:
        """What every goal has to beat, as goodness, shape (goals,): what was given, or a tenth of
        its range below its worst value."""
        good, _kept = self.worth
        return np.array(
            [
                float(t.score(np.array(self.given[t.name])))
                if t.name in self.given
                else float(default_reference(column[np.isfinite(column)][None])[0])
                for t, column in zip(self.goals, good.T, strict=True)
            ]
        )

    @property
    def reference_in_units(self) -> dict[str, float]:
        """{goal: what it has to beat}; of one to be matched, the distance on the model scale."""
        return {
            t.name: -float(r) if t.goal is Goal.MATCH else t.in_unit(float(r))
            for t, r in zip(self.goals, self.reference, strict=True)
        }

    @property
    def volume(self) -> float:
        """Hypervolume of all candidates above the reference, on the targets' scales."""
        good, kept = self.worth
        return hypervolume(good[kept], self.reference)

    def inputs_of(self, position: int) -> dict[str, Value]:
        """A candidate as {input: value}."""
        return self.space.named(self.matrix[position])

    def metrics(self, seed: int) -> dict[str, Metric]:
        """What searches are judged by; ``seed`` fixes random orders where they have to be drawn."""
        good, kept = self.worth
        if self.single:
            return {"discovery": discovery(self.front), "regret": regret(good[:, 0])}
        return {
            "discovery": discovery(self.front, every=True),
            "hypervolume": hypervolume_share(good, kept, self.reference, seed),
        }

    def check(self) -> None:
        """See that some candidate counts.

        Raises:
            DataError: none does.
        """
        if not self.worth[1].any():
            raise DataError(
                _("No row of the table keeps all limits."),
                _("Loosen the limits, or look at the columns' units."),
            )
        if not self.single and not self.volume > 0:
            beaten = ", ".join(f"{k}={v:g}" for k, v in self.reference_in_units.items())
            raise DataError(
                _("No row is better than the reference point ({beaten}) in every goal.").format(
                    beaten=beaten
                ),
                _("Give a reference that some row beats, for example a little below the worst."),
            )


def check_goals(targets: Sequence[Target]) -> None:
    """See that something is to be improved; UsageError where nothing is."""
    if all(target.goal is Goal.KEEP for target in targets):
        raise UsageError(
            _("A study needs a goal; all targets only have limits to keep."),
            _("Add max, min or a value to one of them."),
        )


def read_finished(
    frame: pd.DataFrame,
    inputs: Sequence[str],
    targets: tuple[Target, ...],
    *,
    reference: Mapping[str, float] | None = None,
    cost: str | None = None,
    formula: str | ListedFormulas | None = None,
    template: str = "",
) -> FinishedTable:
    """Understand a table: its rows with a value of every target.

    Args:
        frame: The table.
        inputs: Names of the input columns.
        targets: What is wanted.
        reference: {goal: what it has to beat to count}.
        cost: Column with what each candidate costs, or an expression of the inputs.
        formula: The column with formulas, or how they are used.
        template: Instead: a formula whose variables are among the inputs.

    Raises:
        UsageError: no goal; a variable of the template is no input.
        TableError, CellError: the table cannot be used; names row and column.
        DataError: no row counts.
    """
    check_goals(targets)
    asked = measured_targets(targets)
    listed = ListedFormulas(column=formula) if isinstance(formula, str) else formula
    reading = understand_formulas(frame, inputs, asked, listed, partly=True)
    known, N = known_values(frame, reading.space, targets, cost) or {}, len(reading.space)
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
    found = FinishedTable(
        with_units(targets, reading.targets),
        space,
        space.matrix,
        space.labels,
        values[whole],
        None if cost is None else np.array(known[cost])[whole],
        reference or {},
        (
            *reading.notices,
            *_left_out(N - len(whole), targets),
            *constant(targets, values[whole]),
        ),
    )
    found.check()
    return found


def by_template(space: Space, text: str) -> Space:
    """The space with the formulas that a template gives its candidates; as it is without one.

    Raises:
        UsageError: a variable of the template is no input.
    """
    if not text:
        return space
    formulas = tuple(formulas_by(CompositionTemplate(text=text), space.names, space.matrix))
    return space.model_copy(update={"chemistry": ListedFormulas(formulas=formulas)})


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


def _left_out(n: int, targets: Sequence[Target]) -> tuple[str, ...]:
    if not n:
        return ()
    if len(targets) == 1:
        return (
            _("{n} rows without a value of '{name}' take no part.").format(
                n=n, name=targets[0].name
            ),
        )
    return (_("{n} rows without a value of every target take no part.").format(n=n),)


def constant(targets: Sequence[Target], values: Floats) -> tuple[str, ...]:
    """That a target does not tell candidates apart."""
    return tuple(
        _("All values of '{name}' are the same: it does not tell candidates apart.").format(
            name=target.name
        )
        for target, column in zip(targets, values.T, strict=True)
        if np.ptp(column) <= 1e-12 * np.abs(column).max()
    )
