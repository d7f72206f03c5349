"""Descriptors and radii: each formula written out again, one composition at a time."""

from __future__ import annotations

import importlib.util
import math
import statistics
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import periodictable
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.chem.amounts import Amounts
from tansaku.chem.charge import net_charge
from tansaku.chem.composition import Composition
from tansaku.chem.descriptors import DESCRIPTORS, describe, element_amounts, site_fractions
from tansaku.chem.radii import ionic_radius, radii
from tansaku.chem.sites import Site
from tansaku.chem.template import Template
from tansaku.errors import DataError, UnknownNameError
from tests.seeds import generator

M_SITE = Site.parse("M (6): Zr,Y,Ca = 2")
# Shannon (1976), Table 1, coordination VI, pm; Pauling's electronegativities.
RADIUS = {"Zr": 72.0, "Y": 90.0, "Ca": 100.0, "P": 38.0}
CHI = {"Zr": 1.33, "Y": 1.22, "Ca": 1.00}
STATE = {"Zr": 4, "Y": 3, "Ca": 2}

shares = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(lambda c: (c[0] / 10, c[1] / 10))


def _sample(x: float, y: float) -> Amounts:
    template = Template.parse("Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3")
    return template.amounts({"x": np.array([x]), "y": np.array([y])})


def _values(of: dict[str, float], x: float, y: float) -> list[float]:
    """The property of each of 20 atoms on the M site."""
    counts = {"Y": round(10 * x), "Ca": round(10 * y), "Zr": 20 - round(10 * x) - round(10 * y)}
    return [of[symbol] for symbol, n in counts.items() for _atom in range(n)]


@given(shares)
def test_site_averages_are_those_of_its_atoms(at: tuple[float, float]) -> None:
    """Twenty atoms on the M site, counted one by one with the standard library."""
    names = [f"M.{name}" for name in DESCRIPTORS]
    matrix, found = describe(_sample(*at), names, sites=[M_SITE])
    assert found == tuple(names)
    got = dict(zip(DESCRIPTORS, matrix[0].tolist(), strict=True))
    radius, chi, state = _values(RADIUS, *at), _values(CHI, *at), _values(STATE, *at)
    mean = statistics.fmean(radius)
    parts = [radius.count(r) / 20 for r in set(radius)]
    masses = _values({s: getattr(periodictable, s).mass for s in STATE}, *at)
    wanted = {
        "radius_mean": mean,
        "radius_variance": statistics.pvariance(radius),
        "radius_mismatch": math.sqrt(statistics.fmean((1 - r / mean) ** 2 for r in radius)),
        "electronegativity_mean": statistics.fmean(chi),
        "electronegativity_spread": statistics.pstdev(chi),
        "charge_mean": statistics.fmean(state),
        "charge_spread": statistics.pstdev(state),
        "mixing_entropy": -sum(p * math.log(p) for p in parts),
        "mass_mean": statistics.fmean(masses),
        "mobile_amount": 1 + at[0] + 2 * at[1],
        "mobile_share": (1 + at[0] + 2 * at[1]) / (18 + at[0] + 2 * at[1]),
        "molar_mass": _sample(*at).molar_masses()[0],
        "net_charge": 0.0,
    }
    assert got == pytest.approx(wanted, rel=1e-5, abs=1e-9)


def test_without_a_site_the_framework_cations_count() -> None:
    got = describe(_sample(0.0, 0.0), ["radius_mean", "charge_mean"]).matrix[0]
    assert got[0] == pytest.approx((2 * RADIUS["Zr"] + 3 * RADIUS["P"]) / 5)
    assert got[1] == pytest.approx((2 * 4 + 3 * 5) / 5)


