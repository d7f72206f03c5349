"""Attachments: files that belong to samples (a photo, a spectrum, a pattern); each content is kept
once, under its SHA-256."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from mimetypes import MimeTypes
from pathlib import Path
from typing import Final, NamedTuple

from tansaku.campaign.history.records import (
    Attached,
    AttachedFile,
    Attachment,
    CampaignSpec,
    Candidacy,
    Event,
)
from tansaku.campaign.history.sample_names import candidate_of, place_of
from tansaku.campaign.history.state import State
from tansaku.errors import DataError, StoreError, UnknownNameError, UsageError
from tansaku.files import read_whole
from tansaku.language import _

VARIABLE: Final = "TANSAKU_ATTACHMENT"

LARGEST_MB: Final = 20
"""MB of a file where the environment asks for no other number: a photo of a telephone has 2 to 12,
an impedance file or a pattern below 1."""

MOST_MB: Final = 500
"""MB that the environment may ask for: a database holds less than 1000 in one value (SQLite and
PostgreSQL alike), and a content is held in memory as a whole."""

LONGEST_NAME: Final = 200
"""Characters of a file's name; disks take 255 bytes."""

PICTURES: Final[Mapping[bytes, str]] = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"RIFF": "image/webp",
}
"""{how the content begins: kind of picture} of those that a browser shows and that run nothing;
behind RIFF a WebP picture says so once more."""

UNKNOWN: Final = "application/octet-stream"


class GivenFile(NamedTuple):
    """A file to be attached: its name without folders, and its content."""

    name: str
    content: bytes


def largest() -> int:
    """Bytes of the largest file that can be attached.

    Raises:
        UsageError: the environment asks for what is no such number.
    """
    asked = os.environ.get(VARIABLE) or str(LARGEST_MB)
    if not (asked.isascii() and asked.isdigit() and 1 <= int(asked) <= MOST_MB):
        raise UsageError(
            _("{variable} is '{asked}', which is no number of MB.").format(
                variable=VARIABLE, asked=asked
            ),
            _("Set it to a whole number from 1 to {most}.").format(most=MOST_MB),
        )
    return int(asked) * 10**6


def too_large(name: str, size: int) -> str:
    """That a file of so many bytes is too large."""
    return _("The file '{name}' has {size:.1f} MB; at most {most} MB can be attached.").format(
        name=name, size=size / 10**6, most=largest() // 10**6
    )


def smaller() -> str:
    """What to do about it."""
    return _("Make it smaller (a photo: fewer pixels), or set {variable} to more MB.").format(
        variable=VARIABLE
    )


def file_name(text: str) -> str:
    """The name of a file without its folders, in composed Unicode.

    Raises:
        DataError: nothing is left, or what no file should be called.
    """
    name = unicodedata.normalize("NFC", text).replace("\\", "/").rpartition("/")[2].strip()
    if name in ("", ".", "..") or len(name) > LONGEST_NAME or not name.isprintable():
        raise DataError(
            _("'{name}' is no name of a file.").format(name=text[:LONGEST_NAME]),
            _("Give it a name of 1 to {n} printable characters.").format(n=LONGEST_NAME),
        )
    return name


def given_file(name: str, content: bytes) -> GivenFile:
    """A file as it can be attached.

    Raises:
        DataError: it is empty or too large, or has no proper name.
    """
    name = file_name(name)
    if not content:
        raise DataError(
            _("The file '{name}' is empty.").format(name=name),
            _("Nothing was attached. Check that it was written to the end."),
        )
    if len(content) > largest():
        raise DataError(too_large(name, len(content)), smaller())
    return GivenFile(name, content)


def read_file(path: Path) -> GivenFile:
    """The file at ``path``.

    Raises:
        DataError: it is missing, cannot be read, is a folder, empty or too large.
    """
    size = path.stat().st_size if path.is_file() else 0
    if size > largest():
        raise DataError(too_large(path.name, size), smaller())
    return given_file(path.name, read_whole(path))


def digest(content: bytes) -> str:
    """The SHA-256 of a content, as attachments have it."""
    return hashlib.sha256(content).hexdigest()


