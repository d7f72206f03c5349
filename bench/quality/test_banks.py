"""The banks and tables of the study behind the bank of settings."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bench.quality.banks import BANKS, Bank, bank_of, ratio
from bench.quality.family_tables import FAMILIES, family_tables
from tansaku.bo.surrogates import hyperparameter_samples as hs

TABLES = family_tables()


@pytest.mark.parametrize("d", [3, 7])
def test_the_bank_as_it_stands_is_the_defaults(d: int) -> None:
    ours, real = Bank().settings(d), hs.samples_for(d)
    for name in ("length_scales", "noise", "log_prior"):
        torch.testing.assert_close(getattr(ours, name), getattr(real, name))


@pytest.mark.parametrize("name", BANKS)
def test_weights_before_the_data_sum_to_one_and_keep_their_share(name: str) -> None:
    chosen = BANKS[name]
    weights = chosen.settings(4).log_prior.exp()
    assert float(weights.sum()) == pytest.approx(1.0)
    assert float(weights[hs.SHARED_SAMPLES :].sum()) == pytest.approx(chosen.share)


def test_another_bank_stands_only_inside_its_block() -> None:
    usual = hs.samples_for(3)
    with bank_of(BANKS["200, a quarter of the weight"]):
        assert len(hs.samples_for(3).noise) == hs.SHARED_SAMPLES + 200
    assert len(hs.samples_for(3).noise) == len(usual.noise)


def test_ratio_of_halved_regrets_is_one_half() -> None:
    old = [np.linspace(0.1, 0.5, 20), np.linspace(0.2, 0.3, 20)]
    assert ratio([0.5 * v for v in old], old) == "0.50 (0.50 to 0.50)"


def test_family_tables_are_complete_and_repeatable() -> None:
    assert len(TABLES) == 3 * len(FAMILIES)
    assert [t.crc for t in TABLES.values()] == [t.crc for t in family_tables().values()]


def test_one_column_of_three_rules_where_two_weigh_nothing() -> None:
    table = TABLES["wide_sparse_3d"]
    steps = [np.abs(np.diff(table.y[np.argsort(table.X[:, j])])).mean() for j in range(3)]
    assert min(steps) < 0.1 * sorted(steps)[1]
