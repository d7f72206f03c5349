"""The acceleration figure shows the numbers it was given, on axes that hold them."""

from __future__ import annotations

import numpy as np
import pytest

from tansaku.language import use
from tansaku.plots.acceleration import Space, acceleration_figure
from tests.plots.conftest import cut_off

SPACES = (
    Space("compositions", 49, 4.0, 3.6, 4.4),
    Space("firings", 49, 3.6, 3.1, 4.0),
    Space("both", 2401, 36.9, 26.3, 44.7),
)


def test_marks_and_intervals_hold_their_numbers() -> None:
    figure = acceleration_figure(SPACES, level=0.8, title="wider, more to gain")
    (axes,) = figure.axes
    drawn = [container for container in axes.containers if hasattr(container, "has_yerr")]
    assert len(drawn) == 3
    for space, container in zip(SPACES, drawn, strict=True):
        line, _caps, (bar,) = container
        assert line.get_ydata()[0] == pytest.approx(space.acceleration)
        ends = bar.get_segments()[0][:, 1]
        np.testing.assert_allclose(ends, [space.low, space.high])
    labels = axes.get_legend_handles_labels()[1]
    assert {"compositions: 4.0 times", "both: 37 times"} <= set(labels)
    assert "80 %" in axes.get_legend().get_title().get_text()
    assert axes.get_xscale() == axes.get_yscale() == "log"
    low, high = axes.get_ylim()
    assert low < 1 < 44.7 < high


def test_spaces_of_one_size_stand_side_by_side() -> None:
    (axes,) = acceleration_figure(SPACES).figure.axes
    places = [c[0].get_xdata()[0] for c in axes.containers if hasattr(c, "has_yerr")]
    assert places[0] < 49 < places[1]
    assert places[2] == pytest.approx(2401)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("spaces", [SPACES, SPACES[:1]], ids=["three", "one"])
def test_nothing_is_cut_off(language: str, spaces: tuple[Space, ...]) -> None:
    with use(language):
        assert cut_off(acceleration_figure(spaces)) == []
