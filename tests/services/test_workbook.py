"""A workbook goes out and comes back: only edits change something, and none is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.description import CampaignDescription
from tansaku.campaign.history.records import Corrected, Recorded, Status
from tansaku.errors import CellError, DataError, TableError, UsageError
from tansaku.language import use
from tansaku.services.exchange import export
from tansaku.services.history import history, undo
from tansaku.services.new import new
from tansaku.services.record import Results, record_at, record_file
from tansaku.services.status import status
from tansaku.services.suggest_samples import suggest
from tansaku.space.notation import parse_parameter
from tansaku.store import open_store
from tansaku.tables.reading import CellReading
from tansaku.workbook.edits import SAME, same_cell

Edit = Callable[[Any], None]


class Book:
    """A workbook open for editing, by the names of its columns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)

    def cell(self, sheet: int, row: int, column: str) -> Any:
        """The cell of a column, by its header."""
        page = self.book.worksheets[sheet]
        headers = [cell.value for cell in page[1]]
        return page.cell(row=row, column=headers.index(column) + 1)

    def put(self, sheet: int, row: int, **cells: object) -> None:
        """Write cells of a row."""
        for column, value in cells.items():
            self.cell(sheet, row, column.replace("_", " ")).value = value

    def save(self) -> Path:
        """Write the file."""
        self.book.save(self.path)
        return self.path


@pytest.fixture
def out(made: str, tmp_path: Path) -> Book:
    """The campaign ``lab`` with two suggestions, as a workbook."""
    suggest(made, "lab", 2)
    export(made, "lab", tmp_path / "lab.xlsx")
    return Book(tmp_path / "lab.xlsx")


def back(store: str, path: Path) -> Results:
    """What came of the file."""
    return record_file(store, "lab", path, confirm=True)


def events(store: str) -> int:
    """How many events the campaign has."""
    with open_store(store) as opened:
        return len(opened.load("lab").events)


def test_an_unchanged_workbook_changes_nothing(made: str, out: Book) -> None:
    before = events(made)
    found = back(made, out.path)
    assert (found.measurements, found.corrected, found.already) == ((), (), 0)
    assert events(made) == before
    back(made, out.save())  # nor one that Excel has only saved again
    assert events(made) == before


def test_results_go_back_with_a_failure_a_limit_and_a_new_row(made: str, out: Book) -> None:
    out.put(1, 2, y="<1e-8", note="wide arc", operator="田中", run="R7")
    out.put(1, 3, status="failed", why_failed="cracked")
    out.put(0, 10, a=3, b=1, y="１．２×10⁻⁶ ± 1e-7")
    found = back(made, out.save())
    first, second, third = found.measurements
    assert (first.values, first.limits) == ({"y": 1e-8}, {"y": "below"})
    assert (first.note, first.operator, first.run) == ("wide arc", "田中", "R7")
    assert (second.status, second.why, second.values) == (Status.FAILED, "cracked", {})
    assert third.inputs == {"a": 3.0, "b": 1.0}
    assert (third.values["y"], third.sd["y"]) == (pytest.approx(1.2e-6), pytest.approx(1e-7))
    again = back(made, out.path)
    assert (again.measurements, again.corrected, again.already) == ((), (), 3)


def test_a_changed_value_is_a_correction_that_can_be_undone(made: str, out: Book) -> None:
    out.put(0, 2, y=1.5e-6)
    out.put(0, 3, note="checked")
    out.put(0, 4, status="excluded")
    found = back(made, out.save())
    assert [m.id for m in found.corrected] == ["m1", "m2", "m3"]
    state = status(made, "lab")
    assert state.measurements == 8
    with open_store(made) as opened:
        event = opened.load("lab").events[-1]
    assert isinstance(event, Corrected)
    assert event.measurements[0].values == {"y": 1.5e-6}
    assert event.measurements[2].status is Status.EXCLUDED
    assert back(made, out.path).already == 3
    assert isinstance(undo(made, "lab").undone.event, Corrected)
    assert [m.id for m in back(made, out.path).corrected] == ["m1", "m2", "m3"]


