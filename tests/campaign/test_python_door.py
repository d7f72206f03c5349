"""Python's door: what a program hands over is what was meant, or a TansakuError that says why."""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.errors import TansakuError, UsageError
from tansaku.space import Goal

ROWS = [[0.1, 900.0, 1.0], [0.2, 950.0, 2.0], [0.3, 1000.0, 2.5], [0.4, 900.0, np.nan]]
NAMED = {"x": [r[0] for r in ROWS], "T": [r[1] for r in ROWS], "y": [r[2] for r in ROWS]}


class Polars:
    """As a frame of polars looks from outside."""

    def to_dict(self, *, as_series: bool) -> dict[str, list[float]]:
        """Columns as lists, where no series are asked for."""
        assert not as_series
        return NAMED


TABLES: dict[str, Any] = {
    "a frame": pd.DataFrame(NAMED),
    "a dict of columns": NAMED,
    "a dict of arrays": {name: np.array(column) for name, column in NAMED.items()},
    "a list of rows": pd.DataFrame(NAMED).to_dict("records"),
    "a structured array": pd.DataFrame(NAMED).to_records(index=False),
    "polars": Polars(),
}
NAMELESS: dict[str, Any] = {
    "a frame": pd.DataFrame(ROWS), "an array": np.array(ROWS), "a list of lists": ROWS,
}  # fmt: skip


def campaign() -> tk.Campaign:
    """Three of four candidates measured."""
    return tk.Campaign.from_table(pd.DataFrame(NAMED), inputs=["x", "T"], target="y")


@pytest.mark.parametrize("kind", TABLES)
def test_every_table_is_the_same_table(kind: str) -> None:
    """Of a new campaign, of results, of older data and of a study."""
    made = tk.Campaign.from_table(TABLES[kind], inputs=["x", "T"], target="y")
    assert made.space == campaign().space
    assert [m.values for m in made.state.measurements] == [{"y": r[2]} for r in ROWS[:3]]
    again = campaign()
    again.record(TABLES[kind], confirm=True)
    assert len(again.state.measurements) == 6
    space = [tk.Continuous(name="x", low=0, high=1), tk.Continuous(name="T", low=800, high=1100)]
    fresh = tk.Campaign.from_space(space, target="y")
    fresh.sources.add_table(TABLES[kind], tk.SourceSpec(source="older"))
    assert len(next(iter(fresh.sources)).values) == 3
    found = tk.study(
        TABLES[kind], inputs=["x", "T"], target="y", strategies=["random"], runs=2, start=1
    )
    assert found.n_candidates == 3


@pytest.mark.parametrize("kind", NAMELESS)
def test_columns_without_names_have_numbers(kind: str) -> None:
    """As a table read with ``header=None`` has them."""
    made = tk.Campaign.from_table(NAMELESS[kind], inputs=[0, 1], target=2)  # type: ignore[list-item, arg-type]
    assert made.space.names == ("0", "1")
    assert len(made.state.measurements) == 3
    made.record(NAMELESS[kind], confirm=True)
    assert len(made.state.measurements) == 6


def test_a_row_is_a_table_of_one() -> None:
    """A dict of plain values, or a row of a frame."""
    for row in ({"x": 0.4, "T": 900, "y": 3.0}, pd.Series({"x": 0.4, "T": 900, "y": 3.0})):
        made = campaign()
        assert made.record(row).measurements[0].values == {"y": 3.0}


def test_a_lone_name_is_one_name() -> None:
    """It is not taken letter by letter."""
    frame = pd.DataFrame({"x": [1.0, 2, 3], "y": [1.0, 3, 2], "xy": [1.0, 2, 3], "z": [1, 2, None]})
    assert tk.Campaign.from_table(frame, inputs="xy", target="z").space.names == ("xy",)
    assert tk.study(
        frame, inputs="xy", target="y", runs=1, start=1, strategies="random"
    ).space.names == ("xy",)


def test_a_whole_target_as_text_is_read() -> None:
    """``cost:min`` is minimised; where a word is none, the text is the name of a column."""
    frame = pd.DataFrame({"x": [1.0, 2, 3], "cost": [3.0, 1, None], "ratio a:b": [1.0, 2, None]})
    (target,) = tk.Campaign.from_table(frame, inputs="x", target="cost:min").targets
    assert (target.name, target.goal) == ("cost", Goal.MIN)
    (target,) = tk.Campaign.from_table(frame, inputs="x", target="ratio a:b").targets
    assert target.name == "ratio a:b"
    with pytest.raises(UsageError, match="Say it once"):
        tk.Campaign.from_table(frame, inputs="x", target="cost:min", goal="min")


def test_numbers_of_numpy_are_numbers() -> None:
    """Arrays of one element, rows of frames; a lone number is that of the only target."""
    made = campaign()
    at = made.predict({"x": np.array([0.4]), "T": np.float32(900)})
    assert at == made.predict(pd.Series({"x": 0.4, "T": 900.0}))  # type: ignore[arg-type]
    event = made.record_at(
        {"x": np.array([0.4]), "T": np.int64(900)},
        {"y": np.array([3.0])},
        sd={"y": np.float64(0.1)},
    )
    assert (event.measurements[0].values, event.measurements[0].sd) == ({"y": 3.0}, {"y": 0.1})
    assert campaign().record_at({"x": 0.4, "T": 900}, 3.0).measurements[0].values == {"y": 3.0}  # type: ignore[arg-type]


REFUSED: dict[str, Callable[[tk.Campaign], object]] = {
    "no table": lambda c: c.record(None),
    "a number as a table": lambda c: c.record(3.0),
    "an array of three axes": lambda c: c.record(np.zeros((2, 2, 2))),
    "columns of unlike lengths": lambda c: c.record({"x": [1, 2], "T": [1], "y": [1, 2]}),
    "a result of None": lambda c: c.record_at({"x": 0.4, "T": 900}, {"y": None}),
    "a truth value": lambda c: c.record_at({"x": 0.4, "T": 900}, {"y": True}),
    "a result that is a list": lambda c: c.record_at({"x": 0.4, "T": 900}, {"y": [1, 2]}),
    "not a number": lambda c: c.record_at({"x": 0.4, "T": 900}, {"y": float("nan")}),
    "too large": lambda c: c.record_at({"x": 0.4, "T": 900}, {"y": 10**400}),
    "an sd of None": lambda c: c.record_at({"x": 0.4, "T": 900}, {"y": 1.0}, sd={"y": None}),
    "an input of None": lambda c: c.predict({"x": None, "T": 900}),
    "an input that is a list": lambda c: c.predict({"x": [0.1, 0.2], "T": 900}),
    "inputs without names": lambda c: c.predict([0.1, 900]),
    "no inputs": lambda c: c.predict(None),
    "inputs called 0": lambda c: c.predict({0: 0.1, 1: 900}),
    "n as text": lambda c: c.suggest("two"),
    "n that is none": lambda c: c.suggest(None),
    "half a sample": lambda c: c.suggest(1.5),
    "a seed below 0": lambda c: c.suggest(1, seed=-1),
    "no strategy": lambda c: c.suggest(1, strategy=None),
    "no target": lambda _c: tk.Campaign.from_table(NAMED, inputs=["x"], target=None),
    "no inputs of a table": lambda _c: tk.Campaign.from_table(NAMED, inputs=None, target="y"),
    "a parameter of text": lambda _c: tk.Stepped(name="x", low="a", high=1, step=1),
    "a parameter without an end": lambda _c: tk.Continuous(name="x", low=0),
    "an unknown field": lambda _c: tk.Continuous(name="x", low=0, high=1, colour="red"),
    "a parameter too far": lambda _c: tk.Continuous(name="x", low=0, high=1e200),
    "a target beyond all bounds": lambda _c: tk.Target(name="y", goal="match", value=float("inf")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_meant_is_refused_in_words(what: str) -> None:
    """With an error of ours and a hint; nothing is stored."""
    made = campaign()
    before = made.document
    with pytest.raises(TansakuError) as caught:
        REFUSED[what](made)
    assert caught.value.message
    assert caught.value.hint
    assert made.document == before


def test_a_campaign_is_used_from_threads() -> None:
    """Every result has an id of its own, and none is lost."""
    space = [tk.Stepped(name="x", low=0, high=1000, step=1)]
    made = tk.Campaign.from_space(space, target="y")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: made.record_at({"x": k}, {"y": float(k)}), range(200)))
    found = made.state.measurements
    assert [m.id for m in found] == [f"m{i}" for i in range(1, 201)]
    assert {m.values["y"] for m in found} == set(map(float, range(200)))


