"""plot: pictures of a campaign, written to files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tansaku.errors import StoreError, UsageError
from tansaku.files import Staged, make_folder, refuse_taken
from tansaku.language import _
from tansaku.services.opened import load
from tansaku.space import Value
from tansaku.spec import Answer
from tansaku.strategy import strategy_of

ENDINGS = (".png", ".svg", ".pdf")


class PlottedPicture(Answer):
    """One picture.

    Attributes:
        kind: ``map``, ``progress``, ..
        file: Where it is.
        words: What is written on it but for the ticks.
        shows: Its numbers, in the units and on the scales of its axes.
    """

    kind: str
    file: Path
    words: tuple[str, ...]
    shows: dict[str, Any]


class Plotted(Answer):
    """Pictures of a campaign."""

    campaign: str
    pictures: tuple[PlottedPicture, ...]


class SuitingKinds(Answer):
    """The kinds of pictures that suit a campaign, in the order of what they tell."""

    campaign: str
    kinds: tuple[str, ...]


def suiting_kinds(store: str, name: str) -> SuitingKinds:
    """Which pictures suit the campaign ``name``; nothing is drawn.

    Raises:
        CampaignNotFoundError: the store has none of that name.
    """
    from tansaku.campaign.pictures.draw import suiting  # on demand: torch, matplotlib

    return SuitingKinds(campaign=name, kinds=suiting(load(store, name).document))


def plot(
    store: str,
    name: str,
    kinds: Sequence[str] = (),
    *,
    out: Path | None = None,
    target: str | None = None,
    at: Mapping[str, Value] | None = None,
    over: Sequence[str] = (),
    strategy: str = "standard",
    seed: int = 0,
    force: bool = False,
) -> Plotted:
    """Draw a campaign; all pictures are written, or none.

    Args:
        store: URL of the store.
        name: The campaign.
        kinds: ``map``, ``progress``, ..; without any the four that suit the campaign.
        out: A .png, .svg or .pdf file, which of several pictures begins their names, or a folder,
            made where it is missing; by default the folder one is in.
        target, at, over, strategy, seed: As for :meth:`~tansaku.campaign.campaign.Campaign.plot`.
        force: Write over files that are there.

    Raises:
        UsageError: another ending, or a picture that does not fit the campaign.
        UnknownNameError: there is no such picture.
        ModelError: too few results; says how many are needed.
        StoreError: the folder of a file is not there, a folder cannot be made, or a file is there.
    """
    from tansaku.campaign.pictures.draw import Request, draw  # on demand: torch, matplotlib

    out = Path.cwd() if out is None else out
    stem, ending = _place(out, name)
    alone = len(kinds) == 1 and stem.parent != out

    def place(kind: str) -> Path:
        return stem.with_name(stem.name + ("" if alone else f"-{kind}") + ending)

    if not force:
        for kind in kinds:
            refuse_taken(place(kind))  # before anything is computed
    request = Request(strategy_of(strategy), seed, target, at or {}, tuple(over))
    pictures = draw(load(store, name).document, kinds, request)
    files = tuple(place(picture.kind) for picture in pictures)
    make_folder(stem.parent, _("Name another folder with --out."))
    with Staged() as staged:
        for picture, file in zip(pictures, files, strict=True):
            staged.add(file, picture.figure.content(ending.lstrip(".")), force=force)
        staged.put()
    return Plotted(
        campaign=name,
        pictures=tuple(
            PlottedPicture(
                kind=picture.kind, file=file, words=tuple(picture.figure.words), shows=picture.shows
            )
            for picture, file in zip(pictures, files, strict=True)
        ),
    )


def _place(out: Path, name: str) -> tuple[Path, str]:
    """(How files begin, how they end), before anything is computed.

    Raises:
        UsageError: the ending is none of a picture.
        StoreError: the folder of a file is not there.
    """
    if out.is_dir() or not (out.suffix or out.exists()):
        return out / "".join(c if c.isalnum() or c in "-_ ." else "_" for c in name), ENDINGS[0]
    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            _("{file} is no folder, and its ending is not understood.").format(file=out),
            _("Use .png, .svg or .pdf, or name a folder."),
        )
    if not out.parent.is_dir():
        raise StoreError(
            _("The folder {folder} does not exist.").format(folder=out.parent),
            _("Make it, or name another one."),
        )
    return out.with_suffix(""), ending
