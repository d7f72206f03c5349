"""Templates: neutrality and amounts against exact arithmetic."""

from __future__ import annotations

import copy
import pickle
import time
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tansaku.chem.charge import net_charge
from tansaku.chem.composition import Composition
from tansaku.chem.expression import Expression
from tansaku.chem.sites import Site
from tansaku.chem.template import Template
from tansaku.errors import ChargeError, FormulaError, SpaceError, UsageError
from tests.seeds import generator

# Stated here again, so that a wrong default would show.
STATES = {"Li": 1, "Na": 1, "Mg": 2, "Ca": 2, "Al": 3, "Y": 3, "La": 3, "Zr": 4, "Si": 4, "Ti": 4,
          "P": 5, "Ta": 5, "O": -2, "S": -2, "Cl": -1}  # fmt: skip
REAL = [
    ("Li(1+x+2*y)Ca(y)Y(x)Zr(2-x-y)(PO4)3", {"x": 0.25, "y": 0}, "Li1.25Y0.25Zr1.75P3O12"),
    ("Li(1+x+2*y)Ca(y)Zr(2-y)Si(x)P(3-x)O12", {"x": 0.5, "y": 0}, "Li1.5Zr2Si0.5P2.5O12"),
    ("Li(7-x)La3Zr(2-x)Ta(x)O12", {"x": 0.4}, "Li6.6La3Zr1.6Ta0.4O12"),
    ("Li(6-x)PS(5-x)Cl(1+x)", {"x": 0.5}, "Li5.5PS4.5Cl1.5"),
    ("Li(3*x)La(2/3-x)TiO3", {"x": 0.125}, "Li0.375La0.541667TiO3"),
]  # fmt: skip
CZP = "Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3"


@pytest.mark.parametrize(("text", "at", "formula"), REAL)
def test_real_templates(text: str, at: dict[str, float], formula: str) -> None:
    template = Template.parse(text)
    assert template.residual is not None
    assert not template.residual.terms
    values = {name: np.array([value]) for name, value in at.items()}
    amounts = template.amounts(values)
    assert amounts.composition(0) == Composition.parse(formula)
    assert net_charge(amounts, template.oxidation) == pytest.approx(0, abs=1e-12)
    # The amount of lithium is what ? would give.
    start, end = text.index("Li(") + 3, text.index(")")
    assert Template.parse(text[:start] + "?" + text[end:]).polynomials == template.polynomials


def test_the_balancing_amount_is_solved_and_shown() -> None:
    template = Template.parse(CZP)
    assert template.balanced_element == "Li"
    assert template.balanced_text == "1+x+2*y"
    assert template.solved_text() == "Li(1+x+2*y)Ca(y)Y(x)Zr(2-x-y)(PO4)3"
    assert Template.parse("Li?Zr2(PO4)3").solved_text() == "Li(1)Zr2(PO4)3"
    assert Template.parse("LiFe(x)Zr(2-x)(PO4)3Na(?)", {"Fe": 3}).balanced_text == "x"


linear = st.tuples(st.integers(0, 12), st.integers(-6, 6), st.integers(-6, 6)).map(
    lambda c: (Fraction(c[0], 4), Fraction(c[1], 3), Fraction(c[2], 2))
)
"""(a, b, c) of the amount a + b*x + c*y."""
formulas = st.dictionaries(
    st.sampled_from([s for s in STATES if s not in ("Li", "O")]), linear, min_size=1, max_size=5
)
coordinates = st.lists(
    st.tuples(st.fractions(0, 1, max_denominator=40), st.fractions(0, 1, max_denominator=40)),
    min_size=1,
    max_size=6,
)


@given(formulas, st.integers(1, 12), coordinates)
def test_balanced_templates_are_neutral_and_exact_at_every_point(
    formula: dict[str, tuple[Fraction, ...]],
    oxygen: int,
    points: list[tuple[Fraction, Fraction]],
) -> None:
    assume(any(any(c[1:]) for c in formula.values()))  # one without variables has a single point
    text = f"Li(?)O{oxygen}" + "".join(f"{s}({a}+{b}*x+{c}*y)" for s, (a, b, c) in formula.items())
    full = {**formula, "O": (Fraction(oxygen), Fraction(0), Fraction(0))}
    lithium = tuple(-sum(STATES[s] * c[i] for s, c in full.items()) for i in range(3))
    if not any(lithium[1:]) and lithium[0] <= 0:
        with pytest.raises(ChargeError, match="comes out as"):
            Template.parse(text)
        return
    template = Template.parse(text)
    exact = [
        {s: a + b * x + c * y for s, (a, b, c) in {**full, "Li": lithium}.items()}
        for x, y in points
    ]
    values = {
        "x": np.array([float(x) for x, _y in points]),
        "y": np.array([float(y) for _x, y in points]),
    }
    held = np.array([all(n >= 0 for n in row.values()) for row in exact])
    if not held.all():
        with pytest.raises(SpaceError, match="the amount of"):
            template.amounts(values)
    amounts = template.amounts({name: array[held] for name, array in values.items()})
    for row, at in zip(amounts.matrix, np.flatnonzero(held), strict=True):
        for symbol, n in zip(amounts.elements, row, strict=True):
            assert n == pytest.approx(float(exact[at][symbol]), abs=1e-12)
        stated = [STATES[symbol] for symbol in amounts.elements]
        assert sum(n * z for n, z in zip(row, stated, strict=True)) == pytest.approx(0, abs=1e-11)


