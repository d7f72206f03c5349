"""The Arrhenius plot shows the points, lines and intervals it was given."""

from __future__ import annotations

import io
import logging

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from tansaku.language import use
from tansaku.plots.arrhenius_plot import MOST_NAMED, Condition, arrhenius_figure
from tests.plots.conftest import cut_off

T = np.array([298.15, 323.15, 348.15, 373.15])
ON_LINE = np.linspace(290.0, 380.0, 20)


def condition(name: str, energy: float = 0.3, **changed: object) -> Condition:
    def log10(T: np.ndarray) -> np.ndarray:
        return 1.0 - energy / (8.617e-5 * np.log(10) * T)

    given = {"low": log10(ON_LINE) - 0.1, "high": log10(ON_LINE) + 0.1, "energy": energy}
    given |= {"energy_sd": 0.012} | changed
    return Condition(name, T, log10(T) + 0.02, ON_LINE, log10(ON_LINE), **given)


def test_points_line_and_interval_hold_their_numbers() -> None:
    one = condition("A")
    axes = arrhenius_figure([one], title="a $ study").axes[0]
    points, line = axes.lines
    np.testing.assert_allclose(points.get_xdata(), 1000 / T)
    np.testing.assert_allclose(points.get_ydata(), one.log10)
    np.testing.assert_allclose(line.get_xdata(), 1000 / ON_LINE)
    np.testing.assert_allclose(line.get_ydata(), one.line)
    band = axes.collections[0].get_paths()[0].vertices
    for x, low, high in zip(1000 / ON_LINE, one.low, one.high, strict=True):
        heights = band[np.isclose(band[:, 0], x), 1]
        assert heights.min() == pytest.approx(low)
        assert heights.max() == pytest.approx(high)
    assert axes.get_xlabel() == "1000 K / T"
    assert axes.get_ylabel() == r"$\log_{10}$(σ / S cm$^{-1}$)"
    assert axes.get_title(loc="left") == r"a \$ study"


def names(figure: Figure) -> list[str]:
    return [each.get_text() for legend in figure.legends for each in legend.get_texts()]


def test_names_state_energies_as_far_as_they_are_known() -> None:
    bare = Condition("C", T[:1], np.array([-5.0]), np.empty(0), np.empty(0))
    two = condition("B", low=None, high=None, energy_sd=None)
    figure = arrhenius_figure([condition("A"), two, bare])
    assert names(figure) == ["A: 0.300 ± 0.012 eV", "B: 0.300 eV", "C"]
    sure = arrhenius_figure([condition("D", energy_sd=0.00034), condition("E", energy_sd=0.0)])
    assert names(sure) == ["D: 0.30000 ± 0.00034 eV", "E: 0.300 ± 0.000 eV"]
    assert len(figure.axes[0].collections) == 1  # one interval
    assert len(figure.axes[0].lines) == 5  # three sets of points, two lines


def test_the_upper_axis_is_in_degrees_celsius() -> None:
    figure = arrhenius_figure([condition("A")])
    figure.draw_without_rendering()
    (upper,) = figure.axes[0].child_axes
    for place, label in zip(upper.get_xticks(), upper.get_xticklabels(), strict=True):
        assert float(label.get_text()) == pytest.approx(1000 / place - 273.15)
    assert len(upper.get_xticks()) >= 3
    boxes = [each.get_window_extent() for each in upper.get_xticklabels()]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_all_named_conditions_are_told_apart() -> None:
    figure = arrhenius_figure([condition(str(i), 0.2 + i / 50) for i in range(MOST_NAMED)])
    points = figure.axes[0].lines[::2]
    looks = {(p.get_color(), p.get_marker(), p.get_markerfacecolor()) for p in points}
    assert len(looks) == MOST_NAMED


def test_more_conditions_are_coloured_by_their_energy() -> None:
    many = [condition(str(i), 0.2 + i / 100) for i in range(MOST_NAMED + 1)]
    figure = arrhenius_figure([*many, Condition("one", T[:1], T[:1] - 303, T[:0], T[:0])])
    assert names(figure) == []
    assert figure.axes[1].get_ylabel() == "activation energy / eV"
    colors = {str(each.get_color()) for each in figure.axes[0].lines[1::2]}
    assert len(colors) >= MOST_NAMED


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_glyph_is_missing_and_nothing_is_cut_off(
    language: str, caplog: pytest.LogCaptureFixture
) -> None:
    with use(language), caplog.at_level(logging.WARNING):
        long = "Li₁₊ₓCaₓZr₂₋ₓ(PO₄)₃ 焼成 1200 ℃, 24 h, " * 4
        figure = arrhenius_figure([condition("標準 $"), condition(long)], title="導電率")
        for kind in ("png", "svg", "pdf"):
            figure.savefig(io.BytesIO(), format=kind)
    assert not caplog.records
    assert cut_off(figure) == []


def test_nothing_to_draw_is_an_empty_picture() -> None:
    arrhenius_figure([]).savefig(io.BytesIO(), format="png")


def test_settings_of_matplotlib_come_back() -> None:
    before = dict(mpl.rcParams)
    arrhenius_figure([condition("A")])
    assert dict(mpl.rcParams) == before