@given(shares, st.floats(0.5, 4))
def test_descriptors_laws(at: tuple[float, float], factor: float) -> None:
    """Finite, one number a row, the same beside other rows, and averages do not scale."""
    one = _sample(*at)
    scaled = Amounts(one.elements, one.matrix * factor)
    both = Amounts(one.elements, np.concatenate([_sample(0.5, 0.5).matrix, one.matrix]))
    for name in DESCRIPTORS:
        value = describe(one, [name]).matrix
        assert value.shape == (1, 1)
        assert np.isfinite(value).all()
        np.testing.assert_allclose(
            describe(both, [name]).matrix[1], value[0], rtol=1e-12, atol=1e-12
        )
        extensive = name in ("mobile_amount", "molar_mass", "net_charge")
        wanted = value * factor if extensive else value
        np.testing.assert_allclose(describe(scaled, [name]).matrix, wanted, rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("name", sorted(DESCRIPTORS))
def test_every_descriptor_states_its_formula(name: str) -> None:
    words = DESCRIPTORS[name].__doc__ or ""
    assert "sum " in words or words.startswith("Moles"), words


def test_the_coordination_of_a_site_decides_the_radius() -> None:
    garnet = Amounts.of([Composition.parse("Li7La3Zr2O12")])
    sites = [Site.parse("A (8): La = 3"), Site.parse("M (6): Zr = 2")]
    got = describe(garnet, ["A.radius_mean", "M.radius_mean", "radius_mean"], sites=sites).matrix[0]
    assert got == pytest.approx([116.0, 72.0, (3 * 116.0 + 2 * 72.0) / 5])


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown descriptor 'radius'.*radius_mean"):
        describe(_sample(0, 0), ["radius"])
    with pytest.raises(UnknownNameError, match=r"Unknown site 'A'.*Known: M"):
        describe(_sample(0, 0), ["A.radius_mean"], sites=[M_SITE])
    no_radius = [Site.parse("A (12): Zr,Y,Ca")]
    with pytest.raises(DataError, match=r"Zr\+4 with 12 neighbours.*Zr\+4 \(6\)"):
        describe(_sample(0, 0), ["A.radius_mean"], sites=no_radius)
    with pytest.raises(DataError, match="nothing on site A in row 0"):
        describe(_sample(0, 0), ["A.charge_mean"], sites=[Site.parse("A: Y,Ca")])


def test_element_amounts_stand_in_the_union() -> None:
    rows = Amounts.of([Composition.parse("Li2O"), Composition.parse("SiO2")])
    matrix, names = element_amounts(rows, ("Li", "Na", "Si", "O"))
    assert names == ("Li", "Na", "Si", "O")
    assert matrix.tolist() == [[2, 0, 0, 1], [0, 0, 1, 2]]
    with pytest.raises(DataError, match="Si, which is not among"):
        element_amounts(rows, ("Li", "O"))


@given(shares)
def test_site_fractions_sum_to_one_and_give_the_amounts_back(at: tuple[float, float]) -> None:
    sample = _sample(*at)
    matrix, names = site_fractions(sample, [M_SITE])
    assert names == ("M.Zr", "M.Y", "M.Ca")
    assert matrix.sum() == pytest.approx(1.0)
    assert 2 * matrix[0] == pytest.approx([2 - at[0] - at[1], at[0], at[1]], abs=1e-12)


def test_encodings_are_fast() -> None:
    """1e5 points to amounts, encodings and masses: 2 s of processor at most (0.05 s alone)."""
    template = Template.parse("Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3", sites=[M_SITE])
    rng = generator(1)
    values = {name: rng.uniform(0, 1, 100_000) for name in "xy"}
    six = ["M.radius_mean", "M.radius_variance", "M.radius_mismatch", "M.charge_mean"]
    six += ["electronegativity_mean", "mobile_amount"]
    start = time.process_time()
    amounts = template.amounts(values)
    encoded = element_amounts(amounts).matrix, describe(amounts, six, sites=[M_SITE]).matrix
    masses, charges = amounts.molar_masses(), net_charge(amounts)
    assert time.process_time() - start < 2.0
    assert [array.shape[0] for array in (*encoded, masses, charges)] == [100_000] * 4


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    """tools/radii.py."""
    path = Path(__file__).parents[2] / "tools" / "radii.py"
    spec = importlib.util.spec_from_file_location("radii_tool", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_radii_obeys_its_laws(checker: ModuleType) -> None:
    assert checker.problems(radii()) == []


def test_the_check_of_the_radii_finds_slips(checker: ModuleType) -> None:
    table = {(r.symbol, r.charge, r.coordination): r for r in radii()}
    for key, wrong, law in (
        (("Zr", 4, 6), 27.0, "grow"),
        (("Fe", 3, 6), 95.0, "shrink"),
        (("Gd", 3, 6), 83.8, "shrink"),
        (("O", -2, 6), 1400.0, "out of"),
    ):
        slipped = {**table, key: replace(table[key], picometres=wrong)}
        assert any(law in line for line in checker.problems(slipped.values())), key
    assert any("2 times" in line for line in checker.problems([*radii(), radii()[0]]))


@pytest.mark.parametrize(
    ("symbol", "charge", "coordination", "radius"),
    [
        ("Li", 1, 4, 59.0), ("Li", 1, 6, 76.0), ("Na", 1, 6, 102.0), ("Mg", 2, 6, 72.0),
        ("Ca", 2, 8, 112.0), ("Sr", 2, 12, 144.0), ("Ba", 2, 12, 161.0), ("Al", 3, 6, 53.5),
        ("Ga", 3, 4, 47.0), ("Sc", 3, 6, 74.5), ("La", 3, 12, 136.0), ("Lu", 3, 6, 86.1),
        ("Ti", 4, 6, 60.5), ("Hf", 4, 6, 71.0), ("Si", 4, 4, 26.0), ("Ge", 4, 4, 39.0),
        ("Nb", 5, 6, 64.0), ("Ta", 5, 6, 64.0), ("P", 5, 4, 17.0), ("W", 6, 6, 60.0),
        ("Fe", 3, 6, 64.5), ("O", -2, 6, 140.0), ("S", -2, 6, 184.0), ("Cl", -1, 6, 181.0),
    ],
)  # fmt: skip
def test_radii_that_everyone_knows(
    symbol: str, charge: int, coordination: int, radius: float
) -> None:
    assert ionic_radius(symbol, charge, coordination) == radius
