"""Whatever a campaign holds goes out in a workbook and comes back as it is: only edits change it.

Names, notes, formulas of spreadsheets, comments, choices, weighing sheets and Japanese headers are
drawn at random; the workbook is saved again by a spreadsheet library before it is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlwt
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment

from tansaku.campaign import Campaign
from tansaku.language import use
from tansaku.services.exchange import export
from tansaku.services.record import Results, record_file
from tansaku.store import open_store
from tansaku.workbook.edits import SAME

NAMES = st.sampled_from(
    [
        "x",
        "Al量",
        "組成 x (Y)",
        "焼成温度［℃］",
        "σ [S/cm]",
        "id",
        "note",
        "=1+1",
        "備考",
        "x y",
        "@",
    ]
)
TEXTS = st.text(
    st.characters(min_codepoint=32, blacklist_categories=["Cs", "Cn", "Co"]), max_size=12
).filter(lambda text: text.strip().lower() not in ("nan",))
NUMBERS = st.floats(1e-12, 1e6)


@st.composite
def campaigns(draw: st.DrawFn) -> Campaign:
    """A campaign over numbers and choices, with results of every kind."""
    number, choice, target = draw(st.lists(NAMES, min_size=3, max_size=3, unique=True))
    n = draw(st.integers(4, 7))
    frame = pd.DataFrame(
        {
            number: draw(st.lists(NUMBERS, min_size=n, max_size=n, unique=True)),
            choice: [draw(st.sampled_from(["大気", "Ar", "N2"])) for _row in range(n)],
            target: [None] * n,
        }
    )
    frame.loc[0, choice], frame.loc[1, choice] = "大気", "Ar"
    campaign = Campaign.from_table(frame, inputs=[number, choice], target=target, name="lab")
    for i in draw(st.lists(st.integers(0, n - 1), max_size=4)):
        told: dict[str, Any] = {"note": draw(TEXTS).strip(), "run": draw(TEXTS).strip()}
        kind = draw(st.sampled_from(["value", "limit", "sd", "failed", "excluded"]))
        if kind in ("failed", "excluded"):
            told["status"] = kind
        values = {} if kind == "failed" else {target: draw(NUMBERS)}
        campaign.record_at(
            campaign.space.inputs_of(i % len(campaign.space)),
            values,
            limits={target: "below"} if kind == "limit" else None,
            sd={target: draw(NUMBERS)} if kind == "sd" else None,
            confirm=True,
            **told,
        )
    return campaign


def stored(folder: Path, campaign: Campaign) -> str:
    """A store that holds the campaign, with a suggestion where a candidate is open."""
    if any(each.state == "open" for each in campaign.candidates()):
        campaign.suggest(1, strategy="random", seed=0)
    (folder / "lab.db").unlink(missing_ok=True)
    url = f"sqlite:///{folder}/lab.db"
    with open_store(url) as opened:
        opened.create(campaign.document)
    return url


def back(url: str, path: Path) -> Results:
    """What comes of a file."""
    return record_file(url, "lab", path, confirm=True)


FEW = settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FEW
@given(campaign=campaigns(), lang=st.sampled_from(["en", "ja"]), value=NUMBERS, note=TEXTS)
def test_only_the_edits_change(
    tmp_path: Path, campaign: Campaign, lang: str, value: float, note: str
) -> None:
    url, path = stored(tmp_path, campaign), tmp_path / "lab.xlsx"
    with use(lang):
        export(url, "lab", path, force=True)
    before = campaign.document
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets[:3]:
        sheet["B2"].comment = Comment("見直し", "lab")
    book.save(path)
    unchanged = back(url, path)
    assert (unchanged.measurements, unchanged.corrected) == ((), ())
    with open_store(url) as opened:
        assert opened.load("lab") == before
    page = book.worksheets[1]
    if page.max_row < 2:
        return
    headers = [cell.value for cell in page[1]]
    target = campaign.targets[0].name
    page.cell(row=2, column=headers.index(target) + 1).value = value
    last = page.cell(row=2, column=len(headers))
    last.value, last.data_type = note, "s"
    book.save(path)
    (found,) = back(url, path).measurements
    assert found.values == pytest.approx({target: value}, rel=SAME)  # openpyxl writes 16 digits
    assert found.note == note.strip()
    assert found.inputs == campaign.state.suggestions[0].inputs
    again = back(url, path)
    assert (again.measurements, again.already) == ((), 1)


@FEW
@given(campaign=campaigns(), value=NUMBERS)
def test_a_workbook_that_was_saved_as_xls_comes_back_too(
    tmp_path: Path, campaign: Campaign, value: float
) -> None:
    url, path = stored(tmp_path, campaign), tmp_path / "lab.xlsx"
    export(url, "lab", path, force=True)
    old = as_xls(path, {})
    assert (back(url, old).measurements, back(url, old).corrected) == ((), ())
    if not campaign.state.open_suggestions:
        return
    (found,) = back(url, as_xls(path, {campaign.targets[0].name: value})).measurements
    assert found.values == {campaign.targets[0].name: value}


def as_xls(path: Path, answer: dict[str, float]) -> Path:
    """The workbook as an old Excel saves it, with an answer to its first suggestion."""
    made = xlwt.Workbook()
    for n, sheet in enumerate(openpyxl.load_workbook(path).worksheets):
        page = made.add_sheet(sheet.title)
        page.visibility = {"visible": 0, "hidden": 1, "veryHidden": 2}[sheet.sheet_state]
        rows = list(sheet.iter_rows(values_only=True))
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                told = answer.get(str(rows[0][j])) if (n, i) == (1, 1) else None
                if told is not None or cell is not None:
                    page.write(i, j, cell if told is None else told)
    made.save(path.with_suffix(".xls"))
    return path.with_suffix(".xls")
