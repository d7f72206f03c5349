"""Old workbooks, made here: .xls files as programs and people leave them."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from typing import Any

import xlwt

Rows = Sequence[Sequence[Any]]
Make = Callable[[], bytes]


def old_book(
    *sheets: Rows,
    names: Sequence[str] = (),
    merged: Sequence[tuple[int, int, int, int]] = (),
    hidden: Sequence[int] = (),
    comments: dict[tuple[int, int], str] | None = None,
) -> Make:
    """An .xls workbook. Text that begins with "=" is a formula without a value; merged blocks
    (first row, last row, first column, last column) and comments are the first sheet's."""

    def make() -> bytes:
        made = xlwt.Workbook(encoding="utf-8")
        for i, rows in enumerate(sheets):
            sheet = made.add_sheet(names[i] if names else f"Sheet{i + 1}")
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    _put(sheet, row, column, cell)
            sheet.visibility = int(i in hidden)
        for top, bottom, left, right in merged:
            made.get_sheet(0).merge(top, bottom, left, right)
        if comments:
            _comment(made.get_sheet(0), comments)
        stream = io.BytesIO()
        made.save(stream)
        return stream.getvalue()

    return make


def _put(sheet: Any, row: int, column: int, cell: Any) -> None:
    if isinstance(cell, str) and cell.startswith("="):
        sheet.write(row, column, xlwt.Formula(cell[1:]))
    elif hasattr(cell, "year"):
        sheet.write(row, column, cell, xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    elif cell is not None:
        sheet.write(row, column, cell)


def _comment(sheet: Any, comments: dict[tuple[int, int], str]) -> None:
    """Comments, which xlwt does not write: an object, its text and the note of each ([MS-XLS]
    2.4.181, 2.4.329 and 2.4.179), before the records that end the sheet."""
    records = b""
    for number, ((row, column), text) in enumerate(comments.items(), start=1):
        common = struct.pack("<HHHHH12x", 0x15, 18, 0x19, number, 0x4011)
        records += _record(0x5D, common + struct.pack("<HH", 0, 0))
        records += _record(0x1B6, struct.pack("<HH6xHHH", 0x212, 0, len(text), 16, 0) + bytes(2))
        records += _record(0x3C, b"\x01" + text.encode("utf-16-le"))
        records += _record(0x3C, struct.pack("<HH4xHH4x", 0, 0, len(text), 0))
        author = struct.pack("<HB", 3, 0) + b"lab" + b"\0"
        records += _record(0x1C, struct.pack("<4H", row, column, 0, number) + author)
    before = sheet.get_biff_data

    def with_comments() -> bytes:
        content: bytes = before()
        assert content.endswith(b"\x0a\0\0\0")
        return content[:-4] + records + content[-4:]

    sheet.get_biff_data = with_comments


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def workbook_stream(content: bytes) -> tuple[int, int]:
    """Where the workbook's own records stand in a file of xlwt, and how long they are."""
    begin = content.index(struct.pack("<HHH", 0x0809, 16, 0x0600))
    return begin, len(content) - begin


def with_record(content: bytes, kind: int, data: bytes) -> bytes:
    """The file, in which a record of the workbook's head is another one of the same length."""
    begin, size = workbook_stream(content)
    place = begin
    while place < begin + size:
        _kind, length = struct.unpack_from("<HH", content, place)
        if place > begin and length >= len(data):
            header = struct.pack("<HH", kind, length)
            rest = content[place + 4 + len(data) :]
            return content[:place] + header + data + rest
        place += 4 + length
    raise AssertionError("no record that is long enough")


def container(streams: dict[str, bytes]) -> bytes:
    """An OLE file with these streams, each as whole sectors: what xlwt does not make."""
    size = 512
    sectors: list[bytes] = []
    table: list[int] = []

    def add(content: bytes) -> int:
        first = len(sectors)
        count = max(1, -(-len(content) // size))
        for i in range(count):
            sectors.append(content[i * size : (i + 1) * size].ljust(size, b"\0"))
            table.append(first + i + 1 if i + 1 < count else 0xFFFFFFFE)
        return first

    places = {name: add(content.ljust(4096, b"\0")) for name, content in streams.items()}
    entries = [_entry("Root Entry", 5, child=1, first=0xFFFFFFFE, size=0)]
    for i, (name, content) in enumerate(streams.items(), start=1):
        right = i + 1 if i < len(streams) else 0xFFFFFFFF
        entries.append(
            _entry(name, 2, right=right, first=places[name], size=max(4096, len(content)))
        )
    directory = add(b"".join(entries))
    own = len(sectors)
    table.append(0xFFFFFFFD)
    sectors.append(struct.pack("<128I", *table, *[0xFFFFFFFF] * (128 - len(table))))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", own, *[0xFFFFFFFF] * 108)
    return header + b"".join(sectors)


def _entry(
    name: str, kind: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF, first: int, size: int
) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack(
        "<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child
    )
    return head.ljust(116, b"\0") + struct.pack("<III", first, size, 0)
