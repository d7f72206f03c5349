"""Wanted: the targets of a campaign, what they have to beat, and what is known beforehand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tansaku.design import Floats, Ints
from tansaku.errors import CellError, SpaceError, UsageError
from tansaku.language import _
from tansaku.space import Goal, Quantity, Space, Target
from tansaku.space.values import settings

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.campaign.history.records import CampaignSpec

Wished = str | Target | Sequence[str | Target]
"""One target by the name of its column, or several, each whole or as ``Target.parse`` reads it."""


def targets_of(
    target: Wished, *, goal: str, scale: str, value: float | None, unit: str
) -> tuple[Target, ...]:
    """The targets that are meant; ``goal`` and what follows belong to a single name.

    Raises:
        UsageError: none, one name twice, or one that cannot be understood.
    """
    if isinstance(target, str | int | Target):
        return (Target.of(target, goal=goal, scale=scale, value=value, unit=unit),)
    if not isinstance(target, Iterable):
        raise UsageError(
            _("{value!r} is given where a target is needed.").format(value=target),
            _("Write target='y', or ['y:max', 'cost:min'] for several."),
        )
    found = tuple(each if isinstance(each, Target) else Target.parse(str(each)) for each in target)
    names = [each.name for each in found]
    if not found or len(set(names)) < len(names):
        raise UsageError(
            _("The targets are {names}: none, or one of them twice.").format(
                names=", ".join(names) or "-"
            ),
            _("Name each target once; limits stand behind it, as in density:max:>=0.85."),
        )
    if all(each.known for each in found):
        raise UsageError(
            _("All of the targets {names} are known beforehand.").format(names=", ".join(names)),
            _("Then nothing has to be measured: sort the table by them."),
        )
    return found


def measured_targets(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Those that have to be measured."""
    return tuple(each for each in targets if not each.known)


def about_of(spec: CampaignSpec, target: Target) -> str:
    """The target's name where older data have to say which target they tell of: where others are
    measured, too. Else empty."""
    return target.name if len(measured_targets(spec.targets)) > 1 else ""


def with_units(wanted: Sequence[Target], read: Sequence[Target]) -> tuple[Target, ...]:
    """The targets, those that were read in a table with the unit of their column."""
    units = {each.name: each for each in read}
    return tuple(units.get(each.name, each) for each in wanted)


def refuse_known(targets: Sequence[Target]) -> None:
    """See that no target of a space without a table is known beforehand: nothing would say it."""
    for each in targets:
        if each.known:
            raise UsageError(
                _("Target '{name}' is known beforehand, but there is no table.").format(
                    name=each.name
                ),
                _("Make the campaign from a table with a column of that name."),
            )


def checked_reference(
    targets: Sequence[Target], reference: Mapping[str, float] | None
) -> dict[str, float] | None:
    """The reference point; ``None`` where none is given.

    Raises:
        UsageError: it names something that is no goal, or a value without a place on its scale.
    """
    if not reference:
        return None
    goals = {each.name: each for each in targets if each.goal is not Goal.KEEP}
    if len(targets) == 1 and targets[0].plain:
        raise UsageError(
            _("A reference point is given for one target, which needs none."),
            _("Leave it out; a value to reach at least is a limit, as in y:max:>=0.5."),
        )
    for name, value in reference.items():
        if name not in goals:
            raise UsageError(
                _("The reference point names '{name}', which is no goal.").format(name=name),
                _("Goals are: {names}.").format(names=", ".join(goals)),
            )
        if not math.isfinite(value):
            raise UsageError(
                _("The reference value of {name} is {value}.").format(name=name, value=value),
                _("Give a number in the target's unit."),
            )
        try:
            goals[name].to_model(np.array([value]))
        except CellError as error:
            raise UsageError(
                _("The reference value {value:g} of {name} has no log10.").format(
                    name=name, value=value
                ),
                _("Give a value above 0."),
            ) from error
    return dict(reference)


