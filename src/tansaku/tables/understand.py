"""Understanding a table: which rows are candidates, which are measurements, and what is wrong.

Everything is checked here, once, with the row and the column named; behind this door the numbers
are trusted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from tansaku.design import Floats, Ints
from tansaku.errors import CellError, NotInPoolError, TableError, UsageError
from tansaku.language import _
from tansaku.space import Categorical, ColumnRoles, Scale, Space, Target
from tansaku.space.listed import on_scales
from tansaku.space.parameters import proposed_scale
from tansaku.space.values import ROUNDING_NOISE, settings
from tansaku.tables.choices import FEW, Choices, choices_in, with_levels
from tansaku.tables.columns import columns
from tansaku.tables.filled import Cells, cells_of, said_nothing
from tansaku.tables.matching import first_rows, nearest
from tansaku.tables.parts import notices_of_parts
from tansaku.tables.places import NOTICES_ATTRIBUTE, Places
from tansaku.tables.reading import PLAIN, Outcome

PLAIN_ROLES = ColumnRoles()
"""Nothing is said of any column."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a table says.

    Attributes:
        space: Inputs with their units, and the pool; duplicate rows are one candidate, labelled
            by the 0-based table row where it stands first.
        positions: Pool position (0 .. N-1) of each measured row; replicates repeat it.
        values: One tuple per measured row, in target order, in the target's unit.
        lines: 0-based table row of each measured row.
        notices: What a person should know: merged rows, replicates that disagree.
        targets: The targets, each with the unit of its column where it had none.
        outcomes: Limits, standard deviations and failures, one per measured row; a row that
            failed has NaN in ``values`` where nothing was measured.
        firsts: {0-based table row: the row where its candidate stands first}, measured or not.
    """

    space: Space
    positions: tuple[int, ...]
    values: tuple[tuple[float, ...], ...]
    lines: tuple[int, ...]
    notices: tuple[str, ...]
    targets: tuple[Target, ...]
    outcomes: tuple[Outcome, ...] = ()
    firsts: Mapping[int, int] = field(default_factory=dict)


class Result(NamedTuple):
    """One row of results: 0-based table row, pool position, and values in target order, NaN where
    there is none; with its limits, standard deviations and failure."""

    line: int
    position: int
    values: tuple[float, ...]
    outcome: Outcome = PLAIN


@dataclass(frozen=True, slots=True)
class Results:
    """The rows of a table of results, and how many rows were left out for an empty target."""

    rows: tuple[Result, ...]
    empty: int

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Result]:
        return iter(self.rows)


def understand(
    frame: pd.DataFrame,
    inputs: Sequence[str],
    targets: Sequence[Target],
    *,
    outcomes: bool = False,
    partly: bool = False,
    roles: ColumnRoles = PLAIN_ROLES,
) -> Reading:
    """Make the space of a table and find its measurements.

    A row whose targets are all filled is a measurement; a row whose targets are all empty is an
    open candidate. Rows that repeat the inputs of an earlier row (to ``MATCH_TOLERANCE``) are the
    same candidate, their measurements replicates.

    Args:
        frame: The table.
        inputs: Names of the input columns.
        targets: What is wanted.
        outcomes: Whether limits (``<1e-8``), standard deviations (``3.2 ± 0.1``) and failures
            (``cracked``) are results; else they are complained about.
        partly: Whether a row may have some of the targets only.
        roles: What the person says of other columns, and which inputs are choices.

    Raises:
        TableError: columns missing, repeated or named twice; fewer than two rows or candidates;
            an input without variation; values of a finished table that are all equal.
        CellError: cells that cannot be used; names the row and column of the first ten.
    """
    inputs = [name.strip() for name in inputs]
    columns(frame, inputs, [target.name for target in targets])  # told before what the cells say
    choices, spellings = choices_in(frame, inputs, roles)
    numbered = with_levels(frame, choices)
    cells = cells_of(
        numbered,
        inputs,
        targets,
        only_measured=False,
        outcomes=outcomes,
        partly=partly,
        units={target.name: target.unit for target in targets if target.unit},
    )
    if len(cells.lines) < 2:
        raise TableError(
            _("The table has one row only; a search needs at least 2 candidates.")
            if len(cells.lines)
            else _("The table has no rows."),
            _("Add one row per candidate; a row with empty target is an open candidate."),
        )
    _check_variation(inputs, cells.inputs)
    measured = cells.measured
    plain = _without_limits(cells, targets)[measured]
    if len(targets) == 1 and not outcomes:  # a finished table; a search may begin with equal ones
        _check_spread(targets[0], plain[~np.isnan(plain)])
    scales = _scales(inputs, cells.inputs, choices, roles)
    logs = np.array([scales.get(name) is Scale.LOG10 for name in inputs])
    scaled = np.log10(cells.inputs, where=logs, out=cells.inputs.copy())
    kept = first_rows(scaled, _spans(scaled))
    space = Space.from_matrix(
        inputs,
        cells.inputs[kept],
        labels=cells.lines[kept].tolist(),
        units={name: cells.units[name] for name in inputs},
        choices=choices,
        scales=scales,
    )
    positions = nearest(scaled, scaled[kept], _spans(scaled[kept]))
    values = cells.targets[measured]
    notices = [
        *frame.attrs.get(NOTICES_ATTRIBUTE, ()),
        *said_nothing(frame, [target.name for target in targets]),
        *notices_of_parts(frame, inputs),
        *cells.assumed,
        *spellings,
        *_crowded(choices, len(kept)),
        *_merging(cells, kept, Places(frame)),
        *_disagreements(space, targets, positions[measured], plain),
    ]
    return Reading(
        space=space,
        positions=tuple(positions[measured].tolist()),
        values=tuple(tuple(row) for row in values.tolist()),
        lines=tuple(cells.lines[measured].tolist()),
        notices=tuple(notices),
        targets=tuple(_with_unit(target, cells.units[target.name]) for target in targets),
        outcomes=tuple(cells.outcomes[i] for i in np.flatnonzero(measured).tolist()),
        firsts=dict(zip(cells.lines.tolist(), cells.lines[kept][positions].tolist(), strict=True)),
    )


def results(
    frame: pd.DataFrame,
    space: Space,
    targets: Sequence[Target],
    *,
    outcomes: bool = False,
    partly: bool = False,
) -> Results:
    """Find the candidates that a table of results is about.

    Rows with empty targets are left out and counted; of the others all must be usable.
    ``outcomes`` and ``partly`` are as in :func:`understand`.

    Raises:
        TableError: columns missing, repeated or named twice; no row with a result.
        CellError: cells that cannot be used; names the row and column of the first ten.
        NotInPoolError: a row that is no candidate; names the row and the nearest candidate.
    """
    known = {p.name: p.unit for p in space.inputs if not isinstance(p, Categorical)}
    cells = cells_of(
        frame,
        space.names,
        targets,
        only_measured=True,
        outcomes=outcomes,
        partly=partly,
        units=known | {target.name: target.unit for target in targets},
    )
    empty = len(frame) - len(cells.lines)
    if not len(cells.lines):
        raise no_result(frame, targets)
    pool = on_scales(space.inputs, space.matrix)
    positions = nearest(on_scales(space.inputs, cells.inputs), pool, _spans(pool))
    misses = np.flatnonzero(positions < 0)
    if misses.size:
        _refuse_strangers(cells, misses, space, Places(frame))
    return Results(
        rows=tuple(
            Result(line, position, tuple(values), outcome)
            for line, position, values, outcome in zip(
                cells.lines.tolist(),
                positions.tolist(),
                cells.targets.tolist(),
                cells.outcomes,
                strict=True,
            )
        ),
        empty=empty,
    )


def no_result(frame: pd.DataFrame, targets: Sequence[Target]) -> TableError:
    """The error of a table that holds no result at all."""
    names = ", ".join(f"'{target.name}'" for target in targets)
    return TableError(
        _("The table has no rows.")
        if not len(frame)
        else _("No row has a value of {names} (rows: {n}).").format(n=len(frame), names=names),
        _("Fill in the measured values, then record the table again."),
    )


def _check_variation(names: Sequence[str], matrix: Floats) -> None:
    for name, span, size in zip(
        names, np.ptp(matrix, axis=0), np.abs(matrix).max(axis=0), strict=True
    ):
        if 0 < span <= ROUNDING_NOISE * size:
            raise TableError(
                _("Input column '{name}' varies by {span:.1g} only, which is rounding.").format(
                    name=name, span=span
                ),
                _("Leave it out of the inputs, or add candidates where it differs."),
            )


def _crowded(choices: Mapping[str, Categorical], candidates: int) -> list[str]:
    """A notice about choices that nearly every candidate has for itself, such as sample names."""
    return [
        _(
            "Input '{name}' has {n} choices among {candidates} candidates: little can be learned"
            " of a choice that hardly comes twice."
        ).format(name=name, n=choice.count, candidates=candidates)
        for name, choice in choices.items()
        if choice.count > max(FEW, candidates / 2)
    ]


def _check_spread(target: Target, values: Floats) -> None:
    if len(values) >= 2 and np.ptp(values) <= ROUNDING_NOISE * np.abs(values).max():
        raise TableError(
            _("All {n} measured values of '{name}' are {value:g}.").format(
                n=len(values), name=target.name, value=values[0]
            ),
            _("Nothing can be learned from equal values; check the column."),
        )


def _scales(
    inputs: Sequence[str], matrix: Floats, choices: Choices, roles: ColumnRoles
) -> dict[str, Scale]:
    """{input: its scale}: as the person says, else as its numbers lie.

    Raises:
        UsageError: a scale of something that is no numeric input.
        CellError: an input that shall be on a log scale holds a number without a logarithm.
    """
    numbers = {name: matrix[:, i] for i, name in enumerate(inputs) if name not in choices}
    for name, scale in roles.scales.items():
        if name not in numbers:
            raise UsageError(
                _("A scale is given for '{name}', which is no input with numbers.").format(
                    name=name
                ),
                _("Its inputs with numbers are: {names}.").format(names=", ".join(numbers)),
            )
        if scale is Scale.LOG10 and not (numbers[name] > 0).all():
            raise CellError(
                _("Input column '{name}' holds values that are not above 0.").format(name=name),
                _("Leave it linear, or leave those rows out."),
            )
    return {name: roles.scales.get(name) or proposed_scale(v) for name, v in numbers.items()}


def _spans(matrix: Floats) -> Floats:
    """high - low of each column, shape (d,); 1 where nothing varies, as nothing is scaled there."""
    spans = np.ptp(matrix, axis=0)
    return np.where(spans > 0, spans, 1.0)


def _with_unit(target: Target, unit: str) -> Target:
    return target if target.unit else target.model_copy(update={"unit": unit})


def _without_limits(cells: Cells, targets: Sequence[Target]) -> Floats:
    """The targets, shape (n, m), NaN also where only a limit is known."""
    values = cells.targets.copy()
    for row, outcome in enumerate(cells.outcomes):
        for column, target in enumerate(targets):
            if target.name in outcome.limits:
                values[row, column] = np.nan
    return values


def _merging(cells: Cells, kept: Ints, places: Places) -> list[str]:
    """A notice about rows that repeat an earlier row."""
    repeating = np.setdiff1d(np.arange(len(cells.lines)), kept)
    if not repeating.size:
        return []
    return [
        _("Rows merged with an earlier row that has the same inputs: {n} ({rows}).").format(
            n=len(repeating), rows=places.rows(cells.lines[repeating].tolist())
        )
    ]


def _disagreements(
    space: Space, targets: Sequence[Target], positions: Ints, values: Floats
) -> list[str]:
    """A notice for each target whose replicates disagree, with the widest spread."""
    notices = []
    for column, target in enumerate(targets):
        spread = pd.Series(values[:, column]).groupby(positions).agg(["min", "max", "count"])
        low, high = spread["min"].to_numpy(), spread["max"].to_numpy()
        width = np.log10(high / low) if target.scale is Scale.LOG10 else high - low
        if not (width > 0).any():
            continue
        widest = int(np.argmax(width))
        notices.append(
            _(
                "Replicates of '{name}' disagree (candidates: {n}), most at {where}: {count} "
                "values from {low:g} to {high:g}. Their mean is used and their spread is kept."
            ).format(
                name=target.name,
                n=int((width > 0).sum()),
                where=settings(space.inputs_of(int(spread.index[widest]))),
                count=int(spread["count"].iloc[widest]),
                low=low[widest],
                high=high[widest],
            )
        )
    return notices


def _refuse_strangers(cells: Cells, misses: Ints, space: Space, places: Places) -> None:
    """Raise the error of ``Space.find`` for the first miss, and name the other rows."""
    first = int(misses[0])
    inputs = dict(zip(space.names, cells.inputs[first].tolist(), strict=True))
    try:
        space.find(inputs, where=places.row(int(cells.lines[first])))
    except NotInPoolError as error:
        others = cells.lines[misses[1:]].tolist()
        if not others:
            raise
        more = _("Not in the pool either: {rows}.").format(rows=places.rows(others))
        raise NotInPoolError(error.message, f"{error.hint} {more}") from error