def test_the_history_keeps_both(made: str, out: Book) -> None:
    out.put(0, 2, y=1.5e-6)
    back(made, out.save())
    kinds = [line.event.kind for line in history(made, "lab").events]
    assert kinds == ["created", "suggested", "corrected"]


def test_the_order_of_rows_and_columns_does_not_matter(made: str, out: Book) -> None:
    page = out.book.worksheets[0]
    rows = [[cell.value for cell in row] for row in page.iter_rows(max_row=9)]
    header, *body = rows
    turned = [header[::-1], *(row[::-1] for row in body[::-1])]
    page.delete_rows(1, page.max_row)
    for i, row in enumerate(turned, start=1):
        for j, value in enumerate(row, start=1):
            page.cell(row=i, column=j, value=value)
    assert back(made, out.save()).corrected == ()
    out.put(0, 9, y=1.5e-6)
    assert [m.id for m in back(made, out.save()).corrected] == ["m1"]


def test_rows_that_are_gone_stay_stored(made: str, out: Book) -> None:
    out.book.worksheets[0].delete_rows(3)
    found = back(made, out.save())
    assert "m2" in found.notices[-1]
    assert status(made, "lab").measurements == 8


LOCKED: list[tuple[str, Edit, str]] = [
    ("an id", lambda b: b.put(0, 2, id="m99"), r"A2 of sheet 'data'.*'m99' was not exported"),
    ("an id twice", lambda b: b.put(0, 3, id="m1"), r"A3 of sheet 'data'.*'m1' stands twice"),
    ("an input of a result", lambda b: b.put(0, 2, a=3), r"C2 of sheet 'data'.*it was '0'"),
    ("an input of a suggestion", lambda b: b.put(1, 2, a=0.5), r"C2 of sheet 'suggestions'"),
    ("a suggestion", lambda b: b.put(1, 9, y=3), r"A9 of sheet 'suggestions'"),
]


@pytest.mark.parametrize(("edit", "words"), [x[1:] for x in LOCKED], ids=[x[0] for x in LOCKED])
def test_locked_cells_are_named(made: str, out: Book, edit: Edit, words: str) -> None:
    edit(out)
    before = events(made)
    with pytest.raises(CellError, match=words):
        back(made, out.save())
    assert events(made) == before


WRONG: list[tuple[str, Edit, type[Exception], str]] = [
    ("text", lambda b: b.put(1, 2, y="gray"), CellError, r"H2 of sheet 'suggestions'.*'gray'"),
    ("a formula", lambda b: b.put(1, 2, y="=1+1"), CellError, r"H2 .*formula without"),
    ("a status", lambda b: b.put(1, 2, y=1, status="purple"), CellError, r"K2 of sheet 'sugg"),
    ("no log10", lambda b: b.put(1, 2, y=-1), DataError, "log10"),
    ("no candidate", lambda b: b.put(0, 10, a=7, b=7, y=1e-6), DataError, "C10 of sheet 'data'"),
    ("an input missing", lambda b: b.put(0, 10, a=1, y=1e-6), CellError, "D10 of sheet 'data'"),
    ("no result", lambda b: b.put(0, 10, a=1, b=1), CellError, "E10 of sheet 'data'"),
    ("a column", lambda b: b.put(0, 1, note="remarks"), TableError, "lost its column 'note'"),
    ("a sheet", lambda b: b.book.remove(b.book.worksheets[1]), TableError, "lost its sheet"),
]


@pytest.mark.parametrize(
    ("edit", "kind", "words"), [x[1:] for x in WRONG], ids=[x[0] for x in WRONG]
)
def test_what_cannot_be_read_is_named_and_nothing_is_stored(
    made: str, out: Book, edit: Edit, kind: type[Exception], words: str
) -> None:
    out.put(1, 3, y=2e-6)  # a good edit in the same file
    edit(out)
    before = events(made)
    with pytest.raises(kind, match=words):
        back(made, out.save())
    assert events(made) == before


