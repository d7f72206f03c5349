"""What was understood of a table is shown whole, and nothing is stored before somebody says yes."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tansaku.campaign.description import CampaignDescription
from tansaku.errors import TableError, TansakuError, UsageError
from tansaku.services.conduction import AskedColumns, conductions
from tansaku.services.look import as_read, look, proposed, refuse_unconfirmed
from tansaku.services.new import new
from tansaku.services.opened import load
from tansaku.services.pool import pool
from tansaku.services.record import record_file
from tansaku.services.status import status
from tansaku.services.suggest_samples import suggest
from tansaku.space import Target
from tests.tables.nasty import book

MESSY = [
    ["LCYZP の測定結果"],
    ["担当", "田中"],
    [],
    ["試料", "組成", None, "焼成", "伝導度 [S/cm]", "備考"],
    [None, "x (Y)", "y (Ca)", "温度 [℃]", None, None],
    ["S1", "０．００", 0.125, "1200 ℃", "1.2×10⁻⁵", None],
    ["S2", 0.0625, 0.125, 1200, "2.6x10^-5", "きれい"],
    ["S3", 0.125, 0.125, 1250, "<1e-8", None],
    ["S4", 0.125, 0.25, 1250, "割れ", "焼成後"],
    ["S5", 0.1875, 0.25, 1250, "ND", None],
    ["S6", 0.25, 0.25, 1300, None, None],
    ["S7", 0.25, 0.0, 1300, "3.4e-6 ± 2e-7", None],
    ["平均", None, None, 1250, None, None],
    [],
    ["※ 25℃で測定"],
]
MERGED = ["A4:A5", "B4:C4", "E4:E5", "F4:F5"]
TARGET = "伝導度 [S/cm]"
INPUTS = ["組成 x (Y)", "組成 y (Ca)", "焼成 温度 [℃]"]


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    """An untidy Japanese workbook."""
    path = tmp_path / "結果.xlsx"
    path.write_bytes(book(MESSY, [["やること: XRD"]], names=["測定", "メモ"], merged=MERGED)())
    return path


def test_every_column_and_special_cell_is_in_the_document(messy: Path) -> None:
    found = look(messy).document()
    assert (found["sheet"], found["rows"], found["header_lines"]) == ("測定", 7, [4, 5])
    roles = {column["name"]: column["role"] for column in found["columns"]}
    assert roles == {
        "試料": "id",
        **dict(zip(INPUTS, ["composition", "composition", "process"], strict=True)),
        TARGET: "result",
        "備考": "note",
    }
    sigma = next(c for c in found["columns"] if c["name"] == TARGET)
    assert [c["cell"] for c in sigma["special"]] == ["E6", "E7", "E8", "E12"]
    assert sigma["limits"] == [{"cell": "E8", "text": "<1e-8", "value": 1e-8, "limit": "below"}]
    assert [c["cell"] for c in sigma["failed"]] == ["E9"]
    assert [c["cell"] for c in sigma["missing"]] == ["E10", "E11"]
    assert (sigma["unit"], sigma["scale"]) == ("S/cm", "log10")
    assert [(x["line"], x["kind"]) for x in found["left_out"]] == [
        (1, "title"), (2, "title"), (13, "summary"), (15, "note"),
    ]  # fmt: skip
    assert found["taken"]["inputs"] == INPUTS
    assert found["taken"]["target"] == f"{TARGET}:max:log10"
    assert found["taken"]["details"] == {"試料": "sample", "備考": "note"}


def test_the_untidy_workbook_goes_all_the_way(store: str, messy: Path, tmp_path: Path) -> None:
    """In, suggestions, results with failures, a limit and replicates, and the next reason."""
    inputs, formula, target = as_read(proposed(messy))
    assert formula is None
    made = new(store, "lab", CampaignDescription(table=messy, inputs=inputs, targets=[target]))
    assert any("'ND' (1)" in notice for notice in made.notices)
    found = status(store, "lab")
    assert (found.n_candidates, found.measured, found.failed) == (7, 4, 1)
    suggest(store, "lab", 1)
    results = tmp_path / "results.csv"
    header = ",".join(f'"{name}"' for name in [*INPUTS, TARGET, "備考"])
    lines = ["0.1875,0.25,1250,割れ,再作製", "0.25,0.25,1300,NG,", "0.25,0,1300,<1e-8,"]
    lines += [f"0.0625,0.125,1200,{value},反復" for value in ("2.5e-5", "2.7e-5", "2.4e-5")]
    results.write_text("\n".join([header, *lines]), encoding="cp932")
    recorded = record_file(store, "lab", results)
    assert [m.status.value for m in recorded.measurements][:3] == ["failed", "failed", "ok"]
    assert recorded.measurements[0].why == "割れ"
    assert recorded.measurements[1].why is None
    assert recorded.measurements[2].limits == {TARGET: "below"}
    assert recorded.measurements[3].note == "反復"
    assert {c.replicates for c in pool(store, "lab").candidates} == {0, 1, 4}


def test_nothing_is_taken_unasked(messy: Path, tmp_path: Path) -> None:
    error = refuse_unconfirmed(messy, sheet=None, comma=None)
    assert isinstance(error, UsageError)
    assert f"{TARGET}:max:log10" in error.message
    assert "--as-read" in error.hint
    plain = tmp_path / "words.csv"
    plain.write_text("a,b\nred,blue\ngreen,white\n", encoding="utf-8")
    refused = refuse_unconfirmed(plain, sheet=None, comma=None)
    assert "no columns were found that look like inputs" in refused.message
    with pytest.raises(TableError, match="tansaku look"):
        as_read(proposed(plain))


def test_words_and_limits_of_a_new_table_are_told(store: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y,status\n1,1e-5,ok\n2,,failed\n3,<1e-8,除外\n4,,\n", encoding="utf-8")
    new(store, "lab", CampaignDescription(table=path, inputs=["x"], targets=["y:max:log10"]))
    found = status(store, "lab")
    assert (found.measured, found.failed, found.open) == (2, 1, 1)
    path.write_text("x,y,status\n1,1,bought\n2,2,sold\n3,,\n", encoding="utf-8")
    made = new(store, "shop", CampaignDescription(table=path, inputs=["x"], targets=["y"]))
    assert "'bought' is no status" in made.notices[-1]


def test_rows_that_are_stored_are_passed_over(made: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n0,0,1.0e-6\n0,1,2.0e-6\n0,2,5e-6\n", encoding="utf-8")
    found = record_file(made, "lab", path, only_new=True)
    assert [m.values["y"] for m in found.measurements] == [5e-6]
    with pytest.raises(TableError, match="All 3 results"):
        record_file(made, "lab", path, only_new=True)


def test_nimo_goes_out_and_comes_back(made: str, tmp_path: Path) -> None:
    from tansaku.services.exchange import export
    from tansaku.services.record import record_at

    record_at(made, "lab", {"a": 0, "b": 0}, {"y": 1.2e-6})  # a replicate: its mean goes out
    path = tmp_path / "candidates.csv"
    export(made, "lab", path, nimo=True)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "a,b,y"
    assert len(lines) == 13
    assert lines[3] == "0.0,2.0,"
    assert float(lines[1].split(",")[2]) == pytest.approx((1e-6 * 1.2e-6) ** 0.5)
    lines[3] += "7e-6"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = record_file(made, "lab", path, only_new=True)
    assert [(m.inputs["b"], m.values["y"]) for m in found.measurements] == [(2.0, 7e-6)]
    new(made, "again", CampaignDescription(table=path, inputs=["a", "b"], targets=["y:max:log10"]))
    assert status(made, "again").measured == 9
    with pytest.raises(UsageError, match=r"lab\.xlsx is none"):
        export(made, "lab", tmp_path / "lab.xlsx", nimo=True)


def test_what_goes_to_nimo_is_no_formula_of_a_spreadsheet(
    rows: Callable[[str], Path], store: str, tmp_path: Path
) -> None:
    """Names that a spreadsheet would run are made harmless, and read back as they were."""
    from tansaku.services.exchange import export

    inputs = ["=cmd|' /C calc'!A0", "+x", "-y", "@z", "＝w"]
    header = ",".join(f'"{name}"' for name in (*inputs, "=y"))
    path = rows(f"{header}\n1,2,3,4,5,6\n2,3,4,5,6,7\n3,4,5,6,7,\n")
    new(store, "lab", CampaignDescription(table=path, inputs=inputs, targets=[Target(name="=y")]))
    out = tmp_path / "candidates.csv"
    export(store, "lab", out, nimo=True)
    names = next(csv.reader(out.read_text(encoding="utf-8").splitlines()))
    assert names == [f"'{name}" for name in (*inputs, "=y")]
    out.write_text(out.read_text(encoding="utf-8").rstrip() + "8\n", encoding="utf-8")
    found = record_file(store, "lab", out, only_new=True)
    assert [m.values for m in found.measurements] == [{"=y": 8.0}]


DOUBTS = [
    ("試料,S1,S2,S3\nx,0.1,0.2,0.3\n温度,900,950,950\nσ,1e-5,2e-5,\n", "lie on its side"),
    (
        "x,T,σ 1回目,σ 2回目,平均\n0.1,900,1,2,1.5\n0.2,950,2,3,2.5\n0.3,950,,,\n",
        "'σ 2回目' seem to",
    ),
    ("x,T,σ\n0.1,900,1\n0.2,,2\n0.3,950,3\n0.4,950,\n", "looks like an input, but"),
    (
        "x,焼成条件,σ\n0.1,900-1150℃ 12h,1\n0.2,900-1150℃ 24h,2\n0.1,900-1150℃ 24h,3\n",
        "Column '焼成条件'",
    ),
    ("x,mixing,σ\n0.1,1:30,1\n0.2,2:00,2\n0.1,2:30,3\n", "mixing"),
    ("x,T/℃,σ\n0.1,9OO,1\n0.2,95O,2\n0.1,1OOO,3\n", "input, but cells cannot be read: B2 '9OO'"),
    (
        "x,R (ohm),thickness (mm),area (cm2)\n0,1200,1.2,0.785\n0.1,800,1.1,0.785\n0.2,,,\n",
        "Columns 'R \\(ohm\\)', 'thickness \\(mm\\)', 'area \\(cm2\\)' are of measured pellets",
    ),
    ("x,stir,σ\n0.1,TRUE,1\n0.2,FALSE,2\n0.1,FALSE,3\n", "Column 'stir'"),
    ("x,組成式,σ\n0,Li6PS5Cl,1\n0,Li6PS5Br,2\n1,Li6PS5Br,\n", "though '組成式' differs"),
    (
        "x,密度,伝導度 (S/cm)\n0.1,91,約4e-4\n0.2,92,3.4e-4?*\n0.3,93,1e-4\n",
        r"Column '伝導度 \(S/cm\)' looks like a result, but",
    ),
]


@pytest.mark.parametrize(("text", "words"), DOUBTS, ids=[d[1] for d in DOUBTS])
def test_what_may_mean_something_else_is_asked(
    rows: Callable[[str], Path], text: str, words: str
) -> None:
    path = rows(text)
    assert re.search(words, " ".join(what for what, _hint in proposed(path).doubts()))
    with pytest.raises(TableError, match=words) as caught:
        as_read(proposed(path))
    assert caught.value.hint
    assert re.search(words, str(refuse_unconfirmed(path, sheet=None, comma=None)))


def test_quantities_in_one_cell_become_inputs_each(rows: Callable[[str], Path], store: str) -> None:
    """As shown, as taken, and as a campaign: samples of different firings stay apart."""
    path = rows("試料,x,焼成条件,σ\nA,0.1,1150℃ 12h,1\nB,0.2,1150℃ 24h,2\nC,0.1,1150℃ 24h,\n")
    seen = look(path)
    shown = [(c["name"], c["place"], c["unit"]) for c in seen.document()["columns"]]
    assert shown[2:4] == [("焼成条件 [℃]", "C", "℃"), ("焼成条件 [h]", "C", "h")]
    inputs, _formula, target = as_read(seen.proposal)
    assert list(inputs) == ["x", "焼成条件 [h]"]  # one temperature only: nothing to vary
    made = new(store, "lab", CampaignDescription(table=path, inputs=inputs, targets=[target]))
    assert any("'焼成条件' holds several quantities" in notice for notice in made.notices)
    assert [c.inputs["焼成条件 [h]"] for c in pool(store, "lab").candidates] == [12, 24, 24]


def test_what_failed_by_another_result_has_failed(rows: Callable[[str], Path], store: str) -> None:
    """A sample that melted, as its density says, has no conductivity to wait for; a remark, or a
    word of a column of texts, makes no failure."""
    text = "x,密度,σ,外観\n0.1,91,1,白\n0.2,溶融,,白\n0.3,94,,割れ\n0.4,割れ,2,白\n0.5,93,,×\n"
    made = new(store, "lab", CampaignDescription(table=rows(text), inputs=["x"], targets=["σ"]))
    states = [c.state for c in pool(store, "lab").candidates]
    assert states == ["measured", "failed", "open", "measured", "open"]
    assert any("row 2 (line 3 of the sheet), column '密度' '溶融'" in n for n in made.notices)
    assert not any("割れ" in notice for notice in made.notices)


def test_a_person_who_names_columns_is_not_asked(rows: Callable[[str], Path]) -> None:
    inputs, _formula, _target = as_read(proposed(rows(DOUBTS[1][0])), target_known=True)
    assert list(inputs) == ["x", "T"]
    as_read(proposed(rows(DOUBTS[2][0])), inputs_known=True)


def test_numbers_in_doubt_stay_inputs(rows: Callable[[str], Path]) -> None:
    """A column whose cells cannot be read yet is not left out in silence."""
    inputs, _formula, _target = as_read(
        proposed(rows("x;T;σ\n0,5;1.100;1\n0,7;1.150;2\n0,9;1.200;\n"))
    )
    assert list(inputs) == ["x", "T"]


def test_a_table_without_results_is_a_plan_where_a_column_waits_for_them(
    rows: Callable[[str], Path],
) -> None:
    plan = "試料,x,焼成温度(℃){}\nP1,0,1100{}\nP2,0,1150{}\nP3,0.1,1100{}\n"
    inputs, _formula, target = as_read(proposed(rows(plan.format(",q", ",", ",", ","))))
    assert target is not None
    assert (list(inputs), target.name) == (["x", "焼成温度(℃)"], "q")
    with pytest.raises(TableError, match="no column that looks like a result") as caught:
        as_read(proposed(rows(plan.format("", "", "", ""))))
    assert "--as-read --target RESULT:max" in caught.value.hint


def test_a_plan_needs_no_column_for_its_results(rows: Callable[[str], Path], store: str) -> None:
    """Without any result in the table every row is open; beside one, a name that is not there is a
    mistake."""
    plan = rows("試料,x,焼成温度(℃),備考\nP1,0,1100,a\nP2,0,1150,\nP3,0.1,1100,\n")
    assert as_read(proposed(plan), target_known=True) == (("x", "焼成温度(℃)"), None, None)
    made = new(
        store,
        "p",
        CampaignDescription(
            table=plan, inputs=["x", "焼成温度(℃)"], targets=["σ [S/cm]:max:log10"]
        ),
    )
    assert (made.open, made.measured) == (3, 0)
    assert "no column 'σ [S/cm]', nor any other result" in made.notices[0]
    typed = record_file(store, "p", rows("試料,σ [S/cm]\nP3,0.2 mS/cm\n"))
    assert [(m.inputs["x"], m.values) for m in typed.measurements] == [(0.1, {"σ [S/cm]": 2e-4})]
    for there in ("密度", "q", "sd"):
        table = rows(f"x,T/℃,{there}\n0,1100,3\n0,1150,2\n1,1100,1\n")
        with pytest.raises(TableError, match="no column 'σ'"):
            new(store, "q", CampaignDescription(table=table, inputs=["x", "T/℃"], targets=["σ"]))


OFFERED = [
    *(text for text, _words in DOUBTS),
    "x;T [℃];y [S/cm]\n0,1;700;1,2e-5\n0,2;750;ab\n0,3;800;3e-5\n",
    "x,y\n0,1\n0,2\n0,3\n",
    "x,T,y\n1,900,1\n2,900,2\n3,900,\n",
    "x,y\n1,2\n",
    "組成式,y\nLi6PS5Cl,1\nLi6PS5Br,2\n",
    "組成式,T,y\nLi6PS5Cl,500,1\nLi6PS5Br,550,2\n,500,3\n",
    "x,y\n1,2\n2,0.5\n3,\n",
    'a,y\n1,"1,234"\n2,"2,345"\n3,\n',
    "x,T/℃\n0,1100\n0,1150\n",
]


@pytest.mark.parametrize("text", OFFERED)
def test_what_is_offered_is_taken_and_what_is_not_is_said(
    rows: Callable[[str], Path], store: str, text: str
) -> None:
    """look shows a refusal exactly where --as-read refuses."""
    path = rows(text)
    refused = None
    try:
        inputs, formula, target = as_read(proposed(path))
        assert target is not None
        new(
            store,
            "lab",
            CampaignDescription(table=path, inputs=inputs, formula=formula, targets=[target]),
        )
    except TansakuError as error:
        refused = error.message, error.hint
    assert proposed(path).refusal() == refused
    assert refused is None or all(refused)


def test_the_cases_above_are_of_both_kinds(rows: Callable[[str], Path]) -> None:
    taken = [proposed(rows(text)).refusal() is None for text in OFFERED]
    assert 3 <= sum(taken) <= len(taken) - 8


@pytest.mark.parametrize(
    ("text", "inputs", "formula"),
    [
        ("Made,T/℃,σ\nLi6PS5Cl,550,1\nLi6PS5Br,550,2\nLi6PS5Cl,500,\n", ["Made", "T/℃"], "Made"),
        # Each composition fired at a temperature of its own: the temperature alone says too little.
        ("Made,T/℃,σ\nLi6PS5Cl,550,1\nLi6PS5Br,500,2\nLi6PS5I,450,\n", ["Made", "T/℃"], "Made"),
        ("Made,q,σ\nLi6PS5Cl,5,1\nLi6PS5Br,5,2\nLi6PS5Cl,7,3\n", ["Made", "q"], "Made"),
        ("Made,x,T/℃,σ\nLi6PS5Cl,0,550,1\nLi6PS5Br,1,550,2\nLi6PS5I,2,500,\n", ["x", "T/℃"], None),
        ("Made,T/℃,σ\nLi6PS5Cl,550,1\nLi6PS5Cl,500,2\nLi6PS5Cl,450,\n", ["T/℃"], None),
    ],
)
def test_formulas_are_inputs_where_nothing_else_says_what_is_made(
    rows: Callable[[str], Path], text: str, inputs: list[str], formula: str | None, store: str
) -> None:
    """What is shown as a command and what --as-read takes make one campaign."""
    path = rows(text)
    found = as_read(proposed(path))
    assert found[2] is not None
    assert (list(found[0]), found[1]) == (inputs, formula)
    options = proposed(path).options() or []
    assert options[:2] == ["--inputs", ",".join(inputs)]
    assert ("--formula" in options) == (formula is not None)
    new(
        store,
        "lab",
        CampaignDescription(table=path, inputs=inputs, targets=[found[2]], formula=formula),
    )
    assert pool(store, "lab").document()["n"] == 3


PELLETS = [
    "試料,x,抵抗(kΩ),厚さ(mm),直径(mm)\nA,0,1.2,1.2,10\nB,0.1,0.8,1.1,10\nC,0.2,0.9,1.0,10\n",
    "id,x,R [ohm],L [mm],A [cm2]\nA,0,1200,1.2,0.785398\nB,0.1,800,1.1,0.785398\n"
    "C,0.2,900,1.0,0.785398\n",
]


@pytest.mark.parametrize("text", PELLETS)
def test_raw_impedance_is_turned_into_a_result_by_the_command_that_is_shown(
    rows: Callable[[str], Path], text: str, store: str, tmp_path: Path
) -> None:
    """look -> conductivity -> new; the conductivities are thickness / (area * resistance)."""
    path = rows(text)
    columns = proposed(path).look.impedance
    (hint,) = (hint for what, hint in proposed(path).doubts() if "measured pellets" in what)
    assert all(f"--{option}" in hint for option in columns)
    out = tmp_path / "conductivity.csv"
    conductions(path, AskedColumns(**columns | {"resistance": (columns["resistance"],)}), out=out)
    inputs, _formula, target = as_read(proposed(out))
    assert target is not None
    made = new(store, "lab", CampaignDescription(table=out, inputs=inputs, targets=[target]))
    assert (made.inputs, target.name) == (("x",), "sigma (S/cm)")
    area = math.pi * 0.5**2
    given = ((1.2, 1200), (1.1, 800), (1.0, 900))
    wanted = [mm / 10 / (area * ohm) for mm, ohm in given]
    found = [m.values["sigma (S/cm)"] for m in load(store, "lab").state.measurements]
    assert found == pytest.approx(wanted, rel=1e-6)


def test_pellets_beside_a_result_are_no_question(rows: Callable[[str], Path]) -> None:
    text = "x,R (ohm),L (mm),A (cm2),σ (S/cm)\n0,1200,1.2,0.8,1e-4\n0.1,800,1.2,0.8,2e-4\n"
    path = rows(text)
    assert proposed(path).look.impedance == {}
    inputs, _formula, target = as_read(proposed(path))
    assert target is not None
    assert (list(inputs), target.name) == (["x"], "σ (S/cm)")
    over = "id,x,T (℃),R (ohm),L (mm),A (cm2)\n"
    over += "".join(f"{i},0.{i},{T},{1e5 / T},1,0.8\n" for i in (1, 2) for T in (25, 50))
    found = proposed(rows(over)).look.impedance
    assert (found["temperature"], found["sample"]) == ("T (℃)", "id")
