"""The grammar that formulas and templates share: terms, factors, positions, charges."""

from __future__ import annotations

import pytest

from tansaku.chem.syntax import Term, factor_value, read_terms
from tansaku.errors import FormulaError


def factors(text: str, *, variables: bool = False) -> list[tuple[str, tuple[str, ...]]]:
    """(symbol, factors) of each term."""
    terms, _charge = read_terms(text, variables=variables)
    return [(term.symbol, term.factors) for term in terms]


def test_factors_come_from_the_inside_out() -> None:
    """The own amount, then the brackets around it, then the part's prefix."""
    assert factors("3(Al2(SO4)5)2") == [
        ("Al", ("2", "2", "3")), ("S", ("5", "2", "3")), ("O", ("4", "5", "2", "3")),
    ]  # fmt: skip


def test_terms_know_where_they_stand() -> None:
    """Positions are those of the text as given, groups are numbered as they open."""
    terms, charge = read_terms(" Zr2 [Si(O3)]2(OH)")
    assert terms == (
        Term("Zr", ("2",), 1, ()),
        Term("Si", ("2",), 6, (0,)),
        Term("O", ("3", "2"), 9, (0, 1)),
        Term("O", (), 15, (2,)),
        Term("H", (), 16, (2,)),
    )
    assert charge == ""


def test_full_width_and_subscripts_are_plain_in_factors() -> None:
    """Factors hold what an expression parser knows."""
    assert factors("Ｌｉ１．５Ｏ₁₂（ＰＯ₄）₃") == [
        ("Li", ("1.5",)), ("O", ("12",)), ("P", ("3",)), ("O", ("4", "3")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Li(1+x+2*y)Ca(y)", [("Li", ("1+x+2*y",)), ("Ca", ("y",))]),
        ("Zr{2-x-y}(PO4)3", [("Zr", ("2-x-y",)), ("P", ("3",)), ("O", ("4", "3"))]),
        ("Li(2*(x+y)/3)O", [("Li", ("2*(x+y)/3",)), ("O", ())]),
        ("Li?O", [("Li", ("?",)), ("O", ())]),
        ("Li(?)O2", [("Li", ("?",)), ("O", ("2",))]),
        ("Li( 1 + x )O", [("Li", ("1 + x",)), ("O", ())]),
        ("Li（１＋ｘ）O", [("Li", ("1+x",)), ("O", ())]),
        ("Li(1−x)O", [("Li", ("1-x",)), ("O", ())]),
        ("(Li2O)(1-x)", [("Li", ("2", "1-x")), ("O", ("1-x",))]),
        ("(1-x)Li2S·(x)P2S5", [
            ("Li", ("2", "1-x")), ("S", ("1-x",)), ("P", ("2", "x")), ("S", ("5", "x")),
        ]),
        ("Li(1/2)O(1.5)", [("Li", ("1/2",)), ("O", ("1.5",))]),
        ("La(Zr2)O(x^2)", [("La", ()), ("Zr", ("2",)), ("O", ("x^2",))]),
        ("Zr((PO4)2)3", [("Zr", ()), ("P", ("2", "3")), ("O", ("4", "2", "3"))]),
        ("Cu(5H2O)", [("Cu", ()), ("H", ("2", "5")), ("O", ("5",))]),
    ],
)  # fmt: skip
def test_templates_have_expressions(text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    """A bracket that begins with no element is an amount, as written but plain."""
    assert factors(text, variables=True) == expected


@pytest.mark.parametrize("text", ["Li(1+x)O", "Li(?)O", "Li?O", "Li(x)", "Zr{2-x}"])
def test_formulas_have_no_variables(text: str) -> None:
    """What only a template may hold is refused in a formula."""
    assert read_terms(text, variables=True)[0]
    with pytest.raises(FormulaError, match="at character"):
        read_terms(text)


@pytest.mark.parametrize(
    ("text", "charge"),
    [
        ("PO4^3-", "3-"), ("PO4^-3", "3-"), ("PO4^{3-}", "3-"), ("PO4^(3-)", "3-"),
        ("PO4(3-)", "3-"), ("PO4{3-}", "3-"), ("PO₄³⁻", "3-"), ("PO4³⁻", "3-"), ("PO4 3-", "3-"),
        ("PO4^3−", "3-"), ("PO4^---", "3-"), ("Li+", "1+"), ("Li⁺", "1+"), ("Li^+", "1+"),
        ("Li(+)", "1+"), ("Ca++", "2+"), ("NH4+", "1+"), ("NH₄+", "1+"), ("PF6-", "1-"),
        ("NO₃-", "1-"), ("[Fe(CN)6]^3-", "3-"), ("LiO^0.5-", "0.5-"), ("OH-", "1-"), ("Li", ""),
        ("Li1.5+", "1+"), ("CaO 2+", "2+"),
    ],
)  # fmt: skip
def test_charges_in_every_spelling(text: str, charge: str) -> None:
    """One charge, at the end."""
    assert read_terms(text)[1] == charge


@pytest.mark.parametrize("text", ["Li(1+x)O(2-)", "Li(1+x)O^2-"])
def test_templates_can_be_charged(text: str) -> None:
    """The charge's bracket is no expression."""
    terms, charge = read_terms(text, variables=True)
    assert [term.symbol for term in terms] == ["Li", "O"]
    assert charge == "2-"


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("Fe3+", ("Fe^3+", "Fe3^+")),
        ("SO42-", ("SO4^2-", "SO42^-")),
        ("VO2+", ("VO^2+", "VO2^+")),
        ("O2-", ("O^2-", "O2^-")),
        ("Zr4+", ("Zr^4+", "Zr4^+")),
        ("[Fe(CN)6]3-", ("[Fe(CN)6]^3-", "[Fe(CN)6]3^-")),
        ("Fe3⁺", ("Fe^3+", "Fe3^+")),
        ("CaSO4.2H2O", ("CaSO(4.2)H2O", "CaSO4·2H2O")),
        ("CaSO4.0.5H2O", ("CaSO4·0.5H2O",)),
        ("Mg(NO3)2.6H2O", ("Mg(NO3)(2.6)H2O", "Mg(NO3)2·6H2O")),
        ("Al2O3.2SiO2", ("Al2O(3.2)SiO2", "Al2O3·2SiO2")),
        ("CaSO4.1/2H2O", ("CaSO4·1/2H2O",)),
        ("Li.5Na", ("Li(0.5)Na", "Li·5Na")),
        ("CaCl2.8NH3", ("CaCl2·8NH3",)),
    ],
)
def test_two_readings_are_refused_with_both(text: str, hints: tuple[str, ...]) -> None:
    """Neither is taken in silence; each of the two is shown in a form that can be read."""
    with pytest.raises(FormulaError) as caught:
        read_terms(text)
    for hint in hints:
        assert hint in caught.value.hint
        assert read_terms(hint)[0]


