"""Phases that the lab tells: which labels are one, what the model makes of them, what is said."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tansaku import Campaign
from tansaku.campaign.history.phase_names import phases_of
from tansaku.campaign.history.records import CampaignDocument
from tansaku.campaign.history.state import history_of
from tansaku.campaign.results.result_outliers import doubts_of
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.insight.reasons import sentence
from tansaku.space import Continuous
from tansaku.strategy import STRATEGIES
from tests.seeds import generator

SPELLINGS = ("alpha", "α", "α相", "Ａｌｐｈａ", "ALPHA phase")


def value(x: float, z: float) -> float:
    """Alpha up to x = 3; beta, a decade and a half poorer, beyond."""
    return 10 ** (0.1 * x + 0.2 * math.sin(z) - (1.5 if x > 3 else 0) - 5)


@pytest.fixture
def campaign() -> Campaign:
    """49 candidates, every third measured with its phase, alpha written in five ways."""
    rows = []
    for i, (x, z) in enumerate((x, z) for x in range(7) for z in range(7)):
        shown = i % 3 == 0
        phase = "beta" if x > 3 else SPELLINGS[i % 5]
        rows.append((x, z, value(x, z) if shown else math.nan, phase if shown else None))
    table = pd.DataFrame(rows, columns=["x", "z", "y", "相"])
    return Campaign.from_table(table, inputs=["x", "z"], target="y", scale="log10")


def history(campaign: Campaign):
    return history_of(campaign.document.campaign, campaign.state)


def test_a_column_of_phases_is_read_and_every_spelling_is_one(campaign: Campaign) -> None:
    found = history(campaign).phases
    assert found is not None
    assert dict(found.names) == {"alpha": "alpha", "beta": "beta"}
    x = found.matrix[:, 0]
    np.testing.assert_array_equal(found.of, (x > 3).astype(int))
    np.testing.assert_array_equal(found.values, found.of)


def test_what_is_expected_is_told_phase_by_phase(campaign: Campaign) -> None:
    """In each phase near the truth of that phase, and the chances follow the samples."""
    expected = campaign.predict({"x": 5, "z": 1})["y"]
    assert list(expected.phases) == ["alpha", "beta"]
    alpha, beta = expected.phases["alpha"], expected.phases["beta"]
    assert alpha.chance + beta.chance == pytest.approx(1)
    assert beta.chance > 0.8
    assert math.log10(beta.mean / value(5, 1)) == pytest.approx(0, abs=0.2)
    assert math.log10(alpha.mean / beta.mean) == pytest.approx(1.5, abs=0.5)
    assert beta.low < beta.mean < beta.high
    between = campaign.predict({"x": 3.5, "z": 1})["y"]
    chances = [each.chance for each in between.phases.values()]
    assert min(chances) > 0.2
    # A draw from both laws lies in the interval as often as it says.
    rng = generator(0)
    laws = [
        (math.log10(each.mean), math.log10(each.high / each.low) / (2 * 1.959964))
        for each in between.phases.values()
    ]
    which = rng.choice(2, p=chances, size=20_000)
    mean, sd = np.array(laws)[which].T
    drawn = 10 ** rng.normal(mean, sd)
    assert ((drawn < between.low).mean(), (drawn > between.high).mean()) == pytest.approx(
        (0.025, 0.025), abs=0.005
    )
    found = campaign.suggest(n=2, seed=0)
    one = found.suggestions[0]
    chances = {name: each.chance for name, each in one.predicted["y"].phases.items()}
    assert sum(chances.values()) == pytest.approx(1)
    likeliest = max(chances, key=lambda name: chances[name])
    assert f"Phase expected: {likeliest} (" in sentence(one.reason)
    again = CampaignDocument.model_validate_json(campaign.document.model_dump_json())
    assert again == campaign.document
    assert set(found.document()["suggestions"][0]["predicted"]["y"]["phases"]) == set(chances)


def test_without_two_phases_nothing_changes(campaign: Campaign) -> None:
    """No label, one label and more labels than samples can tell give the same answers."""
    document = campaign.document
    created = document.events[0]
    plain = None
    for label in (None, "alpha", "many"):
        told = tuple(
            m.model_copy(update={"phase": f"p{i}" if label == "many" else label})
            for i, m in enumerate(created.measurements)
        )
        event = created.model_copy(update={"measurements": told})
        one = Campaign(document.model_copy(update={"events": (event,)}))
        assert history(one).phases is None
        found = one.suggest(seed=3).suggestions[0]
        assert found.predicted["y"].phases == {}
        assert one.predict({"x": 5, "z": 1})["y"].phases == {}
        plain = plain or found.model_dump()
        assert found.model_dump() == plain


def test_labels_of_replicates_failures_and_excluded_results(campaign: Campaign) -> None:
    """A replicate without a label has that of its candidate; replicates of two phases stay apart;
    a failed sample tells its phase; an excluded one tells nothing."""
    spec = campaign.document.campaign
    campaign.record_at({"x": 0, "z": 0}, {"y": 2e-5}, confirm=True)
    campaign.record_at({"x": 0, "z": 3}, {"y": 1e-7}, phase="beta", confirm=True)
    campaign.record_at({"x": 1, "z": 0}, status="failed", why="cracked", phase="beta", confirm=True)
    campaign.record_at({"x": 1, "z": 3}, {"y": 1e-8}, limits={"y": "below"}, confirm=True)
    campaign.record_at({"x": 1, "z": 4}, {"y": 1e-5}, phase="gamma", confirm=True)
    campaign.entries.mark([campaign.state.measurements[-1].id], "excluded")
    found = history_of(spec, campaign.state)
    assert found.phases is not None
    assert list(found.phases.names) == ["alpha", "beta"]
    assert found.counts[found.candidates.index(0)] == 2
    at = [i for i, each in enumerate(found.candidates) if each == 3]
    assert sorted(found.phases.values[at].tolist()) == [0, 1]
    assert found.phases.limits.tolist() == [-1]
    told = dict(zip(found.phases.candidates, found.phases.of.tolist(), strict=True))
    assert told[7] == 1
    labels = phases_of(campaign.state.measurements)
    assert "gamma" not in labels.values()
    reason = sentence(campaign.suggest(seed=0).suggestions[0].reason)
    for words in ("Failed samples taken into account: 1.", "Phase expected: ", "as a limit: 1;"):
        assert words in reason


def test_a_doubtful_result_is_held_to_its_own_phase(campaign: Campaign) -> None:
    """A beta sample as good as alpha ones: what the other beta samples say is expected of it."""
    campaign.record_at({"x": 5, "z": 3}, {"y": 30 * value(5, 3)}, phase="beta", confirm=True)
    doubted = doubts_of(campaign.document.campaign, campaign.state, STRATEGIES["standard"], 0)
    assert [each.inputs for each in doubted] == [{"x": 5.0, "z": 3.0}]
    assert doubted[0].expected == pytest.approx(value(5, 3), rel=0.5)


def test_phases_are_heeded_for_several_goals_and_beside_older_data() -> None:
    """A sample's phase is the same for all goals, and older data may be of any."""
    table = pd.DataFrame(
        {"x": [0.0, 1, 2, 3, 4], "a": [1.0, 2, 3, 1, None], "b": [2.0, 1, 0, 1, None],
         "phase": ["alpha", "alpha", "beta", "beta", None]}
    )  # fmt: skip
    older = pd.DataFrame({"x": [0.0, 1, 2, 3, 4], "a": [1.1, 2.1, 3.2, 1.2, 0.2]})
    several = Campaign.from_table(table, inputs=["x"], target=["a:max", "b:max"])
    sourced = Campaign.from_table(table, inputs=["x"], target="a:max")
    sourced.sources.add_table(older, SourceSpec(source="older"))
    for made in (several, sourced):
        (found,) = made.suggest(seed=0).suggestions
        chances = [
            [phase.chance for phase in predicted.phases.values()]
            for predicted in found.predicted.values()
        ]
        assert all(sum(each) == pytest.approx(1) for each in chances)
        assert all(each == chances[0] for each in chances)
        assert "Phase expected: " in sentence(found.reason)


@pytest.mark.parametrize("strategy", ["standard", "thompson"])
def test_in_a_space_that_is_not_listed(strategy: str) -> None:
    """Settings of two numbers, searched freely: the climb heeds phases, too."""
    parameters = [Continuous(name="x", low=0, high=6), Continuous(name="z", low=0, high=6)]
    campaign = Campaign.from_space(parameters, target="y", scale="log10")
    for x, z in ((0, 1), (1, 5), (2, 3), (3, 0), (4, 2), (5, 5), (6, 1), (2, 6)):
        phase = "beta" if x > 3 else "alpha"
        campaign.record_at({"x": x, "z": z}, {"y": value(x, z)}, phase=phase, confirm=True)
    found = campaign.suggest(n=2, seed=0, strategy=strategy)
    for each in found.suggestions:
        phases = each.predicted["y"].phases
        assert sum(phase.chance for phase in phases.values()) == pytest.approx(1)
    if strategy == "standard":
        assert found.suggestions[0].predicted["y"].phases["alpha"].chance > 0.5
