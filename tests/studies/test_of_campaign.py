"""Studies of campaigns, with the older data that they have attached."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.bo import engine
from tansaku.campaign import Campaign
from tansaku.campaign.history.state import State
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.campaign.suggest.candidates import Streams, whole_pool
from tansaku.design import Ints
from tansaku.errors import TableError, UsageError
from tansaku.strategy import STRATEGIES
from tansaku.studies import of_campaign, replay
from tansaku.studies.checkpoint import fingerprint
from tansaku.studies.history_search import HistorySearch
from tansaku.studies.of_campaign import history_search
from tests.campaign.conftest import finished, measured, searched

HOW: dict[str, Any] = {"strategies": ["alone", "standard"], "runs": 2, "start": 2, "steps": 4}


def test_a_campaign_is_studied_with_its_older_data(
    lyczp: pd.DataFrame, lczsp: pd.DataFrame
) -> None:
    """The same source as in a study of the table of its results."""
    campaign = measured(searched(), lczsp, step=4)
    campaign.sources.add_campaign(finished(lyczp).document)
    found = tk.study_campaign(campaign, **HOW)
    rows = lczsp.dropna()[::4].rename(columns={"x_Si": "x", "y_Ca": "y"})
    again = tk.study(
        rows,
        inputs=["x", "y"],
        target="sigma_S_cm",
        scale="log10",
        template="Li(?)Ca(y)Zr(2-y)Si(x)P(3-x)O12",
        sources=[tk.Older(finished(lyczp).document)],
        **HOW,
    )
    assert found.n_candidates == 11
    assert found.document()["sources"] == again.document()["sources"]
    assert [s.uses_source for s in found.strategies] == [False, True]


def test_what_was_measured_since_is_no_source(lyczp: pd.DataFrame, lczsp: pd.DataFrame) -> None:
    """A row of the source that the campaign then repeats, value and all, would tell the answer."""
    campaign = measured(searched(), lczsp)
    older = pd.DataFrame({"x": [0.1, 0.2, 0.3], "y": [0.1, 0.2, 0.0], "s": [1e-6, 2e-6, 3e-6]})
    campaign.sources.add_table(
        older, tk.SourceSpec(inputs=("x", "y"), target="s", match=("names",), source="older")
    )
    campaign.record_at({"x": 0.1, "y": 0.1}, {"sigma_S_cm": 1e-6})
    with pytest.raises(TableError, match=r"rows of the target itself.*x=0.1"):
        tk.study_campaign(campaign, **HOW)


def test_a_campaign_without_results_is_no_study() -> None:
    with pytest.raises(UsageError, match="'new' has 0 measured samples"):
        tk.study_campaign(searched(), **HOW)


def several() -> Campaign:
    a, b = (tk.Stepped(name=n, low=0, high=1, step=0.25) for n in "ab")
    made = Campaign.from_space([a, b], target=["y:max", "z:max"], name="two")
    rows = pd.DataFrame([(x, w) for x in (0, 0.5, 1) for w in (0, 0.25, 1)], columns=["a", "b"])
    made.record(rows.assign(y=1 - (rows["a"] - 0.5) ** 2, z=rows["b"] - 0.5 * rows["a"]))
    return made


def test_several_targets_use_older_data_each() -> None:
    """And the same in a table; without any the search is the one without."""
    grid = pd.DataFrame([(x, w) for x in (0.1, 0.6, 0.9) for w in (0.2, 0.7)], columns=["a", "b"])
    older = grid.assign(y=1.1 - (grid["a"] - 0.5) ** 2, z=grid["b"] - 0.4 * grid["a"])
    campaign = several()
    plain = tk.study_campaign(campaign, **HOW)
    campaign.sources.add_table(older, tk.SourceSpec(source="older"))
    found = tk.study_campaign(campaign, **HOW)
    document = found.document()
    assert [each["about"] for each in document["sources"]] == ["y", "z"]
    assert [each["uses_source"] for each in document["strategies"]] == [False, True]
    np.testing.assert_array_equal(found.strategies[0].picks, plain.strategies[0].picks)
    of_table = tk.study(
        pd.DataFrame([m.inputs | m.values for m in campaign.state.measurements]),
        inputs=["a", "b"],
        target=["y:max", "z:max"],
        sources=[tk.Older(older)],
        **HOW,
    )
    for one, other in zip(of_table.strategies, found.strategies, strict=True):
        np.testing.assert_array_equal(one.picks, other.picks)
    assert of_table.table.volume == pytest.approx(found.table.volume)
    assert plain.document()["sources"] == []


ASKED = STRATEGIES["standard"].model_copy(update={"start_samples": 1})
ORDER = [0, 7, 3, 11, 14, 5, 9, 1, 12, 6, 2, 13, 4, 10, 8]
SETTINGS = [(x, w) for x in (0.0, 0.25, 0.5, 0.75, 1.0) for w in (0.0, 0.25, 0.5)]


def eventful(goals: int, limited: bool = True) -> Campaign:
    """Fifteen candidates, all made in ``ORDER``: a failure, a limit, sds, replicates, phases, and
    furnace runs of three samples each."""
    a, b = (tk.Stepped(name=n, low=0, high=h, step=0.25) for n, h in (("a", 1), ("b", 0.5)))
    made = Campaign.from_space([a, b], target=["y:max", "z:min"][:goals], name="all")
    for i, place in enumerate(ORDER):
        x, w = SETTINGS[place]
        details: dict[str, Any] = {"phase": "alpha" if x < 0.6 else "beta", "run": f"r{i // 3}"}
        y, at = np.sin(3 * x) + w + 2 * (x > 0.6), {"a": x, "b": w}
        values: dict[str, Any] = {"y": y, "z": y * w - x}
        values = {name: values[name] for name in ("y", "z")[:goals]}
        if i == 4:
            made.record_at(at, status="failed", **details)
        elif i == 6 and limited:
            made.record_at(at, values | {"y": "<4"}, **details)
        else:
            made.record_at(at, values, sd={"y": 0.1} if i % 3 == 1 else None, **details)
        if i == 2:
            made.record_at(at, {k: v + 0.05 for k, v in values.items()}, run="r4")
    return made


def search_of(campaign: Campaign, kind: type[HistorySearch] = HistorySearch) -> HistorySearch:
    """A replay of what it has measured."""
    spec, state = campaign.document.campaign, campaign.state
    return history_search(spec, state, ASKED, samples=15, seed=0, kind=kind)


def as_it_stood(campaign: Campaign, candidates: int) -> Campaign:
    """After the results of so many candidates."""
    events = campaign.document.events
    order = list(dict.fromkeys(m.candidate for m in campaign.state.measurements))
    known = {m.id for m in campaign.state.measurements if m.candidate in order[:candidates]}
    kept = [e for e in events if not {m.id for m in getattr(e, "measurements", ())} - known]
    return Campaign(campaign.document.model_copy(update={"events": tuple(kept)}))


@pytest.mark.parametrize("goals", [1, 2])
def test_a_replay_knows_what_a_suggestion_would(goals: int) -> None:
    """Bit for bit, at every number of samples, and so it picks the same."""
    campaign = eventful(goals)
    search, picks = search_of(campaign), np.array(ORDER)
    for n in (2, 5, 7, 9, 13, 14):
        then = as_it_stood(campaign, n)
        spec, state = then.document.campaign, then.state
        whole, live = whole_pool(spec, state), CampaignSearch.of(spec, state, ASKED)
        taken = whole.mask(state.measured)[None]
        there = live.joint(whole, taken, np.empty((1, 0), dtype=np.int64))
        here = search.joint(picks[:n])
        assert fingerprint(here.outcomes) == fingerprint(there.outcomes)
        assert fingerprint([here.X, here.y, *here.wants]) == fingerprint(
            [there.X, there.y, *there.wants]
        )
        stream = Streams.of(0, live.histories[live.most_measured], 0)
        answer = engine.propose(here, ASKED, 1, [stream.model()])
        (found,) = then.suggest(1, strategy=ASKED).suggestions
        assert found.pool_row == answer.picks[0, 0]
        if found.predicted:
            expected = spec.targets[0].in_unit(float(answer.mean[0, 0, 0]))
            assert found.predicted["y"].mean == pytest.approx(expected, rel=1e-9)


def test_everything_is_revealed_as_what_it_is() -> None:
    """A failure, a limit, an sd, the scatter of replicates, phases and furnace runs, each when its
    sample is made and not before."""
    search, picks = search_of(eventful(1)), np.array(ORDER)

    def seen(n: int) -> Any:
        return search.joint(picks[:n]).outcomes[0]

    assert seen(4).tried is None
    assert (~seen(5).tried.worked).sum() == 1
    assert seen(6).limits is None
    limit = seen(7).limits
    assert (limit.bound.tolist(), limit.side.tolist()) == ([[4.0]], [[-1.0]])
    assert seen(7).measured == 5
    assert seen(1).noise is None
    assert seen(2).noise[0].tolist() == [0.0, pytest.approx(0.01)]
    assert seen(2).counts.tolist() == [[1.0, 1.0]]
    assert seen(3).counts.max() == 2.0
    assert seen(3).phases is None  # alpha alone
    assert (seen(4).phases.number, seen(4).phases.of.tolist()) == (2, [[0, 0, 0, 0, 1]])
    assert seen(5).runs is None
    assert len(set(seen(15).runs[0].tolist())) == 5


@pytest.mark.parametrize("goals", [1, 2])
def test_runs_that_know_different_things_go_together(
    goals: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a run picks does not depend on which others there are."""
    campaign, how = eventful(goals), {"strategies": "standard", "runs": 6, "start": 3, "steps": 9}
    together = tk.study_campaign(campaign, **how).strategies[0].picks
    monkeypatch.setattr(replay, "MOST_RUNS", 1)
    alone = tk.study_campaign(campaign, **how).strategies[0].picks
    np.testing.assert_array_equal(together, alone)


