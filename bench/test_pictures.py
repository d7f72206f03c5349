"""Figures of tables show what stands on their pages."""

from __future__ import annotations

import pytest

from bench.pictures import rows_of
from bench.process.__main__ import figure
from bench.speed.growth import SWEEPS, draw, published
from tansaku.language import LANGUAGES, use


def test_the_growth_of_costs_is_that_of_the_page() -> None:
    """Every size that is measured stands there, in its order, with its bound below its time."""
    found = published()
    assert {name: [cost.size for cost in costs] for name, costs in found.items()} == SWEEPS
    assert all(0 < cost.bound < cost.seconds for costs in found.values() for cost in costs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_of_tables_speak_both_languages(language: str) -> None:
    with use(language):
        legend = figure().axes[0].get_legend()
        assert legend is not None
        words = [*draw(published()).words, *(text.get_text() for text in legend.get_texts())]
    english = ("measurements", "processor seconds", "compositions: 4.0 times")
    assert all((word in words) == (language == "en") for word in english)


def test_a_table_that_is_not_there_is_missed() -> None:
    with pytest.raises(ValueError, match=r"no table of benchmarks\.md begins with \| none \|"):
        rows_of("benchmarks.md", "| none |")
