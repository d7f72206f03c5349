"""docs/templates.md names every descriptor and every encoding."""

from __future__ import annotations

from pathlib import Path

from tansaku.chem.descriptors import DESCRIPTORS
from tansaku.encode.formula_columns import USUAL_DESCRIPTORS
from tansaku.space.chemistry import ENCODINGS

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")


def test_every_descriptor_and_encoding_is_documented() -> None:
    """And the usual ones are those that the page says."""
    assert [name for name in (*DESCRIPTORS, *ENCODINGS) if f"`{name}`" not in PAGE] == []
    told = " ".join(PAGE.split())
    assert ", ".join(f"`{name}`" for name in USUAL_DESCRIPTORS) in told
