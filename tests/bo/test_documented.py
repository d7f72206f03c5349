"""Every name that can be chosen stands in docs/strategies.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tansaku.bo.acquisition import ACQUISITIONS
from tansaku.bo.kernels import KERNELS
from tansaku.bo.priors import PRIORS
from tansaku.strategy import STRATEGIES, UNUSED

PAGE = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted({*STRATEGIES, *KERNELS, *PRIORS, *UNUSED, *ACQUISITIONS}))
def test_name_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE
