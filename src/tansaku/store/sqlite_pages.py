"""SQLite pages: the records of a damaged SQLite file, read page by page without SQLite, which gives
up at the first page of a table that it cannot read (https://sqlite.org/fileformat2.html).

A page that is damaged loses its own records at most, and what is read is not trusted: whoever asks
holds it against its checksums.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

PAGE_SIZES: Final = tuple(2**power for power in range(9, 17))
"""Sizes that a page may have."""

USUAL_SIZE: Final = 4096
"""Bytes of a page where the file's header does not tell: what SQLite makes."""

TABLE_LEAF: Final = 13
INDEX_LEAF: Final = 10
INDEX_INTERIOR: Final = 2
WAL_MAGIC: Final = {0x377F0682: "<", 0x377F0683: ">"}
"""{how a write-ahead log begins: the order of bytes in its checksums}."""

WAL_HEADER: Final = 32
FRAME_HEADER: Final = 24
SIZES: Final = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
"""Bytes of a value of each serial type below 10: NULL, integers, a float, 0 and 1."""

Value = int | str | bytes | float | None


class Record(NamedTuple):
    """A row of a table, or an entry of an index, which has no ``rowid``."""

    rowid: int | None
    values: tuple[Value, ...]


def records_of(file: Path) -> list[Record]:
    """Every record that can be read in a file, with what its write-ahead log has committed; none
    twice."""
    content = file.read_bytes()
    log = file.with_name(f"{file.name}-wal")
    written = log.read_bytes() if log.exists() else b""
    told = int.from_bytes(content[16:18])
    sizes = [size for size in (65536 if told == 1 else told, USUAL_SIZE) if size in PAGE_SIZES]
    tries = [list(dict.fromkeys(_Pages(content, written, size).records())) for size in sizes]
    return max(tries, key=len)


class _Pages:
    """The pages of a file, those of its log over them."""

    def __init__(self, content: bytes, written: bytes, size: int) -> None:
        self._content = content
        self._size = size
        self._newer = committed_pages(written, size)

    def records(self) -> Iterator[Record]:
        """What stands in any page of a table or an index."""
        count = max(-(-len(self._content) // self._size), *self._newer, 0)
        for number in range(1, count + 1):
            yield from self._records_in(self._page(number), 100 if number == 1 else 0)

    def _page(self, number: int) -> bytes:
        start = (number - 1) * self._size
        return self._newer.get(number) or self._content[start : start + self._size]

    def _records_in(self, page: bytes, start: int) -> Iterator[Record]:
        kind = page[start] if len(page) > start else 0
        if kind not in (TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR):
            return
        first = start + (12 if kind == INDEX_INTERIOR else 8)
        cells = int.from_bytes(page[start + 3 : start + 5])
        for place in range(first, first + 2 * cells, 2):
            try:
                yield self._cell(page, int.from_bytes(page[place : place + 2]), kind)
            except (ValueError, IndexError):  # damaged, or no cell at all
                continue

    def _cell(self, page: bytes, at: int, kind: int) -> Record:
        """The record at a place of a page.

        Raises:
            ValueError, IndexError: there is none.
        """
        length, at = _varint(page, at + (4 if kind == INDEX_INTERIOR else 0))
        rowid = None
        if kind == TABLE_LEAF:
            rowid, at = _varint(page, at)
        most = self._size - 35 if kind == TABLE_LEAF else (self._size - 12) * 64 // 255 - 23
        here = length
        if length > most:
            least = (self._size - 12) * 32 // 255 - 23
            here = least + (length - least) % (self._size - 4)
            here = here if here <= most else least
        payload = page[at : at + here]
        if length > here:
            payload += self._overflow(
                int.from_bytes(page[at + here : at + here + 4]), length - here
            )
        return Record(rowid, _values(payload, length))

    def _overflow(self, number: int, left: int) -> bytes:
        """So many bytes of a record from the pages that follow on this one."""
        if left > len(self._content) + self._size * len(self._newer):
            raise ValueError("longer than the file")
        parts = []
        while left > 0:
            page = self._page(number)
            part = page[4 : min(4 + left, self._size)]
            if number < 1 or not part:
                raise ValueError("no such page")
            parts.append(part)
            left -= len(part)
            number = int.from_bytes(page[:4])
        return b"".join(parts)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The integer that stands there in 1 to 9 bytes, and where it ends."""
    found = 0
    for place in range(at, at + 8):
        found = found << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return found, place + 1
    return found << 8 | data[at + 8], at + 9


def _values(payload: bytes, length: int) -> tuple[Value, ...]:
    """The values of a record.

    Raises:
        ValueError, IndexError: it is none.
    """
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    if at + sum(map(_size, kinds)) != length or len(payload) != length:
        raise ValueError("a record of another length")
    found = []
    for kind in kinds:
        size = _size(kind)
        found.append(_value(kind, payload[at : at + size]))
        at += size
    return tuple(found)


def _size(kind: int) -> int:
    return (kind - 12) // 2 if kind >= 12 else SIZES[kind]


def _value(kind: int, data: bytes) -> Value:
    if kind >= 12:
        return data.decode() if kind % 2 else data
    if kind == 0:
        return None
    if kind == 7:
        return float(struct.unpack(">d", data)[0])
    return kind - 8 if kind in (8, 9) else int.from_bytes(data, signed=True)


def committed_pages(written: bytes, size: int) -> dict[int, bytes]:
    """{number: page} of what a write-ahead log has committed, as far as its checksums hold."""
    order = WAL_MAGIC.get(int.from_bytes(written[:4]))
    if order is None or int.from_bytes(written[8:12]) != size or len(written) < WAL_HEADER:
        return {}
    sums = _checksum(written[:24], (0, 0), order)
    if sums != struct.unpack(">2I", written[24:32]):
        return {}
    salt = written[16:24]
    committed: dict[int, bytes] = {}
    open_: dict[int, bytes] = {}
    for at in range(WAL_HEADER, len(written) - FRAME_HEADER - size + 1, FRAME_HEADER + size):
        head = written[at : at + FRAME_HEADER]
        page = written[at + FRAME_HEADER : at + FRAME_HEADER + size]
        sums = _checksum(head[:8] + page, sums, order)
        if head[8:16] != salt or sums != struct.unpack(">2I", head[16:24]):
            break
        open_[int.from_bytes(head[:4])] = page
        if any(head[4:8]):
            committed |= open_
            open_ = {}
    return committed


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for one, two in zip(words[::2], words[1::2], strict=True):
        first = first + one + second & 0xFFFFFFFF
        second = second + two + first & 0xFFFFFFFF
    return first, second
