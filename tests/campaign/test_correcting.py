"""Corrections: a result typed in anew takes the place of the old one, which history keeps."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from tansaku.campaign import Campaign
from tansaku.campaign.history.records import Corrected, Recorded, Status
from tansaku.campaign.history.state import history_of
from tansaku.campaign.results.measured import NewResult, ReportedResults
from tansaku.errors import UsageError


@pytest.fixture
def campaign() -> Campaign:
    """Five candidates, three of them measured."""
    table = pd.DataFrame({"x": [0.0, 1, 2, 3, 4], "y": [1.0, 33.0, 2.0, None, None]})
    return Campaign.from_table(table, inputs=["x"], target="y")


def told(campaign: Campaign, x: float, y: float, **details: object) -> NewResult:
    return NewResult(campaign.space.locate({"x": x}), {"y": y}, details=details)


def correct(campaign: Campaign, result: NewResult) -> None:
    campaign.entries.take(ReportedResults(changed={"m2": result}))


def taught(campaign: Campaign) -> list[float]:
    return history_of(campaign.document.campaign, campaign.state).values.tolist()


def test_a_correction_keeps_id_place_and_time(campaign: Campaign) -> None:
    """Only what was typed in differs; when it was measured does not."""
    before = campaign.state.measurements
    entered = campaign.entries.take(
        ReportedResults(
            [told(campaign, 4, 5.0)], {"m2": told(campaign, 1, 3.3, note="a digit too many")}
        )
    )
    after = campaign.state.measurements
    assert [m.id for m in after] == ["m1", "m2", "m3", "m4"]
    assert (after[0], after[2]) == (before[0], before[2])
    assert after[1] == before[1].model_copy(
        update={"values": {"y": 3.3}, "note": "a digit too many"}
    )
    assert entered.corrected[0].at == before[1].at < after[3].at
    kinds = [type(event) for event in campaign.document.events[1:]]
    assert kinds == [Corrected, Recorded]
    assert campaign.document.events[1].at == after[3].at
    campaign.undo()
    campaign.undo()
    assert campaign.state.measurements == before


def test_an_excluded_result_that_is_corrected_counts_as_the_correction_says(
    campaign: Campaign,
) -> None:
    """The judgement was of what stood there before."""
    campaign.entries.mark(["m2", "m3"], "excluded", why="wet powder")
    assert taught(campaign) == [1.0]
    correct(campaign, told(campaign, 1, 3.3, status=Status.OK))
    assert taught(campaign) == [1.0, 3.3]
    m2, m3 = campaign.state.measurements[1:3]
    assert (m2.status, m2.why, m3.status, m3.why) == ("ok", None, "excluded", "wet powder")
    campaign.entries.mark(["m2"], "excluded", why="after all")
    assert taught(campaign) == [1.0]
    campaign.undo()
    campaign.undo()
    assert taught(campaign) == [1.0]


def test_a_note_on_an_excluded_result_leaves_its_candidate_open(campaign: Campaign) -> None:
    """Whether it may be suggested again was said when it was excluded; and a correction of nothing
    is refused as of any other result."""
    left = campaign.status().open
    campaign.entries.mark(["m2"], "excluded", why="wet powder")
    assert campaign.status().open == left + 1
    note: dict[str, Any] = {"inputs": {}, "values": {}, "limits": {}, "sd": {}}
    campaign.entries.correct(campaign.measurement("m2"), **note, details={"note": "grey"})
    assert campaign.measurement("m2").note == "grey"
    assert campaign.status().open == left + 1
    with pytest.raises(UsageError, match="Nothing about m2"):
        campaign.entries.correct(campaign.measurement("m2"), **note, details={"note": "grey"})
    campaign.entries.correct(campaign.measurement("m2"), **note, details={"status": "ok"})
    assert campaign.status().open == left


def test_a_correction_can_take_a_result_out(campaign: Campaign) -> None:
    campaign.entries.take(
        ReportedResults(changed={"m2": told(campaign, 1, 33.0, status=Status.EXCLUDED)})
    )
    assert taught(campaign) == [1.0, 2.0]
    campaign.entries.take(
        ReportedResults(changed={"m2": told(campaign, 1, 3.3, status=Status.DOUBTFUL)})
    )
    assert taught(campaign) == [1.0, 3.3, 2.0]


def test_what_equal_replicates_are_known_to_is_what_was_stated(campaign: Campaign) -> None:
    """Of a mean of k results with sds s: sum s^2 / k^2; of n repeats each has s / sqrt(n)."""
    campaign.record_at({"x": 3}, {"y": 2.0}, sd={"y": 0.3})
    campaign.record_at({"x": 3}, {"y": 2.0}, sd={"y": 0.4}, repeats=4, confirm=True)
    campaign.record_at({"x": 4}, {"y": 2.0}, sd={"y": 0.4}, repeats=4)
    found = history_of(campaign.document.campaign, campaign.state)
    variance = dict(zip(found.candidates, found.noise.tolist(), strict=True))
    assert variance[3] == pytest.approx((0.3**2 + 0.4**2 / 4) / 4)
    assert math.sqrt(variance[4]) == pytest.approx(0.2)
    assert variance[0] == variance[1] == variance[2] == 0
