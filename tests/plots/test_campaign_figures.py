"""Figures of what a campaign knows, from plain arrays, in both languages: nothing is cut off, the
numbers are where they belong, and every mark has its word."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.collections import PathCollection, QuadMesh

from tansaku.language import use
from tansaku.plots.importance_plot import importance_figure
from tansaku.plots.maps import Beliefs, area_map
from tansaku.plots.marks import Marks
from tansaku.plots.pair_maps import Slice, slices_figure
from tansaku.plots.parity_plot import Parity, parity_figure
from tansaku.plots.picture import Picture
from tansaku.plots.profile_plot import TargetProfile, Trace, profile_figure
from tansaku.plots.progress_plot import ProgressCurve, progress_figure
from tansaku.plots.run_plot import RunColumn, runs_figure
from tansaku.plots.source_plot import SourceBar, sources_figure
from tansaku.plots.ternary_plot import Triangle, ternary_figure
from tansaku.space import Categorical, Space, Stepped, Target
from tests.plots.conftest import cut_off
from tests.seeds import scatter

LOG = Target(name="導電率 [S cm-1]", unit="S cm-1", scale="log10")
NONE = np.empty(0)
GAS = Categorical(name="gas", values=("Ar", "N2", "空気"))


def grid() -> Space:
    """Six by six, without a corner."""
    x, y = np.meshgrid(np.arange(6) / 10, np.arange(6) * 50.0 + 900, indexing="ij")
    matrix = np.stack([x.ravel(), y.ravel()], -1)
    return Space.from_matrix(
        ("x_Si", "温度"), matrix[matrix[:, 0] * 500 + matrix[:, 1] < 1350], units={"温度": "°C"}
    )


def a_map() -> Picture:
    space = grid()
    places = space.matrix
    marks = Marks(
        measured=places[[0, 5, 9]],
        best=1,
        suggested=places[[12, 20]],
        numbers=("4", "15"),
        failed=places[[30]],
        below=places[[25]],
        above=places[[26]],
        elsewhere=np.array([[0.15, 925.0]]),
    )
    mean = -5 - np.arange(len(space)) / 10
    beliefs = Beliefs(np.array([-5.0, -4.5, -6.0]), mean, 0.1 - mean / 50, np.full(len(space), 0.7))
    blocked = places[:, 0] > 0.35
    return area_map(space, LOG, marks, beliefs, hatched=blocked, title="a $ title")


def slices() -> Picture:
    matrix = np.array([(x, g) for x in (0.0, 0.1, 0.2) for g in range(3)], dtype=float)
    space = Space.from_matrix(("x", "gas"), matrix, choices={"gas": GAS})
    one = Slice(
        space, np.linspace(-6, -4, 9), Marks(measured=matrix[[1]], best=0), matrix[:, 0] > 0
    )
    return slices_figure([one, one, one, one], LOG, title="through x=0")


def profile() -> Picture:
    x = np.linspace(0, 1, 11)
    traces = (
        Trace(x, -5 + x, -5.2 + x, -4.8 + x, np.array([[0.3, -4.6]])),
        Trace(np.arange(3.0), np.full(3, -5.0), np.full(3, -5.5), np.full(3, -4.0), NONE),
    )
    density = Target.parse("density:>=0.85")
    inputs = [Stepped(name="temperature", low=0, high=1, step=0.1, unit="°C"), GAS]
    rows = [TargetProfile(LOG, traces), TargetProfile(density, traces)]
    return profile_figure(inputs, np.array([0.3, 2.0]), rows, title="lab")


def progress() -> Picture:
    values = np.array([-6.0, -5.5, np.nan, -5.8, -5.0])
    curve = ProgressCurve(
        values=values,
        failed=np.isnan(values),
        side=np.array([0.0, 0, 0, -1, 0]),
        best=np.array([-6.0, -5.5, -5.5, -5.5, -5.0]),
        expected=np.array([np.nan, np.nan, -5.2, -5.4, -5.1]),
        low=np.array([np.nan, np.nan, -5.6, -5.8, -5.5]),
        high=np.array([np.nan, np.nan, -4.8, -5.0, -4.7]),
        random=np.linspace(-6, -5.2, 5),
        random_is_exact=False,
        table=2,
    )
    return progress_figure(curve, "log10(σ)", title="lab")


def parity() -> Picture:
    measured = scatter(12)
    outlier = np.arange(12) == 3
    expected = measured + 0.3 * scatter(12, 7) + 4 * outlier
    names = tuple(f"m{i} (LLZ-{i:02d})" for i in range(12))
    return parity_figure(
        Parity(measured, expected, expected - 1, expected + 1, outlier, names), LOG, title="lab"
    )


def importance() -> Picture:
    draws = np.linspace(0, 1, 41)[:, None] * np.array([0.2, 0.9])
    return importance_figure(["x", "焼成温度"], draws / 2, draws, title="lab")


def sources() -> Picture:
    return sources_figure(
        [
            SourceBar("old", "helps", 0.93, (0.7, 0.3, 0.9)),
            SourceBar("別の系", "open", 0.5, (0.1, -0.7, 0.8)),
            SourceBar("x", "hurts", 0.08, (-0.1, -0.5, 0.3)),
        ],
        title="lab",
    )


def runs() -> Picture:
    done = RunColumn("F1", "1150 °C", np.array([-5.0, -5.4]), 1, NONE, NONE, NONE)
    planned = RunColumn("r1", "1200 °C", NONE, 0, *(np.array([v]) for v in (-5.0, -5.5, -4.5)))
    return runs_figure([done, planned], LOG, title="fire")


def triangle() -> Picture:
    amounts = np.array([(i, j, 6 - i - j) for i in range(7) for j in range(7 - i)]) / 6.0
    paper = Triangle.around(("Y", "Er", "Yb"), amounts)
    marks = Marks(measured=amounts[[0, 6, 27]], best=2, failed=amounts[[9]])
    beliefs = Beliefs(np.array([-5.0, -6.0, -4.0]), -5 - amounts[:, 0], 0.1 + amounts[:, 1])
    return ternary_figure(
        paper, amounts, LOG, marks, beliefs, blocked=amounts[:, 0] > 0.9, title="halides"
    )


FIGURES: dict[str, Callable[[], Picture]] = {
    "map": a_map,
    "slice": slices,
    "profile": profile,
    "progress": progress,
    "parity": parity,
    "importance": importance,
    "sources": sources,
    "runs": runs,
    "ternary": triangle,
}


def offsets(figure: Picture, label: str, panel: int = 0) -> np.ndarray:
    """Places of the marks with this label."""
    found = [c for c in figure.axes[panel].collections if c.get_label() == label]
    assert len(found) == 1, label
    return np.asarray(found[0].get_offsets())


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("kind", FIGURES)
def test_nothing_is_cut_off_and_every_mark_has_its_word(kind: str, language: str) -> None:
    with use(language):
        figure = FIGURES[kind]()
        assert cut_off(figure) == []
        words = figure.words
    for axes in figure.axes:
        for label in axes.get_legend_handles_labels()[1]:
            assert label in words
    japanese = any("぀" <= c <= "鿿" for word in words for c in word)
    assert japanese or language == "en"


def test_a_map_shows_every_kind_of_sample_where_it_lies() -> None:
    figure = a_map()
    assert [axes.get_title() for axes in figure.axes[:4]] == [
        "measured", "predicted mean", "predicted sd", "chance to work",
    ]  # fmt: skip
    places = grid().matrix
    for label, which in (("failed", 30), ("below a limit", 25), ("above a limit", 26)):
        for panel in range(4):
            np.testing.assert_allclose(offsets(figure, label, panel), places[[which]])
    np.testing.assert_allclose(offsets(figure, "best measured", 1), places[[5]])
    assert {"4", "15"} <= {text.get_text() for text in figure.axes[1].texts}
    hatched = [patch for patch in figure.axes[1].patches if patch.get_hatch()]
    assert len(hatched) == int((places[:, 0] > 0.35).sum())
    measured, mean = (
        next(c for c in axes.collections if isinstance(c, QuadMesh)) for axes in figure.axes[:2]
    )
    assert int((~np.ma.getmaskarray(measured.get_array())).sum()) == 3
    missing = np.ma.getmaskarray(mean.get_array())
    assert int(missing.sum()) == 36 - len(places)  # grey, and named so
    assert "no candidate" in figure.words
    assert "a \\$ title" in figure.words


def test_a_map_of_scattered_places_colours_what_is_measured() -> None:
    space = Space.from_matrix(("x", "y"), np.stack([scatter(30), scatter(30, 7)], -1))
    marks = Marks(measured=space.matrix[[2, 4]] + 0.01, best=0)
    beliefs = Beliefs(np.array([1.0, 2.0]), scatter(30), np.abs(scatter(30)))
    figure = area_map(space, Target(name="y"), marks, beliefs, title="t")
    colored = [
        c
        for c in figure.axes[0].collections
        if isinstance(c, PathCollection) and c.get_array() is not None
    ]
    np.testing.assert_allclose(colored[0].get_offsets(), marks.measured)
    np.testing.assert_allclose(colored[0].get_array(), [1.0, 2.0])


def test_choices_are_named_at_the_axes() -> None:
    figure = slices()
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert names == ["Ar", "N2", "空気"]
    last = profile().axes[3]
    assert [tick.get_text() for tick in last.get_xticklabels()] == ["Ar", "N2", "空気"]


def test_the_profiler_says_what_is_set_and_what_has_to_be_kept() -> None:
    figure = profile()
    assert [axes.get_title() for axes in figure.axes[:2]] == ["0.3", "空気"]
    assert "limit to keep" in figure.words
    levels = [line.get_ydata()[0] for line in figure.axes[2].lines if line.get_linestyle() == ":"]
    assert levels == [0.85]


def test_failed_samples_stand_below_all_values() -> None:
    figure = progress()
    (axes,) = figure.axes
    failed = offsets(figure, "failed")
    assert failed[:, 0].tolist() == [3.0]
    assert failed[0, 1] < -6.0
    assert offsets(figure, "below a limit").tolist() == [[4.0, -5.8]]
    assert offsets(figure, "measured")[:, 0].tolist() == [1.0, 2.0, 5.0]
    assert axes.get_ylim()[0] < failed[0, 1]


def test_outliers_are_named() -> None:
    figure = parity()
    assert "m3 (LLZ-03)" in figure.words
    assert "11 of 12 results lie within their intervals" in figure.words


def test_the_most_important_input_stands_on_top() -> None:
    (axes,) = importance().axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["焼成温度", "x"]
    assert axes.patches[0].get_width() == pytest.approx(45)  # the median, in percent


def test_the_triangle_has_its_corners_where_all_is_one_element() -> None:
    paper = Triangle.around(("a", "b", "c"), np.eye(3) * 0.5 + 0.5)
    corners = paper.places(np.eye(3) * 0.5 + 0.5)
    np.testing.assert_allclose(corners, [[0, 0], [1, 0], [0.5, np.sqrt(3) / 2]], atol=1e-12)
    middle = paper.places(np.full((1, 3), 2 / 3))
    np.testing.assert_allclose(middle, corners.mean(0)[None])


@pytest.mark.parametrize(
    ("ending", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")]
)
def test_a_picture_is_a_file_of_each_kind(ending: str, start: bytes) -> None:
    content = importance().content(ending)
    assert content.startswith(start)
