"""Inputs that tell nothing: noticed, said, and searched at random."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tests.seeds import generator


def partly_measured(values: np.ndarray, seed: int) -> tk.Campaign:
    """A 9 x 9 grid, 24 of its values known."""
    grid = pd.DataFrame([(a, b) for a in range(9) for b in range(9)], columns=["a", "b"])
    known = generator(seed).choice(81, 24, replace=False)
    grid["y"] = np.where(np.isin(np.arange(81), known), values, np.nan)
    return tk.Campaign.from_table(grid.astype(float), inputs=["a", "b"], target="y")


def test_noise_raises_the_doubt_and_a_pattern_takes_it_away() -> None:
    a, b = np.divmod(np.arange(81), 9)
    doubts = {"noise": [], "hill": []}
    for seed in range(8):
        noise = generator([seed, 1]).standard_normal(81)
        hill = np.exp(-((a - 5) ** 2 + (b - 3) ** 2) / 12) + 0.01 * noise
        for name, values in (("noise", noise), ("hill", hill)):
            found = partly_measured(values, seed).suggest(n=1, seed=seed)
            doubts[name].append(found.model["no_pattern"])
    assert np.median(doubts["noise"]) > 0.2  # it began at 0.1
    assert max(doubts["hill"]) < 1e-3


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_sample_drawn_for_lack_of_a_pattern_says_so(language: str) -> None:
    from tansaku.language import use

    said, doubts = [], []
    with use(language):
        for seed in range(12):
            noise = generator([seed, 1]).standard_normal(81)
            found = partly_measured(noise, seed).suggest(n=4, seed=seed)
            kinds = [s.reason.kind for s in found.suggestions]
            doubts.append(found.model["no_pattern"])
            if doubts[-1] <= 0.5:
                assert "no_pattern" not in kinds
            said += [kind == "no_pattern" for kind in kinds if doubts[-1] > 0.5]
            sentences = {s["reason"] for s in found.document()["suggestions"]}
            assert all("{" not in sentence for sentence in sentences)
    assert np.mean(said) == pytest.approx(np.mean([d for d in doubts if d > 0.5]), abs=0.3)
