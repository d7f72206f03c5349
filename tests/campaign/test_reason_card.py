"""What speaks for a sample: numbers against the posterior, whatever is known and wanted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign import Campaign, CampaignDocument
from tansaku.campaign.card_words import card_lines
from tansaku.campaign.reason_card import FAINT, ReasonCard, reason_card
from tansaku.space import Goal
from tests.campaign.conftest import columns, measured, searched
from tests.seeds import scatter

GRID = pd.DataFrame([{"a": float(a), "b": float(b)} for a in range(6) for b in range(4)])


def table(*targets: str) -> pd.DataFrame:
    """A smooth value for each target, half of them measured."""
    frame = GRID.copy()
    for k, name in enumerate(targets):
        smooth = (
            3 + np.sin(frame["a"] + k) + 0.3 * frame["b"] + 0.05 * scatter(len(frame), 3 + 4 * k)
        )
        frame[name] = smooth.round(3)
    frame.loc[::2, list(targets)] = float("nan")
    return frame


def made(*targets: str) -> Campaign:
    names = [each.partition(":")[0] for each in targets]
    return Campaign.from_table(table(*names), inputs=["a", "b"], target=[*targets])


def card_of(campaign: Campaign, i: int = -1) -> ReasonCard:
    """The card of one of the last suggestions."""
    document = campaign.document
    found = reason_card(document, len(document.events), document.events[-1].suggestions[i])
    assert found is not None
    return found


def with_runs() -> Campaign:
    campaign = made("y:max")
    campaign.record_at({"a": 0.0, "b": 0.0}, {"y": "<3"}, run="R1", confirm=True)
    campaign.record_at({"a": 2.0, "b": 0.0}, {"y": 3.4}, sd={"y": 0.2}, run="R2", confirm=True)
    campaign.record_at({"a": 0.0, "b": 2.0}, {}, status="failed", why="cracked")
    return campaign


def with_older_data(lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> Campaign:
    campaign = measured(searched(), lczsp)
    campaign.sources.add_table(lyczp, columns(source="old"))
    return campaign


KINDS: dict[str, Callable[[], Campaign]] = {
    "largest": lambda: made("y:max"),
    "smallest": lambda: made("y:min:log10"),
    "matched": lambda: made("y:=3.2"),
    "two goals": lambda: made("y:max", "z:min"),
    "a goal and a limit": lambda: made("y:max", "z:<=3.5"),
    "runs, limits, failures": with_runs,
}


@pytest.fixture(params=[*KINDS, "older data"])
def campaign(request: pytest.FixtureRequest, lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> Campaign:
    """With something suggested."""
    known = KINDS.get(request.param, lambda: with_older_data(lczsp, lyczp))()
    known.suggest(n=2, seed=1)
    return known


def test_parts_add_up_to_what_the_posterior_says(campaign: Campaign) -> None:
    """The parts of the inputs sum to the difference of the means; the samples named are those
    measured; the split is that of the expected improvement."""
    pick, card = campaign.document.events[-1].suggestions[-1], card_of(campaign)
    before = len(campaign.document.events) - 1
    then = Campaign(
        campaign.document.model_copy(update={"events": campaign.document.events[:before]})
    )
    for name, each in card.targets.items():
        p = then.posterior([pick.inputs, each.best], target=name, seed=1)
        here, best = p.on_model_scale.mean
        assert each.difference == pytest.approx(here - best, abs=1e-8)
        assert sum(each.differs.values()) == pytest.approx(here - best, abs=1e-8)
        assert {*each.differs} == {k for k in pick.inputs if pick.inputs[k] != each.best[k]}
        assert each.best_mean == pytest.approx(p.mean[1])
        known = [(m.inputs, m.values.get(name)) for m in then.state.measurements]
        assert 0 < len(each.pulls) <= 3
        assert all(abs(pull.weight) >= FAINT for pull in each.pulls)
        for pull in each.pulls:
            assert any(i == pull.inputs and v is not None for i, v in known)
        weights = [abs(pull.weight) for pull in each.pulls]
        assert weights == sorted(weights, reverse=True)
    assert card.gain is not None
    assert card.gain.expected == pytest.approx(card.gain.exploiting + card.gain.exploring)
    if len(card.targets) == 1:
        strategy = tk.STRATEGIES["standard"].but(acquisition="ei", incumbent="posterior")
        whole = then.posterior([pick.inputs], strategy=strategy, seed=1)
        assert card.gain.expected * whole.chance_to_work[0] == pytest.approx(
            whole.score()[0], rel=1e-4
        )
        if campaign.targets[0].goal is not Goal.MATCH:  # of which a sure value can be worth more
            assert card.gain.exploring >= 0


def test_alternatives_and_what_comes_next_are_open(campaign: Campaign) -> None:
    """None is the sample itself, measured or under way; the safe one has the better chance."""
    pick, card = campaign.document.events[-1].suggestions[-1], card_of(campaign)
    taken = [m.inputs for m in campaign.state.measurements] + [pick.inputs]
    others = [each.inputs for each in (card.safe, card.bold) if each is not None]
    others += [each.next for each in card.next_if]
    assert all(each not in taken for each in others)
    if card.safe is not None:
        assert card.safe.chance_to_beat_best is not None
        assert pick.chance_to_beat_best is not None
        assert card.safe.chance_to_beat_best >= pick.chance_to_beat_best - 1e-6
    if campaign.space.listed:
        assert [each.quantile for each in card.next_if] == [0.1, 0.5, 0.9]
        (name, *_more) = card.targets
        values = [each.values[name] for each in card.next_if]
        assert values in (sorted(values), sorted(values, reverse=True))


def test_it_is_said_in_sentences(campaign: Campaign) -> None:
    card = card_of(campaign)
    lines = [*card_lines(card)]
    assert len(lines) == len({*lines})
    text = " ".join(lines)
    assert all(f"{name} rests most on" in text for name in card.targets)
    assert "exploring (it is unclear)" in text
    assert ("tightest limit is z <= 3.5" in text) == (card.tightest is not None)
    assert "{" not in text


def test_what_has_happened_since_changes_nothing() -> None:
    campaign = made("y:max")
    campaign.suggest(n=1, seed=0)
    number, pick = len(campaign.document.events), campaign.document.events[-1].suggestions[0]
    before = reason_card(campaign.document, number, pick)
    campaign.record_at(pick.inputs, {"y": 9.0}, confirm=True)
    campaign.block("a > 3")
    assert reason_card(campaign.document, number, pick) == before
    assert campaign.explain("s1").card == before


def test_without_a_model_there_is_no_card() -> None:
    """Of random search, and of what older versions stored without its strategy."""
    campaign = made("y:max")
    campaign.suggest(strategy="random")
    assert campaign.explain("s1").card is None
    campaign.suggest(n=1)
    whole = campaign.document.model_dump(mode="json")
    del whole["events"][-1]["asked"]
    assert Campaign(CampaignDocument.model_validate(whole)).explain("s2").card is None


def test_a_space_that_is_not_listed_names_no_other_candidates() -> None:
    """Everything else is told."""
    x, y = (tk.Continuous(name=n, low=0, high=1) for n in "xy")
    campaign = Campaign.from_space([x, y], target="v")
    points = pd.DataFrame({"x": scatter(6, 2) % 1, "y": scatter(6, 3) % 1})
    campaign.record(points.assign(v=points["x"] - points["y"] ** 2))
    campaign.suggest(n=1, seed=0)
    card = card_of(campaign)
    assert card.safe is card.bold is None
    assert card.next_if == ()
    assert card.looked_at == 0
    assert card.targets["v"].differs


def test_a_sample_far_from_all_rests_on_none() -> None:
    """What the fit finds unrelated is not named as what the prediction rests on."""
    table = {"x": [0.0, 0.3, 0.6, 1.0], "y": [1.0, 3.0, 2.0, None]}
    campaign = Campaign.from_table(table, inputs=["x"], target="y")
    (pick,) = campaign.suggest(strategy="lecture")
    assert pick.predicted["y"].mean == pytest.approx(2.0)  # that of the results: nothing is near
    card = card_of(campaign)
    assert card.targets["y"].pulls == ()
    assert "y: no measured sample is near enough to say much of it." in list(card_lines(card))