def test_ends_of_a_range_are_exactly_empty() -> None:
    """1 - 10 * 0.1 is not 0 in float64; the dopant is gone there all the same."""
    steps = np.cumsum(np.full(20, 0.1))
    template = Template.parse("Li(?)Y(x)Zr(2-x)(PO4)3")
    amounts = template.amounts({"x": steps})
    assert amounts.column("Zr")[-1] == 0.0
    assert amounts.composition(19).text() == "Li3Y2P3O12"


def test_a_point_that_cannot_be_made_is_named() -> None:
    template = Template.parse("Li(x)Y(y)Zr(2-x)(PO4)3", sites=[Site.parse("M: Zr,Y <= 2.4")])
    values = {"x": np.array([1.0, 3.0, np.nan]), "y": np.array([4 / 3, 0.0, 0.0])}
    assert template.residual is not None
    assert Expression.parse(template.residual.text()) == Expression.parse("-1-3*x+3*y")
    with pytest.raises(SpaceError, match=r"At x=3, y=0 the amount of Zr is -1"):
        template.amounts(values)
    with pytest.raises(SpaceError, match="of Li is nan"):
        template.amounts({"x": values["x"][2:], "y": values["y"][2:]})


@pytest.mark.parametrize(
    ("text", "oxidation", "match"),
    [
        (
            "Li(x+2*y)Ca(y)Y(x)Zr(2-x-y)(PO4)3",
            None,
            r"charge -1 at every point.*Write Li\(1\+x\+2\*y\)",
        ),
        ("Zr2(PO4)3", None, r"charge -1 at every point.*Zr\(2.25\)"),
        ("LiY2O4", None, r"charge -1 at every point.*Li\(2\)"),
        ("Li(?)Fe(x)O2", None, r"Fe has no default.*Fe=3"),
        ("Li(?)Na(?)O", None, "Two amounts.*Li and Na"),
        ("Li(?)ZrO2", None, "comes out as 0.*Leave Li out"),
        ("Li(?)Zr2(PO4)2", None, r"comes out as -2: without it the charge is \+2"),
        ("Li(?)O", {"Li": 0}, "oxidation state 0"),
    ],
)
def test_charges_that_cannot_balance_are_refused(
    text: str, oxidation: dict[str, float] | None, match: str
) -> None:
    with pytest.raises(ChargeError, match=match):
        Template.parse(text, oxidation)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("(Li(?))2O", "outside of all brackets"),
        ("Li(1/x)O", "divides by a variable"),
        ("Li(X)O", "→ X.*character 4: .*lower case"),
        ("Li(x y)O", "→ y.*character 6: .*sign"),
        ("(Li(x)O2)(1+)Zr(x)", r"1\+ → \).*character 13: .*missing"),
        ("Li(２x−)O", "amount of Li: .*character 4: .*missing"),
        ("Li(x²)O", "character 5: a superscript"),
        ("Li(2²)O", "character 5: a superscript"),
        ("Li(x)O^2-", "carries a charge"),
        ("Lx(x)O", "Lx"),
        ("", "empty"),
        ("Li((((a+b+c+d)^6)*((f+g+h+k)^6)))O", "too complicated"),
    ],
)
def test_unreadable_templates_are_refused(text: str, match: str) -> None:
    with pytest.raises(FormulaError, match=match):
        Template.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "Li(9**9**9)O",
        "Li(x**99999)O",
        "(" * 10_000,
        "Li" + "(" * 10_000 + "x" + ")" * 10_000 + "O",
        "Li(x)" * 200_000,
        "🙂",
        "Li(🙂)O",
        "Li(" + "9" * 900 + ")O",
        "(Li(x))" + "9" * 900,
        "(" * 30 + "Li" + ")999999" * 30 + "O",
        "(" * 20 + "Li" + ")(0.3333333333*x+y)" * 20 + "O",
    ],
)
def test_hostile_templates_are_answered_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises((FormulaError, ChargeError, SpaceError)) as error:
        Template.parse(text)
    assert time.process_time() - start < 1.0
    assert len(str(error.value)) < 700


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(UsageError, match="no value for y"):
        Template.parse(CZP).amounts({"x": np.zeros(3)})


