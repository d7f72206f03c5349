"""Checkpoint: the finished searches of a study that is under way, so that it can go on.

A file of lines, each a check sum and a JSON document: first what the study is, then one chunk of
searches each, appended when it is finished. A chunk is replayed whole or taken whole, and its picks
depend on nothing but what the first line fingerprints, so a study that goes on ends with what it
would have been without the stop. What a killed process has half written fails its sum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from tansaku import __version__
from tansaku.bo.device import chosen
from tansaku.design import Ints
from tansaku.errors import StoreError
from tansaku.language import _
from tansaku.spec import Spec

COMPUTED_BY = ("numpy", "scipy", "scikit-learn", "torch")
"""Packages whose version may change the last bit of a number, and so a pick."""

SUM_DIGITS = 16
"""Hexadecimal digits of a line's check sum: 64 bits."""


D = TypeVar("D", bound=Spec)


class Origin(Spec):
    """Which study a checkpoint is of.

    Attributes:
        version: Of tansaku and of what it computes with and on.
        strategies, runs, start, samples, seed: As the study has them.
        fingerprint: Of all that decides on a pick: the table as the model sees it, what is wanted,
            the strategies in full, the start samples.
    """

    version: str
    strategies: tuple[str, ...]
    runs: int
    start: int
    samples: int
    seed: int
    fingerprint: str


