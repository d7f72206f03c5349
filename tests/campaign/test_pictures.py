"""Pictures of campaigns show the campaign's own numbers: against records, posteriors, closed forms
and brute force."""

from __future__ import annotations

import re
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign.importance import BASE, sobol_indices
from tansaku.campaign.pictures.draw import PICTURES, Drawn, Request, draw
from tansaku.campaign.pictures.progress_picture import expected_best
from tansaku.errors import ModelError, TansakuError, UnknownNameError, UsageError
from tansaku.strategy import strategy_of
from tests.seeds import scatter

STANDARD = strategy_of("standard")


def drawn(campaign: tk.Campaign, kind: str, **more: Any) -> Drawn:
    (found,) = draw(campaign.document, [kind], Request(STANDARD, **more))
    return found


def shows(campaign: tk.Campaign, kind: str, **more: Any) -> dict[str, Any]:
    return drawn(campaign, kind, **more).shows


@pytest.fixture(scope="module")
def grid() -> tk.Campaign:
    """Twenty candidates of a hill: 11 values, a failure, a limit, a block and two suggestions."""
    x, y = (v.ravel() for v in np.meshgrid(np.arange(5) / 4, np.arange(4) / 3, indexing="ij"))
    values = 10 ** (-5 - 2 * (x - 0.5) ** 2 - (y - 0.3) ** 2 + 0.02 * scatter(20))
    values[1::2] = np.nan
    values[3] = 3e-6
    table = pd.DataFrame({"x": x, "y": y.round(3), "sigma": values})
    made = tk.Campaign.from_table(
        table, inputs=["x", "y"], target="sigma", scale="log10", unit="S/cm", name="hill"
    )
    made.record_at({"x": 0.0, "y": 0.333}, status="failed", confirm=True)
    made.record_at({"x": 1.0, "y": 1.0}, {"sigma": "<2e-7"}, confirm=True)
    made.block("x = 0.75")
    made.suggest(2)
    return made


@pytest.fixture(scope="module")
def oven() -> tk.Campaign:
    """Two numbers and a choice, with runs of a furnace."""
    made = tk.Campaign.from_space(
        [
            tk.Stepped(name="T", low=900, high=1100, step=50, unit="°C", role="process"),
            tk.Stepped(name="x", low=0, high=0.4, step=0.1),
            tk.Categorical(name="gas", values=("Ar", "air")),
        ],
        target="density",
        name="oven",
    )
    noise = scatter(10)
    for k in range(10):
        at = {"T": 900 + 50 * (k % 5), "x": (k * 3 % 5) / 10, "gas": ("Ar", "air")[k % 2]}
        value = 3 - ((at["T"] - 1000) / 100) ** 2 - 4 * (at["x"] - 0.2) ** 2 + 0.01 * noise[k]
        made.record_at(at, {"density": float(value)}, run=f"F{k // 3}", confirm=True)
    made.suggest()
    return made


def test_a_map_shows_what_the_posterior_says_of_every_candidate(grid: tk.Campaign) -> None:
    found = shows(grid, "map")
    p = grid.posterior().on_model_scale
    assert found["mean"] == pytest.approx([p.mean.min(), p.mean.max()])
    assert found["sd"] == pytest.approx([p.sd.min(), p.sd.max()])
    works = grid.posterior().chance_to_work
    assert found["chance_to_work"] == pytest.approx([works.min(), works.max()])
    assert found["inputs"] == ["x", "y"]
    assert found["candidates"] == 20
    assert (found["failed"], found["limits"], found["blocked"]) == (1, 1, 4)
    assert found["suggested"] == ["s1", "s2"]
    values = [c.values["sigma"] for c in grid.candidates() if c.values]
    assert sorted(found["measured"]) == pytest.approx(sorted(np.log10(values)))


def test_a_map_over_more_inputs_goes_through_the_best_or_where_it_is_told(
    oven: tk.Campaign,
) -> None:
    best = oven.status().best
    assert best is not None
    found = shows(oven, "map")
    assert len(found["inputs"]) == 2
    held = {name: best.inputs[name] for name in ("T", "x", "gas") if name not in found["inputs"]}
    assert found["at"] == held
    moved = shows(oven, "map", at={"gas": "air"}, over=("x", "T"))
    assert (moved["inputs"], moved["at"]) == (["x", "T"], {"gas": "air"})
    assert moved["candidates"] == 25
    points = [{"T": T, "x": x / 10, "gas": "air"} for T in range(900, 1101, 50) for x in range(5)]
    p = oven.posterior(points)
    assert moved["mean"] == pytest.approx([p.mean.min(), p.mean.max()])
    assert len(moved["measured"]) + moved["elsewhere"] == 10
    assert len(moved["measured"]) == 5


