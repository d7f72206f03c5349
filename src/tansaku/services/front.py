"""front: the picture of a campaign's trade-offs, written to a file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from tansaku.errors import UsageError
from tansaku.files import write_whole
from tansaku.language import _
from tansaku.services.opened import load
from tansaku.spec import Answer


class FrontPicture(Answer):
    """The picture of a campaign's trade-offs, and where it is."""

    campaign: str
    file: Path


def draw_front(
    store: str, name: str, file: Path, *, goals: Sequence[str] = (), force: bool = False
) -> FrontPicture:
    """Draw the measured and suggested samples of a campaign over two goals.

    Args:
        store: URL of the store.
        name: The campaign.
        file: A .png, .svg or .pdf file.
        goals: Two of the goals; by default the first two.
        force: Write over a file that is there.

    Raises:
        UsageError: the campaign has fewer than two goals, or another ending.
        StoreError: the file is there, or cannot be written.
    """
    from tansaku.campaign.front_figure import front_figure  # on demand: it brings matplotlib

    ending = file.suffix.lower().lstrip(".")
    if ending not in ("png", "svg", "pdf"):
        raise UsageError(
            _("The ending of {file} is not understood.").format(file=file),
            _("Use .png, .svg or .pdf."),
        )
    campaign = load(store, name)
    picture = io.BytesIO()
    figure = front_figure(campaign.document.campaign, campaign.state, goals)
    figure.savefig(picture, format=ending)
    write_whole(file, picture.getvalue(), force=force)
    return FrontPicture(campaign=campaign.name, file=file)
