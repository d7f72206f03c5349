"""Sources: finished measurements of an older system, brought into the words of the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tansaku.design import Design, Floats, Ints, SourceData
from tansaku.errors import TableError, UsageError
from tansaku.language import _
from tansaku.space import Space, Target
from tansaku.strategy import Strategy
from tansaku.studies.pairing import Pair, check_units, pairs_of, unit_unstated
from tansaku.tables.matching import first_rows, nearest
from tansaku.tables.places import NOTICES_ATTRIBUTE, Places
from tansaku.tables.understand import cells_of

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 3
"""Source points from which a mean, a signal and a noise level can be told apart at all."""
MOST = 500
"""Source points up to which 64 factors of their covariance are held (128 MB)."""
SAME_VALUE = 1e-9
"""Share by which two values may differ and still be one and the same number, typed twice."""
ODD_FACTOR = 100.0
"""Ratio of the tables' median sizes from which a person is asked to look at the units."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A source in the words of the target.

    Attributes:
        pairs: The columns of the model.
        target: The source's target column.
        pool: The target's candidates, in an encoding that spans both tables.
        data: The source's measurements in the same encoding, on the target's model scale.
        notices: What a person should know.
    """

    pairs: tuple[Pair, ...]
    target: str
    pool: Design
    data: SourceData
    notices: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As in ``study --json``; a column that one table lacks is null there."""
        return {
            "n": len(self.data.y),
            "target": self.target,
            "columns": [
                {"target": p.target or None, "source": p.source or None} for p in self.pairs
            ],
        }


def uses_sources(strategy: Strategy) -> bool:
    """Whether a strategy looks at a source where there is one."""
    return strategy.surrogate is not None and strategy.surrogate.sources != "ignored"


def matched(
    source: pd.DataFrame,
    *,
    source_inputs: Sequence[str],
    source_target: str,
    match: Mapping[str, str] | Sequence[str],
    space: Space,
    values: Floats,
    target: Target,
) -> Matched:
    """Bring ``source`` into the words of the target.

    Args:
        source: The source's table; rows without a value take no part.
        source_inputs: Its input columns.
        source_target: Its target column, as ``Target.parse`` reads it; scale and goal are the
            target's own.
        match: Which columns mean the same, as :func:`pairs_of` reads it.
        space: The target's candidates, all measured.
        values: Their values in the target's unit, shape (N,).
        target: What is wanted.

    Raises:
        UsageError: columns without a partner, other units, another scale or goal.
        TableError, CellError: the source's table cannot be used, has too few rows, or holds rows
            of the target itself.
    """
    name = _target_name(source_target, target)
    check_units(target.name, name)
    source_inputs = [each.strip() for each in source_inputs]
    named = target.model_copy(update={"name": name})
    cells = cells_of(source, source_inputs, [named], only_measured=True)
    pairs = pairs_of(space.names, source_inputs, match)
    ours = _arranged(space.matrix, [p.target for p in pairs], space.names)
    theirs = _arranged(cells.inputs, [p.source for p in pairs], source_inputs)
    both = np.concatenate([ours, theirs])
    low, span = both.min(axis=0), np.ptp(both, axis=0)
    span = np.where(span > 0, span, 1.0)
    measured = cells.targets[:, 0]
    own = _own_rows(ours, values, theirs, measured, span)
    _check_no_own_rows(Places(source).rows(cells.lines[own].tolist()) if own.size else "")
    X, y, counts = _averaged(theirs, named.to_model(measured), span)
    _check_enough(y, name)
    return Matched(
        pairs=pairs,
        target=name,
        pool=Design.continuous((ours - low) / span, tuple(p.target or p.source for p in pairs)),
        data=SourceData(np.ascontiguousarray((X - low) / span), y, counts),
        notices=(
            *source.attrs.get(NOTICES_ATTRIBUTE, ()),
            *_told(pairs, len(y), name),
            *_unstated([*((p.target, p.source) for p in pairs if p.shared), (target.name, name)]),
            *_odd_sizes(values, measured, target.name, name),
        ),
    )