def test_slices_show_every_pair(oven: tk.Campaign) -> None:
    found = shows(oven, "slice")["slices"]
    assert {frozenset(each["inputs"]) for each in found} == {
        frozenset(pair) for pair in (("T", "x"), ("T", "gas"), ("x", "gas"))
    }
    for each in found:
        assert len(each["measured"]) + each["elsewhere"] == 10
        assert len(each["measured"]) >= 1  # the best lies on all of them


def test_a_profile_runs_through_the_best(oven: tk.Campaign) -> None:
    found = shows(oven, "profile")
    best = oven.status().best
    assert best is not None
    assert found["at"] == best.inputs
    here = oven.predict(best.inputs)["density"]
    assert here.function is not None
    for name, trace in found["targets"]["density"].items():
        value = best.inputs[name]
        place = trace["settings"].index(("Ar", "air").index(value) if name == "gas" else value)
        assert trace["mean"][place] == pytest.approx(here.mean)
        ends = trace["low"][place], trace["high"][place]
        assert ends == pytest.approx((here.function.low, here.function.high))
        assert [best.value] == pytest.approx(
            [value for setting, value in trace["measured"] if setting == trace["settings"][place]]
        )


def test_a_suggestion_has_the_largest_acquisition(grid: tk.Campaign) -> None:
    found = drawn(grid, "acquisition")
    alone = tk.Campaign(grid.document)
    (first,) = alone.suggest().suggestions
    score = grid.posterior(first.inputs).score()
    assert found.shows["score"][1] == pytest.approx(score[0], abs=1e-6)
    assert "not to be chosen" in found.figure.words


def test_parity_leaves_each_result_out_and_names_the_one_that_is_wrong() -> None:
    x = np.linspace(0, 1, 15)
    y = np.sin(5 * x)
    y[7] += 6
    made = tk.Campaign.from_table(
        pd.DataFrame({"x": x, "y": y}), inputs=["x"], target="y", name="line"
    )
    found = shows(made, "parity")
    assert found["outliers"] == ["m8"]
    others = pd.DataFrame({"x": x, "y": np.where(np.arange(15) == 7, np.nan, y)})
    without = tk.Campaign.from_table(others, inputs=["x"], target="y")
    told = without.posterior({"x": [x[7]]}).measured
    assert found["expected"][7] == pytest.approx(told.mean[0], abs=0.05)
    inside = [low <= v <= high for low, v, high in zip(found["low"], y, found["high"], strict=True)]
    assert found["inside"] == sum(inside)
    assert not inside[7]
    assert max(abs(found["expected"][i] - y[i]) for i in range(2, 13) if i != 7) < 0.2


def test_progress_shows_what_was_said_before_each_sample() -> None:
    x = np.linspace(0, 1, 9)
    table = pd.DataFrame({"x": x, "y": np.where(np.arange(9) < 3, x, np.nan)})
    made = tk.Campaign.from_table(table, inputs=["x"], target="y", name="steps")
    (first,) = made.suggest().suggestions
    made.record_at(first, {"y": 0.9})
    made.record_at({"x": 0.5}, {"y": 0.7}, confirm=True)
    made.record_at({"x": 0.625}, status="failed", confirm=True)
    found = shows(made, "progress")
    assert found["table"] == 3
    assert found["values"] == [0.0, 0.125, 0.25, 0.9, 0.7, None]
    assert found["best"] == [0.0, 0.125, 0.25, 0.9, 0.9, 0.9]
    told = first.predicted["y"]
    assert found["expected"] == [None, None, None, told.mean, None, None]
    assert (found["low"][3], found["high"][3]) == (told.low, told.high)
    assert found["failed"] == 1
    assert not found["random_is_exact"]


@pytest.mark.parametrize("goal", ["max", "min"])
def test_random_search_of_a_finished_table_is_exact(goal: str) -> None:
    values = [3.0, 1.0, 2.0, 5.0, 4.5]
    table = pd.DataFrame({"x": np.arange(5.0), "y": values})
    made = tk.Campaign.from_table(table, inputs=["x"], target="y", goal=goal)
    best = np.maximum.accumulate if goal == "max" else np.minimum.accumulate
    by_hand = np.mean([best(order) for order in permutations(values)], axis=0)
    found = shows(made, "progress")
    assert found["random"] == pytest.approx(by_hand)
    assert found["random_is_exact"]
    assert expected_best(np.sort(values)[::-1], 7)[-1] == 5.0


