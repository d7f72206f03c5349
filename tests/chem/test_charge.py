"""Charges: known compounds are neutral, many at once agree with one by one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tansaku as tk
from tansaku.campaign import Campaign
from tansaku.chem.amounts import Amounts
from tansaku.chem.charge import as_fraction, exact_states, net_charge, oxidation_states
from tansaku.chem.composition import Composition
from tansaku.chem.elements import SYMBOLS, element
from tansaku.errors import ChargeError, FormulaError
from tests.seeds import generator

NEUTRAL = [
    "LiZr2(PO4)3", "Li7La3Zr2O12", "Li6PS5Cl", "Li10GeP2S12", "Li3InCl6", "Li3YBr6", "LiTi2(PO4)3",
    "Li0.33La0.5567TiO3", "Na3Zr2Si2PO12", "Li2CO3", "BaTiO3", "Li1.3Al0.3Ti1.7(PO4)3",
]  # fmt: skip
states = st.dictionaries(st.sampled_from(SYMBOLS), st.integers(-4, 7), min_size=1, max_size=6)


@pytest.mark.parametrize("formula", NEUTRAL)
def test_known_electrolytes_are_neutral(formula: str) -> None:
    stated = {"C": 4.0} if "C" in Composition.parse(formula).elements else None
    assert net_charge(Composition.parse(formula), stated) == pytest.approx(0, abs=2e-3)


@given(states, st.integers(0, 999))
def test_many_at_once_are_each_by_itself(stated: dict[str, int], seed: int) -> None:
    rng = generator(seed)
    rows = [Composition.of({s: rng.uniform(0.1, 9) for s in stated}) for _row in range(4)]
    wanted = [sum(n * stated[s] for s, n in row.amounts.items()) for row in rows]
    at_once = net_charge(Amounts.of(rows), stated)
    np.testing.assert_allclose(at_once, wanted, atol=1e-9)
    np.testing.assert_allclose([net_charge(row, stated) for row in rows], wanted, atol=1e-9)


def test_every_default_is_a_common_state() -> None:
    state_of = oxidation_states()
    for symbol in SYMBOLS:
        each = element(symbol)
        if each.default_oxidation is not None:
            assert state_of(symbol) == each.default_oxidation
            assert each.default_oxidation in each.oxidation_states
        else:
            with pytest.raises(ChargeError, match=f"{symbol} has no default"):
                state_of(symbol)


def test_an_element_without_default_is_named_with_the_way_to_state_one() -> None:
    with pytest.raises(ChargeError, match=r"Fe has no default.*\+2, \+3.*Fe=3"):
        net_charge(Composition.parse("LiFePO4"))
    assert net_charge(Composition.parse("LiFePO4"), {"Fe": 2}) == 0
    assert net_charge(Composition.parse("Fe3O4"), {"Fe": 8 / 3}) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("state", [float("nan"), float("inf"), 12.0, -10.0])
def test_impossible_states_are_refused(state: float) -> None:
    with pytest.raises(ChargeError, match="Fe cannot have"):
        oxidation_states({"Fe": state})


def test_a_state_for_no_element_is_refused() -> None:
    with pytest.raises(FormulaError, match="Xx"):
        oxidation_states({"Xx": 2})


@pytest.mark.parametrize("denominator", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
@pytest.mark.parametrize("decimals", [3, 4, 6, 9])
def test_mean_states_are_the_fractions_that_they_were_rounded_from(
    denominator: int, decimals: int
) -> None:
    """Rounded or cut off, of either sign; and the charge of as many formula units is whole."""
    for p in range(1, 4 * denominator):
        exact = Fraction(p, denominator)
        scale = 10**decimals
        for written in (round(exact * scale) / scale, int(exact * scale) / scale):
            if written != float(exact) and len(repr(written)) < decimals + 2:
                continue  # 0.090 is stored as 0.09, which says less
            found, said = exact_states({"Fe": written, "S": -written})
            assert found == {"Fe": float(exact), "S": -float(exact)}
            assert len(said) == (0 if written == float(exact) else 2)
    assert exact_states({"Fe": float(Fraction(5, denominator))})[1] == ()


def test_other_states_are_as_they_were_written() -> None:
    for state in (2.6, 2.7, 2.71, 2.5, 3.0, 2.125, 2.4142, 2.605, 0.1, 1e-5):
        assert exact_states({"Fe": state}) == ({"Fe": state}, ())
    assert exact_states({"Fe": 2.67})[0] == {"Fe": 8 / 3}
    assert as_fraction(2.7) == Fraction(27, 10)
    assert as_fraction(8 / 3) == Fraction(8, 3)


def test_a_template_of_a_mean_state_is_neutral_without_rest() -> None:
    """Fe3O4 with lithium in place of zinc: the balancing lithium is 2 - 2x, and not 2.0001."""
    x = tk.Stepped(name="x", low=0, high=0.5, step=0.25)
    for state in (8 / 3, 2.6667):
        template = tk.CompositionTemplate(text="Li(?)Zn(x)Fe3O5", states={"Fe": state})
        found = Campaign.from_space([x], template=template, target="y")
        formulas = [each.formula for each in found.candidates()]
        assert formulas == ["Li2Fe3O5", "Li1.5Zn0.25Fe3O5", "LiZn0.5Fe3O5"]
        assert [each.net_charge for each in found.candidates()] == [0, 0, 0]
        assert any("read as 8/3" in each for each in found.notices) == (state == 2.6667)
