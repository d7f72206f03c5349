"""Results for the candidates of any space: rows of a table -> candidates and values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tansaku.language import _
from tansaku.space import Categorical, ListedPool, Place, Space, Target
from tansaku.tables.cells import is_empty
from tansaku.tables.columns import columns
from tansaku.tables.filled import cells_of
from tansaku.tables.places import Places, Problems
from tansaku.tables.reading import PLAIN, Outcome
from tansaku.tables.understand import no_result, results


class Settled(NamedTuple):
    """One result: its candidate, values in target order (NaN where there is none), its 0-based row
    of the table, and its limits, standard deviations and failure."""

    place: Place
    values: tuple[float, ...]
    line: int
    outcome: Outcome = PLAIN


def results_at(
    frame: pd.DataFrame,
    space: Space,
    targets: Sequence[Target],
    *,
    outcomes: bool = False,
    partly: bool = False,
) -> tuple[Settled, ...]:
    """Find the candidates that a table of results is about; rows with empty targets are left out.

    Args:
        frame: The table.
        space: What may be varied.
        targets: What is wanted.
        outcomes: Whether limits (``<1e-8``), standard deviations (``3.2 ± 0.1``) and failures
            (``cracked``) are results; else they are complained about.
        partly: Whether a row may have some of the targets only.

    Raises:
        TableError, CellError, NotInPoolError: as :func:`tansaku.tables.understand.results`.
    """
    if isinstance(space.pool, ListedPool):
        return tuple(
            Settled(
                Place(space.pool.labels[r.position], space.matrix[r.position]),
                r.values,
                r.line,
                r.outcome,
            )
            for r in results(frame, space, targets, outcomes=outcomes, partly=partly)
        )
    numbered = _with_levels(frame, space, targets)
    cells = cells_of(
        numbered, space.names, targets, only_measured=True, outcomes=outcomes, partly=partly
    )
    if not len(cells.lines):
        raise no_result(frame, targets)
    places = Places(frame)
    return tuple(
        Settled(
            space.locate(space.named(row), where=places.row(line)), tuple(values), line, outcome
        )
        for line, row, values, outcome in zip(
            cells.lines.tolist(),
            cells.inputs,
            cells.targets.tolist(),
            cells.outcomes,
            strict=True,
        )
    )


def _with_levels(frame: pd.DataFrame, space: Space, targets: Sequence[Target]) -> pd.DataFrame:
    """The table with the level of each choice in place of its name."""
    found = columns(frame, space.names, [target.name for target in targets])
    numbered, problems = frame.copy(), Problems(Places(frame))
    names = [str(label).strip() for label in frame.columns]
    for order, parameter in enumerate(space.inputs):
        if not isinstance(parameter, Categorical):
            continue
        levels: list[float] = []
        for row, cell in enumerate(found[parameter.name].astype(object)):
            text = f"{cell:.12g}" if isinstance(cell, float) else str(cell).strip()
            level = None if is_empty(cell) else parameter.level(text)
            if level is None and not is_empty(cell):
                problems.add(
                    row,
                    order,
                    parameter.name,
                    _("'{text}' is no choice").format(text=text),
                    _("The choices of {name} are: {names}.").format(
                        name=parameter.name, names=", ".join(parameter.values)
                    ),
                )
            levels.append(np.nan if level is None else level)
        numbered.isetitem(names.index(parameter.name), np.array(levels, dtype=np.float64))
    problems.raise_any()
    return numbered
