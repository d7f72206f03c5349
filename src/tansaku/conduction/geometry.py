"""Geometry: the conductivity of a pellet from its resistance, thickness and electrode area.

``sigma = L / (R A)``. Which resistance is meant (bulk, grain boundary, total) is the reader's
matter: it is taken as given, and the result is the conductivity that belongs to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tansaku.conduction.measured_units import Quantity
from tansaku.errors import UsageError
from tansaku.language import _


@dataclass(frozen=True, slots=True)
class Conductivity:
    """A conductivity in S/cm and its standard deviation.

    Attributes:
        value: In S/cm.
        sd: In S/cm, to first order in the stated uncertainties; None where none is stated.

    Example:
        >>> found = Conductivity(2e-5, 1e-6)
        >>> round(found.log10, 4), round(found.log10_sd, 4)
        (-4.699, 0.0217)
    """

    value: float
    sd: float | None

    @property
    def log10(self) -> float:
        """log10(sigma / S cm-1)."""
        return math.log10(self.value)

    @property
    def log10_sd(self) -> float | None:
        """In decades."""
        return None if self.sd is None else self.sd / self.value / math.log(10.0)


def conductivity(
    resistance: Quantity,
    thickness: Quantity,
    *,
    area: Quantity | None = None,
    diameter: Quantity | None = None,
) -> Conductivity:
    """Conductivity of a pellet with propagated uncertainty (JCGM 100:2008, 5.1.2).

    The uncertainties count as independent; one that is not stated counts as none.

    Args:
        resistance: In ohm.
        thickness: In cm.
        area: Of one electrode, in cm².
        diameter: Of a round electrode in cm, instead of the area.

    Raises:
        UsageError: neither area nor diameter, or both.
    """
    electrode = electrode_area(area, diameter)
    value = thickness.value / (resistance.value * electrode.value)
    stated = [each for each in (resistance, thickness, electrode) if each.sd is not None]
    if not stated:
        return Conductivity(value, None)
    shares = [(each.sd or 0.0) / each.value for each in stated]
    return Conductivity(value, value * math.hypot(*shares))


def electrode_area(area: Quantity | None, diameter: Quantity | None) -> Quantity:
    """The electrode's area in cm², from itself or from its diameter.

    Raises:
        UsageError: neither, or both.
    """
    check_electrode(area=area is not None, diameter=diameter is not None)
    if area is not None:
        return area
    assert diameter is not None  # one of the two, as checked above
    value = math.pi * diameter.value**2 / 4
    sd = None if diameter.sd is None else 2 * diameter.sd / diameter.value * value
    return Quantity(value, sd)


def check_electrode(*, area: bool, diameter: bool) -> None:
    """Raise a UsageError unless just one of the two is given."""
    if area != diameter:
        return
    raise UsageError(
        _("Both an area and a diameter are given.")
        if area
        else _("Neither an area nor a diameter is given."),
        _("Give the electrode's area, or the diameter of a round one."),
    )