def known_values(
    frame: pd.DataFrame, space: Space, targets: Sequence[Target], cost: str | None
) -> dict[str, tuple[float, ...]] | None:
    """{known target or cost: its value of each candidate} out of a table. A cost that is no column
    is an expression of the inputs.

    Raises:
        TableError, CellError: a column is missing, a cell is empty or no number; a cost is not
            above 0.
        SpaceError, FormulaError: as :func:`checked_costs`.
    """
    names = [each.name for each in targets if each.known]
    worked_out = {}
    if cost and cost not in frame.columns and not is_name(cost):
        worked_out[cost] = tuple(checked_costs(cost, space, space.matrix).tolist())
    elif cost:
        names.append(cost)
    if not names:
        return worked_out or None
    from tansaku.tables.known import filled_columns  # on demand: it brings pandas

    found = filled_columns(frame, names, above_zero=() if cost is None else (cost,))
    known = {name: tuple(column[space.labels].tolist()) for name, column in found.items()}
    return known | worked_out


def check_cost(cost: str | None, space: Space) -> None:
    """See that a cost of a space without a table can be read, and is above 0 wherever that can be
    looked at now; errors as of :func:`checked_costs`."""
    if cost is None:
        return
    if space.listed:
        checked_costs(cost, space, space.matrix)
        return
    rng = np.random.default_rng(0)
    sizes = [p.count for p in space.grid.parameters]
    levels = rng.integers(0, sizes, size=(LOOKED_AT, len(sizes)))
    checked_costs(cost, space, space.grid.matrix(levels[space.grid.holds(levels)]))


LOOKED_AT = 2000
"""Points of a space that is not listed at which a cost is looked at beforehand; the others are when
they are candidates."""


def is_name(text: str) -> bool:
    """Whether a cost is a single word, which can only be a column or an input."""
    return text.strip().isidentifier()


def costs(spec: CampaignSpec, matrix: Floats, labels: Ints | Sequence[int] | None) -> Floats | None:
    """What each of some candidates costs, shape (N,); ``None`` where all cost the same.

    Args:
        spec: The campaign's.
        matrix: The candidates in experimental units, shape (N, p).
        labels: Their labels; ``None`` in a free space.

    Raises:
        SpaceError: one costs nothing, or less.
    """
    if spec.cost is None:
        return None
    if spec.cost in (spec.known or {}):
        return known_at(spec, spec.cost, labels)
    return checked_costs(spec.cost, spec.space, matrix)


def known_at(spec: CampaignSpec, name: str, labels: Ints | Sequence[int] | None) -> Floats:
    """The values of a column that is known beforehand, of candidates with these labels."""
    values = np.array((spec.known or {})[name])
    if labels is None:
        raise ValueError("a free space has no table")
    every = np.asarray(spec.space.labels)
    order = np.argsort(every)
    return values[order[np.searchsorted(every, np.asarray(labels), sorter=order)]]


def checked_costs(text: str, space: Space, matrix: Floats) -> Floats:
    """What an expression of the inputs, such as ``2*t + 0.3*x``, makes of candidates, shape (N,).

    Raises:
        SpaceError, FormulaError: it cannot be read, or a candidate would cost nothing or less.
    """
    found = Quantity(text=text).values(space.inputs, matrix)
    bad = ~(np.isfinite(found) & (found > 0))
    if bad.any():
        worst = int(np.argmax(bad))
        raise SpaceError(
            _("By '{text}' the sample {setting} would cost {value:g}.").format(
                text=text, setting=settings(space.named(matrix[worst])), value=float(found[worst])
            ),
            _("Write a cost that is above 0 everywhere: improvement is divided by it."),
        )
    return found


def is_single(spec: CampaignSpec) -> bool:
    """Whether one value is maximised, minimised or matched, without limits and without costs."""
    return len(spec.targets) == 1 and spec.targets[0].plain and spec.cost is None