def test_a_result_that_others_changed_meanwhile_is_not_overwritten(
    made: str, out: Book, tmp_path: Path
) -> None:
    export(made, "lab", tmp_path / "other.xlsx")
    other = Book(tmp_path / "other.xlsx")
    other.put(0, 2, y=7e-6)
    back(made, other.save())
    out.put(0, 2, y=1.5e-6)
    with pytest.raises(CellError, match="somebody else"):
        back(made, out.save())


def test_others_may_record_meanwhile(made: str, out: Book) -> None:
    record_at(made, "lab", {"a": 3, "b": 1}, {"y": 3e-6})
    out.put(0, 2, y=1.5e-6)
    assert [m.id for m in back(made, out.save()).corrected] == ["m1"]
    assert status(made, "lab").measurements == 9


def test_the_workbook_of_another_campaign_is_refused(made: str, table: Path, out: Book) -> None:
    new(made, "other", CampaignDescription(table=table, inputs=["a", "b"], targets=["y:max:log10"]))
    with pytest.raises(UsageError, match="campaign 'lab', not of 'other'"):
        record_file(made, "other", out.path)


def test_options_for_all_rows_are_refused(made: str, out: Book) -> None:
    for told in ({"status": "excluded"}, {"note": "x"}, {"only_new": True}, {"run": "R1"}):
        with pytest.raises(UsageError, match="each row tells for itself"):
            record_file(made, "lab", out.path, **told)


def test_it_is_japanese_where_that_is_wanted(made: str, tmp_path: Path) -> None:
    suggest(made, "lab", 1)
    with use("ja"):
        export(made, "lab", tmp_path / "ja.xlsx")
    found = Book(tmp_path / "ja.xlsx")
    before = events(made)
    back(made, found.path)  # read by somebody who speaks English
    assert events(made) == before
    found.put(0, 2, y=1.5e-6)
    assert len(back(made, found.save()).corrected) == 1


def test_ids_are_locked_and_entries_are_marked(out: Book) -> None:
    for sheet, row in ((0, 2), (1, 2)):
        assert out.book.worksheets[sheet].protection.sheet
        assert out.cell(sheet, row, "id").protection.locked
        assert out.cell(sheet, row, "a").protection.locked
        entry = out.cell(sheet, row, "y")
        assert not entry.protection.locked
        assert entry.fill.fgColor.rgb.endswith("FFF2CC")
    assert not out.cell(0, 12, "a").protection.locked
    assert [s.title for s in out.book.worksheets][:3] == ["data", "suggestions", "candidates"]
    assert out.book.worksheets[-1].sheet_state == "veryHidden"


