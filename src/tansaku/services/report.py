"""report: a campaign as one page to read, to print and to send."""

from __future__ import annotations

from pathlib import Path

from tansaku.services.opened import load
from tansaku.spec import Answer
from tansaku.strategy import strategy_of


class Report(Answer):
    """A page that was written.

    Attributes:
        campaign: Whose it is.
        file: Where it is.
        size_bytes: Of the file, which needs no other.
        sections: Its headings, in the language of the page.
        pictures: The kinds of the pictures on it.
    """

    campaign: str
    file: Path
    size_bytes: int
    sections: tuple[str, ...]
    pictures: tuple[str, ...]


def report(
    store: str,
    name: str,
    file: Path,
    *,
    strategy: str = "standard",
    seed: int = 0,
    force: bool = False,
) -> Report:
    """Write the report of a campaign, whole or not at all, in the language in use.

    Args:
        store: URL of the store.
        name: The campaign.
        file: The page, ending in .html.
        strategy, seed: Whose model is drawn, as for pictures.
        force: Write over a file that is there.

    Raises:
        CampaignNotFoundError: the store has none of that name.
        UsageError: the file is none of HTML, or the strategy has no model.
        StoreError: the file is there and ``force`` is false, or it cannot be written.
    """
    from tansaku.campaign.report.campaign_report import write_report  # on demand: torch, jinja2

    found = write_report(load(store, name).document, file, strategy_of(strategy), seed, force=force)
    return Report(
        campaign=name,
        file=file,
        size_bytes=found.size,
        sections=found.sections,
        pictures=found.pictures,
    )
