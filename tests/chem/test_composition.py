"""Composition: round trips, arithmetic, equality and the ways between moles, at.% and wt.%."""

from __future__ import annotations

import copy
import math
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tansaku.chem.composition import (
    LARGEST,
    RESOLUTION,
    Composition,
    canonical,
    mole_ratios,
)
from tansaku.chem.elements import SYMBOLS, atomic_mass, element
from tansaku.errors import FormulaError

WEIGHABLE = [symbol for symbol in SYMBOLS if element(symbol).mass is not None]
# From a trace to a large cluster, on the grid of the resolution, halves of it, and off it.
AMOUNTS = st.one_of(
    st.integers(1, 20).map(float),
    st.integers(1, 10**8).map(lambda n: n / 1e6),
    st.integers(1, 10**8).map(lambda n: n / 2e6 + 1),
    st.floats(1e-6, 1e3),
)
CHARGES = st.one_of(st.just(0.0), st.integers(-8, 8).map(float), st.floats(-4, 4))
COMPOSITIONS = st.builds(
    Composition.of,
    st.dictionaries(st.sampled_from(WEIGHABLE), AMOUNTS, min_size=1, max_size=8),
    CHARGES,
)
SUBSTANCES = ("Li2CO3", "CaCO3", "Y2O3", "ZrO2", "NH4H2PO4", "SiO2")


@given(COMPOSITIONS)
def test_reading_the_text_gives_the_composition_back(found: Composition) -> None:
    """parse(text()) == self, and equal compositions have equal texts and hashes."""
    again = Composition.parse(found.text())
    assert again == found
    assert hash(again) == hash(found)
    assert again.text() == found.text()
    for symbol in found.elements:
        assert again[symbol] == pytest.approx(found[symbol], abs=0.51 * RESOLUTION)


@given(COMPOSITIONS, st.floats(-0.49, 0.49))
def test_equality_has_its_resolution(found: Composition, shift: float) -> None:
    """Amounts on the grid stay equal within half a step and differ from a step on."""
    grid = Composition.parse(found.text())
    symbol = grid.elements[0]
    near = Composition.of(
        dict(grid.amounts) | {symbol: grid[symbol] + shift * RESOLUTION}, grid.charge
    )
    far = Composition.of(dict(grid.amounts) | {symbol: grid[symbol] + RESOLUTION}, grid.charge)
    assert near == grid
    assert hash(near) == hash(grid)
    assert far != grid
    assert grid != grid.text()


@given(COMPOSITIONS, COMPOSITIONS)
def test_adding_keeps_mass_and_moles(a: Composition, b: Composition) -> None:
    """Mass, moles and charge are sums, in either order; taking away undoes adding."""
    both = a + b
    assert both == b + a
    assert both.molar_mass == pytest.approx(a.molar_mass + b.molar_mass, rel=1e-9, abs=1e-3)
    assert both.total == pytest.approx(a.total + b.total, abs=1e-4)
    assert both.charge == pytest.approx(a.charge + b.charge, abs=2e-6)
    back = both - b
    for symbol in a.elements:
        assert back[symbol] == pytest.approx(a[symbol], abs=2e-6)


@given(COMPOSITIONS, st.sampled_from([1.5, 2, 3, 8]))
def test_multiples(found: Composition, factor: float) -> None:
    """Both orders agree, and dividing undoes it."""
    assert factor * found == found * factor
    assert (factor * found).molar_mass == pytest.approx(factor * found.molar_mass)
    for symbol in (found * factor).elements:
        assert ((found * factor) / factor)[symbol] == pytest.approx(found[symbol])


@given(COMPOSITIONS)
def test_shares_lead_back(found: Composition) -> None:
    """at.% and wt.% are 100 in all, and either gives the normalised composition back."""
    assume(abs(found.charge) <= 1e3 * found.total)  # of one atom at most a thousand
    atomic, weight = found.atomic_percent(), found.weight_percent()
    assert math.fsum(atomic.values()) == pytest.approx(100)
    assert math.fsum(weight.values()) == pytest.approx(100)
    whole = found.normalised()
    assert whole.total == pytest.approx(1, abs=1e-5)
    for again in (Composition.from_atomic_percent(atomic), Composition.from_weight_percent(weight)):
        for symbol in found.elements:
            assert again[symbol] == pytest.approx(whole[symbol], abs=1e-6)


@given(st.lists(st.integers(0, 400).map(lambda n: n / 16), min_size=6, max_size=6))
def test_mole_ratios_lead_back(moles: list[float]) -> None:
    """What was put together comes apart again, and mass is conserved."""
    given_moles = dict(zip(SUBSTANCES, moles, strict=True))
    if not any(moles):
        with pytest.raises(FormulaError, match="holds nothing"):
            Composition.from_moles(given_moles)
        return
    made = Composition.from_moles(given_moles)
    assert mole_ratios(made, SUBSTANCES) == pytest.approx(given_moles, abs=1e-6)
    mass = sum(n * Composition.parse(text).molar_mass for text, n in given_moles.items())
    assert made.molar_mass == pytest.approx(mass)


