"""Results for the candidates of any space: rows of a table -> candidates and values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from tansaku.space import Categorical, ListedPool, Place, Space, Target
from tansaku.tables.choices import with_levels
from tansaku.tables.columns import columns
from tansaku.tables.filled import cells_of
from tansaku.tables.places import Places
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
    choices = {p.name: p for p in space.inputs if isinstance(p, Categorical)}
    columns(frame, space.names, [target.name for target in targets])  # told before the cells
    numbered = with_levels(frame, choices)
    if isinstance(space.pool, ListedPool):
        return tuple(
            Settled(
                Place(space.pool.labels[r.position], space.matrix[r.position]),
                r.values,
                r.line,
                r.outcome,
            )
            for r in results(numbered, space, targets, outcomes=outcomes, partly=partly)
        )
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