def media_type(name: str, content: bytes) -> str:
    """What a file holds: of pictures by its content, else by the ending of its name."""
    for sign, kind in PICTURES.items():
        if content.startswith(sign) and (sign != b"RIFF" or content[8:12] == b"WEBP"):
            return kind
    # The types that Python itself knows, and not what this machine was told besides.
    guessed = MimeTypes().guess_type(name)[0] or UNKNOWN
    return UNKNOWN if guessed in PICTURES.values() else guessed


def new_files(
    spec: CampaignSpec, state: State, sample: str, files: Sequence[GivenFile], remark: str
) -> Attached | None:
    """The event that attaches files to a sample; ``None`` where all are attached to it already,
    each under its name.

    Raises:
        UnknownNameError, UsageError: ``sample`` stands for none, or for two.
    """
    place = place_of(spec, state, sample)
    there = {(f.sha256, f.name) for f in files_of(state, candidate_of(spec, place))}
    given = {(digest(f.content), f.name): f for f in files}
    new = [(key, file) for key, file in given.items() if key not in there]
    if not new:
        return None
    return Attached(
        at=datetime.now(UTC),
        sample=sample.strip(),
        pool_row=place.label,
        inputs=spec.space.named(place.row),
        files=tuple(
            Attachment(
                id=f"f{number}",
                name=file.name,
                media_type=media_type(*file),
                size=len(file.content),
                sha256=sha256,
            )
            for number, ((sha256, _name), file) in enumerate(new, start=state.attached + 1)
        ),
        remark=remark,
    )


def files_of(state: State, candidate: Candidacy) -> tuple[AttachedFile, ...]:
    """The files of a candidate; those of a measurement go with it where it is corrected to be of
    another one."""
    now: dict[str, Candidacy] = {m.id: m.candidate for m in state.measurements}
    return tuple(f for f in state.files.values() if now.get(f.sample, f.candidate) == candidate)


def chosen_files(
    spec: CampaignSpec, state: State, which: str | None = None
) -> tuple[AttachedFile, ...]:
    """All files, that of an id (``f2``), or those of a sample.

    Raises:
        UnknownNameError: nothing is called so.
    """
    if which is None:
        return tuple(state.files.values())
    if which in state.files:
        return (state.files[which],)
    return files_of(state, candidate_of(spec, place_of(spec, state, which)))


def file_of(spec: CampaignSpec, state: State, id: str) -> AttachedFile:
    """The file of this id.

    Raises:
        UnknownNameError: there is none.
    """
    if id not in state.files:
        raise UnknownNameError(
            _("Campaign '{name}' has no attached file '{id}'.").format(name=spec.name, id=id),
            _("Known: {names}.").format(names=", ".join(state.files) or "-"),
        )
    return state.files[id]


def checked(file: Attachment, content: bytes | None) -> bytes:
    """The content of an attached file, as it was found.

    Raises:
        StoreError: there is none, or it is not as it was attached.
    """
    called = f"{file.id} ({file.name})"
    if content is None:
        raise StoreError(_("The content of {file} is missing.").format(file=called), put_back())
    if digest(content) != file.sha256:
        raise StoreError(
            _("The content of {file} is not as it was attached.").format(file=called), put_right()
        )
    return content


def put_back() -> str:
    """What to do where a content is lost."""
    return _("Attach the same file again, which puts it back, or withdraw it.")


def put_right() -> str:
    """What to do where a content is damaged."""
    return _("Attach the same file again, which puts it right, or bring back a copy of the store.")


def every_attachment(events: Iterable[Event]) -> tuple[Attachment, ...]:
    """What a log names, with what was taken back or withdrawn."""
    return tuple(f for event in events if isinstance(event, Attached) for f in event.files)


def whole_contents(
    events: Iterable[Event], state: State, find: Callable[[str], bytes | None]
) -> dict[str, bytes]:
    """{SHA-256: content} of all files that a log names, as ``find`` has them. Of those withdrawn or
    taken back a content may be missing.

    Raises:
        StoreError: one is missing, or not as it was attached; names the file.
    """
    found = {}
    for file in every_attachment(events):
        content = find(file.sha256)
        if content is not None or file.id in state.files:
            found[file.sha256] = checked(file, content)
    return found
