"""Furnace runs of a campaign: shared settings, labels, hours, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.bo.furnace import shared_settings
from tansaku.bo.furnace.effect import RunEffect
from tansaku.campaign import Campaign
from tansaku.campaign.furnace import crucibles, run_goals
from tansaku.campaign.furnace.between_runs import BetweenRuns
from tansaku.campaign.history.records import CampaignDocument
from tansaku.errors import PoolExhaustedError, SpaceError, UsageError
from tansaku.insight.why_run import LITTLE
from tansaku.space import Profile
from tests.campaign.furnace_search import GAS, STEPS, campaign, plan, truth


def test_samples_of_a_run_share_its_settings_and_differ_in_the_rest() -> None:
    found = plan(campaign())
    assert [run.run for run in found.runs] == ["r1", "r2"]
    assert (found.settings, found.every_setting) == (30, True)
    for run in found.runs:
        assert set(run.setting) == {"T", "t", "gas"}
        assert len({s.inputs["x"] for s in run.suggestions}) == 3
        for each in run.suggestions:
            assert run.setting.items() <= each.inputs.items()
            assert each.run == run.run
    assert found.expected_gain == pytest.approx(sum(r.expected_gain or 0 for r in found.runs))
    assert found.gain_unit == "decades"


def test_suggestions_are_kept_with_their_run_and_survive_the_store() -> None:
    made = campaign()
    found = plan(made)
    document = CampaignDocument.model_validate_json(made.document.model_dump_json())
    kept = tk.Campaign(document).state.open_suggestions
    assert [(s.id, s.run) for s in kept] == [(s.id, s.run) for s in found.suggestions]
    assert "run" not in made.suggest(1).suggestions[0].model_dump()
    more = plan(made, runs=1)
    assert more.runs[0].run == "r3"


def test_results_keep_the_run_that_was_planned() -> None:
    """Unless another one is told; a sample that nobody planned has none."""
    made = campaign(0)
    first, second, *_rest = plan(made).suggestions
    made.record_at(first.inputs, {"sigma": 1e-6})
    made.record_at(second.inputs, {"sigma": 1e-6}, run="tube furnace 7")
    made.record_at({"x": 0, "T": 900, "t": 4, "gas": "air"}, {"sigma": 1e-7})
    assert [m.run for m in made.state.measurements] == ["r1", "tube furnace 7", None]


def test_more_takes_what_is_under_way_into_account() -> None:
    made = campaign()
    first = plan(made, runs=1)
    second = plan(made, runs=1, more=True)
    assert not {s.pool_row for s in first.suggestions} & {s.pool_row for s in second.suggestions}
    assert len(made.state.open_suggestions) == 6


def test_the_same_seed_gives_the_same_plan() -> None:
    one, other = plan(campaign()), plan(campaign())
    assert one.document() == other.document()
    json.dumps(one.document(), allow_nan=False)


def test_a_plan_finds_the_best_firing() -> None:
    """Three weeks of two runs of three crucibles, on 150 candidates: the best is among them."""
    made = campaign(3)
    for _week in range(3):
        for each in plan(made).suggestions:
            made.record_at(each.inputs, {"sigma": truth(each.inputs)}, run=each.run)
    best = max((m.values["sigma"], m.inputs["T"], m.inputs["gas"]) for m in made.state.measurements)
    assert best[1:] == (1000.0, "O2")


def test_before_a_model_runs_are_drawn_and_say_so() -> None:
    found = plan(campaign(0))
    assert found.expected_gain is None
    assert "Drawn at random" in found.runs[0].reason
    assert found.runs[0].setting != found.runs[1].setting


def test_before_a_model_runs_follow_what_is_expected() -> None:
    spec = campaign(0).document.campaign.model_copy(update={"expect": "middle"})
    found = plan(Campaign(CampaignDocument(campaign=spec, events=campaign(0).document.events)))
    assert "where samples tell most of all others" in found.runs[0].reason
    assert found.suggestions[0].reason.kind == "start_central"


def test_reasons_in_plain_words() -> None:
    first, second = plan(campaign()).runs
    assert "expected to raise the best by" in first.reason
    assert "decades" in first.reason
    assert "beyond the runs before it" in second.reason


def test_hours_from_an_expression() -> None:
    found = plan(campaign(), hours="t + 6", available=22)
    assert [run.hours for run in found.runs] == [float(run.setting["t"]) + 6 for run in found.runs]
    assert found.hours is not None
    assert found.hours <= 22


def test_hours_may_be_used_up() -> None:
    """Three runs of 0.1 h take 0.3 h, whatever sums of binary fractions are."""
    found = plan(campaign(), runs=3, hours="0.1 + 0*t", available=0.3)
    assert [run.hours for run in found.runs] == [0.1] * 3
    with pytest.raises(UsageError, match=r"at least 0\.3 hours, and 0\.29 are"):
        plan(campaign(), runs=3, hours="0.1 + 0*t", available=0.29)


def test_the_next_best_setting_is_told_with_what_it_would_lose(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the gains that the plan has worked out for every setting."""
    seen = []
    real = run_goals.plan

    def kept(*given: Any) -> Any:
        seen.append(real(*given))
        return seen[-1]

    monkeypatch.setattr(run_goals, "plan", kept)
    runs = plan(campaign()).runs
    less = []
    for gains, setting in zip(
        seen[0].by_setting, [run.setting for run in seen[0].runs], strict=True
    ):
        less.append(1 - np.delete(gains, setting).max() / gains[setting])
    for run, share in zip(runs, less, strict=True):
        text = f"would gain {100 * share:.0f} % less." if share >= LITTLE else "About as good: "
        assert text in run.reason
    assert max(less) >= LITTLE