class Chunk(Spec):
    """Finished searches of one strategy, the first of them number ``first``.

    Attributes:
        strategy: Its name.
        first: Number of the first search.
        seconds: That the strategy had taken when they were finished.
        picks: Pool positions in the order of sampling, one row a search.
    """

    strategy: str
    first: int
    seconds: float
    picks: tuple[tuple[int, ...], ...]

    def array(self) -> Ints:
        """The picks, shape (k, samples)."""
        return np.array(self.picks, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Held:
    """What a file holds.

    Attributes:
        origin: Of which study; ``None`` where no search was ever finished.
        chunks: Its finished searches, in no order.
        damaged: Lines that are torn or changed; their searches are replayed.
        torn: The last line has no end.
    """

    origin: Origin | None
    chunks: tuple[Chunk, ...] = ()
    damaged: int = 0
    torn: bool = False

    @property
    def runs(self) -> int:
        """Finished searches."""
        return sum({(each.strategy, each.first): len(each.picks) for each in self.chunks}.values())


class Checkpoint:
    """The file of a study, opened by :meth:`open`.

    Attributes:
        chunks: What it held then.
    """

    def __init__(self, path: Path, origin: Origin, held: Held) -> None:
        self.path, self.origin, self.chunks = path, origin, held.chunks
        self._begun, self._torn = held.origin is not None, held.torn

    @classmethod
    def open(cls, path: Path, origin: Origin) -> Checkpoint:
        """The checkpoint of this study; empty where there is none yet.

        Raises:
            StoreError: the file is of another study, no checkpoint, or cannot be read or written.
        """
        try:
            path.open("ab").close()  # a place that takes nothing is told before the work
        except OSError as error:
            raise _unusable(path, error) from error
        held = read(path)
        if held.origin not in (None, origin):
            raise StoreError(
                _("{file} keeps searches of another study: {differences}.").format(
                    file=path, differences="; ".join(_differences(held.origin, origin))
                ),
                _("Give that study's command to go on with it, or delete the file to begin anew."),
            )
        return cls(path, origin, held)

    def add(self, chunk: Chunk) -> None:
        """Append a chunk in one step.

        Raises:
            StoreError: the file cannot be written, for a full disk for example.
        """
        first = _line(self.origin, "")
        before = b"\n" if self._torn else b"" if self._begun else first
        try:
            with self.path.open("ab" if self._begun else "wb", buffering=0) as stream:
                stream.write(before + _line(chunk, _sum_of(first)))
        except OSError as error:
            raise _unusable(self.path, error) from error
        self._begun, self._torn = True, False


def read(path: Path) -> Held:
    """What the file holds.

    Raises:
        StoreError: it is no checkpoint, or cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unusable(path, error) from error
    first, ended, rest = content.partition(b"\n")
    if not ended:
        return Held(None)
    origin = _parsed(Origin, first, "")
    if origin is None:
        raise StoreError(
            _("{file} is damaged, or no checkpoint that this version reads.").format(file=path),
            _("Delete it to begin the study anew, or name another place."),
        )
    found = [_parsed(Chunk, line, _sum_of(first)) for line in rest.split(b"\n") if line]
    chunks = tuple(chunk for chunk in found if chunk is not None)
    return Held(origin, chunks, len(found) - len(chunks), not content.endswith(b"\n"))


def fingerprint(value: object) -> str:
    """What tells this value from any other: of arrays every bit counts.

    Raises:
        TypeError: a kind of value that nobody has thought of; to pass over it would be to take
            different studies for the same.

    Example:
        >>> fingerprint((1, "a")) == fingerprint((1, "b"))
        False
    """
    digest = hashlib.sha256()
    _feed(digest, value)
    return digest.hexdigest()


def computed_by() -> str:
    """The version of all that a pick may depend on, for people and for comparison."""
    packages = [f"{name} {version(name)}" for name in COMPUTED_BY]
    return ", ".join([f"tansaku {__version__}", *packages, chosen().type])


def _feed(digest: hashlib._Hash, value: object) -> None:
    """The type, and what is in it; every part ends where it says, so that no two run together."""
    digest.update(f"<{type(value).__name__}>".encode())
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype.str}{value.shape}".encode() + value.tobytes())
    elif isinstance(value, BaseModel):
        _feed(digest, value.model_dump_json())
    elif is_dataclass(value) and not isinstance(value, type):
        _feed(digest, {each.name: getattr(value, each.name) for each in fields(value)})
    elif isinstance(value, Mapping):
        _feed(digest, [part for item in value.items() for part in item])
    elif isinstance(value, str | Enum):
        text = str(value.value if isinstance(value, Enum) else value)
        digest.update(f"{len(text)}:{text}".encode())
    elif isinstance(value, Sequence):
        digest.update(f"{len(value)}:".encode())
        for each in value:
            _feed(digest, each)
    elif value is None or isinstance(value, bool | int | float):
        digest.update(f"{value!r};".encode())
    else:
        raise TypeError(type(value))


def _differences(before: Origin, origin: Origin) -> list[str]:
    """What is different, in the words of the options."""
    words = {
        "version": _("version"),
        "strategies": _("strategies"),
        "runs": _("searches"),
        "start": _("start samples"),
        "samples": _("samples"),
        "seed": _("seed"),
    }
    described = [
        _("{what} {kept}, not {asked}").format(
            what=word, kept=_shown(getattr(before, name)), asked=_shown(getattr(origin, name))
        )
        for name, word in words.items()
        if getattr(before, name) != getattr(origin, name)
    ]
    return described or [_("another table, or other inputs, targets or older data")]


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _line(document: Spec, salt: str) -> bytes:
    """A document as a line; the sum of a chunk is salted with that of its study."""
    text = document.model_dump_json().encode()
    return _sum(text, salt).encode() + b" " + text + b"\n"


def _sum(text: bytes, salt: str) -> str:
    return hashlib.sha256(salt.encode() + text).hexdigest()[:SUM_DIGITS]


def _sum_of(line: bytes) -> str:
    return line[:SUM_DIGITS].decode()


def _parsed(kind: type[D], line: bytes, salt: str) -> D | None:
    """The document of a line; ``None`` where the line is damaged."""
    given, _space, text = line.partition(b" ")
    if given != _sum(text, salt).encode():
        return None
    try:
        return kind.model_validate_json(text)
    except ValidationError:  # of a version with other fields
        return None


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        _("The checkpoint {file} cannot be used: {why}.").format(file=path, why=error.strerror),
        _("Check that the folder exists and may be written to, and that the disk is not full."),
    )