def test_progress_of_two_goals_is_the_hypervolume() -> None:
    table = pd.DataFrame(
        {"x": np.arange(6.0), "a": [1.0, 2, 3, 1, 2, np.nan], "b": [3.0, 2, 1, 4, 3, np.nan]}
    )
    made = tk.Campaign.from_table(
        table, inputs=["x"], target=["a:max", "b:max"], reference={"a": 0.0, "b": 0.0}
    )
    found = shows(made, "progress")
    assert found["target"] is None
    assert found["best"] == pytest.approx([3, 5, 6, 7, 8])  # rectangles on paper
    assert shows(made, "progress", target="b")["best"] == [3, 3, 3, 4, 4]


def test_trade_offs_show_limits_and_failures() -> None:
    table = pd.DataFrame({"x": np.arange(8.0), "a": np.nan, "b": np.nan})
    table.loc[:3, ["a", "b"]] = [[1, 3], [2, 2], [0.5, 1], [3, 0.2]]
    made = tk.Campaign.from_table(table, inputs=["x"], target=["a:max", "b:max:>=0.5"])
    made.record_at({"x": 5.0}, {"a": "<0.4", "b": 1.0}, confirm=True)
    made.record_at({"x": 6.0}, {"b": 0.7}, status="failed", confirm=True)
    found = drawn(made, "pareto")
    assert found.shows["best"] == [0, 1]
    assert found.shows["broken"] == [3]
    assert found.shows["limited"] == [[0.4, 1.0]]
    assert found.shows["failed"] == 1
    words = ("breaks a limit", "limit to keep", "failed: 1 (at the edge: not measured)")
    assert set(words) <= set(found.figure.words)


def test_sobol_indices_of_a_function_that_is_known() -> None:
    """2 a + b + a c on the unit cube: (2.5^2 + 0, 1, 0.25) / 12 alone, and 1/144 of a with c."""
    from scipy.stats import qmc

    shares = qmc.Sobol(6, rng=np.random.default_rng(0)).random(BASE * 16)
    first, second = np.split(shares, 2, axis=1)

    def f(p: np.ndarray) -> np.ndarray:
        return 2 * p[:, 0] + p[:, 1] + p[:, 0] * p[:, 2]

    parts = [f(first), f(second)]
    for j in range(3):
        mixed = first.copy()
        mixed[:, j] = second[:, j]
        parts.append(f(mixed))
    found_alone, found_in_all = sobol_indices(np.stack(parts)[None])
    alone = np.array([6.25, 1, 0.25]) / 12
    both = 1 / 144
    total = alone.sum() + both
    np.testing.assert_allclose(found_alone[0], alone / total, atol=0.01)
    np.testing.assert_allclose(
        found_in_all[0], (alone + np.array([both, 0, both])) / total, atol=0.01
    )


def test_importance_finds_the_input_that_does_nothing(oven: tk.Campaign) -> None:
    found = shows(oven, "importance")
    middle = dict(zip(found["inputs"], [row[0] for row in found["in_all"]], strict=True))
    assert middle["gas"] < 0.2 < middle["T"]
    for key in ("alone", "in_all"):
        for value, low, high in found[key]:
            assert 0 <= low <= value <= high <= 1


def test_runs_show_their_samples_and_what_these_share(oven: tk.Campaign) -> None:
    found = shows(oven, "runs")["runs"]
    assert [each["run"] for each in found] == ["F0", "F1", "F2", "F3"]
    assert [len(each["values"]) for each in found] == [3, 3, 3, 1]
    assert found[3]["settings"] == "1100 °C, 0.2, air"
    planned = tk.Campaign(oven.document)
    plan = planned.plan_runs(1, crucibles=2)
    last = shows(planned, "runs")["runs"][-1]
    assert last["run"] == plan.suggestions[0].run
    assert last["expected"] == pytest.approx(
        [s.predicted["density"].mean for s in plan.suggestions]
    )


def test_a_triangle_of_elements_and_of_inputs() -> None:
    x = [tk.Stepped(name=name, low=0, high=1, step=0.25) for name in ("x", "y")]
    made = tk.Campaign.from_space(
        x, ["x + y <= 1"], template="Li(3)Y(x)Er(y)Yb(1-x-y)Cl6", target="s"
    )
    for place in ((0.5, 0.25), (0.0, 1.0), (0.25, 0.25)):
        made.record_at(dict(zip("xy", place, strict=True)), {"s": sum(place)}, confirm=True)
    found = drawn(made, "ternary")
    assert set(found.shows["amounts"]) == {"Y", "Er", "Yb"}
    assert found.shows["candidates"] == 15
    assert sorted(found.shows["measured"]) == [0.5, 0.75, 1.0]
    p = made.posterior()
    assert found.shows["mean"] == pytest.approx([p.mean.min(), p.mean.max()])
    amounts = np.array([(i, j, 4 - i - j) for i in range(5) for j in range(5 - i)]) / 4
    table = pd.DataFrame(amounts, columns=["a", "b", "c"]).assign(s=scatter(15))
    listed = tk.Campaign.from_table(table, inputs=["a", "b", "c"], target="s")
    assert shows(listed, "ternary")["amounts"] == ["a", "b", "c"]


