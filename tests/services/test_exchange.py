"""Files out and in: whole, harmless, never half-written, never over another by accident."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from tansaku.campaign.description import CampaignDescription
from tansaku.campaign.history.records import CampaignDocument
from tansaku.errors import CampaignExistsError, StoreError, UsageError
from tansaku.files import write_whole
from tansaku.services.exchange import export, import_
from tansaku.services.new import new
from tansaku.services.pool import pool
from tansaku.services.record import record_at
from tansaku.services.status import list_, status
from tansaku.services.suggest_samples import suggest
from tansaku.store import open_store


def stored(store: str, name: str = "lab") -> CampaignDocument:
    """The campaign as the store has it."""
    with open_store(store) as opened:
        return opened.load(name)


@pytest.fixture
def worked(made: str) -> str:
    """A campaign with a suggestion, a replicate and an open sample."""
    suggest(made, "lab", 1)
    record_at(made, "lab", {"a": 0, "b": 0}, {"y": 1.2e-6}, note="=cmd|' /C calc'!A0")
    return made


def test_json_comes_back_equal(worked: str, tmp_path: Path) -> None:
    """Export, import: the same document, in another store."""
    found = export(worked, "lab", tmp_path / "lab.json")
    assert found.document()["events"] == 3
    other = f"sqlite:///{tmp_path}/other.db"
    report = import_(other, tmp_path / "lab.json")
    assert stored(other) == stored(worked)
    assert report.document() == status(worked, "lab").document()
    seed = suggest(other, "lab", 1, seed=9).suggestions[0]
    assert seed == suggest(worked, "lab", 1, seed=9).suggestions[0]


def test_import_beside_the_original(worked: str, tmp_path: Path) -> None:
    """The name is taken, unless another is given; all else is equal."""
    export(worked, "lab", tmp_path / "lab.json")
    with pytest.raises(CampaignExistsError, match="--name"):
        import_(worked, tmp_path / "lab.json")
    import_(worked, tmp_path / "lab.json", name="copy")
    copy, original = stored(worked, "copy"), stored(worked)
    assert copy.events == original.events
    assert copy.campaign.space == original.campaign.space
    assert [each.campaign for each in list_(worked).campaigns] == ["lab", "copy"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b,y\n0,0,1\n", "not JSON"),
        (b"\x8a\xbf\x8e\x9a", "not UTF-8"),
        (b"{}", "cannot be read as a campaign"),
        (b'{"schema_number": 99}', "newer tansaku"),
    ],
)
def test_import_refuses(store: str, tmp_path: Path, content: bytes, words: str) -> None:
    """Another file is told apart, and no store is made for it."""
    path = tmp_path / "notes.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=words):
        import_(store, path)
    with pytest.raises(StoreError, match="cannot be read"):
        import_(store, tmp_path / "nowhere.json")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.json"]


def test_csv_is_a_table_for_new(worked: str, tmp_path: Path) -> None:
    """The exported table makes a campaign of the same pool and results."""
    path = tmp_path / "lab.csv"
    export(worked, "lab", path)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert len(rows) == 12
    assert rows[0]["state"] == "measured"
    assert float(rows[0]["y"]) == pytest.approx((1.0e-6 * 1.2e-6) ** 0.5)
    assert float(rows[0]["y_log10_sd"]) > 0
    assert rows[0]["replicates"] == "2"
    assert rows[2]["y"] == ""
    assert {row["state"] for row in rows} == {"measured", "open", "pending"}
    new(
        worked, "again", CampaignDescription(table=path, inputs=["a", "b"], targets=["y:max:log10"])
    )
    assert [each.inputs for each in pool(worked, "again").candidates] == [
        each.inputs for each in pool(worked, "lab").candidates
    ]
    assert status(worked, "again").measured == 8


def test_xlsx_holds_numbers(worked: str, tmp_path: Path) -> None:
    """Numbers are numbers in Excel, with all their digits."""
    path = tmp_path / "lab.xlsx"
    export(worked, "lab", path)
    sheet = openpyxl.load_workbook(path)["candidates"]
    header = [cell.value for cell in sheet[1]]
    assert header == ["pool_row", "a", "b", "state", "y", "y sd (log10)", "replicates"]
    fifth = {name: cell.value for name, cell in zip(header, sheet[6], strict=True)}
    assert (fifth["pool_row"], fifth["y"], fifth["replicates"]) == (4, 8.0e-6, 1)


@pytest.mark.parametrize("name", ["=2+5", "@SUM(A1)", "+1", "-1"])
def test_formulas_are_defused(store: str, tmp_path: Path, name: str) -> None:
    """A column name that a spreadsheet would run is text in both kinds of file."""
    table = tmp_path / "table.csv"
    table.write_text(f'a,"{name}"\n0,1\n1,2\n2,\n', encoding="utf-8")
    new(store, "lab", CampaignDescription(table=table, inputs=["a"], targets=[name]))
    export(store, "lab", tmp_path / "lab.csv")
    header = next(csv.reader([(tmp_path / "lab.csv").read_text("utf-8-sig").splitlines()[0]]))
    assert not [cell for cell in header if cell.startswith(("=", "+", "-", "@"))]
    assert f"'{name}" in header
    export(store, "lab", tmp_path / "lab.xlsx")
    cells = openpyxl.load_workbook(tmp_path / "lab.xlsx").active[1]
    assert [cell.data_type for cell in cells] == ["s"] * len(cells)
    assert name in [cell.value for cell in cells]


def test_columns_of_the_table_keep_their_names(store: str, tmp_path: Path) -> None:
    """An input called state, a target called replicates: nothing appears twice."""
    table = tmp_path / "table.csv"
    table.write_text("state,replicates\n0,1\n1,2\n2,\n", encoding="utf-8")
    new(store, "lab", CampaignDescription(table=table, inputs=["state"], targets=["replicates"]))
    export(store, "lab", tmp_path / "lab.csv")
    header = (tmp_path / "lab.csv").read_text("utf-8-sig").splitlines()[0].split(",")
    assert header == [
        "pool_row", "state", "state_", "replicates", "replicates_sd", "replicates_",
    ]  # fmt: skip


def test_export_does_not_write_over(worked: str, tmp_path: Path) -> None:
    """Only with force; and an unknown ending is told."""
    path = tmp_path / "lab.json"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(StoreError, match=r"exists already.*--force"):
        export(worked, "lab", path)
    assert path.read_text(encoding="utf-8") == "precious"
    export(worked, "lab", path, force=True)
    assert json.loads(path.read_text(encoding="utf-8"))["campaign"]["name"] == "lab"
    with pytest.raises(UsageError, match=r"lab\.docx"):
        export(worked, "lab", tmp_path / "lab.docx")


def test_files_are_written_whole(tmp_path: Path) -> None:
    """A failed write leaves the old file and nothing beside it."""
    path = tmp_path / "old.csv"
    write_whole(path, b"old")
    (tmp_path / "plain.csv").write_bytes(b"")  # anybody who may read this one may read ours
    assert path.stat().st_mode == (tmp_path / "plain.csv").stat().st_mode
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(StoreError, match=r"folder\.csv cannot be written"):
        write_whole(folder, b"new", force=True)
    with pytest.raises(StoreError, match="cannot be written"):
        write_whole(tmp_path / "no" / "new.csv", b"new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder.csv", "old.csv", "plain.csv"]
    assert path.read_bytes() == b"old"
