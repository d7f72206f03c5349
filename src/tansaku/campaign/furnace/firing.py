"""Firing: what the furnace can do, and whether that fits the campaign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tansaku.campaign.furnace.crucibles import Arranged
from tansaku.campaign.history.records import Firing
from tansaku.design import Bools, Floats
from tansaku.errors import PoolExhaustedError, UsageError
from tansaku.language import _
from tansaku.space import Quantity, Space, Value
from tansaku.space.values import settings

ROUNDING = 1e-9
"""Hours that differ by less than this share are equal: sums of decimal fractions."""


def shared_of(space: Space, row: Floats, shared: Sequence[str]) -> dict[str, Value]:
    """The shared inputs of a row."""
    return {name: value for name, value in space.named(row).items() if name in shared}


def hours_of(space: Space, rows: Floats, firing: Firing, shared: Sequence[str]) -> Floats | None:
    """Hours of a run at each setting, of which there is a row of the inputs, shape (G,); ``None``
    where they are not known."""
    if firing.hours:
        quantity = Quantity(text=firing.hours)
        loose = [n for n in quantity.names(space.inputs) if n not in shared]
        if loose:
            raise UsageError(
                _("The hours '{text}' depend on {name}, which a run does not share.").format(
                    text=firing.hours, name=loose[0]
                ),
                _("Write them with {names} only.").format(names=", ".join(shared)),
            )
        hours = quantity.values(space.inputs, rows)
    elif space.profile is not None and set(space.profile.names) <= set(shared):
        hours = space.profile.hours(space.inputs, rows)
    elif firing.available is not None:
        raise UsageError(
            _("{hours:g} hours are available, but not how long a run takes.").format(
                hours=firing.available
            ),
            _("Say it with --hours, for example --hours 't + 6', or in a firing profile."),
        )
    else:
        return None
    if not (np.isfinite(hours) & (hours > 0)).all():
        worst = int(np.argmin(np.where(np.isfinite(hours), hours, -np.inf)))
        raise UsageError(
            _("At {setting} a run would take {hours:g} hours.").format(
                setting=settings(shared_of(space, rows[worst], shared)),
                hours=float(hours[worst]),
            ),
            _("Write hours that are above 0 at every setting."),
        )
    least = float(hours.min()) * firing.runs
    if firing.available is not None and least > firing.available * (1 + ROUNDING):
        raise UsageError(
            _("{n} runs take at least {least:g} hours, and {hours:g} are available.").format(
                n=firing.runs, least=least, hours=firing.available
            ),
            _("Plan fewer runs."),
        )
    return hours


def check_numbers(firing: Firing) -> None:
    """See that the numbers make a plan; UsageError where they do not."""
    for number, text in (
        (firing.runs, _("{n} runs were asked for.")),
        (firing.crucibles, _("{n} crucibles were asked for.")),
    ):
        if number < 1:
            raise UsageError(text.format(n=number), _("Ask for at least 1."))
    if firing.available is not None and not firing.available > 0:
        raise UsageError(
            _("{hours:g} hours are available.").format(hours=firing.available),
            _("Give hours above 0."),
        )


def check_candidates(found: Arranged, taken: Bools, firing: Firing, shared: Sequence[str]) -> None:
    """See that there are enough candidates for the crucibles."""
    number, left = firing.runs * firing.crucibles, int((~taken).sum())
    if number > left:
        raise PoolExhaustedError(
            _(
                "{runs} runs of {crucibles} crucibles take {n} samples, but only {left} candidates"
                " are open."
            ).format(runs=firing.runs, crucibles=firing.crucibles, n=number, left=left),
            _("Plan fewer runs or crucibles, or make a campaign with more candidates."),
        )
    most = int(np.bincount(found.group[~taken]).max())
    if firing.crucibles > most:
        raise PoolExhaustedError(
            _(
                "A run takes {crucibles} crucibles, but no setting of {shared} has more than {most}"
                " open candidates."
            ).format(crucibles=firing.crucibles, shared=", ".join(shared), most=most),
            _("Plan with --crucibles {most}, or share fewer inputs.").format(most=most),
        )
