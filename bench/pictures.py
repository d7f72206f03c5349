"""Figures for the documents: docs/images has them in English, docs/images/ja in Japanese; those of
a table are drawn from the table as it stands on its page, so that they say the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from tansaku.language import use

DOCS = Path(__file__).parents[1] / "docs"
IMAGES = DOCS / "images"
DPI = 100
"""Pixels per inch: a page shows them 700 wide."""


def written(draw: Callable[[], Figure], name: str, folder: Path) -> None:
    """``NAME.png`` in English in ``folder``, and in Japanese in ``folder/ja``; both are made."""
    for language, place in (("en", folder), ("ja", folder / "ja")):
        place.mkdir(parents=True, exist_ok=True)
        with use(language):
            draw().savefig(place / f"{name}.png", dpi=DPI)


def rows_of(page: str, header: str) -> list[list[str]]:
    """The cells of the table of a page whose first line begins with ``header``, row by row.

    Raises:
        ValueError: No table of the page begins so.
    """
    lines = iter((DOCS / page).read_text(encoding="utf-8").splitlines())
    if not any(line.startswith(header) for line in lines):
        raise ValueError(f"no table of {page} begins with {header}")
    next(lines)
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found
