"""Campaign report: a whole campaign as one page to read, to print and to send."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from tansaku.campaign.history.records import CampaignDocument
from tansaku.campaign.history.requester import versions
from tansaku.campaign.history.state import fold
from tansaku.campaign.pictures.draw import Request, draw
from tansaku.campaign.progress import status_of
from tansaku.campaign.report import sections
from tansaku.campaign.report.content import Figure, Page, Section
from tansaku.campaign.report.methods import of_methods
from tansaku.campaign.report.report_page import as_page
from tansaku.campaign.sources.relevance import verdicts
from tansaku.errors import UsageError
from tansaku.files import refuse_taken, write_whole
from tansaku.insight.figures import minute
from tansaku.language import _, joined
from tansaku.strategy import Strategy

ENDINGS: Final = (".html", ".htm")

BROAD: Final = 2.0
"""Width over height from which half of a page is too narrow for a picture: it would be lower than
four lines of text."""


class Written(NamedTuple):
    """What was written: its size in bytes, the headings, and the pictures by their kinds."""

    size: int
    sections: tuple[str, ...]
    pictures: tuple[str, ...]


def write_report(
    document: CampaignDocument, path: Path, strategy: Strategy, seed: int, *, force: bool
) -> Written:
    """Write the report of a campaign, whole or not at all, in the language in use.

    Raises:
        UsageError: the file is none of HTML.
        StoreError: it is there and ``force`` is false, or it cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(
            _("The ending of {file} is not understood.").format(file=path),
            _("A report is a page: use .html."),
        )
    if not force:
        refuse_taken(path)  # before anything is computed
    kinds, page = page_of(document, strategy, seed)
    content = as_page(page)
    write_whole(path, content, force=force)
    return Written(len(content), tuple(each.title for each in page.sections), kinds)


def page_of(
    document: CampaignDocument, strategy: Strategy, seed: int
) -> tuple[tuple[str, ...], Page]:
    """(Kinds of the pictures, the whole of the report)."""
    spec, events = document.campaign, document.events
    state = fold(events)
    judged = verdicts(spec, state, strategy, seed) if state.sources else ()
    kinds, pictures = _pictures(document, Request(strategy, seed))
    parts = [
        sections.of_campaign(spec, status_of(spec, state)),
        sections.of_suggestions(document, state),
        pictures,
        sections.of_trust(spec, state, strategy, seed),
        sections.of_results(spec, state),
        *sections.of_earlier(state),
        *sections.of_sources(state.sources, judged),
        of_methods(events, state),
        sections.of_versions(events),
        sections.of_history(events),
    ]
    subtitle = _("Report of {time}, tansaku {version}").format(
        time=minute(datetime.now(UTC)), version=versions()["tansaku"]
    )
    return kinds, Page(_("Campaign {name}").format(name=spec.name), subtitle, parts)


def _pictures(document: CampaignDocument, request: Request) -> tuple[tuple[str, ...], Section]:
    """The pictures that suit the campaign; where it has too few results, what is needed."""
    try:
        drawn = draw(document, (), request)
    except sections.NOT_TOLD as error:
        return (), Section(_("Pictures"), [joined(error.message, error.hint)])
    figures = [
        Figure(
            title=title_of(each.kind),
            png=each.figure.content(),
            words="; ".join(each.figure.words),
            broad=each.figure.get_figwidth() > BROAD * each.figure.get_figheight(),
        )
        for each in drawn
    ]
    return tuple(each.kind for each in drawn), Section(_("Pictures"), figures=figures)


def title_of(kind: str) -> str:
    """What a picture shows, in a word or two."""
    return {
        "map": _("Map"),
        "slice": _("Slices"),
        "ternary": _("Ternary map"),
        "profile": _("Profile of each input"),
        "acquisition": _("Acquisition function"),
        "parity": _("Predicted and measured"),
        "progress": _("Progress"),
        "pareto": _("Trade-offs"),
        "importance": _("Importance of the inputs"),
        "arrhenius": _("Arrhenius plot"),
        "sources": _("Older data"),
        "runs": _("Furnace runs"),
    }[kind]
