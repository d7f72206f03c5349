"""A pellet's conductivity, against the formula and a simulation of its uncertainty."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.conduction import Quantity, conductivity
from tansaku.errors import UsageError
from tests.seeds import generator

SIZES = st.floats(1e-4, 1e4)


@given(SIZES, SIZES, SIZES)
def test_diameter_and_area_agree(R: float, L: float, d: float) -> None:
    round_ = conductivity(Quantity(R), Quantity(L), diameter=Quantity(d))
    area = conductivity(Quantity(R), Quantity(L), area=Quantity(math.pi * d**2 / 4))
    assert round_.value == pytest.approx(area.value, rel=1e-12)
    assert round_.value * R * math.pi * d**2 / 4 == pytest.approx(L, rel=1e-9)
    assert round_.sd is None
    assert round_.log10_sd is None


def test_a_textbook_pellet() -> None:
    """1200 ohm, 1.2 mm thick, electrodes of 1 cm²: 0.12 / 1200 S/cm."""
    found = conductivity(Quantity(1200.0), Quantity(0.12), area=Quantity(1.0))
    assert found.value == pytest.approx(1e-4, rel=1e-12)
    assert found.log10 == pytest.approx(-4.0, abs=1e-12)


def test_uncertainty_against_a_simulation() -> None:
    """First order holds at a few per cent; the diameter counts twice."""
    R, L, d = Quantity(1200.0, 24.0), Quantity(0.12, 0.003), Quantity(1.0, 0.01)
    found = conductivity(R, L, diameter=d)
    rng = generator(0)
    draws = {name: q.value + (q.sd or 0) * rng.normal(size=200_000) for name, q in
             (("R", R), ("L", L), ("d", d))}  # fmt: skip
    simulated = draws["L"] / (draws["R"] * math.pi * draws["d"] ** 2 / 4)
    assert found.sd == pytest.approx(simulated.std(), rel=0.02)
    assert found.log10_sd == pytest.approx(np.log10(simulated).std(), rel=0.02)


def test_what_is_not_stated_adds_nothing() -> None:
    found = conductivity(Quantity(100.0, 5.0), Quantity(0.1), area=Quantity(1.0))
    assert found.sd == pytest.approx(0.05 * found.value)


def test_one_electrode() -> None:
    with pytest.raises(UsageError, match="Neither an area nor a diameter"):
        conductivity(Quantity(1.0), Quantity(1.0))
    with pytest.raises(UsageError, match="Both an area and a diameter"):
        conductivity(Quantity(1.0), Quantity(1.0), area=Quantity(1.0), diameter=Quantity(1.0))
