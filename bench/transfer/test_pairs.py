"""The pairs are what they say they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.quality.tables import DATA_FOLDER
from bench.seeds import SEEDS
from bench.transfer.literature import FAMILIES, NASICONS, SIGMA, behind, questions
from bench.transfer.literature_report import MOST_POOLED, pooled, until, with_first
from bench.transfer.pairs import all_pairs, misleading, synthetic_pairs
from bench.transfer.report import headline
from bench.transfer.score import kept, n95, ratio, regret, searched, seen_by, steps_to_best
from tansaku.strategy import STRATEGIES


def test_synthetic_pairs() -> None:
    pairs = {p.name: p for p in synthetic_pairs()}
    assert len(pairs) == 60
    base = "drawn 2d smooth 1, "
    same, upside_down, scaled = (pairs[base + k] for k in ("identical", "inverted", "scaled"))
    np.testing.assert_allclose(same.older, upside_down.older)
    assert np.corrcoef(same.older_y, upside_down.older_y)[0, 1] < -0.9
    assert np.corrcoef(same.older_y, scaled.older_y)[0, 1] > 0.9
    assert abs(np.corrcoef(same.older_y, pairs[base + "unrelated"].older_y)[0, 1]) < 0.8
    for pair in pairs.values():
        both = np.concatenate([pair.X, pair.older])
        assert both.min() == 0
        assert both.max() == 1


needs_data = pytest.mark.skipif(
    not (DATA_FOLDER / "obelix.csv").exists(), reason="the data folder is not in a public clone"
)


@needs_data
def test_the_split_is_by_pair() -> None:
    pairs = all_pairs(DATA_FOLDER)
    assert len({p.name for p in pairs}) == len(pairs)
    sides = {
        side: [p for p in pairs if p.side == side] for side in ("open", "held-out", "headline")
    }
    assert {k: len(v) for k, v in sides.items()} == {"open": 30, "held-out": 56, "headline": 8}
    for pair in pairs:
        assert pair.X.shape[1] == pair.older.shape[1]
        assert np.isfinite(pair.y).all()
        assert np.isfinite(pair.older_y).all()


def test_misleading_copies() -> None:
    pair = next(synthetic_pairs())
    inverted, permuted = misleading(pair)
    np.testing.assert_allclose(inverted.older_y.argsort(), pair.older_y.argsort()[::-1])
    assert sorted(permuted.older_y) == sorted(pair.older_y)
    assert inverted.misleads
    assert not pair.misleads


def test_scores_by_hand() -> None:
    pair = next(synthetic_pairs())
    order = np.argsort(-pair.y)
    picks = np.stack([np.r_[order[5], order[0], order[6:25]], order[10:31]])
    gap = pair.y.max() - pair.y.mean()
    expected = [0.0, (pair.y.max() - pair.y[order[10]]) / gap]
    np.testing.assert_allclose(regret(pair, picks), expected)
    assert steps_to_best(pair, picks).tolist() == [1.0, np.inf]
    assert n95(np.arange(20.0)) == 18.0
    a, b = np.array([0.2, 0.4]), np.array([0.1, 0.1])
    assert ratio(b, a).value == pytest.approx(1 / 3)
    assert kept(b, a, [b]) == pytest.approx(1.0)
    assert np.isnan(kept(a, a, [a]))


def test_every_first_sample_once_for_each_seed() -> None:
    pair = next(synthetic_pairs())
    N = len(pair.y)
    picks = searched(pair, STRATEGIES["random"], None, 2)
    assert picks[:, 0].tolist() == [*range(N)] * len(SEEDS)
    assert (picks[:N] != picks[N : 2 * N]).any()


def test_headline_over_three_seeds_by_hand() -> None:
    """Searches that miss the best within 24 steps count as 25."""
    pair = next(synthetic_pairs())
    best = int(pair.y.argmax())
    others = np.delete(np.arange(len(pair.y)), best)

    def found_at(*steps: int) -> dict[str, object]:
        rows = [np.insert(others, k, best) for k in np.repeat(steps, len(pair.y))]
        return {"seconds": 1.0, "picks": rows}

    text = headline([pair], {pair.name: {"alone": found_at(4, 6, 5), "mixed": found_at(2, 30, 2)}})
    alone, mixed = text.splitlines()[-2:]
    assert alone.endswith("| `alone` | 5 (4 to 6) | 5.0 (4.0 to 6.0) |  | 1 |")
    assert mixed.endswith("| 2 (2 to > 24) | 2.0 (2.0 to 25.0) | +4.7 (+4.7 to +4.7) | 1 |")


@needs_data
def test_the_literature_holds_nothing_of_what_is_searched() -> None:
    asked = {name: (searched, older) for name, searched, older in questions(DATA_FOLDER)}
    assert len(asked) == 8
    for name, (target, older) in asked.items():
        assert not target.articles & {*older["DOI"]}
        if name.startswith("other families"):
            assert not {*target.formulas} & {*older["spelled"]}
            called = FAMILIES.get(name.partition(" > ")[2], NASICONS)
            assert not {*called} & {*older["Family"]}
    target, older = asked["other families > argyrodites"]
    assert not any("argyrodite" in each for each in older["Family"])
    pair = behind("other families > argyrodites", target, older.drop(columns="spelled"))
    assert pair.counts is not None
    assert pair.own is not None
    assert (len(pair.X), len(pair.own)) == (len(target.y),) * 2
    assert pair.counts.sum() == len(older)
    assert np.isclose(pair.older_y.max(), np.log10(older[SIGMA].astype(float).max()), atol=0.5)
    without, none = seen_by(pair, STRATEGIES["alone"])
    assert (without.X.shape, none) == (pair.own.shape, ())
    joint, sources = seen_by(pair, STRATEGIES["standard"])
    assert (joint.X.shape, len(sources)) == (pair.X.shape, 1)
    few = pooled(pair)
    assert len(few.older_y) == MOST_POOLED
    assert {*few.older_y} <= {*pair.older_y}


def test_samples_until_and_the_first_counts_by_hand() -> None:
    pair = next(synthetic_pairs())
    pair = replace(pair, y=np.array([1.0, 2.0, 3.0, 3.0 + np.log10(0.92)]))
    picks = np.array([[0, 3, 2], [2, 0, 1], [0, 1, 0]])
    assert until(pair, picks, 0.9).tolist() == [2, 1, np.inf]
    assert until(pair, picks, 1.0).tolist() == [3, 1, np.inf]
    gap = 3 - pair.y.mean()
    expected = [(2 + 3 - pair.y[3]) / 3 / gap, 0, (2 + 1 + 1) / 3 / gap]
    np.testing.assert_allclose(with_first(pair, picks), expected)