@pytest.mark.parametrize(
    ("larger", "repeat"), [(0.01, "sample"), (0.5, "either"), (0.85, "either"), (0.99, "run")]
)
def test_what_to_repeat_is_left_open_where_it_is_not_sure(larger: float, repeat: str) -> None:
    each = (0.1, 0.2, 0.3)
    assert BetweenRuns.of(RunEffect(each, each, 0.9, larger, 8), "decades").repeat == repeat


def test_hours_and_features_from_the_profile() -> None:
    """Up at 200 °C/h, held for t, down at 400 °C/h: by hand."""
    profile = Profile.model_validate(
        {
            "segments": [
                {"ramp": {"to": "T", "rate": 200}},
                {"hold": {"time": "t"}},
                {"cool": {"to": 25, "rate": 400}},
            ]
        }
    )
    made = campaign(profile=profile)
    for run in plan(made).runs:
        T, t = float(run.setting["T"]), float(run.setting["t"])
        assert run.hours == pytest.approx((T - 25) / 200 + t + (T - 25) / 400)
        assert run.features == {"peak_temperature": T, "total_time": pytest.approx(run.hours)}
    unshared = plan(made, shared=["T", "gas"])
    assert [(run.hours, run.features) for run in unshared.runs] == [(None, {})] * 2


def test_process_parameters_are_shared_by_default() -> None:
    """What the template does not vary is process; a declared role wins."""
    x, T, t, gas = STEPS
    aside = t.model_copy(update={"role": "other"})
    made = tk.Campaign.from_space(
        [x, T, aside, gas], template="Li(?)Y(x)Zr(2-x)(PO4)3", target="sigma", scale="log10"
    )
    assert made.space.roles == {
        "x": "composition", "T": "process", "t": "other", "gas": "process",
    }  # fmt: skip
    assert made.plan_runs(1, crucibles=2).shared == ("T", "gas")


@pytest.mark.parametrize(
    ("between", "within", "weeks", "repeat"), [(0.5, 0.02, 8, "run"), (0.0, 0.3, 8, "sample")]
)
def test_what_to_repeat(between: float, within: float, weeks: int, repeat: str) -> None:
    """Runs that shift all their samples by as much up as down, and samples that scatter by
    themselves, as much up as down in each run."""
    made = campaign(0)
    for _week in range(weeks):
        for sign, run in zip((1, -1), plan(made, strategy="random").runs, strict=True):
            off = within * np.linspace(-1.5, 1.5, len(run.suggestions))
            for each, own in zip(run.suggestions, off, strict=True):
                decades = np.log10(truth(each.inputs)) + sign * between + own
                made.record_at(each.inputs, {"sigma": 10**decades}, run=run.run, confirm=True)
    found = plan(made).between_runs_by_target["sigma"]
    assert (found.repeat, found.runs, found.unit) == (repeat, 2 * weeks, "decades")
    assert "repeat" in found.sentence()
    assert plan(campaign(6)).between_runs_by_target == {}


