"""The discovery figure shows the numbers it was given, and says where the level is reached."""

from __future__ import annotations

import io
import logging

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tansaku.language import use
from tansaku.plots import Curve, discovery_figure
from tansaku.plots.palette import BLUE, VERMILLION
from tests.plots.conftest import cut_off

STEPS = np.arange(1, 21)


def curve(name: str, middle: float, length: int = 20) -> Curve:
    p = 1 / (1 + np.exp(middle - STEPS[:length]))
    return Curve(name, p, np.clip(p - 0.1, 0, 1), np.clip(p + 0.1, 0, 1))


def lines(figure: Figure) -> dict[str, Line2D]:
    handles, labels = figure.axes[0].get_legend_handles_labels()
    return dict(zip(labels, handles, strict=True))


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.axes[0].texts]


def test_curves_bands_and_exact_random_hold_their_numbers() -> None:
    standard, other = curve("standard", 5), curve("lecture", 9, length=12)
    figure = discovery_figure([standard, other], random_exact=STEPS / 20, title="a study")
    drawn = lines(figure)
    assert list(drawn) == [
        "random search (exact): 95 % at 19",
        "standard: 95 % at 8",
        "lecture: 95 % at 12",
    ]
    exact, first, second = drawn.values()
    np.testing.assert_allclose(exact.get_ydata(), 100 * STEPS / 20)
    assert exact.get_linestyle() == "--"
    np.testing.assert_array_equal(first.get_xdata(), STEPS)
    np.testing.assert_allclose(first.get_ydata(), 100 * standard.p)
    np.testing.assert_array_equal(second.get_xdata(), STEPS[:12])
    assert [to_hex(line.get_color()).upper() for line in (first, second)] == [BLUE, VERMILLION]
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    for x, low, high in zip(STEPS, standard.low, standard.high, strict=True):
        heights = band[np.isclose(band[:, 0], x), 1]
        assert heights.min() == pytest.approx(100 * low)
        assert heights.max() == pytest.approx(100 * high)


def test_axes_say_what_they_show() -> None:
    axes = discovery_figure([curve("standard", 5)], title="100 $ study").axes[0]
    assert axes.get_xlabel() == "number of samples measured"
    assert axes.get_ylabel() == "runs that have found the best (%)"
    assert axes.get_title(loc="left") == r"100 \$ study"
    assert axes.get_xlim() == (1, 20)
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_the_level_has_a_line_and_its_samples_are_numbered() -> None:
    figure = discovery_figure([curve("standard", 5)], random_exact=STEPS / 20)
    assert texts(figure) == ["95 %", "8", "19"]
    level = [line for line in figure.axes[0].lines if list(line.get_ydata()) == [95, 95]]
    assert len(level) == 1
    dots = [
        tuple(map(float, (line.get_xdata()[0], line.get_ydata()[0])))
        for line in figure.axes[0].lines
        if line.get_marker() == "o"
    ]
    assert dots == [(8, 95), (19, 95)]


def test_19_of_20_runs_are_95_percent() -> None:
    p = np.array([0.5, 19 / 20, 1.0])
    figure = discovery_figure([Curve("x", p, p, p)])
    assert list(lines(figure)) == ["x: 95 % at 2"]


def test_another_level_and_one_that_is_never_reached() -> None:
    p = np.array([0.1, 0.5, 0.6])
    figure = discovery_figure([Curve("x", p, p, p)], level=0.5)
    assert list(lines(figure)) == ["x: 50 % at 2"]
    figure = discovery_figure([Curve("x", p, p, p)])
    assert list(lines(figure)) == ["x: 95 % not reached"]
    assert texts(figure) == ["95 %"]


@pytest.mark.parametrize("places", [(5, 5.4, 6), (4, 5, 6, 7, 8), (15.6, 16.8)])
def test_numbers_of_close_curves_do_not_overlap(places: tuple[float, ...]) -> None:
    """And one number stands for curves that reach the level together."""
    figure = discovery_figure([curve(str(place), place) for place in places])
    numbers = figure.axes[0].texts[1:]
    boxes = [t.get_window_extent() for t in numbers]
    assert len({t.get_text() for t in numbers}) == len(boxes) > 1
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
    legend = figure.axes[0].get_legend().get_window_extent()
    assert not any(box.overlaps(legend) for box in boxes)


@pytest.mark.parametrize("length", [1, 2])
def test_the_shortest_studies_can_be_drawn(length: int) -> None:
    figure = discovery_figure([curve("x", 0, length)], random_exact=np.ones(length))
    left, right = figure.axes[0].get_xlim()
    assert left < 1 <= right
    figure.savefig(io.BytesIO(), format="png")


def test_seven_strategies_are_told_apart() -> None:
    figure = discovery_figure([curve(str(i), 5 + i / 3) for i in range(7)])
    looks = {(line.get_color(), str(line.get_linestyle())) for line in lines(figure).values()}
    assert len(looks) == 7


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_glyph_is_missing_and_nothing_is_cut_off(
    language: str, caplog: pytest.LogCaptureFixture
) -> None:
    # A missing glyph is a warning, and so an error here; a missing weight is only logged.
    with use(language), caplog.at_level(logging.WARNING):
        figure = discovery_figure(
            [curve("標準 µ₁⁻²", 5)], random_exact=STEPS / 20, title="導電率 (S cm⁻¹)"
        )
        for kind in ("png", "svg", "pdf"):
            figure.savefig(io.BytesIO(), format=kind)
    assert not caplog.records
    assert cut_off(figure) == []


def test_japanese_labels() -> None:
    with use("ja"):
        axes = discovery_figure([curve("standard", 5)]).axes[0]
    assert axes.get_xlabel() == "測定した試料の数"
    assert axes.get_xticklabels()[0].get_fontfamily()[0] == "IPAexGothic"


def test_settings_of_matplotlib_come_back() -> None:
    before = dict(mpl.rcParams)
    discovery_figure([curve("standard", 5)])
    assert dict(mpl.rcParams) == before


def test_the_legend_hides_little_of_the_curves() -> None:
    """Late curves leave the left upper corner free, early ones the right lower one."""
    for middle, right in ((17, False), (4, True)):
        figure = discovery_figure([curve(str(i), middle + i / 4) for i in range(5)])
        axes = figure.axes[0]
        box = axes.get_legend().get_window_extent()
        assert (box.x1 > axes.bbox.x0 + 0.9 * axes.bbox.width) == right
        for line in axes.lines[:5]:
            points = axes.transData.transform(np.c_[line.get_xdata(), line.get_ydata()])
            assert box.count_contains(points) == 0
