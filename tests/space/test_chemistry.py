"""Templates as spaces: what is a candidate, what falls out, and what is one and the same."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tansaku.chem.composition import Composition
from tansaku.errors import ChargeError, FormulaError, NotInPoolError, SpaceError
from tansaku.space import (
    Categorical,
    CompositionTemplate,
    Continuous,
    ListedFormulas,
    Space,
    Stepped,
    composed,
    inputs_of_formula,
    left_out,
    projected,
)
from tests.seeds import generator

NASICON = "Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3"
X, Y = (Stepped(name=n, low=0, high=0.375, step=0.0625) for n in "xy")


def spanned(
    text: str, *parameters: Stepped | Continuous | Categorical, rules: tuple[str, ...] = (),
    sites: tuple[str, ...] = (), neutral: bool = True,
) -> Space:  # fmt: skip
    template = CompositionTemplate(text=text, sites=sites, neutral=neutral)
    return Space.from_parameters(parameters or (X, Y), rules, template)


def test_every_candidate_has_its_formula_and_is_neutral() -> None:
    space = spanned(NASICON)
    found = composed(space, space.matrix)
    assert found is not None
    assert space.size == 49
    assert left_out(space) == ()
    for (x, y), text, mass in zip(space.matrix, found.formulas, found.molar_masses, strict=True):
        wanted = Composition.of(
            {"Li": 1 + x + 2 * y, "Ca": y, "Y": x, "Zr": 2 - x - y, "P": 3, "O": 12}
        )
        assert Composition.parse(text) == wanted
        assert mass == pytest.approx(wanted.molar_mass)
    assert set(found.charges) == {0.0}
    assert Space.model_validate_json(space.model_dump_json()) == space


@settings(max_examples=30, deadline=None)
@given(
    zr=st.integers(0, 12),
    site=st.integers(1, 10),
    rule=st.sampled_from([(), ("x + y <= 0.5",), ("x*y <= 0.05",)]),
)
def test_candidates_are_those_that_brute_force_finds(
    zr: int, site: int, rule: tuple[str, ...]
) -> None:
    """Amounts in sixteenths, so that every comparison is exact."""

    def allowed(i: int, j: int) -> bool:
        if rule == ("x*y <= 0.05",):
            return i * j / 256 <= 0.05
        return not rule or i + j <= 8

    every = [point for point in itertools.product(range(7), repeat=2) if allowed(*point)]
    wanted = [(i / 16, j / 16) for i, j in every if i + j <= zr and i <= site]
    text = f"Li(?)Ca(y)Y(x)Zr({zr}/16-x-y)(PO4)3"
    if len(wanted) < 2:
        with pytest.raises(SpaceError):
            spanned(text, rules=rule, sites=(f"A: Y <= {site / 16}",))
        return
    space = spanned(text, rules=rule, sites=(f"A: Y <= {site / 16}",))
    assert [tuple(row) for row in space.matrix.tolist()] == wanted
    told = sum(int(notice.rsplit(" ", 1)[1].rstrip(".")) for notice in left_out(space))
    assert told == len(every) - len(wanted)


def test_what_falls_out_is_told_with_its_rule() -> None:
    space = spanned("Li(?)Ca(y)Y(x)Zr(1/2-x-y)(PO4)3", rules=("x + y >= 0.1",))
    assert left_out(space) == ("Settings left out, as they break Zr = 0.5-x-y >= 0: 10.",)
    with pytest.raises(NotInPoolError, match=r"breaks the constraint 'Zr = 0\.5-x-y >= 0'"):
        space.locate({"x": 0.375, "y": 0.375})
    charged = spanned("Li(1+x)Y(y)Zr(2-y)(PO4)3")
    assert charged.matrix.tolist() == [[i / 16, i / 16] for i in range(7)]
    assert "charge x-y = 0" in left_out(charged)[0]


@pytest.mark.parametrize(
    ("space", "error", "words"),
    [
        (("Li(?)Zr(0.1-x)Y(x)(PO4)3", Stepped(name="x", low=0.2, high=0.4, step=0.1)),
         SpaceError, r"Zr = 0\.1-x >= 0"),
        (("Li(?)Y(x)Zr(2-x)(PO4)3", Y), SpaceError, "no range is given for x"),
        (("Li(?)Y(x)Zr(2-x+y-y)(PO4)3", X, Y), SpaceError, "'y' cancels out"),
        (("Li(?)Zr2(PO4)3", X), SpaceError, "has no variable"),
        (("Li(?)Y(x)Zr(2-x)(PO4)3", Categorical(name="x", values=("a", "b"))),
         SpaceError, "choice between names"),
        (("Li(?)Y(x)Zr(2-x)(PO4)3(", X), FormulaError, r"\("),
        (("Li(?)Fe(x)Zr(2-x)(PO4)3", X), ChargeError, "Fe"),
        (("Li(1+x)Y(y)Zr(2-y)(PO4)3", Stepped(name="x", low=0.01, high=0.02, step=0.01),
          Stepped(name="y", low=0.05, high=0.06, step=0.01)), SpaceError, "charge x-y = 0"),
        (("Li(?)Y(x+y)Zr(2-x-y)(PO4)3", X, Continuous(name="y", low=0, high=1)),
         SpaceError, "same composition at different x, y"),
    ],
)  # fmt: skip
def test_what_spans_nothing_is_refused(
    space: tuple[str, Stepped], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        spanned(*space)


def test_other_parameters_stand_beside_the_template() -> None:
    gas = Categorical(name="gas", values=("air", "Ar"))
    space = spanned(NASICON, X, gas, Y)
    assert space.size == 98
    found = composed(space, space.matrix)
    assert found is not None
    assert len(set(found.formulas)) == 49


def test_settings_with_one_composition_are_one_candidate() -> None:
    """The first that is allowed stands for all, at each setting of the others."""
    heat = Stepped(name="T", low=1, high=2, step=1)
    rules = ("x <= 0.2", "x + 0.1*T >= 0.2")
    space = spanned("Li(?)Y(x+y)Zr(2-x-y)(PO4)3", X, Y, heat, rules=rules)
    every = [
        (i / 16, j / 16, t)
        for i, j, t in itertools.product(range(7), range(7), (1, 2))
        if i / 16 <= 0.2 and i / 16 + 0.1 * t >= 0.2 - 1e-12
    ]
    first: dict[tuple[float, int], tuple[float, float, int]] = {}
    for point in every:
        first.setdefault((point[0] + point[1], point[2]), point)
    assert {tuple(row) for row in space.matrix.tolist()} == set(first.values())
    for point in every:
        place = space.locate(dict(zip(("x", "y", "T"), point, strict=True)))
        assert tuple(place.row.tolist()) == first[point[0] + point[1], point[2]]
    assert str(len(every) - len(first)) in left_out(space)[-1]


def test_ten_million_points_are_counted_and_never_listed() -> None:
    x, y, z = (Stepped(name=n, low=0, high=2.15, step=0.01) for n in "xyz")
    space = spanned("Li(?)Ca(y)Y(x)Zr(2-x-y)Si(z)P(3-z)O12", x, y, z)
    assert space.grid.product > 10**7
    assert not space.listed
    assert space.size == 216 * sum(max(0, 201 - i) for i in range(201))
    block = next(space.grid.blocks())
    found = composed(space, space.rows(block[:3]))
    assert found is not None
    assert found.formulas[0] == "LiZr2P3O12"


@pytest.mark.parametrize("text", [NASICON, "Li(1+x*y)Y(x^2)Zr(2-y)O3"])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_was_made_of_plan_is_projected_to_where_it_is(text: str, seed: int) -> None:
    """A composition on the template comes back as its variables; off it, nothing is nearer."""
    rng = generator(seed)
    space = spanned(text, neutral="?" in text)
    assert isinstance(space.chemistry, CompositionTemplate)
    template = space.chemistry.template()
    plan = space.matrix[int(rng.integers(20, len(space)))]
    true = plan + rng.uniform(0.0, 0.01, 2)
    amounts = template.amounts({"x": true[:1], "y": true[1:]})
    counted = [s for s in amounts.elements if s != "O"]
    found = projected(space, plan, Composition.of(dict(zip(amounts.elements, amounts.matrix[0],
                      strict=True))), counted)  # fmt: skip
    np.testing.assert_allclose(found, true, atol=1e-5)
    noisy = amounts.matrix[0] + rng.normal(0, 0.01, len(amounts.elements))
    made = Composition.of(dict(zip(amounts.elements, np.abs(noisy), strict=True)))
    best = projected(space, plan, made, counted)

    def miss(at: np.ndarray) -> float:
        values = {"x": at[:1], "y": at[1:]}
        table = dict(zip(template.elements, template.polynomials, strict=True))
        return float(sum((table[s].value(values, 1)[0] - made[s]) ** 2 for s in counted))

    for step in rng.normal(0, 1e-3, (20, 2)):
        assert miss(best) <= miss(best + step) + 1e-12


def test_listed_formulas_are_found_however_they_are_written() -> None:
    space = Space.from_matrix(("a",), np.array([[0.0], [1.0]])).model_copy(
        update={"chemistry": ListedFormulas(formulas=("Li2O", "LiZr2P3O12"))}
    )
    assert inputs_of_formula(space, {"formula": "LiZr2(PO4)3"}) == {"a": 1.0}
    with pytest.raises(NotInPoolError, match="Na2O"):
        inputs_of_formula(space, {"formula": "Na2O"})
    found = composed(space, space.matrix[::-1])
    assert found is not None
    assert found.formulas == ("LiZr2P3O12", "Li2O")
    with pytest.raises(NotInPoolError, match="no candidate"):
        composed(space, np.array([[0.5]]))