def test_alloys_need_no_charges() -> None:
    alloy = Template.parse("Fe(x)Ni(1-x)", neutral=False)
    assert alloy.residual is None
    assert alloy.amounts({"x": np.array([0.25])}).texts() == [
        Composition.parse("Fe0.25Ni0.75").text()
    ]
    with pytest.raises(ChargeError, match="play no part"):
        Template.parse("Fe(?)Ni(1-x)", neutral=False)


@pytest.mark.parametrize(
    "text", ["M (6): Zr,Y,Ca = 2", "A (8): La,Ca <= 3", "X (6): S,Cl = 5..6", "A (6): La >= 1"]
)
def test_written_sites_are_read_back(text: str) -> None:
    assert Site.parse(text).text() == text
    typed = text.replace("<=", "≦").replace(">=", "≧").replace(":", "：")
    assert Site.parse(typed) == Site.parse(text)
    assert Site.parse(text.replace("<=", "≤").replace(">=", "≥")) == Site.parse(text)
    assert Site.parse(Site.parse(text).text()) == Site.parse(text)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("M Zr = 2", "Cannot read"),
        ("M: = 2", "Cannot read"),
        ("M: Zr <= 1..2", "Cannot read"),
        ("M: " + "Zr " * 100_000, "Cannot read"),
        ("M: Zr,Zr = 2", "twice"),
        ("M: Zr = 3..2", "room for 3 to 2"),
        ("M: Zr,Y = 3", "holds 2 at every point, but should hold = 3"),
        ("M: Na = 1", "Na, which is not in the template"),
    ],
)
def test_sites_that_make_no_sense_are_refused(text: str, match: str) -> None:
    with pytest.raises(SpaceError, match=match):
        Template.parse("Li(?)Y(x)Zr(2-x)(PO4)3", sites=[Site.parse(text)])


def test_an_element_stands_on_one_site() -> None:
    sites = [Site.parse("M: Zr,Y = 2"), Site.parse("A: Y,Li <= 4")]
    with pytest.raises(SpaceError, match="Y stands on two sites, M and A"):
        Template.parse("Li(?)Y(x)Zr(2-x)(PO4)3", sites=sites)


def test_templates_are_fast() -> None:
    """1e5 points to compositions, masses and charges: at most 0.5 s of processor (0.01 s alone)."""
    sites = [Site.parse("M: Zr,Y,Ca = 2")]
    Template.parse(CZP, sites=sites)
    start = time.process_time()
    for _round in range(50):
        template = Template.parse(CZP, sites=sites)
    # The goal is 1 ms (0.5 ms when measured alone); room for a busy machine.
    assert (time.process_time() - start) / 50 < 5e-3
    rng = generator(0)
    values = {"x": rng.uniform(0, 1, 100_000), "y": rng.uniform(0, 1, 100_000)}
    start = time.process_time()
    amounts = template.amounts(values)
    assert amounts.molar_masses().min() > 400
    assert np.abs(net_charge(amounts, template.oxidation)).max() < 1e-11
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("text", [CZP, "Li(6-x)PS(5-x)Cl(1+x)", "Li(x)Y(y)Zr(2-x)(PO4)3"])
def test_copies_are_equal(text: str) -> None:
    template = Template.parse(text, sites=[Site.parse("A: Li")])
    assert pickle.loads(pickle.dumps(template)) == template  # noqa: S301
    assert copy.deepcopy(template) == template
    assert hash(copy.deepcopy(template)) == hash(template)


def test_the_lecture_tables_lie_in_their_templates(
    lyczp: pd.DataFrame, lczsp: pd.DataFrame
) -> None:
    for table, text, columns in (
        (lyczp, CZP, {"x": "x_Y", "y": "y_Ca"}),
        (lczsp, "Li(?)Ca(y)Zr(2-y)Si(x)P(3-x)O12", {"x": "x_Si", "y": "y_Ca"}),
    ):
        template = Template.parse(text)
        values = {name: table[column].to_numpy(float) for name, column in columns.items()}
        amounts = template.amounts(values)
        assert len(set(amounts.texts())) == len(table)
        assert np.abs(net_charge(amounts, template.oxidation)).max() < 1e-11
