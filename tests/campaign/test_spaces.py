"""Campaigns over spaces that their parameters span: grids, large grids, and free ones."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tansaku as tk
from tansaku.bo import deadline
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.campaign import Campaign, CampaignDocument
from tansaku.campaign.history.by_run import teaching
from tansaku.campaign.suggest import campaign_search, open_candidates
from tansaku.errors import CellError, NotInPoolError, SpaceError, UsageError
from tansaku.insight.reasons import sentence
from tansaku.space import Value
from tansaku.spec import SCHEMA
from tests.seeds import generator

Inputs = dict[str, Value]
X = tk.Stepped(name="x", low=0, high=0.375, step=0.0625)
Y = tk.Stepped(name="y", low=0, high=0.375, step=0.0625)
GAS = tk.Categorical(name="gas", values=("air", "Ar", "O2"))
HEAT = tk.Continuous(name="T", low=900, high=1200, resolution=5)
GAIN = {"air": 0.0, "Ar": 1.0, "O2": 0.3}


def strength(inputs: Inputs) -> float:
    """Best in argon, at 1010 and as much x as there is room for."""
    heat, x, gas = float(inputs["T"]), float(inputs["x"]), str(inputs["gas"])
    return GAIN[gas] + x - ((heat - 1010) / 100) ** 2


@pytest.fixture
def grid() -> Campaign:
    return Campaign.from_space([X, Y, GAS], ["x + y <= 0.5"], target="s", name="grid")


@pytest.fixture
def mixed() -> Campaign:
    return Campaign.from_space([HEAT, X, GAS], ["T + 1000*x <= 1200"], target="s", name="mixed")


def test_a_grid_is_searched_as_its_table_would_be(grid: Campaign) -> None:
    """The same candidates as a listed pool, the same picks."""
    xy = Campaign.from_space([X, Y], ["x + y <= 0.5"], target="s")
    axis = np.arange(7) * 0.0625
    rows = [(x, y) for x, y in itertools.product(axis, axis) if x + y <= 0.5]
    values = [x - y**2 if i % 5 == 0 else None for i, (x, y) in enumerate(rows)]
    table = pd.DataFrame(rows, columns=["x", "y"]).assign(s=values)
    listed = Campaign.from_table(table, inputs=["x", "y"], target="s")
    xy.record(table)
    assert xy.status().open == listed.status().open
    for seed in range(3):
        picks = [c.suggest(3, seed=seed).frame[["x", "y"]].to_numpy() for c in (xy, listed)]
        np.testing.assert_array_equal(*picks)
    label = xy.suggest().suggestions[0]
    assert label.pool_row == round(16 * float(label.inputs["x"])) * 7 + round(
        16 * float(label.inputs["y"])
    )
    assert grid.status().n_candidates == 3 * len(rows)


def test_a_grid_campaign_has_every_verb(grid: Campaign) -> None:
    first = grid.suggest(3, strategy="random")
    assert all(s.pool_row is not None for s in first.suggestions)
    states = {c.pool_row: c.state for c in grid.candidates()}
    assert sum(state == "pending" for state in states.values()) == 3
    for s in first.suggestions:
        grid.record_at(s.inputs, {"s": float(s.inputs["x"]) + GAIN[str(s.inputs["gas"])]})
    table = pd.DataFrame({"x": [0.0, 0.25], "y": [0.125, 0.1875], "gas": ["O2", "Ar"], "s": [0, 1]})
    grid.record(table)
    assert grid.status().measured == 5
    with pytest.raises(CellError, match=r"row 2, column 'gas': 'N2'.*air, Ar, O2"):
        grid.record(table.assign(gas=["O2", "N2"]))
    with pytest.raises(NotInPoolError, match=r"row 1: .*x=0\.3"):
        grid.record(table.assign(x=[0.3, 0.25]))
    assert grid.predict({"x": 0.1, "y": 0.2, "gas": "Ar"})["s"].sd > 0
    assert grid.landscape().mean.shape == (grid.status().n_candidates,)
    assert set(grid.suggest().model["hyperparameters"]["after"]["length_scales"]) == {
        "x", "y", "gas=air", "gas=Ar", "gas=O2",
    }  # fmt: skip
    grid.undo()
    assert Campaign(CampaignDocument.model_validate_json(grid.document.model_dump_json())).suggest(
        2, seed=3
    ).document() == grid.suggest(2, seed=3).document() | {"notices": []}


def test_the_loop_finds_the_best_of_a_mixed_space(mixed: Campaign) -> None:
    for k in range(11):
        found = mixed.suggest(strategy="random" if k < 4 else "standard").suggestions[0]
        assert found.pool_row is None
        mixed.record_at(found.inputs, {"s": strength(found.inputs)})
    best = mixed.status().best
    assert best is not None
    every = [
        strength({"T": heat, "x": i / 16, "gas": "Ar"})
        for heat in range(900, 1201, 5)
        for i in range(7)
        if heat + 1000 * i / 16 <= 1200
    ]
    assert best.value >= max(every) - 0.01
    assert best.inputs["gas"] == "Ar"


@settings(max_examples=4)
@given(st.integers(0, 1000), st.sampled_from([0.01, 0.003, 0.25]))
def test_suggestions_are_settable_and_keep_constraints_exactly(seed: int, step: float) -> None:
    """Shares that sum to 1, one of them limited; counted in whole steps."""
    whole = round(1 / step)
    parts = [tk.Continuous(name=n, low=0, high=whole * step, resolution=step) for n in "abc"]
    rules = [f"a + b + c = {whole * step!r}", "a <= 2*b"]
    campaign = Campaign.from_space(parts, rules, target="y")
    for strategy in ("random", "random", "random", "standard", "standard"):
        for one in campaign.suggest(2, strategy=strategy, seed=seed).suggestions:
            steps = [float(v) / step for v in one.inputs.values()]
            counts = [round(v) for v in steps]
            np.testing.assert_allclose(steps, counts, atol=1e-9)
            assert sum(counts) == whole
            assert counts[0] <= 2 * counts[1]
            campaign.record_at(one.inputs, {"y": sum(c**2 for c in counts)}, confirm=True)


def test_pending_and_measured_points_are_not_suggested_again(mixed: Campaign) -> None:
    first = mixed.suggest(3, strategy="random")
    for s in first.suggestions:
        mixed.record_at(s.inputs, {"s": strength(s.inputs)})
    one = mixed.suggest(2)
    assert mixed.status().pending == 2
    more = mixed.suggest(2, more=True)
    assert mixed.status().pending == 4
    seen = [tuple(s.inputs.values()) for f in (first, one, more) for s in f.suggestions]
    assert len(set(seen)) == 7
    assert "2 samples under way" in more.document()["suggestions"][0]["reason"]
    mixed.record_at(one.suggestions[0].inputs, {"s": 0.1})
    assert mixed.status().pending == 3
    assert [c.state for c in mixed.candidates()].count("measured") == 4
    few = Campaign.from_space([X, GAS], ["x <= 0"], target="y")
    few.record_at({"x": 0.0, "gas": "Ar"}, {"y": 1.0})
    again = few.suggest(3, strategy="random", replicate=True)
    assert any("replicate" in s["reason"] for s in again.document()["suggestions"])


def test_any_setting_can_be_recorded_and_nothing_between(mixed: Campaign) -> None:
    made = mixed.record_at({"T": 1005.0001, "x": 0.125, "gas": "O2"}, {"s": 1.0})
    assert made.measurements[0].inputs == {"T": 1005.0, "x": 0.125, "gas": "O2"}
    with pytest.raises(NotInPoolError, match=r"nearest setting is T=1005, x=0\.125, gas=O2"):
        mixed.record_at({"T": 1005, "x": 0.12, "gas": "O2"}, {"s": 1.0})
    with pytest.raises(NotInPoolError, match=r"breaks the constraint 'T \+ 1000\*x <= 1200'"):
        mixed.record_at({"T": 1100, "x": 0.125, "gas": "O2"}, {"s": 1.0})
    table = pd.DataFrame({"T": [900, 905], "x": [0, 0.0625], "gas": ["air", " Ar"], "s": [1, None]})
    mixed.record(table)
    assert mixed.status().measured == 2
    for T, s in ((1003, 1.5), (1003.4, 1.6)):  # both nearest to one setting of a continuous number
        made = mixed.record_at({"T": T, "x": 0.125, "gas": "O2"}, {"s": s})
        assert made.measurements[0].inputs["T"] == T
    assert mixed.status().measured == 4
    assert mixed.suggest(2).suggestions


def test_same_seed_same_answer_and_other_seeds_differ(mixed: Campaign) -> None:
    for s in mixed.suggest(4, strategy="random", seed=9).suggestions:
        mixed.record_at(s.inputs, {"s": strength(s.inputs)})
    found = [mixed.suggest(2, seed=seed).document()["suggestions"] for seed in (0, 0, 1)]
    plain = [[(s["inputs"], s["predicted"]) for s in each] for each in found]
    assert plain[0] == plain[1]
    assert plain[0] != plain[2]


@pytest.mark.parametrize("strategy", sorted(tk.STRATEGIES))
def test_every_strategy_searches_a_free_space(mixed: Campaign, strategy: str) -> None:
    for s in mixed.suggest(5, strategy="random").suggestions:
        mixed.record_at(s.inputs, {"s": strength(s.inputs)})
    found = mixed.suggest(2, strategy=strategy, seed=1).suggestions
    assert found[0].inputs != found[1].inputs
    for s in found:
        assert mixed.space.locate(s.inputs).row is not None


def test_a_grid_of_a_billion_is_searched_without_a_list() -> None:
    parts = [tk.Stepped(name=n, low=0, high=99, step=1) for n in "abcd"]
    gas = tk.Categorical(name="gas", values=tuple(str(i) for i in range(10)))
    campaign = Campaign.from_space([*parts, gas], target="y")
    assert campaign.status().n_candidates == 10**9

    def value(inputs: Inputs) -> float:
        return -sum((float(inputs[n]) - 37) ** 2 for n in "abcd") / 1e3 - abs(
            3 - int(inputs["gas"])
        )

    for k in range(15):
        s = campaign.suggest(strategy="random" if k < 8 else "standard").suggestions[0]
        levels = [int(float(s.inputs[n])) for n in "abcd"] + [int(s.inputs["gas"])]
        assert s.pool_row == int("".join(f"{v:02d}" for v in levels[:4]) + str(levels[4]))
        campaign.record_at(s.inputs, {"y": value(s.inputs)})
    best = campaign.status().best
    assert best is not None
    assert best.value > -1.2  # about one candidate in 130
    assert len(campaign.candidates(50)) == 65
    assert campaign.status().open == 10**9 - 15


def test_documents_of_schema_1_are_read_and_written_alike() -> None:
    """But for the number, which says what it takes to read them."""
    text = (Path(__file__).parent / "documents" / "schema_1.json").read_text(encoding="utf-8")
    campaign = Campaign(CampaignDocument.model_validate_json(text))
    written = json.loads(campaign.document.model_dump_json())
    assert written == json.loads(text) | {"schema_number": SCHEMA}
    assert campaign.status().pending == 1
    assert campaign.suggest(seed=0).suggestions[0].pool_row == 3


def test_contradictions_make_no_campaign() -> None:
    with pytest.raises(SpaceError, match="contradict"):
        Campaign.from_space([X, Y], ["x + y <= 0.1", "x - y >= 0.2"], target="s")


def test_a_time_limit_ends_with_the_best_so_far_and_says_so() -> None:
    campaign = tk.Campaign.from_space(
        [tk.Continuous(name=name, low=0, high=1) for name in "abcdef"], target="y"
    )
    rng = generator(0)
    for point in rng.random((12, 6)).round(3):
        values = dict(zip("abcdef", point.tolist(), strict=True))
        campaign.record_at(values, {"y": float(-np.square(point - 0.4).sum())})
    campaign.suggest(n=1)  # what is loaded on demand is loaded now
    found = campaign.suggest(n=1, time_limit=1e-6)
    assert len(found.suggestions) == 1
    assert any("1e-06 s was reached" in notice for notice in found.notices)
    assert not any("was reached" in n for n in campaign.suggest(n=1, time_limit=300).notices)
    with pytest.raises(UsageError, match="above 0"):
        campaign.suggest(n=1, time_limit=0)


@pytest.mark.parametrize("target", ["y", ["y", "z"]])
def test_a_time_limit_counts_the_reading_of_the_history(
    target: str | list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that runs only while the history is read, and with it the time is up: the answer says
    so, and with Thompson sampling draws no covariance any more."""
    campaign = tk.Campaign.from_space(
        [tk.Continuous(name=name, low=0, high=1) for name in "ab"], target=target
    )
    for point in generator(1).random((8, 2)).round(3):
        values = {name: float(np.sin(k + 3 * point.sum())) for k, name in enumerate("yz")}
        inputs = dict(zip("ab", point.tolist(), strict=True))
        campaign.record_at(inputs, {each.name: values[each.name] for each in campaign.targets})
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)

    def slowly(*given: object) -> object:
        clock.now += 10.0
        return teaching(*given)

    def never(*_given: object) -> None:
        raise AssertionError

    monkeypatch.setattr(deadline, "time", clock)
    monkeypatch.setattr(campaign_search, "teaching", slowly)
    if target != "y":
        monkeypatch.setattr(Posterior, "sample", never)
    for limit, late in ((5.0, True), (50.0, False)):
        found = campaign.suggest(n=2, strategy="thompson" if late else "ucb", time_limit=limit)
        assert len(found.suggestions) == 2
        assert any(f"{limit:g} s was reached" in notice for notice in found.notices) is late


