"""The loop: made from a table, suggesting, recording, taking back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign import Campaign, CampaignDocument
from tansaku.campaign.history.state import fold
from tansaku.campaign.recompute import recomputed
from tansaku.errors import (
    CellError,
    ModelError,
    NothingToUndoError,
    NotInPoolError,
    PoolExhaustedError,
    UnknownNameError,
    UsageError,
)
from tansaku.strategy import Expect
from tests.seeds import generator

INPUTS = ["x_Si", "y_Ca"]


@pytest.fixture
def partly(lczsp: pd.DataFrame) -> pd.DataFrame:
    """The Si-Ca table with eight random results only."""
    keep = generator(0).permutation(np.flatnonzero(lczsp["sigma_S_cm"].notna()))[:8]
    frame = lczsp.copy()
    frame.loc[~frame.index.isin(keep), "sigma_S_cm"] = np.nan
    return frame


@pytest.fixture
def campaign(partly: pd.DataFrame) -> Campaign:
    return Campaign.from_table(partly, inputs=INPUTS, target="sigma_S_cm", scale="log10")


@pytest.mark.parametrize("strategy", sorted(tk.STRATEGIES))
def test_every_strategy_suggests_open_candidates_with_reasons(
    campaign: Campaign, partly: pd.DataFrame, strategy: str
) -> None:
    found = campaign.suggest(n=3, strategy=strategy, seed=1)
    rows = found.frame["pool_row"].tolist()
    assert len(set(rows)) == 3
    assert partly.loc[rows, "sigma_S_cm"].isna().all()
    for row, suggestion in zip(rows, found.suggestions, strict=True):
        assert suggestion.inputs == partly.loc[row, INPUTS].to_dict()
    document = found.document()
    assert all("\n" not in s["reason"] and s["reason"] for s in document["suggestions"])
    if strategy == "random":
        assert document["suggestions"][0]["predicted"] == {}
        assert document["suggestions"][0]["chance_to_beat_best"] is None
        assert document["model"] == {}
    else:
        predicted = document["suggestions"][0]["predicted"]["sigma_S_cm"]
        assert predicted["low"] < predicted["mean"] < predicted["high"]
        assert 0 <= document["suggestions"][0]["chance_to_beat_best"] <= 1
        likelihood = document["model"]["log_marginal_likelihood"]
        assert np.isfinite(likelihood["before"])
        assert set(document["model"]["hyperparameters"]["after"]["length_scales"]) == set(INPUTS)


def test_same_seed_same_answer_and_other_seeds_differ(campaign: Campaign) -> None:
    rows = [
        campaign.suggest(n=3, strategy="random", seed=s).frame["pool_row"].tolist()
        for s in (0, 0, 1, 2)
    ]
    assert rows[0] == rows[1]
    assert len({tuple(r) for r in rows}) == 3


def test_few_measurements_give_random_samples_and_say_so(lczsp: pd.DataFrame) -> None:
    lczsp["sigma_S_cm"] = np.nan
    empty = Campaign.from_table(lczsp, inputs=INPUTS, target="sigma_S_cm", scale="log10")
    found = empty.suggest()
    assert found.document()["suggestions"][0]["reason"].startswith("Chosen at random: 0 of the 3")
    spread = tk.STRATEGIES["standard"].model_copy(update={"start": "space_filling"})
    reason = empty.suggest(2, strategy=spread).document()["suggestions"][1]["reason"]
    assert "far from all other samples" in reason
    with pytest.raises(ModelError, match="no measurement"):
        empty.predict({"x_Si": 0.1, "y_Ca": 0.1})


@pytest.mark.parametrize(
    ("expect", "words"), [("middle", "tells most"), ("edge", "far from all other")]
)
def test_what_is_expected_decides_on_the_first_samples(
    lczsp: pd.DataFrame, expect: Expect, words: str
) -> None:
    """Unless the strategy says otherwise; random search stays random, and the log knows it all."""
    lczsp["sigma_S_cm"] = np.nan
    made = Campaign.from_table(lczsp, inputs=INPUTS, target="sigma_S_cm", expect=expect)
    found = made.suggest(2)
    assert words in found.document()["suggestions"][0]["reason"]
    kinds = {
        name: made.suggest(strategy=name).suggestions[0].reason.kind
        for name in ("random", "space_filling")
    }
    assert kinds == {"random": "random", "space_filling": "start_space_filling"}
    again = CampaignDocument.model_validate_json(made.document.model_dump_json())
    assert again.campaign.expect == expect
    assert not recomputed(again, 2).differs


def test_the_loop_finds_the_best_composition(campaign: Campaign, lczsp: pd.DataFrame) -> None:
    measurable = lczsp[lczsp["sigma_S_cm"].notna()]
    campaign = Campaign.from_table(
        measurable.assign(
            sigma_S_cm=measurable["sigma_S_cm"].where(np.arange(len(measurable)) % 9 == 4)
        ),
        inputs=INPUTS,
        target="sigma_S_cm",
        scale="log10",
    )
    measurable = measurable.reset_index(drop=True)
    for _round in range(20):
        row = campaign.suggest().suggestions[0].pool_row
        campaign.record(measurable.loc[[row]])
    best = campaign.status().best
    assert best is not None
    assert best.value == measurable["sigma_S_cm"].max()


def test_recording_closes_suggestions_and_never_suggests_measured_rows(
    campaign: Campaign, lczsp: pd.DataFrame
) -> None:
    first = campaign.suggest(n=3)
    assert campaign.status().pending == 3
    results = lczsp.loc[first.frame["pool_row"]].assign(sigma_S_cm=1e-6)
    campaign.record(results, confirm=True)
    status = campaign.status()
    assert (status.pending, status.measured, status.open) == (0, 11, 38)
    everything = campaign.suggest(n=38).frame["pool_row"]
    assert not set(everything) & set(first.frame["pool_row"])
    with pytest.raises(PoolExhaustedError, match=r"39 suggestions.*only 38"):
        campaign.suggest(n=39)
    with pytest.raises(UsageError, match="n = 0"):
        campaign.suggest(n=0)


def test_more_keeps_earlier_suggestions_under_way(campaign: Campaign) -> None:
    first = set(campaign.suggest(n=3).frame["pool_row"])
    replaced = campaign.suggest(n=3)
    assert set(replaced.frame["pool_row"]) == first
    assert "that these replace: 3;" in replaced.notices[0]
    more = campaign.suggest(n=2, more=True)
    assert not first & set(more.frame["pool_row"])
    assert "3 samples under way" in more.document()["suggestions"][0]["reason"]
    assert campaign.status().pending == 5


def test_replicates_are_averaged_and_their_spread_kept(campaign: Campaign) -> None:
    row = campaign.suggest().suggestions[0]
    for value in (1e-6, 1e-5, 1e-7):
        campaign.record_at(row.inputs, {"sigma_S_cm": value}, confirm=True)
    candidate = campaign.candidates()[row.pool_row]
    assert candidate.replicates == 3
    assert candidate.values["sigma_S_cm"] == pytest.approx(1e-6)  # geometric: the scale is log10
    assert candidate.sd["sigma_S_cm"] == pytest.approx(1.0)  # decades
    again = campaign.suggest(n=49, replicate=True).suggestions
    repeated = next(s for s in again if s.pool_row == row.pool_row)
    assert repeated.reason.facts["replicates"] == 3


def test_excluded_results_are_kept_but_do_not_teach(campaign: Campaign) -> None:
    before = campaign.predict({"x_Si": 0.3, "y_Ca": 0.3})
    campaign.record_at({"x_Si": 0.3, "y_Ca": 0.3}, {"sigma_S_cm": 1.0}, status="excluded")
    after = campaign.predict({"x_Si": 0.3, "y_Ca": 0.3})["sigma_S_cm"]
    assert after.log10_mean == pytest.approx(before["sigma_S_cm"].log10_mean, abs=1e-6)
    assert campaign.status().measurements == 9
    assert 48 not in campaign.suggest(n=40).frame["pool_row"].tolist()
    with pytest.raises(UsageError, match="Unknown status 'melted'"):
        campaign.record_at({"x_Si": 0.3, "y_Ca": 0.3}, {"sigma_S_cm": 1.0}, status="melted")


def test_undo_takes_back_and_ids_are_never_used_twice(campaign: Campaign) -> None:
    start = campaign.document
    campaign.suggest(n=2)
    campaign.record_at({"x_Si": 0.3, "y_Ca": 0.3}, {"sigma_S_cm": 1e-6})
    campaign.undo()
    campaign.undo()
    assert campaign.state.measurements == Campaign(start).state.measurements
    with pytest.raises(NothingToUndoError):
        campaign.undo()
    assert campaign.suggest().suggestions[0].id == "s3"
    assert [line.undone for line in campaign.history()] == [False, True, True, False, False, False]
    recorded = campaign.record_at({"x_Si": 0.3, "y_Ca": 0.3}, {"sigma_S_cm": 1e-6})
    assert recorded.measurements[0].id == "m10"


def test_redo_is_as_if_nothing_had_been_undone(campaign: Campaign) -> None:
    """Step by step back and forth, as often as one likes; the state is the same each time, added up
    anew or going on."""
    campaign.suggest(n=2)
    first = campaign.record_at({"x_Si": 0.3, "y_Ca": 0.3}, {"sigma_S_cm": 1e-6})
    states = [campaign.state]
    second = campaign.record_at({"x_Si": 0.2, "y_Ca": 0.3}, {"sigma_S_cm": 2e-6})
    states.append(campaign.state)
    for _ in range(2):
        assert (campaign.undo(), campaign.undo()) == (second, first)
        for event, state in zip((first, second), states, strict=True):
            assert campaign.redo() == event
            assert campaign.state == fold(campaign.events) == state
            assert campaign.state.tally.measured == state.tally.measured
    assert (campaign.undo(), campaign.redo()) == (second, second)
    assert campaign.document.events[:4] == campaign.events[:4]
    with pytest.raises(NothingToUndoError, match="no undo that can be taken back"):
        campaign.redo()
    told = [(line.undone, line.redone) for line in campaign.history()[4:]]
    step = [(True, None), (True, None), (False, 3), (False, 4)]
    assert told == [*step, *step, (True, None), (False, 4)]
    third = campaign.record_at({"x_Si": 0.1, "y_Ca": 0.3}, {"sigma_S_cm": 3e-6})
    assert third.measurements[0].id == "m11"
    assert len(campaign.state.measurements) == len(states[-1].measurements) + 1


def test_redo_ends_with_another_change(campaign: Campaign) -> None:
    """Also with one that is undone itself; that one may come back."""
    with pytest.raises(NothingToUndoError):
        campaign.redo()
    campaign.record_at({"x_Si": 0.3, "y_Ca": 0.3}, {"sigma_S_cm": 1e-6})
    campaign.undo()
    campaign.block("x_Si > 0.2")
    with pytest.raises(NothingToUndoError):
        campaign.redo()
    assert campaign.undo() == campaign.redo() == campaign.events[3]
    with pytest.raises(NothingToUndoError):
        campaign.redo()
    assert list(campaign.state.blocked) == ["x_Si > 0.2"]


def test_redo_brings_back_what_was_named(campaign: Campaign) -> None:
    first = campaign.record_at({"x_Si": 0.3, "y_Ca": 0.3}, {"sigma_S_cm": 1e-6})
    campaign.record_at({"x_Si": 0.2, "y_Ca": 0.3}, {"sigma_S_cm": 2e-6})
    known = campaign.state
    assert campaign.undo(2) == campaign.redo() == first
    assert campaign.state == known
    with pytest.raises(UsageError, match="Event 4 cannot be taken back"):
        campaign.undo(4)


def test_document_round_trip(campaign: Campaign) -> None:
    campaign.suggest(n=2)
    campaign.record_at({"x_Si": 0.3, "y_Ca": 0.3}, {"sigma_S_cm": 1e-6}, note="second firing")
    text = campaign.document.model_dump_json()
    again = Campaign(CampaignDocument.model_validate_json(text))
    assert again.document == campaign.document
    assert again.suggest(n=3, seed=4).frame.equals(campaign.suggest(n=3, seed=4).frame)


def test_a_failed_call_changes_nothing(campaign: Campaign, lczsp: pd.DataFrame) -> None:
    before = campaign.document
    good = lczsp.loc[[20, 21]].copy()
    outside = good.assign(x_Si=[0.1, 0.123])
    with pytest.raises(NotInPoolError, match="row 2"):
        campaign.record(outside)
    with pytest.raises(CellError):
        campaign.record(good.assign(sigma_S_cm=[1e-6, -1.0]))
    with pytest.raises(CellError):
        campaign.record_at({"x_Si": 0.3, "y_Ca": 0.3}, {"sigma_S_cm": 0.0})
    with pytest.raises(UsageError, match="targets are: sigma_S_cm"):
        campaign.record_at({"x_Si": 0.3, "y_Ca": 0.3}, {"density": 0.9})
    with pytest.raises(UnknownNameError, match=r"strategy 'standart'.*standard"):
        campaign.suggest(strategy="standart")
    assert campaign.document == before


@pytest.mark.parametrize("goal", ["max", "min", "match"])
def test_goals_lead_to_different_ends(lyczp: pd.DataFrame, goal: str) -> None:
    value = 0.75 if goal == "match" else None
    density = lyczp["relative_density"]
    frame = lyczp.assign(relative_density=density.where(np.arange(47) % 3 == 0))
    campaign = Campaign.from_table(
        frame, inputs=["x_Y", "y_Ca"], target="relative_density", goal=goal, value=value
    )
    for _round in range(14):
        row = campaign.suggest().suggestions[0].pool_row
        campaign.record(lyczp.loc[[row]])
    best = campaign.status().best
    assert best is not None
    wanted = {"max": density.max(), "min": density.min(), "match": 0.75}[goal]
    ranked = np.sort((density - wanted).abs())
    assert abs(best.value - wanted) <= ranked[3]  # among the best few of 47


def test_landscape_covers_the_pool(campaign: Campaign) -> None:
    found = campaign.landscape()
    assert found.mean.shape == found.sd.shape == found.acquisition.shape == (49,)
    assert found.measured.sum() == 8
    at = campaign.predict({"x_Si": 0.1, "y_Ca": 0.05})["sigma_S_cm"]
    position = campaign.space.find({"x_Si": 0.1, "y_Ca": 0.05})
    assert at.log10_mean == pytest.approx(found.mean[position], abs=1e-9)
    with pytest.raises(UsageError, match="no model"):
        campaign.predict({"x_Si": 0.1, "y_Ca": 0.05}, strategy="random")
