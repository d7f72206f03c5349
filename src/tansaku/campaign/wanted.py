"""Wanted: the targets of a campaign, what they have to beat, and what is known beforehand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tansaku.errors import CellError, UsageError
from tansaku.language import _
from tansaku.space import Goal, Space, Target

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.campaign.records import CampaignSpec

Wished = str | Target | Sequence[str | Target]
"""One target by the name of its column, or several, each whole or as ``Target.parse`` reads it."""


def targets_of(
    target: Wished, *, goal: str, scale: str, value: float | None, unit: str
) -> tuple[Target, ...]:
    """The targets that are meant; ``goal`` and what follows belong to a single name.

    Raises:
        UsageError: none, one name twice, or one that cannot be understood.
    """
    if isinstance(target, str | Target):
        return (Target.of(target, goal=goal, scale=scale, value=value, unit=unit),)
    found = tuple(each if isinstance(each, Target) else Target.parse(each) for each in target)
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
    """{known target or cost column: its value of each candidate} out of a table.

    Raises:
        TableError, CellError: a column is missing, a cell is empty or no number; a cost is not
            above 0.
    """
    names = [each.name for each in targets if each.known] + ([cost] if cost else [])
    if not names:
        return None
    from tansaku.tables.known import filled_columns  # on demand: it brings pandas

    found = filled_columns(frame, names, above_zero=() if cost is None else (cost,))
    return {name: tuple(column[space.labels].tolist()) for name, column in found.items()}


def is_single(spec: CampaignSpec) -> bool:
    """Whether one value is maximised, minimised or matched, without limits and without costs."""
    return len(spec.targets) == 1 and spec.targets[0].plain and spec.cost is None
