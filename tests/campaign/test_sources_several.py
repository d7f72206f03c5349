"""Older data for several targets: each has its own part, model and verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign import Campaign, CampaignDocument
from tansaku.errors import ModelError, TableError, UsageError
from tests.campaign.conftest import Judge

WANTED = ["sigma:max:log10", "density:max"]


def campaign(targets: list[str] | None = None, **said: Any) -> Campaign:
    a, b = (tk.Stepped(name=n, low=0, high=1, step=0.2) for n in "ab")
    return Campaign.from_space([a, b], target=targets or WANTED, name="new", **said)


def truth(rows: pd.DataFrame) -> pd.DataFrame:
    """Two properties of a and b."""
    off = (rows["a"] - 0.6) ** 2 + (rows["b"] - 0.4) ** 2
    return rows.assign(sigma=1e-5 * np.exp(-3 * off), density=0.9 - 0.3 * rows["a"])


def older(n: int = 16) -> pd.DataFrame:
    """A finished system nearby, whose values run the same way."""
    grid = np.array([(a, b) for a in (0.0, 0.33, 0.67, 1.0) for b in (0.0, 0.33, 0.67, 1.0)])
    found = truth(pd.DataFrame(grid, columns=["a", "b"]))
    return found.assign(sigma=2 * found["sigma"], density=found["density"] - 0.02).head(n)


def measured(of: Campaign, n: int) -> Campaign:
    rows = pd.DataFrame([(0.2, 0.8), (0.8, 0.2), (0.4, 0.4), (1.0, 1.0), (0.0, 0.0)])[:n]
    rows.columns = ["a", "b"]
    if n:
        of.record(truth(rows)[["a", "b", *(t.name for t in of.targets)]])
    return of


def test_each_target_has_its_part() -> None:
    made = campaign()
    told = made.sources.add_table(older(), tk.SourceSpec(source="old"))
    assert told[:2] == (
        "Source 'old': 16 measured points of 'sigma'; columns matched: a = a, b = b.",
        "It tells of another target, too: 16 measured points of 'density'.",
    )
    assert [(each.name, each.about) for each in made.sources] == [
        ("old", "sigma"),
        ("old", "density"),
    ]
    again = CampaignDocument.model_validate_json(made.document.model_dump_json())
    assert Campaign(again).state.sources == made.state.sources
    made.undo()
    assert len(made.sources) == 0


def test_every_target_predicts_as_a_campaign_of_its_own() -> None:
    """Outcomes are independent: the model of each is that of a campaign with that target alone."""
    several = measured(campaign(), 5)
    several.sources.add_table(older(), tk.SourceSpec(source="old"))
    at = {"a": 0.6, "b": 0.6}
    found = several.predict(at)
    verdicts = {v.target: v for v in several.sources.verdicts()}
    for target in WANTED:
        name = target.partition(":")[0]
        alone = measured(campaign([target]), 5)
        alone.sources.add_table(older(), tk.SourceSpec(source="old"))
        assert alone.predict(at)[name] == found[name]
        (verdict,) = alone.sources.verdicts()
        assert verdict.model_copy(update={"target": name}) == verdicts[name]


def test_targets_of_which_nothing_is_told_learn_alone() -> None:
    """And that is said; older values of the other one do not move their predictions."""
    at = {"a": 0.6, "b": 0.6}
    plain = measured(campaign(), 4).predict(at)
    for table in (
        older().drop(columns="density"),
        older().assign(density=[0.8, 0.9] + [None] * 14),
    ):
        made = measured(campaign(), 4)
        told = made.sources.add_table(table, tk.SourceSpec(source="old"))
        assert any("'old' tells nothing of density" in text for text in told)
        found = made.predict(at)
        assert found["density"] == plain["density"]
        assert found["sigma"] != plain["sigma"]
        assert [v.target for v in made.sources.verdicts()] == ["sigma"]


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_suggestions_from_few_results_on(n: int) -> None:
    """Older data stand in for results that are not there yet, for every target."""
    made = measured(campaign(), n)
    made.sources.add_table(older(), tk.SourceSpec(source="old"))
    found = made.suggest(2, seed=1)
    assert {v.target for v in found.sources} == {"sigma", "density"}
    assert {v.measured for v in found.sources} == {n}
    assert all(set(s.predicted) == {"sigma", "density"} for s in found.suggestions)
    if n == 0:
        assert {s.reason.kind for s in found.suggestions} == {"from_sources"}
        assert {s.chance_to_beat_best for s in found.suggestions} == {None}
        row = found.suggestions[0].inputs
        assert found.suggestions[0].predicted["density"].mean == pytest.approx(
            0.88 - 0.3 * float(row["a"]), abs=0.1
        )
    event = made.document.events[-1]
    assert event.kind == "suggested"
    assert event.sources == found.sources


def test_one_target_waits_for_results_without_older_data() -> None:
    """Nothing tells of the density: the first samples are random, and predict says why."""
    made = campaign()
    made.sources.add_table(older().drop(columns="density"), tk.SourceSpec(source="old"))
    found = made.suggest(1)
    assert found.suggestions[0].reason.kind == "start_random"
    with pytest.raises(ModelError, match="Nothing is measured of 'density' yet"):
        made.predict({"a": 0.6, "b": 0.6})


def test_a_campaign_tells_of_its_targets() -> None:
    old = campaign(["rho:max", "s:max:log10"])
    old.record(older().rename(columns={"density": "rho", "sigma": "s"}).iloc[[0, 12, 15]])
    fine = old.document.model_copy(
        update={"campaign": old.document.campaign.model_copy(update={"name": "old"})}
    )
    made = campaign()
    with pytest.raises(UsageError, match=r"none of the targets sigma, density.*Found: rho, s"):
        made.sources.add_campaign(fine)
    with pytest.raises(UsageError, match=r"which target 's' of the source.*sigma=s"):
        made.sources.add_campaign(fine, tk.SourceSpec(target="s"))
    told = made.sources.add_campaign(fine, tk.SourceSpec(target={"density": "rho", "sigma": "s"}))
    assert "3 measured points of 's = sigma'" in told[0]
    assert [each.target for each in made.sources] == ["s", "rho"]
    made.sources.add_campaign(fine, tk.SourceSpec(target={"density": "rho"}))
    assert [each.about for each in made.sources] == ["density"]


@pytest.mark.parametrize(
    ("columns", "factor", "error", "part"),
    [
        ({"strength": "z"}, None, UsageError, r"no target 'strength'.*sigma, density"),
        ({"sigma": ""}, None, UsageError, "nothing stands behind it"),
        ("density2", None, UsageError, "which target 'density2'"),
        ({"sigma": "sigma", "density": "few"}, None, TableError, "2 measured points of 'few'"),
        ({"sigma": "sigma", "density": "same"}, None, TableError, "'same' are equal"),
        ("", 0.001, UsageError, r"which of sigma, density.*sigma=0.001"),
        ("sigma", {"density": 2.0}, UsageError, "tells nothing of a target 'density'"),
    ],
)
def test_what_is_refused(columns: Any, factor: Any, error: type, part: str) -> None:
    table = older().assign(few=[0.8, 0.9, *[np.nan] * 14], same=0.5)
    made = campaign()
    before = made.document
    with pytest.raises(error, match=part):
        made.sources.add_table(
            table, tk.SourceSpec(inputs=("a", "b"), target=columns, factor=factor)
        )
    assert made.document == before


def test_units_are_asked_for_each_target() -> None:
    made = measured(campaign(), 3)
    table = older()
    table["sigma"] *= 1000
    with pytest.raises(UsageError, match=r"values of 'sigma' in the source are of another size"):
        made.sources.add_table(table, tk.SourceSpec(source="old"))
    told = made.sources.add_table(table, tk.SourceSpec(source="old", factor={"sigma": 0.001}))
    assert "Its values of 'sigma' are multiplied by 0.001." in told
    first, second = made.sources
    np.testing.assert_allclose(first.values, older()["sigma"])
    np.testing.assert_allclose(second.values, older()["density"])


def test_results_of_either_target_count_once() -> None:
    made = measured(campaign(), 3)
    own = truth(pd.DataFrame({"a": [0.2], "b": [0.8]}))
    table = pd.concat([older(), own.assign(sigma=3e-6)], ignore_index=True)
    with pytest.raises(TableError, match="rows of the target itself"):
        made.sources.add_table(table, tk.SourceSpec(source="old"))


def test_probes_tell_of_all_targets(judge: Judge) -> None:
    judge("open", 0.6, 0.1)
    made = measured(campaign(), 4)
    made.sources.add_table(older(), tk.SourceSpec(source="old"))
    notices = made.suggest(1).notices
    assert sum("'suggest --probe' suggests it" in each for each in notices) == 1
    found = made.suggest(2, probe=True)
    assert {s.reason.kind for s in found.suggestions} == {"probe"}
    free = [c.pool_row for c in made.candidates() if c.state == "open" or c.state == "pending"]
    assert {s.pool_row for s in found.suggestions} == set(free[3:5])


def test_words_name_the_target(judge: Judge) -> None:
    judge("hurts", 0.04, -0.5)
    made = measured(campaign(), 4)
    made.sources.add_table(older(), tk.SourceSpec(source="old"))
    words = [each["words"] for each in made.suggest(1).document()["sources"]]
    assert words[0].startswith("Older data 'old' (sigma) hurt")
    assert words[1].startswith("Older data 'old' (density) hurt")


def test_plans_of_furnace_runs_use_them_and_say_so() -> None:
    made = campaign()
    made.sources.add_table(older(), tk.SourceSpec(source="old"))
    found = made.plan_runs(crucibles=2, shared=["b"])
    assert {v.target for v in found.sources} == {"sigma", "density"}
    assert all(set(s.predicted) == {"sigma", "density"} for s in found.suggestions)
    assert any(text.startswith("Nothing is measured of sigma, density") for text in found.notices)
    event = made.document.events[-1]
    assert event.kind == "suggested"
    assert event.sources == found.sources
