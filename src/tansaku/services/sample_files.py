"""attach and attachments: files that belong to samples, in and out again."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from pydantic import Field

from tansaku.campaign.attachments import GivenFile, file_of, read_file
from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import AttachedFile
from tansaku.files import Staged, make_folder
from tansaku.language import _
from tansaku.services.opened import Changed, change, load
from tansaku.spec import Answer


class AttachedFiles(Changed):
    """Files that are attached to a sample now, and the campaign afterwards."""

    attachments: tuple[AttachedFile, ...]


class Attachments(Answer):
    """Attached files, in the order of attaching.

    Attributes:
        saved: Where their contents were written, where that was asked for.
    """

    campaign: str
    attachments: tuple[AttachedFile, ...]
    saved: tuple[Path, ...] = ()


class AttachedContent(Answer):
    """An attached file, and its content; ``None`` where the caller has it."""

    file: AttachedFile
    content: bytes | None = Field(exclude=True, repr=False)


def attach(
    store: str, name: str, sample: str, files: Sequence[Path | GivenFile], *, remark: str = ""
) -> AttachedFiles:
    """Attach files to a sample, all of them or none; one that is attached to it already under its
    name stays as it is.

    Args:
        store: URL of the store.
        name: The campaign.
        sample: A suggestion's id, a measurement's, or what the lab calls the sample.
        files: Where they are, or what they hold.
        remark: Kept with them.

    Raises:
        UnknownNameError: nothing is called so.
        DataError: a file is missing, empty or too large, or has no proper name.
    """
    given = [each if isinstance(each, GivenFile) else read_file(each) for each in files]

    def act(campaign: Campaign) -> AttachedFiles:
        found = campaign.attach(sample, *given, remark=remark)
        return AttachedFiles.of(campaign, attachments=found)

    return change(store, name, act)


def attachments(
    store: str,
    name: str,
    which: str | None = None,
    *,
    folder: Path | None = None,
    force: bool = False,
) -> Attachments:
    """The attached files, and their contents in a folder, all of them or none.

    Args:
        store: URL of the store.
        name: The campaign.
        which: Those of a sample, or the one of an id (``f2``); all without it.
        folder: Where their contents are written, each named by its id and its name.
        force: Whether to write over files that are there.

    Raises:
        UnknownNameError: nothing is called so.
        StoreError: a content is missing or damaged, or cannot be written.
    """
    campaign = load(store, name)
    found = campaign.attachments(which)
    saved: list[Path] = []
    if folder is not None:
        make_folder(folder, _("Name another folder."))
        with Staged() as staged:
            for each in found:
                saved.append(folder / saved_name(each))
                staged.add(saved[-1], campaign.content(each.id), force=force)
            staged.put()
    return Attachments(campaign=campaign.name, attachments=found, saved=tuple(saved))


def content(store: str, name: str, id: str, *, held: Collection[str] = ()) -> AttachedContent:
    """The attached file of this id, as it was attached; ``held`` are SHA-256 of contents that the
    caller has.

    Raises:
        UnknownNameError: there is none.
        StoreError: its content is missing or damaged.
    """
    campaign = load(store, name)
    file = file_of(campaign.document.campaign, campaign.state, id)
    found = None if file.sha256 in held else campaign.content(id)
    return AttachedContent(file=file, content=found)


def saved_name(file: AttachedFile) -> str:
    """What a file is called on a disk, also on one of Windows: two may have the same name."""
    return f"{file.id}-" + re.sub(r'[<>:"/\\|?*]', "_", file.name).rstrip(". ")
