"""Suggestions chosen once more from the log: the same, whatever has happened since."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tansaku.campaign import Campaign, CampaignDocument
from tansaku.campaign.recompute import recomputed
from tansaku.errors import UsageError
from tansaku.services.exchange import import_
from tansaku.services.explain import explain
from tansaku.services.suggest_samples import suggest
from tansaku.store import open_store
from tansaku.strategy import STRATEGIES
from tests.campaign.conftest import columns, measured, searched
from tests.seeds import generator

OWN = STRATEGIES["standard"].but(acquisition="ucb", beta=1.0)
GRID = [{"a": float(a), "b": float(b)} for a in range(6) for b in range(4)]


def plain(*targets: str) -> Campaign:
    """Half of a small table, with a limit, a failure, an sd and a run."""
    rng = generator(0)
    frame = pd.DataFrame(GRID)
    for target in targets:
        frame[target] = rng.uniform(1, 2, len(GRID)).round(3)
    frame.loc[::2, list(targets)] = float("nan")
    made = Campaign.from_table(frame, inputs=["a", "b"], target=[f"{t}:max" for t in targets])
    made.record_at(GRID[0], {targets[0]: "<1.1"}, confirm=True)
    made.record_at(GRID[2], {}, status="failed", why="cracked")
    made.record_at(GRID[4], dict.fromkeys(targets, 1.5), sd={targets[0]: 0.2}, run="R1")
    return made


def with_sources(lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> Campaign:
    """Two systems."""
    made = measured(searched(), lczsp)
    made.sources.add_table(lyczp, columns(source="old"))
    return made


ASKED: dict[str, Callable[[Campaign], object]] = {
    "one": lambda c: c.suggest(n=2, seed=3),
    "conditions": lambda c: c.suggest(fixed={"a": 2.0}, among="b <= 2", more=True, by="Sato"),
    "replicate": lambda c: c.suggest(n=2, replicate=True, strategy="lecture"),
    "own strategy": lambda c: c.suggest(strategy=OWN, seed=1),
    "plan": lambda c: c.plan_runs(2, crucibles=2, shared=["a"]),
}


def see(made: Campaign, number: int) -> None:
    """The event is the same once more, also out of the file that the campaign becomes."""
    text = made.document.model_dump_json()
    found = recomputed(CampaignDocument.model_validate_json(text), number)
    assert found.differs == ()
    assert found.versions == {}
    stored = [each.inputs for each in made.document.events[number - 1].suggestions]
    assert [each.inputs for each in found.suggestions] == stored


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("targets", [("y",), ("y", "z")])
def test_what_was_chosen_is_chosen_again(targets: tuple[str, ...], asked: str) -> None:
    made = plain(*targets)
    ASKED[asked](made)
    number = len(made.document.events)
    chosen = made.state.open_suggestions[-1]
    made.record_at(chosen.inputs, dict.fromkeys(targets, 1.9), confirm=True)
    made.entries.mark([made.state.measurements[0].id], "excluded", why="wet")
    see(made, number)
    made.undo()
    made.undo()
    made.undo()
    see(made, number)


def test_older_data_are_asked_as_they_were(lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> None:
    made = with_sources(lczsp, lyczp)
    made.suggest(n=1)
    number = len(made.document.events)
    made.sources.remove("old")
    see(made, number)


def test_a_changed_number_and_another_version_are_told() -> None:
    made = plain("y")
    made.suggest(n=2)
    whole = made.document.model_dump(mode="json")
    event = whole["events"][-1]
    event["suggestions"][1]["chance_to_beat_best"] += 1e-3
    event["asked"]["versions"]["torch"] = "0.1"
    found = recomputed(CampaignDocument.model_validate(whole), len(whole["events"]))
    assert found.differs == ("s2.chance_to_beat_best",)
    assert found.versions["torch"][0] == "0.1"


def test_what_lacks_its_strategy_says_so(tmp_path: Path) -> None:
    made = plain("y")
    made.suggest(n=1)
    whole = made.document.model_dump(mode="json")
    del whole["events"][-1]["asked"]
    old = CampaignDocument.model_validate(whole)
    with pytest.raises(UsageError, match="stored without its strategy"):
        recomputed(old, len(old.events))
    with pytest.raises(UsageError, match="holds no suggestions"):
        recomputed(old, 1)
    assert "asked" not in old.model_dump(mode="json")["events"][-1]


def test_the_service_tells_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'lab.db'}"
    made = plain("y")
    file = tmp_path / "lab.json"
    file.write_text(made.document.model_dump_json(), encoding="utf-8")
    import_(url, file, name="lab")
    suggest(url, "lab", 2)
    told = explain(url, "lab", "s2", recompute=True).document()["recomputed"]
    assert told["same"] is True
    assert explain(url, "lab", "s2").document()["recomputed"] is None
    with open_store(url) as opened:
        assert len(opened.load("lab").events) == len(made.document.events) + 1