def test_the_weighed_masses_come_back(store: str, tmp_path: Path) -> None:
    new(
        store,
        "lab",
        CampaignDescription.model_validate(
            {
                "template": "Li(?)Y(x)Zr(2-x)(PO4)3",
                "parameters": ["x=0:0.4:0.1"],
                "targets": ["sigma"],
                "weighing": {"precursors": ["Li2CO3", "Y2O3", "ZrO2", "NH4H2PO4"], "mass": 5},
            }
        ),
    )
    suggest(store, "lab", 1)
    export(store, "lab", tmp_path / "lab.xlsx")
    out = Book(tmp_path / "lab.xlsx")
    page = out.book["weighing"]
    names = [cell.value for cell in page[1]]
    for row in page.iter_rows(min_row=2):
        row[names.index("weighed [g]")].value = row[names.index("to weigh [g]")].value
    assert "not stored yet: s1" in back(store, out.save()).notices[-1]
    out.put(1, 2, sigma=3.0)
    (found,) = back(store, out.save()).measurements
    assert found.made is not None


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example takes a second
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    values=st.dictionaries(st.integers(2, 9), st.floats(1e-12, 1e3), max_size=4),
    notes=st.dictionaries(
        st.integers(2, 9),
        st.text(
            st.characters(min_codepoint=32, blacklist_categories=["Cs", "Cn", "Co"]), max_size=12
        ),
        max_size=4,
    ),
)
def test_exactly_the_edits_come_back(
    made: str, tmp_path: Path, values: dict[int, float], notes: dict[int, str]
) -> None:
    """Any numbers and notes, formulas among them; then another export has them all."""
    path = tmp_path / "lab.xlsx"
    export(made, "lab", path, force=True)
    with open_store(made) as opened:
        known = {m.id: m for m in Campaign(opened.load("lab")).state.measurements}
    out = Book(path)
    for row, value in values.items():
        out.put(0, row, y=value)
    for row, note in notes.items():
        cell = out.cell(0, row, "note")
        cell.value, cell.data_type = note, "s"
    found = back(made, out.save())
    wanted = set()
    for row in {*values, *notes}:
        now = known[f"m{row - 1}"]
        if row in values and values[row] != pytest.approx(now.values["y"], rel=SAME, abs=0):
            wanted.add(now.id)
        if row in notes and notes[row].strip() != now.note and not _is_nan(notes[row]):
            wanted.add(now.id)
        if row in notes and _is_nan(notes[row]) and now.note:
            wanted.add(now.id)
    assert {m.id for m in found.corrected} == wanted
    for m in found.corrected:
        row = int(m.id[1:]) + 1
        before = known[m.id].values["y"]
        assert m.values["y"] == pytest.approx(values.get(row, before), rel=SAME, abs=0)
    export(made, "lab", path, force=True)
    before = events(made)
    back(made, path)
    assert events(made) == before


def _is_nan(note: str) -> bool:
    """What reads as an empty cell."""
    return note.strip().lower() in ("", "nan")


def test_recorded_events_are_one(made: str, out: Book) -> None:
    out.put(1, 2, y=1e-6)
    out.put(1, 3, y=2e-6)
    back(made, out.save())
    with open_store(made) as opened:
        event = opened.load("lab").events[-1]
    assert isinstance(event, Recorded)
    assert len(event.measurements) == 2


def test_choices_and_settings_come_back(store: str, tmp_path: Path) -> None:
    """A space without a table: choices by name, and a candidate that was not suggested."""
    new(
        store,
        "lab",
        CampaignDescription(
            parameters=[parse_parameter("T=900:1000:50"), parse_parameter("gas=air,Ar,none")],
            targets=["y"],
        ),
    )
    suggest(store, "lab", 2)
    export(store, "lab", tmp_path / "lab.xlsx")
    out = Book(tmp_path / "lab.xlsx")
    out.put(1, 2, y=1)
    out.put(0, 2, T=950, gas="none", y=2)
    found = back(store, out.save())
    assert [m.values["y"] for m in found.measurements] == [1.0, 2.0]
    assert found.measurements[1].inputs == {"T": 950.0, "gas": "none"}
    out.put(0, 3, T=975, gas="Ar", y=2)
    with pytest.raises(DataError, match="975"):
        back(store, out.save())


def test_cells_that_say_the_same(tmp_path: Path) -> None:
    """An edit of the standard deviation alone is an edit, and so is that of a limit's side."""

    def cell(value: float, **more: Any) -> CellReading:
        return CellReading("number", value, text=f"{value}", **more)

    assert same_cell("value:y", cell(3.2, sd=0.1), cell(3.2 + 1e-15, sd=0.1))
    assert not same_cell("value:y", cell(3.2, sd=0.1), cell(3.2, sd=0.2))
    assert not same_cell("value:y", cell(3.2, sd=0.1), cell(3.2))
    assert not same_cell("value:y", cell(3.2, limit="below"), cell(3.2, limit="above"))
    assert not same_cell("value:y", cell(3.2), cell(3.2001))