def test_a_campaign_is_copied_with_its_lock() -> None:
    """A copy goes its own way."""
    made = campaign()
    other = copy.deepcopy(made)
    other.record_at({"x": 0.4, "T": 900}, {"y": 3.0})
    assert len(other.state.measurements) == len(made.state.measurements) + 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"acquisition": "nonsense"}, "Unknown acquisition 'nonsense'.*ei, log_ei, pi, thompson"),
        ({"acquisition": "log_ei+ucb"}, "Unknown acquisition 'log_ei.ucb'.*log_ei"),
        ({"kernel": "matern72"}, "Unknown kernel 'matern72'.*matern52, rbf"),
        ({"prior": "flat"}, "Unknown prior 'flat'.*uniform"),
        ({"start": "sobol"}, "cannot have start = sobol"),
        ({"temperature": 1}, "cannot have temperature = 1"),
        ({"mean": "zero"}, "does not heed mean = zero"),
    ],
)
def test_a_strategy_is_checked_at_the_door(changes: dict[str, Any], words: str) -> None:
    """Where it is changed, and where one that somebody put together is used."""
    with pytest.raises(TansakuError, match=words):
        tk.STRATEGIES["standard"].but(**changes)
    own = {k: v for k, v in changes.items() if k in ("acquisition", "kernel", "prior")}
    if own:
        told = tk.STRATEGIES["standard"].model_dump()
        name = next(iter(own))
        part = "acquisition" if name == "acquisition" else "surrogate"
        told[part]["name" if name == "acquisition" else name] = own[name]
        with pytest.raises(TansakuError, match=words):
            campaign().suggest(1, strategy=tk.Strategy.model_validate(told))


def test_what_is_gone_names_what_is_there() -> None:
    """Strategies of 0.1.0 that gained nothing, by name and in documents that somebody kept."""
    for name in ("portfolio", "compressed"):
        with pytest.raises(UsageError, match=rf"'{name}' is gone.*Use 'standard'"):
            campaign().suggest(1, strategy=name)
    for kind, left, gone in (
        ("tail", "plain", "compressed"),
        ("criterion", "evidence", "leave_one_out"),
    ):
        kept = tk.STRATEGIES["standard"].model_dump()
        kept["surrogate"][kind] = left
        assert tk.Strategy.model_validate(kept) == tk.STRATEGIES["standard"]
        kept["surrogate"][kind] = gone
        with pytest.raises(UsageError, match=rf"'{gone}' is gone.*Use '{left}'"):
            tk.Strategy.model_validate(kept)


def test_what_a_strategy_may_name_is_what_is_registered() -> None:
    from tansaku.bo.acquisition import ACQUISITIONS
    from tansaku.bo.kernels import KERNELS
    from tansaku.bo.priors import PRIORS
    from tansaku.bo.surrogates import SURROGATES
    from tansaku.strategy import NAMES

    registries = {
        "acquisition": ACQUISITIONS,
        "kernel": KERNELS,
        "prior": PRIORS,
        "surrogate": SURROGATES,
    }
    assert {kind: set(each) for kind, each in registries.items()} == NAMES


@pytest.mark.usefixtures("own_registries")
def test_an_own_acquisition_is_accepted_by_its_name() -> None:
    """Registered, it is a name like the others: here one that wants the worst, and gets it."""
    from tansaku.bo.acquisition import ACQUISITIONS, Acquisition

    @ACQUISITIONS.register("worst")
    class Worst(Acquisition):
        kind = "value"

        def score(self, given: Any) -> Any:
            return given.value([-given.average(goal.mean) for goal in given.goals])

    table = pd.DataFrame({"x": np.arange(8.0), "y": [0.0, 1, 2, None, None, 5, None, None]})
    made = tk.Campaign.from_table(table, inputs=["x"], target="y")
    strategy = tk.STRATEGIES["standard"].but(acquisition="worst", scatter=0.0)
    assert made.suggest(1, strategy=strategy).suggestions[0].inputs == {"x": 3}


def test_a_result_under_a_wrong_name_is_told_the_right_ones() -> None:
    """The target's own name among them; nothing is stored."""
    made = campaign()
    asked = made.suggest(1)
    with pytest.raises(UsageError, match=r"Nothing called density.*Known: y, sample, status"):
        made.record(asked[0], density=91.5)
    assert made.status().measured == 3
    made.record(asked[0], y=2.0, note="new furnace", sd={"y": 0.1})
    assert made.status().measured == 4


def test_a_campaign_says_in_a_line_what_it_is() -> None:
    assert repr(campaign()) == "<Campaign 'campaign': y; 3 results>"
