"""Every name that can be chosen stands in docs/strategies.md, and in its translation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tansaku.bo.acquisition import ACQUISITIONS
from tansaku.bo.kernels import KERNELS
from tansaku.bo.priors import PRIORS
from tansaku.strategy import STRATEGIES, UNUSED

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [(DOCS / page).read_text("utf-8") for page in ("strategies.md", "ja/strategies.md")]


@pytest.mark.parametrize("name", sorted({*STRATEGIES, *KERNELS, *PRIORS, *UNUSED, *ACQUISITIONS}))
def test_name_is_documented(name: str) -> None:
    assert all(f"`{name}`" in page for page in PAGES)
