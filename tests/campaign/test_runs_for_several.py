"""Furnace runs of a campaign for several targets, with limits and costs, and what runs share."""

from __future__ import annotations

import json
from typing import Any

import pytest

import tansaku as tk
from tansaku.campaign.furnace import crucibles
from tansaku.campaign.furnace.furnace_plan import FurnacePlan
from tansaku.campaign.history.records import CampaignDocument
from tansaku.errors import TansakuError
from tests.campaign.furnace_search import STEPS, campaign, plan, truth
from tests.seeds import generator

TWO = ["sigma:max:log10", "density:max:>=0.6"]


def both(inputs: dict[str, Any]) -> dict[str, float]:
    """The conductivity, and a density that wants it hotter."""
    return {"sigma": truth(inputs), "density": 0.95 - ((1100 - inputs["T"]) / 400) ** 2}


def for_two(measured: int = 6, **changes: Any) -> tk.Campaign:
    """A search for two goals, one with a limit, on 150 candidates."""
    made = tk.Campaign.from_space(STEPS, **{"target": TWO} | changes)
    if measured:
        for each in made.suggest(measured, strategy="random").suggestions:
            made.record_at(each.inputs, both(each.inputs))
    return made


def test_a_plan_for_two_goals_enlarges_their_hypervolume() -> None:
    found = plan(for_two())
    document = found.document()
    assert (found.gain_of, found.gain_unit) == ("hypervolume", "")
    assert found.hypervolume is not None
    assert found.hypervolume > 0
    assert document["expected_gain"] == pytest.approx(
        sum(r["expected_gain"] for r in document["runs"])
    )
    assert "hypervolume" in found.runs[0].reason
    assert "%" in found.gain_sentence
    for run in found.runs:
        for each in run.suggestions:
            assert run.setting.items() <= each.inputs.items()
            assert set(each.predicted) == {"sigma", "density"}
    assert {"sigma mean", "density sd"} <= set(found.frame.columns)
    json.dumps(document, allow_nan=False)


def test_weeks_of_plans_for_two_goals_find_both_ends() -> None:
    """The best firing for each goal, and nothing below the limit, after four weeks."""
    made = for_two(3)
    for _week in range(4):
        for each in plan(made).suggestions:
            made.record_at(each.inputs, both(each.inputs))
    front = made.status().compromises
    assert max(c.values["density"] for c in front) == pytest.approx(0.95)
    best = max(front, key=lambda c: c.values["sigma"])
    assert best.inputs["T"] in (1000, 1050)
    assert min(c.values["density"] for c in front) >= 0.6


def test_a_limit_on_one_target_is_told_in_its_unit() -> None:
    found = plan(for_two(target=["sigma:max:log10", "density:>=0.9"]))
    assert (found.gain_of, found.gain_unit) == ("best", "decades")
    assert "raise the best" in found.runs[0].reason


def test_nothing_but_limits_counts_samples() -> None:
    found = plan(for_two(target=["sigma:>=1e-7", "density:>=0.9"]))
    assert found.gain_of == "limits"
    assert "expected to keep all limits" in found.gain_sentence
    assert 0 < (found.expected_gain or 0) <= 6


def test_costs_from_the_inputs_divide_the_gain_of_runs() -> None:
    """Where long firings are dear, the plan takes short ones; the cost is told."""
    dear = plan(for_two(cost="100*t - 396"))
    assert {run.setting["t"] for run in dear.runs} == {4.0}
    assert dear.cost == pytest.approx(6 * 4)
    assert "improvement is counted per cost" in dear.runs[0].reason
    assert made_of_inputs(dear)


def made_of_inputs(found: FurnacePlan) -> bool:
    """Whether each run costs what its samples' inputs say."""
    return all(
        run.cost == pytest.approx(sum(100 * s.inputs["t"] - 396 for s in run.suggestions))
        for run in found.runs
    )


@pytest.mark.parametrize(
    ("cost", "says"),
    [("t - 4", "above 0"), ("2*q", "no parameter 'q'"), ("2*gas", "choice"), ("2*t+", "missing")],
)
def test_a_cost_that_cannot_be_is_refused(cost: str, says: str) -> None:
    with pytest.raises(TansakuError) as refused:
        for_two(0, cost=cost)
    assert says in f"{refused.value.message} {refused.value.hint}"


def test_a_cost_is_kept_in_the_document() -> None:
    made = for_two(0, cost="0.5*t + x")
    document = CampaignDocument.model_validate_json(made.document.model_dump_json())
    again = tk.Campaign(document)
    first = again.candidates()[0]
    assert first.cost == pytest.approx(0.5 * first.inputs["t"] + first.inputs["x"])
    assert "cost" not in for_two(0).document.campaign.model_dump()


def test_more_targets_than_boxes_can_serve_make_a_plan_too() -> None:
    """Five goals: preferences are drawn, and a notice says so."""
    names = [f"y{i}" for i in range(5)]
    made = tk.Campaign.from_space(STEPS, target=[f"{n}:max" for n in names])
    rng = generator(0)
    for each in made.suggest(6, strategy="random").suggestions:
        made.record_at(each.inputs, {n: float(rng.random()) for n in names})
    found = plan(made, runs=1)
    assert found.gain_of == "compromise"
    assert any("ParEGO" in notice for notice in found.notices)


@pytest.mark.parametrize("targets", [["sigma:max:log10"], TWO])
def test_a_plan_heeds_phases_failures_costs_and_what_is_under_way(targets: list[str]) -> None:
    """All together, for one goal and for two."""
    made = for_two(0, target=targets, cost="t + 1")
    for k, T in enumerate((900, 950, 1000, 1050, 1100, 900, 1000, 1100)):
        at = {"x": (k % 4) * 0.125, "T": T, "t": 4 * (1 + k % 3), "gas": ("air", "O2")[k % 2]}
        values = both(at) | {"sigma": truth(at) * (0.01 if T > 1000 else 1)}
        told = {t.name: values[t.name] for t in made.targets}
        made.record_at(at, told, phase="beta" if T > 1000 else "alpha", confirm=True)
    made.record_at({"x": 0.5, "T": 950, "t": 12, "gas": "air"}, status="failed")
    first = plan(made, runs=1)
    found = plan(made, more=True)
    assert not any("left out" in notice or "phases" in notice for notice in found.notices)
    for run in found.runs:
        assert run.cost is not None
        for each in run.suggestions:
            assert 0 < (each.chance_to_work or 0) < 1
            chances = [phase.chance for phase in each.predicted["sigma"].phases.values()]
            assert sum(chances) == pytest.approx(1)
    rows = {s.pool_row for s in first.suggestions} & {s.pool_row for s in found.suggestions}
    assert not rows


def in_runs(labels: int) -> tk.Campaign:
    """Samples of furnace runs, each with an error of its own, one candidate in two of them."""
    made, rng = campaign(0), generator(2)
    for k in range(labels):
        error = 10 ** (0.6 * rng.standard_normal())
        for x in (0.0, 0.125, 0.5):
            at = {"x": x, "T": 900 + 50 * (k % 5), "t": 4, "gas": "air"}
            made.record_at(at, {"sigma": truth(at) * error}, run=f"f{k}", confirm=True)
    return made


def test_the_model_heeds_runs_where_enough_are_labelled() -> None:
    few, many = plan(in_runs(4)), plan(in_runs(7))
    assert "run_effect" not in few.model
    assert many.model["run_effect"] > 0.9
    assert many.between_runs_by_target["sigma"].repeat == "run"
    made = in_runs(7)
    assert made.suggest(1).model["run_effect"] > 0.9
    there = made.predict({"x": 0.25, "T": 900, "t": 4, "gas": "air"})["sigma"]
    assert there.log10_sd is not None
    assert there.log10_sd > 0.2  # two runs at 900 °C do not tell more


def test_runs_count_beside_limits_and_phases_and_a_model_that_cannot_says_so() -> None:
    made, words = in_runs(7), "share its error is left out"
    at = {"x": 0.5, "T": 1000, "t": 4, "gas": "air"}
    made.record_at(at, {"sigma": 1e-9}, limits={"sigma": "below"}, phase="b", confirm=True)
    made.record_at(at | {"x": 0.375}, {"sigma": 1e-5}, phase="a", confirm=True)
    found = made.suggest(1)
    assert found.model["run_effect"] > 0.9
    assert not any(words in notice for notice in found.notices)
    assert any(words in notice for notice in made.suggest(1, strategy="isotropic").notices)


def test_results_of_one_candidate_in_two_runs_are_one_in_the_status() -> None:
    """They teach apart, and are told together."""
    made = in_runs(7)
    rows = [c for c in made.candidates() if c.state == "measured"]
    assert len(rows) == 15
    assert sorted(c.replicates for c in rows) == [1] * 9 + [2] * 6


@pytest.mark.parametrize("kind", ["large", "free"])
def test_two_goals_where_the_space_is_not_tried_whole(kind: str, monkeypatch: Any) -> None:
    """The settings of the best joint samples and others, and a notice."""
    monkeypatch.setattr(crucibles, "MOST", 100)
    steps = STEPS
    if kind == "free":
        steps = (STEPS[0], tk.Continuous(name="T", low=900, high=1100), *STEPS[2:])
    made = tk.Campaign.from_space(steps, target=TWO, cost="t + 1")
    for each in made.suggest(6, strategy="random").suggestions:
        made.record_at(each.inputs, both(each.inputs))
    found = plan(made, more=True)
    assert not found.every_setting
    assert any("too large to try every" in notice for notice in found.notices)
    for run in found.runs:
        assert len(run.suggestions) == 3
        for each in run.suggestions:
            assert run.setting.items() <= each.inputs.items()
