"""The posterior of a campaign: any points, the targets' units, and one model with suggestions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.errors import (
    ModelError,
    NotInPoolError,
    TableError,
    UnknownNameError,
    UsageError,
)
from tansaku.space import Predicted, Scale
from tests.seeds import scatter, spread

NAMED = {"x": [0.15, 0.25, 0.4], "T": [900.0, 925.0, 950.0]}
ROWS = np.array(list(NAMED.values())).T


def free() -> tk.Campaign:
    """Six settings of a continuous space measured, one of them poorly."""
    space = [tk.Continuous(name="x", low=0, high=0.5), tk.Continuous(name="T", low=800, high=1000)]
    made = tk.Campaign.from_space(space, target="y")
    X = spread(6, 2) * [0.5, 200] + [0, 800]
    made.record({"x": X[:, 0], "T": X[:, 1], "y": 3 + np.sin(8 * X[:, 0]) + X[:, 1] / 500})
    return made


def listed(n: int = 30, measured: int = 10, **more: Any) -> tk.Campaign:
    """A pool of which some are measured."""
    X = spread(n, 2)
    y = 10 ** (np.sin(4 * X[:, 0]) - X[:, 1] + 0.1 * scatter(n))
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": y, "price": 1 + X[:, 1], "z": -(y**0.5)})
    frame.loc[measured:, ["y", "z"]] = np.nan
    said: dict[str, Any] = {"target": "y", "scale": "log10"} | more
    return tk.Campaign.from_table(frame, inputs=["a", "b"], **said)


FORMS: dict[str, Any] = {
    "a frame": pd.DataFrame(NAMED),
    "a frame with more columns": pd.DataFrame(NAMED | {"note": list("abc")}),
    "a dict of columns": NAMED,
    "dicts": [dict(zip(NAMED, row, strict=True)) for row in ROWS.tolist()],
    "texts": [{"x": f"{20 * x:g}/20", "T": str(T)} for x, T in ROWS.tolist()],
    "an array": ROWS,
    "lists": ROWS.tolist(),
}


@pytest.mark.parametrize("form", FORMS)
def test_points_may_be_held_by_anything(form: str) -> None:
    found = free().posterior(FORMS[form])
    np.testing.assert_array_equal(found.points, ROWS)
    assert found.mean.shape == (3,)
    np.testing.assert_array_equal(found.mean, free().posterior(ROWS).mean)


REFUSED: dict[str, tuple[Callable[[tk.Campaign], object], type[Exception], str]] = {
    "no points of a free space": (lambda c: c.posterior(), UsageError, "too many to be listed"),
    "another number of columns": (lambda c: c.posterior(np.ones((2, 3))), TableError, "3 columns"),
    "an input left out": (lambda c: c.posterior({"x": [0.1]}), TableError, "missing: T"),
    "no number": (
        lambda c: c.posterior({"x": [0.1, np.nan], "T": [900, 900]}), UsageError, "row 2",
    ),
    "no point": (lambda c: c.posterior(np.empty((0, 2))), TableError, "No point"),
    "no table": (lambda c: c.posterior(3), TableError, "int is given"),
    "another target": (lambda c: c.posterior(ROWS, "z"), UsageError, "targets are: y"),
    "no model": (lambda c: c.posterior(ROWS, strategy="random"), UsageError, "no model"),
    "no quantile": (
        lambda c: c.posterior(ROWS).quantiles([0.5, 1.0]), UsageError, "between 0 and 1",
    ),
    "no interval": (lambda c: c.posterior(ROWS).interval(1.0), UsageError, "between 0 and 1"),
    "no side": (lambda c: c.posterior(ROWS).probability(), UsageError, "Neither above nor below"),
    "a limit that is none": (
        lambda c: c.posterior(ROWS).probability(above=np.nan), UsageError, "no number",
    ),
    "an acquisition that is none": (
        lambda c: c.posterior(ROWS).score("best"), UnknownNameError, "log_ei",
    ),
    "no draw": (lambda c: c.posterior(ROWS).sample(0), UsageError, "n = 0"),
    "one point as a picture": (lambda c: c.posterior(ROWS[:1]).plot(), TableError, "row"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_asked_is_refused(what: str) -> None:
    ask, error, words = REFUSED[what]
    with pytest.raises(error, match=words):
        ask(free())


def test_nothing_measured_teaches_nothing() -> None:
    with pytest.raises(ModelError, match="no measurement"):
        listed(measured=0).posterior()


def close(one: Predicted, other: Predicted) -> bool:
    """Whether two predictions differ by rounding only."""
    said, expected = one.model_dump(), other.model_dump()
    parts = [(said.pop("function"), expected.pop("function"))]
    phases = said.pop("phases", {}), expected.pop("phases", {})
    parts += [(phases[0][name], phases[1][name]) for name in {**phases[0], **phases[1]}]
    return all(a == pytest.approx(b) for a, b in [(said, expected), *parts])


def test_predictions_and_landscapes_are_the_posterior() -> None:
    """One model: at a suggestion, in the pool and in between."""
    campaign = listed()
    found = campaign.suggest(2, seed=3)
    there = campaign.posterior(found.suggestions, seed=3)
    every = campaign.posterior(seed=3).predictions([s.pool_row for s in found.suggestions])
    for i, each in enumerate(found.suggestions):
        for told in (there.predicted(i), every[i], campaign.predict(each.inputs, seed=3)):
            assert close(told["y"], each.predicted["y"])
        assert each.predicted["y"].sd == pytest.approx(there.measured.sd[i], rel=1e-9)
        assert each.predicted["y"].mean == pytest.approx(there.mean[i], rel=1e-9)
    assert there.chance_to_beat_best[0] == pytest.approx(
        found.suggestions[0].chance_to_beat_best, rel=1e-6
    )
    landscape, whole = campaign.landscape(seed=3), campaign.posterior(seed=3)
    assert len(whole) == 30
    np.testing.assert_array_equal(landscape.mean, whole.on_model_scale.mean)
    np.testing.assert_array_equal(landscape.acquisition, whole.score())
    np.testing.assert_allclose(whole.at(found.suggestions).mean, there.mean, rtol=1e-12)


def evidence() -> dict[str, tk.Campaign]:
    """Campaigns with each kind of evidence."""
    kinds = {name: listed() for name in ("plain", "limits", "failures", "sds", "phases", "sources")}
    rows = [kinds["plain"].space.inputs_of(i) for i in range(30)]
    for i in (20, 21, 22):
        kinds["limits"].record_at(rows[i], {"y": "<0.2"}, confirm=True)
        kinds["failures"].record_at(rows[i], status="failed")
    for i in range(3):
        kinds["sds"].record_at(rows[20 + i], {"y": 1.0}, sd={"y": 0.5}, confirm=True)
    for i, name in enumerate(["cubic", "cubic", "tetragonal", "tetragonal"]):
        kinds["phases"].record_at(rows[20 + i], {"y": 1.0 + i}, phase=name, confirm=True)
    older = pd.DataFrame([row | {"y": 10 ** (1 - row["a"])} for row in rows[::2]])
    kinds["sources"].sources.add_table(older, tk.SourceSpec(source="older"))
    kinds["costs"] = listed(cost="price")
    kinds["a limited goal"] = listed(target="y:min:<=1:log10", scale="linear")
    return kinds


KINDS = sorted(evidence())


@pytest.mark.parametrize("kind", KINDS)
def test_the_best_score_is_what_is_suggested(kind: str) -> None:
    """Whatever is known: the first suggestion is the open candidate with the highest score."""
    campaign = evidence()[kind]
    whole = campaign.posterior(seed=1)
    score = whole.score().copy()
    score[[row for row in campaign.state.measured if isinstance(row, int)]] = -np.inf
    (first,) = campaign.suggest(1, seed=1).suggestions
    assert int(np.argmax(score)) == first.pool_row
    told = first.predicted["y"]
    assert close(whole.predicted(first.pool_row)["y"], told)
    assert told.function is not None
    for said, model in ((told, whole.measured), (told.function, whole)):
        ends = [each[first.pool_row] for each in model.interval()]
        assert (said.low, said.high) == pytest.approx(ends)
    works = whole.chance_to_work[first.pool_row]
    assert works == (1.0 if first.chance_to_work is None else pytest.approx(first.chance_to_work))
    assert ("chance_to_work" in whole.frame) == (kind == "failures")


def test_logarithms_are_taken_back_exactly() -> None:
    """Quantiles and samples of the unit are those of log10 raised; mean and sd as told."""
    p = listed().posterior()
    log = p.on_model_scale
    np.testing.assert_allclose(p.quantiles([0.1, 0.5]), 10 ** log.quantiles([0.1, 0.5]))
    np.testing.assert_array_equal(p.sample(4, seed=2), 10 ** log.sample(4, seed=2))
    np.testing.assert_allclose(p.mean, 10**log.mean)
    np.testing.assert_allclose(p.sd, (10 ** (log.mean + log.sd) - 10 ** (log.mean - log.sd)) / 2)
    np.testing.assert_allclose(np.sqrt(np.diag(p.covariance())), log.sd)
    np.testing.assert_allclose(p.probability(above=2.0), log.probability(above=np.log10(2.0)))
    np.testing.assert_array_equal(p.probability(above=-1.0), 1.0)
    np.testing.assert_array_equal(p.probability(below=0.0), 0.0)
    low, high = p.measured.interval(0.9)
    held = p.measured.probability(above=low, below=high)
    np.testing.assert_allclose(held, 0.9, rtol=1e-9)


def test_a_minimised_target_is_told_as_it_is() -> None:
    """Only scores turn it."""
    high, low = (
        listed(target=f"y:{goal}:log10", scale="linear").posterior() for goal in ("max", "min")
    )
    np.testing.assert_allclose(low.mean, high.mean, rtol=1e-6)
    np.testing.assert_allclose(low.quantiles(0.05), high.quantiles(0.05), rtol=1e-6)
    np.testing.assert_allclose(low.probability(above=1), high.probability(above=1), rtol=1e-6)
    assert np.corrcoef(low.score("ucb"), high.score("ucb"))[0, 1] < 0
    assert (low.interval()[0] < low.interval()[1]).all()


def test_several_targets_stand_side_by_side() -> None:
    """As the last axis; each is what it is alone; known ones and costs count in scores."""
    campaign = listed(
        target=["y:max:log10", "z:max", "price:min:known"], scale="linear", cost="price"
    )
    p = campaign.posterior()
    assert [target.name for target in p.targets] == ["y", "z"]
    assert p.mean.shape == p.sd.shape == (30, 2)
    assert p.quantiles([0.1, 0.9]).shape == (2, 30, 2)
    assert p.covariance().shape == (30, 30, 2)
    assert p.sample(3).shape == (3, 30, 2)
    assert p.score().shape == p.chance_to_beat_best.shape == (30,)
    alone = campaign.posterior(target="z")
    for one in (alone, p["z"]):
        np.testing.assert_array_equal(one.mean, p.mean[:, 1])
        np.testing.assert_allclose(one.covariance(), p.covariance()[..., 1])
    np.testing.assert_array_equal(alone.score("ei"), p["z"].score("ei"))
    both = p.probability(above={"y": 1.0, "z": -2.0})
    each = p["y"].probability(above=1.0) * p["z"].probability(above=-2.0)
    np.testing.assert_allclose(both, each)
    assert {"y mean", "z high", "chance_to_beat_best"} <= set(p.frame)
    for ask in (lambda: p.probability(above=1.0), lambda: p.components, p.plot):
        with pytest.raises(UsageError, match="several targets: y, z"):
            ask()
    with pytest.raises(UsageError, match="targets are: y, z"):
        campaign.posterior(target="price")


def test_what_is_looked_up_in_the_table_is_known_of_candidates() -> None:
    """Means of other points are told, and scores are not."""
    campaign = listed(target=["y:max:log10", "price:min:known"], scale="linear")
    between = campaign.posterior({"a": [0.33], "b": [0.77]})
    assert np.isfinite(between.mean).all()
    assert "chance_to_beat_best" not in between.frame
    with pytest.raises(NotInPoolError, match="nearest candidate"):
        between.score()
    some = campaign.posterior(campaign.space.matrix[4:9])
    np.testing.assert_allclose(some.score(), campaign.posterior().score()[4:9], rtol=1e-6)


def test_a_template_is_asked_by_its_variables() -> None:
    x = tk.Stepped(name="x", low=0, high=0.5, step=0.05)
    campaign = tk.Campaign.from_space([x], template="Li(?)Y(x)Zr(2-x)(PO4)3", target="s")
    at = [{"x": v} for v in (0.0, 0.2, 0.5)]
    campaign.record([row | {"s": 1 + row["x"] ** 2} for row in at])
    found = campaign.posterior({"x": [0.1, 0.123]})
    assert found.frame["formula"].tolist() == ["Li1.1Y0.1Zr1.9P3O12", "Li1.123Y0.123Zr1.877P3O12"]
    assert found.targets[0].scale is Scale.LINEAR
    assert campaign.posterior().mean.shape == (11,)
    assert campaign.predict({"x": 0.123})["s"].mean == pytest.approx(found.mean[1])


def test_components_are_the_hyperparameter_samples() -> None:
    """Weights add up to 1, length scales are in the inputs' units."""
    found = free().posterior(ROWS).components
    assert sum(each["weight"] for each in found) == pytest.approx(1)
    weights = [each["weight"] for each in found]
    assert weights == sorted(weights, reverse=True)
    assert {each["kernel"] for each in found} <= {"matern52", "rbf"}
    for each in found:
        assert set(each["length_scales"]) == {"x", "T"}
        assert each["length_scales"]["T"] > 1
        assert each["signal_sd"] > 0
        assert each["noise_sd"] > 0


