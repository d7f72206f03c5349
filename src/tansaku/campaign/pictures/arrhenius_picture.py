"""Arrhenius lines of a campaign in which the temperature of measuring is an input."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from tansaku.campaign.pictures.drawn import Drawn, check_enough
from tansaku.campaign.pictures.scene import Scene
from tansaku.conduction.arrhenius import fit_arrhenius
from tansaku.conduction.fit_table import condition_of
from tansaku.conduction.measured_units import ZERO_CELSIUS
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.plots.arrhenius_plot import arrhenius_figure
from tansaku.space import Categorical, Parameter, Scale
from tansaku.space.values import settings
from tansaku.tables.units import same_unit

FEWEST = 2
"""Results at different temperatures: a line."""

_UNITS = {"K": 0.0, "°C": ZERO_CELSIUS}
"""{unit of an input: what is added to have kelvins}."""


def draw_arrhenius(scene: Scene) -> Drawn:
    """log10 of the target against 1000/T, with a line for each setting of the other inputs.

    The temperature is the input chosen as the axis, or the only one with a unit of temperature.

    Raises:
        UsageError: no input, or several, can be the temperature; the target is linear.
    """
    target, space = scene.target, scene.space
    j = _temperature(scene)
    if target.scale is not Scale.LOG10:
        raise UsageError(
            _("Arrhenius lines are drawn of a target on a log10 scale; '{name}' is not.").format(
                name=target.name
            ),
            _("Name another one with --target."),
        )
    check_enough("arrhenius", len(scene.values), FEWEST, target.name)
    offset = next(add for unit, add in _UNITS.items() if same_unit(unit, _unit(space.inputs[j])))
    groups: dict[tuple[float, ...], list[int]] = {}
    for i, row in enumerate(scene.history.matrix):
        groups.setdefault(tuple(np.delete(row, j).tolist()), []).append(i)
    conditions, shown = [], []
    for at in groups.values():
        named = space.named(scene.history.matrix[at[0]])
        named.pop(space.names[j])
        T = scene.history.matrix[at, j] + offset
        fit = fit_arrhenius(T, 10 ** scene.values[at]) if np.ptp(T) > 0 else None
        name = settings(named) or target.name
        conditions.append(condition_of(name, T, scene.values[at], fit))
        energy = None if fit is None else fit.activation_energy()
        told = None if energy is None else asdict(energy)
        shown.append({"condition": name, "points": len(at), "energy": told})
    figure = arrhenius_figure(conditions, title=scene.title(), target=target)
    return Drawn("arrhenius", figure, {"target": target.name, "conditions": shown})


def _unit(parameter: Parameter) -> str:
    return "" if isinstance(parameter, Categorical) else parameter.unit


def _temperature(scene: Scene) -> int:
    """Which input is the temperature of measuring."""
    space = scene.space
    found = [
        j
        for j, parameter in enumerate(space.inputs)
        if any(same_unit(unit, _unit(parameter)) for unit in _UNITS)
    ]
    if scene.over:
        found = [j for j in found if space.names[j] in scene.over]
    if len(found) != 1:
        raise UsageError(
            _(
                "Arrhenius lines need one input that is the temperature of measuring; {n} are."
            ).format(n=len(found)),
            _("Name it with --over; its unit has to be K or °C."),
        )
    return found[0]
