"""The weighing sheet as a service: pages, workbooks, the shelf, and masses typed back."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.errors import FormulaError, StoreError, TableError, UsageError, WeighingError
from tansaku.language import use
from tansaku.services.weigh import weigh
from tansaku.weighing.sheet import Weighing, sheet_for
from tansaku.weighing.weigh_table import ENTRY_COLUMN

FORMULA = "Li1.4Ca0.1Y0.2Zr1.7(PO4)3"
NASICON = ("Li2CO3", "CaCO3", "Y2O3", "ZrO2", "NH4H2PO4")


class Page(HTMLParser):
    """What a page holds: its language, its text, and everything it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.loads: list[str] = []
        self.open: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.language = given.get("lang") or self.language
        self.loads += [value or "" for key, value in attrs if key in ("src", "href", "onclick")]
        self.loads += [tag] * (tag in ("script", "link", "img", "iframe"))
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "a tag is closed that is not open"

    def handle_data(self, data: str) -> None:
        if self.open and {"td", "th"} & set(self.open):
            self.cells[-1] += data


def made(tmp_path: Path, name: str) -> tuple[Weighing, Path]:
    """A sheet with 10 mol% more Li, written to a file of that name."""
    out = tmp_path / name
    precursors = ["Li2CO3:purity=99.5%", *NASICON[1:]]
    return weigh(FORMULA, precursors=precursors, mass=5.0, excess=["Li=10%"], out=out), out


@pytest.mark.parametrize("language", ["en", "ja"])
def test_page_stands_alone(tmp_path: Path, language: str) -> None:
    """Well-formed, in its language, loads nothing, has every mass and room to write."""
    with use(language):
        found, out = made(tmp_path, "sheet.html")
    text = out.read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert page.language == language
    assert page.loads == []
    assert "http" not in text
    assert "@import" not in text
    assert "url(" not in text
    for name, grams in found.sheet.grams.items():
        cells = [i for i, cell in enumerate(page.cells) if cell.startswith(name)]
        assert page.cells[cells[0] + 1] == f"{grams:.4f}"
        assert page.cells[cells[0] + 2 : cells[0] + 4] == ["", ""]  # weighed, bottle
    assert "99.5 %" in text
    assert text.count("<dt>") >= 4  # date, operator, ... to fill in


def test_page_shows_what_was_weighed(tmp_path: Path) -> None:
    """With masses typed back the composition is the achieved one."""
    out = tmp_path / "done.html"
    masses = weigh(FORMULA, precursors=NASICON, mass=5.0).sheet.grams
    weighed = masses | {"NH4H2PO4": 1.02 * masses["NH4H2PO4"]}
    found = weigh(FORMULA, precursors=NASICON, mass=5.0, weighed=weighed, out=out)
    assert found.achieved.amounts["P"] == pytest.approx(3.06, rel=1e-3)
    assert any("off by 2 %" in each for each in found.notices)
    page = Page(out.read_text(encoding="utf-8"))
    assert f"{weighed['NH4H2PO4']:.4f}" in page.cells
    assert f"{found.achieved.amounts['P']:.5f}" in page.cells


def test_workbook_is_filled_in_and_read_back(tmp_path: Path) -> None:
    """The yellow cells take masses, which give the achieved composition."""
    found, out = made(tmp_path, "sheet.xlsx")
    book = openpyxl.load_workbook(out)
    page = book.worksheets[0]
    assert [page.cell(row=i, column=1).value for i in range(2, 7)] == list(NASICON)
    assert [page.cell(row=i, column=4).value for i in range(2, 7)] == list(
        found.sheet.grams.values()
    )
    rows = {row[0]: row[1:] for row in book.worksheets[1].iter_rows(values_only=True) if row[0]}
    assert rows["Li"][:2] == pytest.approx((1.4, 1.54))
    assert rows["Zr"][:2] == pytest.approx((1.7, 1.7))
    achieved = found.achieved.amounts["Li"], found.achieved.sd["Li"]
    assert rows["Li"][2:4] == pytest.approx(achieved)
    for i, grams in enumerate(found.sheet.rounded, start=2):
        entry = page.cell(row=i, column=ENTRY_COLUMN)
        assert entry.value is None
        assert not entry.protection.locked
        entry.value = round(1.01 * grams, 4) if i == 2 else grams
    book.save(out)
    again = weigh(
        FORMULA,
        precursors=["Li2CO3:purity=99.5%", *NASICON[1:]],
        mass=5.0,
        excess=["Li=10%"],
        weighed=out,
    )
    assert again.achieved.amounts["Li"] == pytest.approx(1.54 * 1.01, rel=5e-4)
    assert again.achieved.fired["Li"] == pytest.approx(1.4 * 1.01, rel=5e-4)
    assert again.document()["weighed"]["ZrO2"] == found.sheet.grams["ZrO2"]


