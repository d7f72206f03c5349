"""Pellet: the conductivity of one pellet, from its resistance and its shape."""

from __future__ import annotations

from tansaku.conduction.geometry import conductivity, electrode_area
from tansaku.conduction.measured_units import Kind, Quantity
from tansaku.language import _
from tansaku.spec import Answer


class Pellet(Answer):
    """The conductivity of one pellet; each number with its sd, where it is known.

    Attributes:
        conductivity_S_cm: In S/cm.
        resistance_ohm: In ohm.
        thickness_cm: In cm.
        area_cm2: In cm².
        notices: What the reader should know beside it.
    """

    conductivity_S_cm: float
    conductivity_sd: float | None
    log10_conductivity: float
    log10_sd: float | None
    resistance_ohm: float
    thickness_cm: float
    area_cm2: float
    notices: tuple[str, ...]


def pellet(
    *,
    resistance: str,
    thickness: str,
    area: str | None = None,
    diameter: str | None = None,
) -> Pellet:
    """The conductivity of one pellet; each quantity as text, ``1200ohm``, ``1.20±0.02 mm``.

    Raises:
        DataError: a text that is no such quantity.
        UsageError: neither area nor diameter, or both.
    """
    R = Quantity.parse(resistance, Kind.RESISTANCE)
    L = Quantity.parse(thickness, Kind.LENGTH)
    A = electrode_area(
        None if area is None else Quantity.parse(area, Kind.AREA),
        None if diameter is None else Quantity.parse(diameter, Kind.LENGTH),
    )
    stated = {_("resistance"): R, _("thickness"): L, _("electrode"): A}
    exact = [name for name, each in stated.items() if each.sd is None]
    notices = []
    if exact:
        notices.append(
            _("No uncertainty is stated for {names}; write for example 1.20±0.02mm.").format(
                names=", ".join(exact)
            )
        )
    found = conductivity(R, L, area=A)
    return Pellet(
        conductivity_S_cm=found.value,
        conductivity_sd=found.sd,
        log10_conductivity=found.log10,
        log10_sd=found.log10_sd,
        resistance_ohm=R.value,
        thickness_cm=L.value,
        area_cm2=A.value,
        notices=tuple(notices),
    )
