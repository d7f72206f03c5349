"""Which of several mixtures: order, stock and pools, against brute force and one by one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import periodictable
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.chem.pool_masses import pool_masses
from tansaku.chem.portions import Floats, first_named_first
from tansaku.chem.precursor_masses import weigh
from tansaku.chem.precursors import Precursor
from tansaku.chem.weighing_task import usable
from tansaku.errors import WeighingError

NASICON = ("Li2CO3", "CaCO3", "Y2O3", "ZrO2", "NH4H2PO4")


def shelf(*texts: str) -> list[Precursor]:
    """Precursors as a person writes them."""
    return [Precursor.parse(text) for text in texts]


def mass(formula: str) -> float:
    """Molar mass by periodictable."""
    return float(periodictable.formula(formula).mass)


def corners(A: Floats, b: Floats, most: Floats) -> list[Floats]:
    """All corners of {A z = b, 0 <= z <= most} by trying every choice of bounds."""
    k = A.shape[1]
    found = []
    for states in itertools.product(("none", "all", "between"), repeat=k):
        between = [i for i in range(k) if states[i] == "between"]
        full = [i for i in range(k) if states[i] == "all"]
        if any(math.isinf(most[i]) for i in full):
            continue
        z = np.zeros(k)
        z[full] = most[full]
        if between:
            part = A[:, between]
            if np.linalg.matrix_rank(part) < len(between):
                continue
            z[between] = np.linalg.lstsq(part, b - A @ z, rcond=None)[0]
        if np.allclose(A @ z, b, atol=1e-9) and np.all(z >= -1e-9) and np.all(z <= most + 1e-9):
            found.append(z)
    return found


@given(st.integers(2, 3), st.data())
def test_what_is_named_first_is_used_first(e: int, data: st.DataObject) -> None:
    """Against brute force: the corner with the most of the first, then of the second, ..."""
    column = st.lists(st.integers(0, 3), min_size=e, max_size=e).filter(any)
    A = np.array([data.draw(column) for _i in range(5)], dtype=np.float64).T
    b = A @ np.array(data.draw(st.lists(st.integers(0, 4), min_size=5, max_size=5)))
    assume(np.all(b > 0))
    stock = st.sampled_from([math.inf, 0.5, 1.0, 2.5])
    most = np.array(data.draw(st.lists(stock, min_size=5, max_size=5)))
    found = first_named_first(A, b, most)
    candidates = corners(A, b, most)
    if not candidates:
        assert found is None
        return
    best = max(candidates, key=lambda z: tuple(np.round(z, 7)))
    assert found is not None
    assert found == pytest.approx(best, abs=1e-6)
    assert A @ found == pytest.approx(b, rel=1e-6)


@pytest.mark.parametrize(
    ("precursors", "used"),
    [
        (("Li2CO3", "ZrO2", "NH4H2PO4", "Li3PO4"), {"Li2CO3", "ZrO2", "NH4H2PO4"}),
        (("Li3PO4", "ZrO2", "NH4H2PO4", "Li2CO3"), {"Li3PO4", "ZrO2", "NH4H2PO4"}),
        (("Li2CO3", "Li3PO4", "ZrO2", "NH4H2PO4"), {"Li2CO3", "ZrO2", "NH4H2PO4"}),
        (("ZrO2", "NH4H2PO4", "(NH4)2HPO4", "LiOH·H2O"), {"ZrO2", "NH4H2PO4", "LiOH·H2O"}),
    ],
)
def test_order_decides(precursors: Sequence[str], used: set[str]) -> None:
    """Of several that would do, those named last get 0 g."""
    sheet = weigh(Composition.parse("LiZr2(PO4)3"), shelf(*precursors), 5.0)
    assert {name for name, grams in sheet.grams.items() if grams > 0} == used


def test_stock_is_used_up_and_no_more() -> None:
    """0.1 g of Li2CO3 are left: the rest of the Li comes from the next, rounding included."""
    sheet = weigh(
        Composition.parse("LiZr2(PO4)3"),
        shelf("Li2CO3:stock=0.10004", "ZrO2", "NH4H2PO4", "Li3PO4"),
        5.0,
    )
    assert sheet.grams["Li2CO3"] == 0.1
    n = 5.0 / mass("LiZr2P3O12")
    phosphate = (n - 2 * 0.10004 / mass("Li2CO3")) / 3
    assert sheet.exact[3] == pytest.approx(phosphate * mass("Li3PO4"), rel=1e-4)
    assert sheet.exact[2] == pytest.approx((3 * n - phosphate) * mass("NH4H2PO4"), rel=1e-4)


def test_an_exact_stock_is_enough() -> None:
    """What is needed to the last digit is there."""
    target = Composition.parse("Li2SiO3")
    needed = weigh(target, shelf("Li2CO3", "SiO2"), 5.0).exact[0]
    limited = [Precursor.of("Li2CO3", stock=needed), *shelf("SiO2")]
    assert weigh(target, limited, 5.0).exact[0] == pytest.approx(needed)


def test_too_little_stock_is_named() -> None:
    """With how much is left and how much is lacking, for all that is short."""
    with pytest.raises(WeighingError) as caught:
        weigh(
            Composition.parse("LiZr2(PO4)3"),
            shelf("Li2CO3:stock=0.1", "ZrO2:stock=1", "NH4H2PO4:stock=100"),
            5.0,
        )
    n = 5.0 / mass("LiZr2P3O12")
    assert f"Li2CO3: 0.1 g are left, {n / 2 * mass('Li2CO3') - 0.1:.3f}" in caught.value.message
    assert f"ZrO2: 1 g are left, {2 * n * mass('ZrO2') - 1:.3f}" in caught.value.message
    assert "NH4H2PO4" not in caught.value.message


def test_a_pool_is_weighed_as_its_members_are() -> None:
    """Against weigh() one by one; what is absent needs nothing; else NaN."""
    grid = [(x / 16, y / 16) for x in range(7) for y in range(7)]
    matrix = np.array([[1 + x + 2 * y, y, x, 2 - x - y, 3, 12] for x, y in grid])
    pool = Amounts(("Li", "Ca", "Y", "Zr", "P", "O"), matrix)
    for names in (NASICON, ("Li3PO4", *NASICON), (*NASICON, "CaHPO4", "LiPO3")):
        precursors = [Precursor.of(name, purity=0.99) for name in names]
        found = pool_masses(pool, precursors, 5.0, excess={"Li": 0.1})
        assert found.shape == (49, len(names))
        for row, line in zip(matrix, found, strict=True):
            target = Composition.of(dict(zip(pool.elements, row.tolist(), strict=True)))
            fit = usable(target, precursors)
            sheet = weigh(target, fit, 5.0, excess={"Li": 0.1}, balance=1e-9)
            expected = dict(zip([each.name for each in fit], sheet.exact, strict=True))
            assert line == pytest.approx(
                [expected.get(each.name, 0.0) for each in precursors], rel=1e-6, abs=1e-9
            )
    short = pool_masses(pool, shelf("Li2CO3", "CaCO3", "ZrO2", "NH4H2PO4"), 5.0)
    assert np.array_equal(np.isnan(short).any(axis=1), matrix[:, 2] > 0)
