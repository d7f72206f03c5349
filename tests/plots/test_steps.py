"""The figures of steps show the numbers that they were given."""

from __future__ import annotations

import numpy as np
import pytest

from tansaku.language import use
from tansaku.plots.steps import Hits, counts_figure, steps_figure
from tests.plots.conftest import cut_off

HITS = [
    Hits("standard", np.arange(20.0)),
    Hits("mixed", np.array([3.0] * 19 + [12.0]), published=15.0),
    Hits("random", np.array([5.0] * 18 + [np.inf] * 2)),
]


def test_steps_to_a_level() -> None:
    assert [h.to(0.95) for h in HITS] == [18.0, 3.0, np.inf]
    assert HITS[0].to(1.0) == 19.0
    assert HITS[0].to(0.0) == 0.0


def test_counts_are_those_of_the_runs() -> None:
    figure = counts_figure(HITS, candidates=24, title="a pair")
    drawn = {str(line.get_label()): line for line in figure.axes[0].get_lines()}
    np.testing.assert_array_equal(drawn["standard"].get_ydata(), np.minimum(np.arange(24) + 1, 20))
    np.testing.assert_array_equal(drawn["random"].get_ydata(), np.where(np.arange(24) < 5, 0, 18))
    random = drawn["random search (exact)"].get_ydata()
    assert random[0] == pytest.approx(20 / 24)
    assert random[-1] == pytest.approx(20)
    assert not cut_off(figure)


def test_bars_are_the_steps_to_the_level() -> None:
    figure = steps_figure(HITS)
    axes = figure.axes[0]
    assert [patch.get_width() for patch in axes.patches] == [18.0, 3.0]
    texts = [t.get_text() for t in axes.texts]
    assert texts[:2] == ["18", "3"]
    assert texts[2].startswith("not reached (")
    drawn = {line.get_marker(): line for line in axes.get_lines()}
    assert drawn["|"].get_xdata().tolist() == [9.5, pytest.approx(3.45)]  # no mean of random
    assert drawn["D"].get_xdata().tolist() == [15.0]
    assert not cut_off(figure)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_is_cut_off_in_any_language(language: str) -> None:
    use(language)
    try:
        for figure in (counts_figure(HITS, candidates=24), steps_figure(HITS)):
            assert not cut_off(figure)
    finally:
        use("en")