def grid_of(levels: int) -> Campaign:
    """Three parameters with so many levels, and five results."""
    parts = [tk.Stepped(name=name, low=0, high=levels - 1, step=1) for name in "abc"]
    campaign = Campaign.from_space(parts, target="y")
    for i, at in enumerate(generator(1).integers(0, levels, (5, 3)).tolist()):
        campaign.record_at(dict(zip("abc", at, strict=True)), {"y": 0.1 * i * i})
    return campaign


def test_on_a_large_grid_the_first_pick_is_proved_to_be_the_best() -> None:
    campaign = grid_of(60)
    first, second = campaign.suggest(2, seed=1)
    assert first.reason.facts["at_most"] == "1"
    assert first.reason.facts["of_all"] == 60**3
    assert "No other setting has a higher acquisition value: proved." in sentence(first.reason)
    assert "at_most" not in second.reason.facts
    explained = campaign.explain(first.id, recompute=True)
    assert explained.recomputed is not None
    assert explained.recomputed.same
    # What is under way changes what is asked of it, so nothing is said.
    (third,) = campaign.suggest(1, seed=1, more=True)
    assert third.reason.facts["pending"] == 2
    assert "at_most" not in third.reason.facts


def test_what_is_not_proved_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, said in (
        (3 * 10**5, "times its acquisition value: proved."),
        (1, "That no other setting has a higher acquisition value is not proved."),
    ):
        monkeypatch.setattr(open_candidates, "PROOF", most)
        (found,) = grid_of(60).suggest(1, seed=1)
        assert said in sentence(found.reason)


def test_with_several_goals_and_in_free_spaces_nothing_is_said_of_all() -> None:
    free = [tk.Continuous(name="a", low=0, high=1), tk.Continuous(name="b", low=0, high=1)]
    campaign = Campaign.from_space(free, target="y")
    for i in range(4):
        campaign.record_at({"a": 0.3 * i, "b": 0.2 * i}, {"y": float(i)})
    assert "at_most" not in campaign.suggest(1)[0].reason.facts
    small = grid_of(5)
    assert "at_most" not in small.suggest(1)[0].reason.facts