@pytest.mark.parametrize("name", ["transfer", "standard"])
def test_components_that_hear_a_source_are_the_model(name: str) -> None:
    """Two tasks written out as one dense process for each, and averaged: the means and sds."""
    x, old = spread(5, 1)[:, 0], spread(9, 1)[:, 0]
    values, points = np.sin(7 * x - 0.5), np.linspace(0, 1, 30)
    campaign = tk.Campaign.from_space([tk.Continuous(name="x", low=0, high=1)], target="y")
    campaign.record({"x": x, "y": values})
    older = pd.DataFrame({"x": old, "y": 0.5 + 3 * np.sin(7 * old)}).sort_values("x")
    campaign.sources.add_table(older, tk.SourceSpec(source="old", inputs=["x"], target="y"))
    strategy = tk.STRATEGIES[name].but(kernel="rbf")
    p = campaign.posterior({"x": points}, strategy=strategy)
    means, squares, heard = 0.0, 0.0, 0
    for each in p.components:
        nothing = {"correlation": [], "values": [], "noise_sd": [], "apart": []}
        source, signal = each.get("source", nothing), each["signal_sd"] ** 2
        m = len(source["values"])
        heard += m > 0
        at = np.concatenate([older["x"][:m], x])
        own = np.where(np.isin(range(len(x)), source["apart"]), 1e6, 1) * each["noise_sd"] ** 2
        rho = np.concatenate([source["correlation"], np.ones(len(x))])
        between = np.outer(rho, rho)
        between[:m, :m] = 1
        scale = each["length_scales"]["x"]
        K = signal * between * np.exp(-0.5 * np.square(np.subtract.outer(at, at) / scale))
        K += np.diag([*np.square(source["noise_sd"]), *own])
        cross = signal * rho[:, None]
        cross = cross * np.exp(-0.5 * np.square(np.subtract.outer(at, points) / scale))
        z = np.concatenate([source["values"], values - each["mean"]])
        mean = each["mean"] + cross.T @ np.linalg.solve(K, z)
        variance = signal - np.einsum("ij,ij->j", cross, np.linalg.solve(K, cross))
        means = means + each["weight"] * mean
        squares = squares + each["weight"] * (variance + mean**2)
    assert heard
    np.testing.assert_allclose(p.mean, means, rtol=0, atol=1e-7)
    np.testing.assert_allclose(p.sd, np.sqrt(squares - means**2), rtol=0, atol=1e-7)


def test_the_frame_is_what_is_told() -> None:
    p = free().posterior(NAMED)
    frame = p.measured.frame
    assert list(frame) == ["x", "T", "mean", "sd", "low", "high", "chance_to_beat_best"]
    np.testing.assert_array_equal(frame["sd"], p.measured.sd)
    np.testing.assert_array_equal(frame["low"], p.measured.interval()[0])
    assert (frame["sd"] > p.frame["sd"]).all()
    assert repr(p) == "<Posterior of y at 3 points>"


def test_a_picture_shows_points_of_any_space() -> None:
    """A line over one input, a map over two; measured points among them are marked."""
    campaign = free()
    line = campaign.posterior({"x": np.linspace(0, 0.5, 21), "T": 900}).plot("at 900")
    assert line.axes[0].get_xlabel() == "x"
    assert line.get_suptitle() == "at 900"
    made = np.array([list(inputs.values()) for inputs in campaign.state.measured.values()])
    grid = np.array([[x, T] for x in np.linspace(0, 0.5, 6) for T in np.linspace(800, 1000, 5)])
    figure = campaign.posterior(np.concatenate([grid, made])).plot()
    assert "measured" in {text.get_text() for text in figure.legends[0].get_texts()}