@pytest.mark.parametrize(
    "text",
    ["Li0.5H2O", "Li1.05H2O", "CaCl2.H2O", "CuSO4. 5H2O", "LiNi0.5Mn1.5O4", "La0.5Li0.5TiO2.9F0.1"],
)
def test_plain_decimals_and_dots_are_read(text: str) -> None:
    """The refusal of full stops spares what has one reading."""
    assert read_terms(text)[0]


@pytest.mark.parametrize(
    ("text", "position", "rule"),
    [
        ("Li2Xy3", 4, "no element"), ("LiZr2(PO4", 6, "not closed"), ("PO4)3", 4, "never opened"),
        ("(PO4]", 5, "opened differently"), ("Li()", 4, "missing"), ("Li··O", 4, "missing"),
        ("Li 2O", 4, "apart"), ("CuSO4 5H2O", 7, "apart"), ("zrO2", 1, "small letter"),
        ("Li1+xAl", 4, "no place"), ("75Li2S-25P2S5", 7, "no place"), ("D2O", 1, "no element"),
        ("⁷Li2O", 1, "isotope"), ("[6Li]2O", 2, "isotope"), ("^6Li", 1, "isotope"),
        ("Fe³⁺2O3", 3, "superscript"), ("2PO4^3-", 5, "charge"), ("Li²", 3, "superscript"),
        ("²⁺", 1, "missing"), ("Li\u200fO", 3, "U\\+200F"), ("Li\x00O", 3, "U\\+0000"),
        ("Li\nO", 3, "U\\+000A"), ("Li😀", 3, "no meaning"), ("½Li", 1, "no meaning"),
        ("Li²⁺O", 3, "superscript"), ("Li2O(", 5, "not closed"), ("٣Li", 1, "no meaning"),
        ("Li?", 3, "template"), ("Li(?)", 4, "template"), ("·Li", 1, "missing"),
    ],
)  # fmt: skip
def test_errors_point_at_the_character(text: str, position: int, rule: str) -> None:
    """Counted from 1, with the text around it and something to do."""
    with pytest.raises(FormulaError, match=f"at character {position}: .*({rule})") as caught:
        read_terms(text)
    assert "→" in caught.value.message
    assert caught.value.hint


def test_errors_show_nothing_that_a_terminal_obeys() -> None:
    """Escape sequences and direction marks in a formula do not reach the screen."""
    with pytest.raises(FormulaError) as caught:
        read_terms("Li\x1b[31m\u202e")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(("text", "value"), [("1.25", 1.25), ("1/2", 0.5), (".5", 0.5), ("0", 0)])
def test_factors_are_numbers(text: str, value: float) -> None:
    """Decimals and fractions."""
    assert factor_value(text) == value


@pytest.mark.parametrize("text", ["1/0", "0/0", "x", "", "1//2"])
def test_factors_that_are_no_numbers_are_refused(text: str) -> None:
    """With the text that was given."""
    with pytest.raises(FormulaError, match="no number"):
        factor_value(text)


def test_brackets_have_a_greatest_depth() -> None:
    """Thirty are read, one more is refused where it opens."""
    assert factors("(" * 30 + "Li" + ")" * 30) == [("Li", ())]
    with pytest.raises(FormulaError, match="at character 31: more than 30 brackets"):
        read_terms("(" * 31 + "Li" + ")" * 31)