def _target_name(text: str, target: Target) -> str:
    """The source's target column; a scale or a goal in the text must be the target's own."""
    declared, words = Target.parse(text), text.split(":")[1:]
    scale = declared.scale if {"log10", "linear"} & set(words) else target.scale
    goal = [w for w in words if w not in ("log10", "linear")]
    wanted = (declared.goal, declared.value) if goal else (target.goal, target.value)
    if scale != target.scale or wanted != (target.goal, target.value):
        raise UsageError(
            _("The source's target is '{source}', the target is '{target}'.").format(
                source=text, target=target
            ),
            _("Scale and goal are those of the target: write --source-target {name}.").format(
                name=declared.name
            ),
        )
    return declared.name


def _arranged(matrix: Floats, wanted: Sequence[str], names: Sequence[str]) -> Floats:
    """The columns in the order of the pairs, shape (n, d); 0 where the table lacks one."""
    found = np.zeros((len(matrix), len(wanted)))
    for column, name in enumerate(wanted):
        if name:
            found[:, column] = matrix[:, list(names).index(name)]
    return found


def _averaged(points: Floats, y: Floats, span: Floats) -> tuple[Floats, Floats, Floats]:
    """Distinct points, the mean model-scale value at each, and how many there were."""
    if not len(y):
        return points, y, y
    kept = points[first_rows(points, span)]
    where = nearest(points, kept, span)
    counts = np.bincount(where).astype(np.float64)
    return kept, np.bincount(where, weights=y) / counts, counts


def _check_enough(y: Floats, name: str) -> None:
    if len(y) < FEWEST:
        raise TableError(
            _("The source has {n} measured points of '{name}'; at least {few} are needed.").format(
                n=len(y), name=name, few=FEWEST
            ),
            _("Leave out the source, or add its other measurements."),
        )
    if len(y) > MOST:
        raise TableError(
            _("The source has {n} measured points; up to {most} can be used.").format(
                n=len(y), most=MOST
            ),
            _("Keep the part of the source that is nearest to the target."),
        )
    if np.ptp(y) <= SAME_VALUE * np.abs(y).max():
        raise TableError(
            _("All {n} measured values of '{name}' are equal in the source.").format(
                n=len(y), name=name
            ),
            _("Nothing can be learned from equal values; check the column."),
        )


def _own_rows(ours: Floats, values: Floats, theirs: Floats, measured: Floats, span: Floats) -> Ints:
    """Which of the source's rows have the inputs and the value of a row of the target."""
    where = nearest(theirs, ours, span)
    same = (where >= 0) & (np.abs(values[where] - measured) <= SAME_VALUE * np.abs(measured))
    return np.flatnonzero(same)


def _check_no_own_rows(rows: str) -> None:
    if rows:
        raise TableError(
            _("The source holds rows of the target itself, inputs and value alike: {rows}.").format(
                rows=rows
            ),
            _("Take them out of the source: a study would be told beforehand what it is to find."),
        )


def _told(pairs: Sequence[Pair], n: int, name: str) -> list[str]:
    """What was taken for the same."""
    shared = ", ".join(f"{p.target} = {p.source}" for p in pairs if p.shared)
    told = [
        _("Source: {n} measured points of '{name}'; columns matched: {pairs}.").format(
            n=n, name=name, pairs=shared
        )
    ]
    for names, text in (
        ([p.target for p in pairs if not p.source], _("Taken as 0 in the source: {names}.")),
        ([p.source for p in pairs if not p.target], _("Taken as 0 in the target: {names}.")),
    ):
        if names:
            told.append(text.format(names=", ".join(names)))
    return told


def _unstated(columns: Sequence[tuple[str, str]]) -> list[str]:
    """A word where only one of two matched columns says its unit."""
    text = _("Only one of '{target}' and '{source}' says a unit; both are taken to be in {unit}.")
    stated = [(a, b, unit_unstated(a, b)) for a, b in columns]
    return [text.format(target=a, source=b, unit=unit) for a, b, unit in stated if unit]


def _odd_sizes(values: Floats, measured: Floats, target: str, source: str) -> list[str]:
    """A word where the tables' values differ so much in size that a unit may differ."""
    ours, theirs = (float(np.median(np.abs(v))) for v in (values, measured))
    if not ours or not theirs or 1 / ODD_FACTOR < theirs / ours < ODD_FACTOR:
        return []
    return [
        _(
            "Values of '{source}' in the source are about {factor:.0e} times those of '{target}'."
            " See that both are in one unit."
        ).format(source=source, factor=theirs / ours, target=target)
    ]