def test_a_table_has_runs_too() -> None:
    rows = [(T, a, np.nan) for T in (900, 950, 1000) for a in range(6)]
    frame = pd.DataFrame(rows, columns=["T", "a", "y"])
    frame.loc[[0, 7, 14, 16], "y"] = [1.0, 2.0, 3.0, 2.5]
    made = tk.Campaign.from_table(frame, inputs=["T", "a"], target="y")
    found = made.plan_runs(2, crucibles=4, shared=["T"])
    assert found.settings == 3
    for run in found.runs:
        assert (frame["T"][[s.pool_row for s in run.suggestions]] == run.setting["T"]).all()
    assert list(found.frame.columns[:4]) == ["run", "id", "pool_row", "T"]


def test_a_continuous_space_is_searched_by_settings_and_samples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With fewer of either, to be quick."""
    monkeypatch.setattr(crucibles, "SIDE", 16)
    made = tk.Campaign.from_space(
        [
            tk.Stepped(name="x", low=0, high=0.5, step=0.0625),
            tk.Continuous(name="T", low=900, high=1200, resolution=5),
            GAS,
        ],
        ["T + 200*x <= 1250"],
        target="y",
    )
    for each in made.suggest(6, strategy="random").suggestions:
        x, T = float(each.inputs["x"]), float(each.inputs["T"])
        made.record_at(each.inputs, {"y": -((x - 0.2) ** 2) - ((T - 1050) / 300) ** 2})
    found = made.plan_runs(2, crucibles=4, shared=["T", "gas"])
    assert not found.every_setting
    assert any("too large to try every" in notice for notice in found.notices)
    for run in found.runs:
        assert len({s.inputs["x"] for s in run.suggestions}) == 4
        for each in run.suggestions:
            assert float(each.inputs["T"]) % 5 == 0
            assert float(each.inputs["T"]) + 200 * float(each.inputs["x"]) <= 1250


def test_a_large_pool_is_narrowed_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a bound that a small pool exceeds."""
    for room in (crucibles, shared_settings):
        monkeypatch.setattr(room, "MOST", 500)
    wide = [tk.Stepped(name=n, low=0, high=1, step=0.125) for n in "abcd"]
    made = tk.Campaign.from_space(wide, target="y")
    for each in made.suggest(6, strategy="random").suggestions:
        made.record_at(
            each.inputs, {"y": -sum((float(v) - 0.3) ** 2 for v in each.inputs.values())}
        )
    found = made.plan_runs(1, crucibles=5, shared=["c", "d"])
    assert not found.every_setting
    assert 64 <= found.settings < 81
    assert len({s.pool_row for s in found.suggestions}) == 5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shared": ["heat"]}, "no input 'heat'"),
        ({"shared": []}, "not known what the samples of a furnace run share"),
        ({"shared": ["x", "T", "t", "gas"]}, "share every input"),
        ({"crucibles": 0}, "0 crucibles"),
        ({"runs": 0}, "0 runs"),
        ({"available": 0.0}, "0 hours are available"),
        ({"available": 40.0}, "not how long a run takes"),
        ({"hours": "x + 1"}, "depend on x, which a run does not share"),
        ({"hours": "t - 4"}, "would take 0 hours"),
        ({"hours": "t + 6", "available": 15.0}, "take at least 20 hours"),
    ],
)
def test_what_makes_no_plan_is_refused(changes: dict[str, Any], said: str) -> None:
    made = campaign(3)
    before = len(made.document.events)
    with pytest.raises(UsageError, match=said):
        plan(made, **changes)
    assert len(made.document.events) == before


def test_hours_that_cannot_be_read() -> None:
    with pytest.raises(SpaceError, match="no parameter 'tt'"):
        plan(campaign(3), hours="tt + 6")
    with pytest.raises(SpaceError, match="'gas' is a choice"):
        plan(campaign(3), hours="gas + 6")


def test_more_crucibles_than_candidates() -> None:
    with pytest.raises(PoolExhaustedError, match="no setting of T, t, gas has more than 5"):
        plan(campaign(0), crucibles=6)
    with pytest.raises(PoolExhaustedError, match="40 runs of 5 crucibles take 200 samples"):
        plan(campaign(0), runs=40, crucibles=5)