def test_workbook_holds_no_formula(tmp_path: Path) -> None:
    """Text stays text: every cell is a number or a plain string."""
    _found, out = made(tmp_path, "sheet.xlsx")
    for page in openpyxl.load_workbook(out).worksheets:
        for row in page.iter_rows():
            assert {cell.data_type for cell in row} <= {"n", "s"}


def test_unfilled_and_foreign_workbooks(tmp_path: Path) -> None:
    """Said so, and not taken for masses of nothing."""
    _found, out = made(tmp_path, "sheet.xlsx")
    with pytest.raises(WeighingError, match="no weighed masses"):
        weigh(FORMULA, precursors=NASICON, mass=5.0, weighed=out)
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TableError, match="no weighing sheet"):
        weigh(FORMULA, precursors=NASICON, mass=5.0, weighed=other)
    with pytest.raises(StoreError):
        weigh(FORMULA, precursors=NASICON, mass=5.0, weighed=tmp_path / "absent.xlsx")


def test_files_are_not_written_over(tmp_path: Path) -> None:
    """Unless told to; and only the two kinds are known."""
    out = tmp_path / "sheet.html"
    weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=5.0, out=out)
    with pytest.raises(StoreError, match="exists already"):
        weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=6.0, out=out)
    weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=6.0, out=out, force=True)
    assert "6 g" in out.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="ending"):
        weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=5.0, out=tmp_path / "sheet.pdf")
    assert not (tmp_path / "sheet.pdf").exists()


