"""Charges: known compounds are neutral, many at once agree with one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.chem.amounts import Amounts
from tansaku.chem.charge import net_charge, oxidation_states
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
