"""Studies with a source: what is matched, what is refused, and what it changes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign.history.model_inputs import ModelInputs, model_inputs_of, uses_sources
from tansaku.campaign.sources.checks import FEWEST, MOST
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.errors import CellError, TableError, UsageError
from tansaku.strategy import STRATEGIES
from tansaku.studies import Study, replay
from tansaku.studies.entry import OF_TARGET, StudyOptions
from tansaku.studies.run import ReplayOptions, Replays

SETTING: dict[str, Any] = {
    "inputs": ["x_Si", "y_Ca"],
    "target": "sigma_S_cm",
    "scale": "log10",
    "source_inputs": ["x_Y", "y_Ca"],
    "source_target": "sigma_lowT_S_cm",
    "match": {"x_Si": "x_Y"},
    "runs": 2,
    "start": 3,
    "steps": 5,
    "strategies": ["alone", "standard"],
}


def study(lczsp: pd.DataFrame, lyczp: pd.DataFrame, **change: Any) -> Study:
    return tk.study(lczsp, source=lyczp, **SETTING | change)


def seen(found: Any) -> ModelInputs:
    """What a strategy that uses sources sees of a study."""
    return model_inputs_of(found.space, found.targets[0], found.sources, STRATEGIES["standard"])


def test_the_choice_of_columns_is_told(lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> None:
    found = study(lczsp, lyczp)
    (source,) = found.document()["sources"]
    assert source == found.document()["source"]
    assert source == {
        "name": "the source",
        "n": 47,
        "target": "sigma_lowT_S_cm",
        "by": "names",
        "columns": [
            {"target": "x_Si", "source": "x_Y"},
            {"target": "y_Ca", "source": "y_Ca"},
        ],
        "compared": ["x_Si", "y_Ca"],
    }
    assert [s["uses_source"] for s in found.document()["strategies"]] == [False, True]
    told = " ".join(found.notices)
    assert "x_Si = x_Y, y_Ca = y_Ca" in told
    assert "make no use of the source: alone" in told


def test_both_tables_share_one_unit_range(lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> None:
    found = study(lczsp, lyczp)
    pool, (source,) = seen(found).encoder.encode(found.space.matrix), seen(found).sources
    both = np.concatenate([pool.X, source.X])
    np.testing.assert_allclose(both.min(0), 0, atol=1e-12)
    np.testing.assert_allclose(both.max(0), 1, atol=1e-12)
    spans = [max(lczsp[a].max(), lyczp[b].max()) for a, b in (("x_Si", "x_Y"), ("y_Ca", "y_Ca"))]
    measured = lczsp.dropna()[["x_Si", "y_Ca"]].to_numpy()
    np.testing.assert_allclose(pool.X * spans, measured, atol=1e-12)
    np.testing.assert_allclose(source.y, np.log10(lyczp["sigma_lowT_S_cm"]), atol=1e-12)


def test_alone_is_a_study_without_the_source(lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> None:
    """The same picks as `standard` makes where nobody speaks of a source."""
    parts = {"source_inputs", "source_target", "match", "strategies"}
    plain = {k: v for k, v in SETTING.items() if k not in parts}
    alone = study(lczsp, lyczp, steps=9).strategies[0].picks
    without = tk.study(lczsp, **plain | {"steps": 9}, strategies=["standard"]).strategies[0].picks
    assert (alone == without).all()
    assert (study(lczsp, lyczp, steps=9).strategies[1].picks != without).any()


def test_the_target_itself_as_source_finds_the_best_at_once(lczsp: pd.DataFrame) -> None:
    """Values 3 % apart, so that the rows are no copies: the best comes at the first free pick."""
    older = lczsp.assign(sigma_S_cm=lczsp["sigma_S_cm"] * 1.03)
    found = tk.study(
        lczsp,
        **SETTING
        | {
            "source_inputs": (),
            "source_target": "",
            "match": (),
            "runs": 5,
            "strategies": ["mixed", "transfer", "standard"],
        },
        source=older,
    )
    for each in found.strategies:
        assert each.discovery[-1] == 1.0, each.name


@pytest.mark.parametrize("goal", ["min", "match"])
def test_the_source_is_read_as_the_target(lyczp: pd.DataFrame, goal: str) -> None:
    """The sign of a minimised target is turned in both tables."""
    found = tk.study(
        lyczp.head(20),
        inputs=["x_Y", "y_Ca"],
        target="relative_density",
        goal=goal,
        value=0.8 if goal == "match" else None,
        source=lyczp.tail(20),
        strategies=["mixed"],
        runs=1,
        start=2,
        steps=4,
    )
    sign = -1 if goal == "min" else 1
    np.testing.assert_allclose(seen(found).sources[0].y, sign * lyczp["relative_density"].tail(20))


def test_replicates_of_the_source_are_averaged(lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> None:
    twice = pd.concat([lyczp, lyczp.head(4).assign(sigma_lowT_S_cm=1e-7)], ignore_index=True)
    (source,) = seen(study(lczsp, twice)).sources
    assert len(source.y) == 47
    assert sorted(set(source.counts.tolist())) == [1.0, 2.0]
    assert source.y[0] == pytest.approx(0.5 * (np.log10(lyczp["sigma_lowT_S_cm"][0]) - 7))


@pytest.mark.parametrize("name", ["mixed", "standard"])
def test_picks_do_not_depend_on_chunks(
    lczsp: pd.DataFrame, lyczp: pd.DataFrame, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = {"strategies": [name], "runs": 5}
    together = study(lczsp, lyczp, **setting).strategies[0].picks
    monkeypatch.setattr(replay, "MOST_RUNS", 2)
    monkeypatch.setattr(replay, "processors", lambda: 3)
    assert (study(lczsp, lyczp, **setting).strategies[0].picks == together).all()


def test_the_scale_may_be_said_again(lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> None:
    found = study(lczsp, lyczp, source_target="sigma_lowT_S_cm:max:log10")
    assert found.sources[0].target == "sigma_lowT_S_cm"


@pytest.mark.parametrize(
    ("change", "error", "part"),
    [
        ({"match": ()}, UsageError, "of the target x_Si; of the source x_Y"),
        ({"source_target": "sigma_lowT_S_cm:linear"}, UsageError, "Scale and goal"),
        ({"source_target": "sigma_lowT_S_cm:min"}, UsageError, "Scale and goal"),
        ({"source_target": "sigma_lowT_S_cm:=3"}, UsageError, "Scale and goal"),
        ({"source_target": "sigma"}, TableError, "no column 'sigma'"),
        ({"source_inputs": ["x_Si", "y_Ca"]}, TableError, "no column 'x_Si'"),
        (
            {"strategies": ["random", "lecture"]},
            UsageError,
            "None of the strategies random, lecture",
        ),
    ],
)
def test_sources_that_do_not_fit(
    lczsp: pd.DataFrame, lyczp: pd.DataFrame, change: dict[str, Any], error: type, part: str
) -> None:
    with pytest.raises(error, match=part):
        study(lczsp, lyczp, **change)


def test_a_description_without_a_source(lczsp: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="no source is given"):
        tk.study(lczsp, **SETTING)


def test_too_few_too_many_and_equal_source_points(lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> None:
    with pytest.raises(TableError, match=f"2 measured points.*at least {FEWEST}"):
        study(lczsp, lyczp.head(2))
    with pytest.raises(TableError, match="2 measured points"):
        study(lczsp, pd.concat([lyczp.head(2)] * 4))
    with pytest.raises(TableError, match="0 measured points"):
        study(lczsp, lyczp.assign(sigma_lowT_S_cm=np.nan))
    with pytest.raises(TableError, match="equal in the source"):
        study(lczsp, lyczp.assign(sigma_lowT_S_cm=1e-6))
    x = np.linspace(0, 1, MOST + 1)
    many = pd.DataFrame({"x_Y": x, "y_Ca": x, "sigma_lowT_S_cm": 1e-6 * (1 + x)})
    with pytest.raises(TableError, match=f"up to {MOST}"):
        study(lczsp, many)


def test_the_targets_own_rows_are_refused(lczsp: pd.DataFrame, lyczp: pd.DataFrame) -> None:
    own = lczsp.dropna().iloc[[4]]
    row = {
        "x_Y": own["x_Si"].item(),
        "y_Ca": own["y_Ca"].item(),
        "sigma_lowT_S_cm": own["sigma_S_cm"].item(),
    }
    leaked = pd.concat([lyczp, pd.DataFrame([row])], ignore_index=True)
    with pytest.raises(TableError, match=r"rows of the target itself.*row 48"):
        study(lczsp, leaked)
    other = leaked.copy()
    other.loc[47, "sigma_lowT_S_cm"] *= 1.01
    assert study(lczsp, other).sources


@pytest.mark.parametrize("bad", [np.inf, 0.0, -1e-6, "much"])
def test_cells_of_the_source_that_cannot_be_used(
    lczsp: pd.DataFrame, lyczp: pd.DataFrame, bad: object
) -> None:
    wrong = lyczp.astype({"sigma_lowT_S_cm": object})
    wrong.loc[5, "sigma_lowT_S_cm"] = bad
    with pytest.raises(CellError, match=r"row 6.*sigma_lowT_S_cm"):
        study(lczsp, wrong)
    wrong = lyczp.astype({"x_Y": object})
    wrong.loc[5, "x_Y"] = np.nan if bad == 0.0 else np.inf
    with pytest.raises(CellError, match=r"row 6.*x_Y"):
        study(lczsp, wrong)


def test_which_strategies_use_a_source() -> None:
    using = {name for name in STRATEGIES if uses_sources(STRATEGIES[name])}
    assert {"standard", "mixed", "transfer"} <= using
    assert not using & {"alone", "random", "lecture", "isotropic"}


def test_the_typed_options_are_those_that_there_are() -> None:
    """Of a study and of a lone source: no field without its argument, no argument without one."""
    replays = {field.name for field in dataclasses.fields(Replays)}
    assert set(ReplayOptions.__annotations__) == replays
    own = {*OF_TARGET, "template"}
    assert set(StudyOptions.__annotations__) == own | replays | set(SourceSpec.arguments())