SHELF = """precursor,purity,loi,stock,note
Li2CO3,99.5%,0.003,0.2,nearly empty
Li3PO4,,,20,
CaCO3,0.999,,50,
Y2O3,,1%,5,
ZrO2,,,100,
NH4H2PO4,,,,fresh
NaCl,,,500,for the soup
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """The bottles of a laboratory."""
    path = tmp_path / "shelf.csv"
    path.write_text(SHELF, encoding="utf-8")
    return path


def test_shelf_alone(shelf: Path) -> None:
    """What fits is used in its order; the 0.2 g of Li2CO3 first, NaCl never."""
    found = weigh(FORMULA, precursors=(), mass=5.0, shelf=shelf)
    assert list(found.sheet.grams) == ["Li2CO3", "Li3PO4", *NASICON[1:]]
    assert found.sheet.grams["Li2CO3"] == 0.2
    assert found.sheet.precursors[0].purity == pytest.approx(0.995)
    assert found.sheet.precursors[3].loss_on_ignition == pytest.approx(0.01)
    assert found.notices == ()


def test_shelf_beside_named_precursors(shelf: Path) -> None:
    """A name takes its numbers from the shelf, its own win, and what is not there is told."""
    with pytest.raises(WeighingError, match=r"Li2CO3: 0.2 g are left"):
        weigh(FORMULA, precursors=NASICON, mass=5.0, shelf=shelf)
    own = ["Li2CO3:purity=99%", "CaCO3", "Y2O3", "ZrO2", "(NH4)2HPO4"]
    found = weigh(FORMULA, precursors=own, mass=5.0, shelf=shelf)
    assert [each.purity for each in found.sheet.precursors] == pytest.approx([0.99, 0.999, 1, 1, 1])
    assert found.sheet.precursors[2].loss_on_ignition == pytest.approx(0.01)
    assert [each.stock for each in found.sheet.precursors] == [None, 50, 5, 100, None]
    assert found.notices == ("(NH4)2HPO4 is not in shelf.csv; it is taken as given.",)


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("formula,purity\nLi2CO3,1\n", TableError, "columns of 'shelf.csv' are formula, purity"),
        ("precursor,price\nLi2CO3,1\n", TableError, "precursor, price"),
        ("precursor,purity\nLi2CO3,1\nSiO2,high\n", WeighingError, "shelf.csv, line 3: The purity"),
        ("precursor,purity\nLi2CO3,1\n,\nsoup,1\n", FormulaError, "shelf.csv, line 4: "),
        ("precursor,purity\nLi2CO3,1\nLi2CO3,1\n", WeighingError, "line 3: Li2CO3 is there"),
    ],
)
def test_bad_shelves(tmp_path: Path, text: str, kind: type[Exception], told: str) -> None:
    """The line is named."""
    path = tmp_path / "shelf.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(kind, match=told):
        weigh("Li2SiO3", precursors=(), mass=5.0, shelf=path)


@pytest.mark.parametrize("text", ["Li", "=10%", "Li=", "Li=ten", "Li=10%%"])
def test_bad_excess(text: str) -> None:
    """What does not read as an element and a share."""
    with pytest.raises((UsageError, WeighingError)):
        weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=5.0, excess=[text])
    with pytest.raises(UsageError, match="once"):
        weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=5.0, excess=["Li=1%", "Li=2%"])


def test_notices() -> None:
    """What is not needed, a coarse balance, a mistyped mass."""
    spare = weigh("Li2SiO3", precursors=["Li2CO3", "SiO2", "LiOH·H2O"], mass=5.0)
    assert spare.notices == ("Not needed: LiOH·H2O; what is named first is used first.",)
    coarse = weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=5.0, balance=0.1)
    assert "finer balance" in coarse.notices[0]
    masses = coarse.sheet.grams | {"SiO2": 10 * coarse.sheet.grams["SiO2"]}
    slip = weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=5.0, balance=0.1, weighed=masses)
    assert slip.notices[0].startswith("SiO2: 33 g were weighed")


def test_nothing_to_weigh_from() -> None:
    """Neither precursors nor a shelf."""
    with pytest.raises(UsageError, match="No precursors"):
        weigh("Li2SiO3", precursors=(), mass=5.0)


def test_the_sheet_of_a_plan_heeds_all_that_the_plan_says() -> None:
    """Every field differs from what is usual; what the sample does not need stays on the shelf."""
    plan = WeighingPlan(
        precursors=("SiO2", "LiCl·H2O:purity=98%", "ZrCl4"),
        mass=2.5,
        excess=("Li=4%", "Cl=1.33333%"),
        balance=0.001,
        leaving=("H", "O"),
    )
    found = sheet_for("Li2ZrCl6", plan)
    alone = weigh(
        "Li2ZrCl6", precursors=plan.precursors[1:], mass=2.5, excess=plan.excess, balance=0.001,
        leaving=["H", "O"],
    )  # fmt: skip
    assert found.document() == alone.document()
    assert list(found.sheet.grams) == ["LiCl·H2O", "ZrCl4"]
    units = 2.5 / 317.80  # g/mol; 60.41 is that of LiCl·H2O
    assert found.sheet.grams["LiCl·H2O"] == pytest.approx(2.08 * units * 60.41 / 0.98, abs=0.001)
    weighed = found.sheet.grams | {"ZrCl4": 1.02 * found.sheet.grams["ZrCl4"]}
    back = sheet_for("Li2ZrCl6", plan, weighed)
    ratio = back.achieved.amounts["Zr"] / back.achieved.amounts["Li"]
    assert ratio == pytest.approx(1.02 / 2.08, rel=2e-3)


@pytest.mark.parametrize(
    ("share", "asked"), [(0.93, True), (0.96, False), (1.04, False), (1.07, True), (0.0, True)]
)
def test_a_mass_that_misses_the_sheet_by_a_twentieth_is_asked_about(
    share: float, asked: bool
) -> None:
    sheet = weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=5.0).sheet
    masses = sheet.grams | {"SiO2": share * sheet.grams["SiO2"]}
    found = weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=5.0, weighed=masses)
    assert any("Mistyped" in notice for notice in found.notices) == asked