def test_mole_ratios_that_do_not_exist() -> None:
    """An element that is missing or left over is named; two ways are refused."""
    with pytest.raises(FormulaError, match="Zr does not come out"):
        mole_ratios(Composition.parse("Li2ZrO3"), ["Li2O"])
    with pytest.raises(FormulaError, match="cannot make"):
        mole_ratios(Composition.parse("Li2O"), ["Li2CO3"])
    with pytest.raises(FormulaError, match="less than nothing of LiO"):
        mole_ratios(Composition.parse("Li4O"), ["Li2O", "LiO"])
    with pytest.raises(FormulaError, match="more than one way"):
        mole_ratios(Composition.parse("Li2O"), ["Li2O", "Li4O2"])
    with pytest.raises(FormulaError, match="cannot make"):
        mole_ratios(Composition.parse("Li2O"), [])


@pytest.mark.parametrize(
    ("text", "canonical_text"),
    [
        ("O12(PO4)0Zr2P3Li", "LiZr2P3O12"),
        ("Zr1.9Si0.25Ca0.1Li1.45P2.75O12", "Li1.45Ca0.1Zr1.9Si0.25P2.75O12"),
        ("Li1.0000004O", "LiO"),
        ("Li1/3O", "Li0.333333O"),
        ("NH4+", "H4N^+"),
        ("PO4^3-", "PO4^3-"),
        ("Li10O100", "Li10O100"),
        ("Na1N1", "Na1N1"),
        ("Li0.000001O", "Li0.000001O"),
    ],
)
def test_canonical_texts(text: str, canonical_text: str) -> None:
    """Cations first, at most six decimals, charge at the end, never a table's word for nothing."""
    assert Composition.parse(text).text() == canonical_text
    assert str(Composition.parse(canonical_text)) == canonical_text


def test_amounts_are_read_only_and_in_order() -> None:
    """A composition never changes."""
    found = Composition.of({"O": 3, "Li": 2, "Zr": 1})
    assert found.elements == ("Li", "Zr", "O") == canonical({"O", "Zr", "Li"})
    assert found["Ca"] == 0.0
    with pytest.raises(TypeError):
        found.amounts["Li"] = 3.0  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        found.charge = 1.0  # type: ignore[misc]


def test_copies_and_other_processes_get_an_equal_one() -> None:
    """Read-only mappings cannot be copied, compositions can."""
    found = Composition.parse("PO4^3-")
    assert copy.deepcopy(found) == found
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 our own, to another process


def test_rounding_leaves_no_trace() -> None:
    """A sum that is 0 but for float64 is no element, whichever its sign."""
    residue = 0.1 + 0.2 - 0.3
    assert residue != 0
    for amount in (residue, -residue, 0.0, 4e-7):
        assert Composition.of({"Li": 1, "Ca": amount}).elements == ("Li",)


@pytest.mark.parametrize("amount", [-1.0, -1e-6, math.nan, math.inf, -math.inf, 2 * LARGEST])
def test_impossible_amounts_are_refused(amount: float) -> None:
    """By every door, with the element's name."""
    with pytest.raises(FormulaError, match="of Li"):
        Composition.of({"Li": amount, "O": 1})
    with pytest.raises(FormulaError, match="of Li2O"):
        Composition.from_moles({"Li2O": amount})
    with pytest.raises(FormulaError, match="of Li"):
        Composition.from_atomic_percent({"Li": amount, "O": 100})


@pytest.mark.parametrize("charge", [math.nan, math.inf, 1e9])
def test_impossible_charges_are_refused(charge: float) -> None:
    """A charge is finite."""
    with pytest.raises(FormulaError, match="charge"):
        Composition.of({"Li": 1}, charge)


def test_impossible_arithmetic_is_refused() -> None:
    """Nothing left, less than nothing, and division by 0."""
    oxide = Composition.parse("Li2O")
    with pytest.raises(FormulaError, match="holds nothing"):
        oxide - oxide
    with pytest.raises(FormulaError, match="of O"):
        oxide - Composition.parse("LiO2")
    with pytest.raises(FormulaError, match="divided by 0"):
        oxide / 0
    with pytest.raises(FormulaError, match="is not between"):
        oxide * -1
    with pytest.raises(FormulaError, match="is not between"):
        oxide * math.nan


@pytest.mark.parametrize("total", [99.0, 101.0, 1.0])
def test_shares_that_miss_100_are_refused(total: float) -> None:
    """Published ones may miss it by their rounding only."""
    shares = {"Li": total / 2, "O": total / 2}
    with pytest.raises(FormulaError, match="add up to"):
        Composition.from_atomic_percent(shares)
    with pytest.raises(FormulaError, match="add up to"):
        Composition.from_weight_percent(shares)
    assert Composition.from_atomic_percent({"Li": 66.7, "O": 33.4})["O"] == pytest.approx(
        33.4 / 100.1
    )


def test_unknown_symbols_are_named() -> None:
    """By every door that takes symbols."""
    for make in (Composition.of, Composition.from_atomic_percent, Composition.from_weight_percent):
        with pytest.raises(FormulaError, match="'Xy'"):
            make({"Xy": 100.0})


def test_elements_without_mass_have_shares_of_atoms_only() -> None:
    """Pm2O3 can be read and compared, but not weighed."""
    found = Composition.parse("Pm2O3")
    assert found.atomic_percent()["Pm"] == pytest.approx(40)
    for ask in (lambda: found.molar_mass, found.weight_percent):
        with pytest.raises(FormulaError, match="Pm has no standard"):
            ask()


def test_molar_mass_is_the_sum_of_its_atoms() -> None:
    """By hand, for Li7La3Zr2O12."""
    masses = np.array([atomic_mass(symbol) for symbol in ("Li", "La", "Zr", "O")])
    assert Composition.parse("Li7La3Zr2O12").molar_mass == pytest.approx(masses @ [7, 3, 2, 12])
