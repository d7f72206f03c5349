"""Keeping: a campaign in a file, or in a store that every change of it goes to."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, cast

from tansaku.campaign.attachments import whole_contents
from tansaku.campaign.history.records import CampaignDocument, Created, Event
from tansaku.campaign.history.state import fold
from tansaku.errors import StoreError
from tansaku.files import write_whole
from tansaku.language import _

STORES = "tansaku.store"
"""Named, not imported: it stands above campaigns and knows them, and it brings SQLAlchemy."""


class Contents(Protocol):
    """Contents of attached files, likewise."""

    def find(self, name: str, sha256: str) -> bytes | None:
        """One that the log of a campaign names, where it is there."""


class Opened(Protocol):
    """An open store, as campaigns see it."""

    def load(self, name: str) -> CampaignDocument:
        """The campaign of this name."""

    def append(
        self, name: str, events: Sequence[Event], *, after: int, contents: Mapping[str, bytes]
    ) -> None:
        """Store more events of a campaign that has ``after`` of them, with these contents."""

    @property
    def contents(self) -> Contents:
        """The contents of attached files."""


NO_CONTENTS: Final[Mapping[str, bytes]] = {}


class Keeper(Protocol):
    """Where the contents of attached files are, and what is done with a new event before the
    campaign has it."""

    @property
    def contents(self) -> Mapping[str, bytes]:
        """Those that this program holds."""

    def content(self, sha256: str) -> bytes | None:
        """One of them, wherever it is; ``None`` where it is nowhere."""

    def __call__(
        self, events: Sequence[Event], after: int, contents: Mapping[str, bytes] = NO_CONTENTS
    ) -> None:
        """``events`` follow on ``after`` others."""


class Held:
    """Nothing is done: the campaign lives in this program alone, with all contents."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = dict(contents)

    def content(self, sha256: str) -> bytes | None:
        """One of them."""
        return self.contents.get(sha256)

    def __call__(
        self, events: Sequence[Event], after: int, contents: Mapping[str, bytes] = NO_CONTENTS
    ) -> None:
        del events, after
        self.contents |= contents


class Stored:
    """Keeps each change of a campaign in a store, before the program goes on."""

    def __init__(self, store: str, name: str) -> None:
        self._store = store
        self._name = name

    def document(self) -> CampaignDocument:
        """The campaign as it is now; errors as of :meth:`tansaku.Campaign.open`."""
        with self._opened() as store:
            return store.load(self._name)

    @property
    def contents(self) -> Mapping[str, bytes]:
        """None: they are in the store."""
        return NO_CONTENTS

    def content(self, sha256: str) -> bytes | None:
        """One of them, out of the store."""
        with self._opened() as store:
            return store.contents.find(self._name, sha256)

    def __call__(
        self, events: Sequence[Event], after: int, contents: Mapping[str, bytes] = NO_CONTENTS
    ) -> None:
        with self._opened() as store:
            store.append(self._name, events, after=after, contents=contents)

    def _opened(self) -> AbstractContextManager[Opened]:
        found: Any = importlib.import_module(STORES)
        return cast("AbstractContextManager[Opened]", found.open_store(self._store))


def write_document(document: CampaignDocument, path: Path, *, force: bool) -> None:
    """Write a whole campaign to a file, in one step.

    Raises:
        StoreError: the file cannot be written, or, without ``force``, holds something else than an
            earlier state of this campaign.
    """
    if path.exists() and not force:
        there = _read(path)
        before = document.events[: len(there.events)]
        if there.campaign != document.campaign or there.events != before:
            raise StoreError(
                _("The file {file} holds another campaign, or changes that this one lacks.").format(
                    file=path
                ),
                _("Name another file, or write over it with force=True."),
            )
    write_whole(path, written(document), force=True)


def written(document: CampaignDocument) -> bytes:
    """A whole campaign as the text of a file."""
    return (document.model_dump_json(indent=2) + "\n").encode()


def read_campaign(path: Path) -> CampaignDocument:
    """The campaign in a file that :func:`write_document` or ``tansaku export`` wrote.

    Raises:
        StoreError: the file cannot be read, holds no campaign, or contradicts itself.
    """
    document = _read(path)
    check_begun(document)
    with replaying(document.campaign.name):
        state = fold(document.events)
    contents = whole_contents(document.events, state, document.contents.get)
    return document.model_copy(update={"contents": contents})


def check_begun(document: CampaignDocument) -> None:
    """See that a campaign from outside has the event that made it.

    Raises:
        StoreError: it has none, or not as its first one.
    """
    if not (document.events and isinstance(document.events[0], Created)):
        raise StoreError(
            _("Campaign '{name}' has no event that made it.").format(name=document.campaign.name),
            _("It was changed by hand or damaged: bring back a copy."),
        )


def _read(path: Path) -> CampaignDocument:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise StoreError(
            _("The file {file} cannot be read: {why}.").format(file=path, why=error.strerror),
            _("Give a .json file that 'tansaku export' wrote."),
        ) from error
    except UnicodeDecodeError as error:
        raise StoreError(
            _("The file {file} holds no campaign: it is not UTF-8 text.").format(file=path),
            _("Give a .json file that 'tansaku export' wrote."),
        ) from error
    found: Any = importlib.import_module(STORES)
    return cast("CampaignDocument", found.read_document(text, where=str(path)))


@contextmanager
def replaying(name: str) -> Iterator[None]:
    """Inside, a document from outside is added up; one whose events contradict each other (a word
    on a result that is not there, a row that is no candidate) is told as such.

    Raises:
        StoreError: it contradicts itself.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise StoreError(
            _("Campaign '{name}' contradicts itself ({kind}: {why}).").format(
                name=name, kind=type(error).__name__, why=error
            ),
            _("It was changed by hand or damaged: bring back a copy."),
        ) from error
