"""OLE: the container of old Office files and of encrypted new ones -> one of its streams.

A container is a small file system of sectors in chains. Chains of a damaged or hostile file may
run in circles; here none is followed for more sectors than the file has. Structure: Microsoft
[MS-CFB], sections 2.2 to 2.6.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from typing import Final

SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of an OLE file: an old .xls, or an encrypted .xlsx."""

_HEADER: Final = 512
_ENTRY: Final = 128
_MINI_SECTOR: Final = 64
_MOST_REGULAR: Final = 0xFFFFFFFA
"""Sector numbers from here on end a chain or mark a sector."""

_SECTOR_SHIFTS: Final = (9, 12)
_STREAM: Final = 2
_ROOT: Final = 5


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of the directory: its name and kind, the numbers of its neighbours and of its first
    child in the directory, and where its content begins."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    first: int
    size: int


class Container:
    """The streams of an OLE file, those in its outermost folder.

    Raises:
        ValueError: the file is damaged.

    Example:
        >>> Container(SIGNATURE + bytes(504))
        Traceback (most recent call last):
        ...
        ValueError: no container
    """

    def __init__(self, content: bytes) -> None:
        shift = struct.unpack_from("<H", content, 30)[0] if len(content) >= _HEADER else 0
        if not content.startswith(SIGNATURE) or shift not in _SECTOR_SHIFTS:
            raise ValueError("no container")
        self._content = content
        self._size = 1 << shift
        self._count = len(content) // self._size
        first, _signature, cutoff, mini_first, _n, more, _n2 = struct.unpack_from(
            "<7I", content, 48
        )
        self._cutoff = cutoff
        self._table = self._numbers(self._table_sectors(more))
        entries = [_entry(raw) for raw in _cut(self._chained(first), _ENTRY)]
        root = entries[0] if entries else None
        if root is None or root.kind != _ROOT:
            raise ValueError("no directory")
        self._mini_table = self._numbers(self._chain(mini_first, self._table))
        self._minis = self._chained(root.first)[: root.size]
        self._entries = {each.name: each for each in _children(entries, root.child)}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the streams and folders."""
        return tuple(self._entries)

    def stream(self, name: str) -> bytes | None:
        """The content of a stream; ``None`` where there is none of that name."""
        entry = self._entries.get(name)
        if entry is None or entry.kind != _STREAM:
            return None
        if entry.size >= self._cutoff:
            return self._chained(entry.first)[: entry.size]
        places = self._chain(entry.first, self._mini_table)
        minis = (self._minis[i * _MINI_SECTOR : (i + 1) * _MINI_SECTOR] for i in places)
        return b"".join(minis)[: entry.size]

    def _table_sectors(self, more: int) -> list[int]:
        """Where the table of all chains lies: 109 numbers in the header, more in a chain."""
        found = list(struct.unpack_from("<109I", self._content, 76))
        per_sector = self._size // 4
        for _sector in range(self._count):
            if more >= _MOST_REGULAR:
                break
            numbers = struct.unpack_from(f"<{per_sector}I", self._sector(more))
            found += numbers[:-1]
            more = numbers[-1]
        return [each for each in found if each < _MOST_REGULAR]

    def _numbers(self, sectors: list[int]) -> array[int]:
        """The numbers in some sectors, of 4 bytes each."""
        if len(sectors) > self._count:
            raise ValueError("more sectors than there are")
        raw = b"".join(map(self._sector, sectors))
        return array("I", struct.unpack(f"<{len(raw) // 4}I", raw))

    def _chain(self, first: int, table: array[int]) -> list[int]:
        """The sectors of a chain, in order."""
        found: list[int] = []
        while first < _MOST_REGULAR:
            if first >= len(table) or len(found) > len(table):
                raise ValueError("a chain without end")
            found.append(first)
            first = table[first]
        return found

    def _chained(self, first: int) -> bytes:
        return b"".join(map(self._sector, self._chain(first, self._table)))

    def _sector(self, number: int) -> bytes:
        """One sector; the last one of a file may be cut short."""
        begin = _HEADER if self._size == _HEADER else self._size
        begin += number * self._size
        if begin >= len(self._content):
            raise ValueError("a sector that is not there")
        return self._content[begin : begin + self._size].ljust(self._size, b"\0")


def _cut(content: bytes, size: int) -> list[bytes]:
    return [content[i : i + size] for i in range(0, len(content) - size + 1, size)]


def _entry(raw: bytes) -> _Entry:
    length, kind, _colour, left, right, child = struct.unpack_from("<HBBIII", raw, 64)
    first, size = struct.unpack_from("<II", raw, 116)
    name = raw[: max(0, min(length, 64) - 2)].decode("utf-16-le")
    return _Entry(name, kind, left, right, child, first, size)


def _children(entries: list[_Entry], top: int) -> list[_Entry]:
    """The entries of one folder, which are a tree of neighbours."""
    found: dict[int, _Entry] = {}
    waiting = [top]
    while waiting:
        number = waiting.pop()
        if number < len(entries) and number not in found:
            found[number] = entries[number]
            waiting += [entries[number].left, entries[number].right]
    return list(found.values())