def test_arrhenius_lines_have_the_energy_that_was_put_in() -> None:
    T = np.array([25.0, 60, 100, 150])
    rows = [
        {"x": x, "T [°C]": t, "sigma": 10.0 * np.exp(-energy / (8.617333262e-5 * (t + 273.15)))}
        for x, energy in ((0.0, 0.4), (0.1, 0.3))
        for t in T
    ]
    made = tk.Campaign.from_table(
        pd.DataFrame(rows), inputs=["x", "T [°C]"], target="sigma:max:log10"
    )
    found = shows(made, "arrhenius")["conditions"]
    assert [each["condition"] for each in found] == ["x=0", "x=0.1"]
    assert [each["energy"]["value"] for each in found] == pytest.approx([0.4, 0.3])


def test_sources_are_shown_with_their_verdicts(grid: tk.Campaign) -> None:
    made = tk.Campaign(grid.document)
    older = pd.DataFrame(
        {"x": np.linspace(0, 1, 6), "y": 0.333, "sigma": 10 ** -np.arange(5.0, 11)}
    )
    made.sources.add_table(older, tk.SourceSpec(source="older"))
    found = drawn(made, "sources")
    (verdict,) = made.sources.verdicts()
    assert found.shows["sources"] == [verdict.model_dump(mode="json")]
    assert {"helps": "helps", "open": "no evidence yet", "hurts": "hurts"}[
        verdict.verdict
    ] in found.figure.words


def test_the_four_that_suit(grid: tk.Campaign, oven: tk.Campaign) -> None:
    request = Request(STANDARD)
    assert [d.kind for d in draw(grid.document, (), request)] == [
        "progress", "map", "parity", "profile",
    ]  # fmt: skip
    assert [d.kind for d in draw(oven.document, (), request)] == [
        "progress", "map", "parity", "runs",
    ]  # fmt: skip


def test_what_cannot_be_drawn_says_what_is_needed(grid: tk.Campaign) -> None:
    table = pd.DataFrame({"x": [0.0, 1, 2, 3], "y": [1.0, np.nan, np.nan, np.nan]})
    few = tk.Campaign.from_table(table, inputs=["x"], target="y")
    for kind, needed in {"map": 2, "parity": 4, "importance": 4, "profile": 2}.items():
        with pytest.raises(ModelError, match=f"at least {needed} results of 'y'; 1 are"):
            few.plot(kind)
    assert few.plot("progress").axes
    words = tk.Campaign.from_space(
        [tk.Categorical(name=name, values=("a", "b", "c")) for name in ("s", "t")], target="y"
    )
    for s, t, y in (("a", "a", 1.0), ("b", "c", 2.0), ("c", "b", 1.5)):
        words.record_at({"s": s, "t": t}, {"y": y}, confirm=True)
    with pytest.raises(UsageError, match="a number; all are choices"):
        words.plot("map")
    assert words.plot("profile").axes
    for kind, message in {
        "slice": "three inputs",
        "ternary": "same sum",
        "pareto": "two goals",
        "sources": "no older data",
        "runs": "furnace run",
        "arrhenius": "temperature",
    }.items():
        with pytest.raises(UsageError, match=message):
            grid.plot(kind)
    for more in ({"at": {"q": 1.0}}, {"at": {"x": "hot"}}, {"over": ["x"]}, {"target": "q"}):
        with pytest.raises(TansakuError):
            grid.plot("map", **more)
    with pytest.raises(UsageError, match="has no model"):
        grid.plot("map", strategy="random")
    with pytest.raises(UnknownNameError, match="'pie' is no picture"):
        grid.plot("pie")
    with pytest.raises(ModelError, match="at least 1 results"):
        draw(_empty().document, (), Request(STANDARD))


def _empty() -> tk.Campaign:
    return tk.Campaign.from_space([tk.Stepped(name="x", low=0, high=1, step=0.1)], target="y")


def test_every_picture_is_named_in_the_method() -> None:
    for kind in PICTURES:
        assert f"``{kind}``" in str(tk.Campaign.plot.__doc__)


@pytest.mark.parametrize("page", ["pictures.md", "ja/pictures.md"])
def test_every_picture_has_its_section(page: str) -> None:
    """And no section is about another one."""
    text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
    found = re.findall(r"^## ([a-z]+)", text, re.MULTILINE)
    assert sorted(found) == sorted(PICTURES)
