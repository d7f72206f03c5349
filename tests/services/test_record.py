"""record through the service: what was weighed, and what stands in a table, is what is learned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tansaku.campaign.description import CampaignDescription
from tansaku.chem.composition import Composition
from tansaku.errors import ConfirmationError, UsageError
from tansaku.services.new import new
from tansaku.services.record import Results, mark, record_at, record_file
from tansaku.services.results import results
from tansaku.services.status import status
from tansaku.services.suggest_samples import suggest
from tansaku.weighing.weigh_table import ENTRY_COLUMN

FORMULA = "Li1.2Y0.2Zr1.8(PO4)3"
PRECURSORS = ["Li2CO3:purity=99%", "Y2O3", "ZrO2", "NH4H2PO4"]
Rows = Callable[[str], Path]


def described(store: str, **weighing: Any) -> None:
    """The campaign ``lab`` of a phosphate, with what is said of weighing."""
    document: dict[str, Any] = {
        "template": "Li(?)Y(x)Zr(2-x)(PO4)3",
        "parameters": ["x=0:0.4:0.1"],
        "targets": ["sigma"],
    }
    if weighing:
        document["weighing"] = {"precursors": PRECURSORS, "mass": 5} | weighing
    new(store, "lab", CampaignDescription.model_validate(document))


def batch(excess: float, purity: float = 0.99) -> dict[str, float]:
    """Grams of an exact batch of ``FORMULA`` with more Li, worked out by hand."""
    target = Composition.parse(FORMULA)
    units = 5.0 / target.molar_mass
    moles = {"Li2CO3": 0.6 * (1 + excess) / purity, "Y2O3": 0.1, "ZrO2": 1.8, "NH4H2PO4": 3.0}
    return {k: units * n * Composition.parse(k).molar_mass for k, n in moles.items()}


def made_of(found: Results) -> Composition:
    (one,) = found.measurements
    assert one.made is not None
    return Composition.parse(one.made.formula)


@pytest.mark.parametrize("of_campaign", [(), ("Li=5%",)])
@pytest.mark.parametrize("said", [None, ("Li=10%",)])
def test_masses_typed_back_are_the_target(
    store: str, of_campaign: tuple[str, ...], said: tuple[str, ...] | None
) -> None:
    """With the excess of the campaign, or the one that is said beside the masses."""
    described(store, excess=of_campaign)
    share = 0.1 if said else 0.05 * len(of_campaign)
    found = record_at(store, "lab", {"x": 0.2}, {"sigma": 1.0}, weighed=batch(share), excess=said)
    made, target = made_of(found), Composition.parse(FORMULA)
    for symbol in target.elements:
        assert made[symbol] == pytest.approx(target[symbol], rel=2e-5)
    assert not found.notices


def test_a_change_of_weighing_that_says_nothing_changes_nothing(store: str) -> None:
    """Fields that are null, as programs send them; nothing known and nothing said is refused."""
    described(store, mass=5)
    nothing = {"precursors": None, "mass": None, "excess": None}
    (row,) = suggest(store, "lab", 1, strategy="random", weighing=nothing).suggestions
    assert set(row.weighing.sheet.grams) <= {text.split(":")[0] for text in PRECURSORS}
    unknown = CampaignDescription(
        parameters=("x=0:0.4:0.1",), template="Li(?)Y(x)Zr(2-x)(PO4)3", targets=("sigma",)
    )
    new(store, "plain", unknown)
    with pytest.raises(UsageError, match="from what samples are made"):
        suggest(store, "plain", 1, strategy="random", weighing=nothing)


def test_masses_of_a_suggestion_are_those_of_its_own_plan(store: str) -> None:
    """What was said with the suggestion counts, not what the campaign says."""
    described(store, excess=["Li=10%"])
    asked = suggest(store, "lab", 1, strategy="random", weighing={"excess": ()})
    (row,) = asked.suggestions
    sheet = row.weighing
    assert not sheet.sheet.excess
    found = record_at(store, "lab", row.inputs, {"sigma": 1.0}, weighed=sheet.sheet.grams)
    made, target = made_of(found), Composition.parse(str(row.formula))
    assert made["Li"] == pytest.approx(target["Li"], rel=1e-3)
    assert not found.notices


def test_masses_may_stand_alone(store: str) -> None:
    """Without a plan pure precursors are meant, those that were weighed."""
    described(store)
    found = record_at(store, "lab", {"x": 0.2}, {"sigma": 1.0}, weighed=batch(0.0, purity=1.0))
    assert made_of(found)["Li"] == pytest.approx(1.2, rel=2e-5)


def test_a_filled_sheet_is_that_of_its_sample(store: str, tmp_path: Path) -> None:
    """Recorded for another composition it is asked about, and nothing is stored."""
    described(store, excess=())
    out = tmp_path / "sheet.xlsx"
    asked = suggest(store, "lab", 1, strategy="random", sheet=out)
    (row,) = asked.suggestions
    book = openpyxl.load_workbook(out)
    page = book.worksheets[0]
    for i in range(2, page.max_row + 1):
        page.cell(row=i, column=ENTRY_COLUMN).value = page.cell(row=i, column=4).value
    book.save(out)
    other = {"x": 0.2 if row.inputs["x"] != 0.2 else 0.3}
    with pytest.raises(ConfirmationError, match=r"sheet\.xlsx"):
        record_at(store, "lab", other, {"sigma": 1.0}, weighed=out)
    assert not status(store, "lab").measured
    found = record_at(store, "lab", row.id, {"sigma": 1.0}, weighed=out)
    assert found.measurements[0].inputs == row.inputs


def test_a_slip_is_asked_about_and_kept(store: str) -> None:
    """One mass a tenth too large: it is asked about, and the sample holds that much more."""
    described(store, excess=())
    grams = batch(0.0)
    grams["Y2O3"] *= 1.1
    found = record_at(store, "lab", {"x": 0.2}, {"sigma": 1.0}, weighed=grams)
    assert made_of(found)["Y"] == pytest.approx(0.22, rel=1e-4)
    (notice,) = [each for each in found.notices if "Mistyped" in each]
    assert notice.startswith("Y2O3: ")


def test_points_part_thousands_where_the_comma_is_said_to_be_decimal(
    store: str, rows: Rows
) -> None:
    """--decimal comma over a column without any comma."""
    text = "a;y\n0;\n1;\n2;\n"
    new(store, "lab", CampaignDescription(table=rows(text), inputs=["a"], targets=["y"]))
    found = record_file(store, "lab", rows("a;y\n0;1.100\n1;2.300\n"), comma="decimal")
    assert isinstance(found, Results)
    assert [m.values["y"] for m in found.measurements] == [1100.0, 2300.0]


def test_what_is_excluded_is_told_as_excluded_alone(made: str) -> None:
    """A limit that teaches nothing is no limit of the campaign."""
    (limit,) = record_at(
        made, "lab", {"a": 0, "b": 2}, {"y": 1e-8}, limits={"y": "below"}, confirm=True
    ).measurements
    record_at(made, "lab", {"a": 2, "b": 2}, status="failed", why="cracked")
    found = results(made, "lab")
    assert ([m.id for m in found.limits], found.excluded) == ([limit.id], ())
    assert [m.why for m in found.failed] == ["cracked"]
    mark(made, "lab", [limit.id], status="excluded")
    found = results(made, "lab")
    assert (found.limits, [m.id for m in found.excluded]) == ((), [limit.id])
