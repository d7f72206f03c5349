"""Conduction: from impedance to conductivity, and from conductivities to an activation energy.

Plain numbers and arrays in the base units S/cm, K, cm, cm², ohm; texts are read once, at the door.
"""

from tansaku.conduction.arrhenius import ArrheniusFit, Convention, Estimate, fit_arrhenius
from tansaku.conduction.geometry import Conductivity, conductivity
from tansaku.conduction.measured_units import Kind, Quantity, Unit
from tansaku.conduction.shape import Hint, hint

__all__ = [
    "ArrheniusFit",
    "Conductivity",
    "Convention",
    "Estimate",
    "Hint",
    "Kind",
    "Quantity",
    "Unit",
    "conductivity",
    "fit_arrhenius",
    "hint",
]