def test_plain_results_go_in_lock_step_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    how = {"strategies": ["random", "standard"], "runs": 4, "start": 2, "steps": 7}
    quick = tk.study_campaign(several(), **how)
    monkeypatch.setattr(of_campaign, "plain", lambda *_: False)
    whole = tk.study_campaign(several(), **how)
    for one, other in zip(quick.strategies, whole.strategies, strict=True):
        np.testing.assert_array_equal(one.picks, other.picks)
        for name in one.curves:
            np.testing.assert_array_equal(one.curves[name].mean, other.curves[name].mean)


class WithoutFailures(HistorySearch):
    """Failed samples are not made again, and that is all."""

    def known(self, picks: Ints) -> State:
        state = HistorySearch.known(self, picks)
        kept = tuple(m for m in state.measurements if m.counts)
        return replace(state, measurements=kept)


def test_failures_teach_in_a_study() -> None:
    """Values rise towards settings at which samples melt: fewer are made there, from every first
    sample."""
    a, b = (tk.Stepped(name=n, low=0, high=1, step=0.2) for n in "ab")
    campaign = Campaign.from_space([a, b], target="y:max", name="melting")
    grid = [(x, w) for x in np.linspace(0, 1, 6) for w in np.linspace(0, 1, 6)]
    for x, w in grid:
        if x > 0.5:
            campaign.record_at({"a": x, "b": w}, status="failed")
        else:
            campaign.record_at({"a": x, "b": w}, {"y": x + 0.3 * np.sin(4 * w)})
    melted = np.array([x > 0.5 for x, _w in grid])
    begin = np.arange(0, 36, 3)[:, None]
    spec, state = campaign.document.campaign, campaign.state
    failed = [
        melted[
            replay.replay(history_search(spec, state, ASKED, samples=12, seed=0, kind=kind), begin)
        ].sum()
        for kind in (HistorySearch, WithoutFailures)
    ]
    assert failed[0] < 0.7 * failed[1]
    found = tk.study_campaign(campaign, strategies="random", runs=2)
    assert found.n_candidates == 36
    assert "18 candidates failed" in " ".join(found.notices)


def test_what_cannot_combine_is_said() -> None:
    campaign = eventful(1)
    campaign.block("a >= 0.9")
    found = tk.study_campaign(campaign, strategies=["lecture"], runs=1, start=3, steps=4)
    said = " ".join(found.notices)
    for part in (
        "1 candidates failed",
        "Of 1 candidates a limit",
        "1 blocks are not heeded",
        "plan no furnace runs",
        "lecture: Stated sds",
        "lecture: That samples of one furnace run",
    ):
        assert part in said
    excluded = eventful(1, limited=False)
    excluded.entries.mark(["m1"], "excluded")
    found = tk.study_campaign(excluded, strategies=["random"], runs=1, start=3, steps=4)
    assert "1 candidates whose results are all excluded take no part" in " ".join(found.notices)
    assert found.n_candidates == 14
