"""Parquet files: typed columns -> one grid whose cells are as those of a workbook.

How many rows and columns there are, and into how many bytes they unpack, is read from the end of
the file before anything is unpacked. Texts stay in their dictionaries until they are cells: a text
that a million rows share is held once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import compute, parquet, types

from tansaku.design import Floats
from tansaku.errors import TableError
from tansaku.language import _
from tansaku.tables.blocks import Blocks, Coded, Column
from tansaku.tables.cell_formats import in_hours
from tansaku.tables.grids import Grid
from tansaku.tables.size_limits import LARGEST_UNPACKED, check_cells, opened, refuse_unpacked

_LOCKED: Final = b"PARE"
"""How a file begins whose list of columns is encrypted."""

_EXACT: Final = 10**15
"""From here on a whole number is rather a name, of which no digit may be lost; it stays text, as in
a text file."""

_NO_DICTIONARY: Final = "DictAccumulator"
"""Stands in the error where texts cannot stay in a dictionary, for want of one in the file: there
each may be written as how much of the one before it begins with, and into how much that unpacks
stands nowhere."""

_AT_ONCE: Final = 1_000
"""Rows of such texts that are unpacked together, to see how long they are."""

_INDEX: Final = re.compile(r"__index_level_\d+__")
"""What pandas calls an index that has no name."""

BLOCK: Final = 65_536
"""Rows of a block."""

_BUFFER: Final = 1 << 20
"""Bytes of a column that are read at a time: some files are one single group of rows."""

_DAMAGED: Final = (pa.ArrowException, OSError, ValueError, OverflowError)
"""What pyarrow raises on damaged files."""


def read_parquet(file: str, content: bytes) -> Grid:
    """The cells of a Parquet file, below the names of its columns.

    Raises:
        TableError: damaged, encrypted, more cells than a table of samples has, or a column that
            holds lists or bytes; of such a file nothing is unpacked.
    """
    if content.startswith(_LOCKED):
        raise _encrypted(file)
    try:
        opened = parquet.ParquetFile(pa.BufferReader(content))
        schema = opened.schema_arrow
        _check_size(file, opened.metadata)
        for field in schema:
            if _cells_of(field.type) is None:
                raise _no_cells(file, field)
        table = _unpacked(file, content, opened)
        table.validate(full=True)
        columns = [_cells(column) for column in table.columns]
    except _DAMAGED as error:
        raise _encrypted(file) if "crypt" in str(error) else _damaged(file, error) from error
    names = [_name(j, name) for j, name in enumerate(schema.names)]
    return Grid("", [names, *map(list, zip(*columns, strict=True))])


def blocks_of(path: Path) -> Blocks:
    """A file whose rows are read in blocks, however many there are.

    Raises:
        StoreError: it is missing or cannot be opened.
        TableError: it is damaged or encrypted; a column that holds lists or bytes, when it is read.
    """
    with opened(path) as stream:
        if stream.read(len(_LOCKED)) == _LOCKED:
            raise _encrypted(path.name)
    try:
        file = parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
    except _DAMAGED as error:
        raise (
            _encrypted(path.name) if "crypt" in str(error) else _damaged(path.name, error)
        ) from error
    schema = file.schema_arrow
    names = tuple(_name(j, name) for j, name in enumerate(schema.names))

    def read(wanted: Sequence[str]) -> Iterator[list[Column]]:
        places = [names.index(name) for name in wanted]
        for place in places:
            if _cells_of(schema.field(place).type) is None:
                raise _no_cells(path.name, schema.field(place))
        own = [schema.names[place] for place in places]
        try:
            for batch in file.iter_batches(batch_size=BLOCK, columns=own, use_threads=False):
                batch.validate(full=True)
                yield [_column(batch.column(name)) for name in own]
        except _DAMAGED as error:
            raise _damaged(path.name, error) from error

    return Blocks(names, file.metadata.num_rows, read)


def _column(column: Any) -> Column:
    """Numbers where it holds some, else its different cells."""
    if types.is_integer(column.type) or types.is_floating(column.type):
        return _doubles(column)
    coded = column if types.is_dictionary(column.type) else column.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Coded(_cells(pa.chunked_array([coded.dictionary])), codes.astype(np.int64))


def _doubles(column: Any) -> Floats:
    """Numbers as doubles; those of single and half precision as the shortest text that means them:
    0.1, and no 0.10000000149."""
    if types.is_float32(column.type):
        column = column.cast(pa.string()).cast(pa.float64())
    values = column.to_numpy(zero_copy_only=False)
    if values.dtype == np.float16:  # of which pyarrow writes all digits
        values = values.astype(str)
    return np.asarray(values, dtype=np.float64)


def _name(place: int, name: str) -> str:
    """A column's name; one without any is called as in a text file."""
    return f"Unnamed: {place}" if not name.strip() or _INDEX.fullmatch(name) else name


def _check_size(file: str, metadata: Any) -> None:
    """Refuse by what stands at the end of the file. Columns are not asked one by one: for one that
    is encrypted that ends the whole process (pyarrow 26)."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    rows = max(metadata.num_rows, sum(group.num_rows for group in groups))
    check_cells(file, rows * metadata.num_columns)
    if sum(group.total_byte_size for group in groups) > LARGEST_UNPACKED:
        raise refuse_unpacked(file)


def _unpacked(file: str, content: bytes, opened: Any) -> Any:
    """The columns, texts in dictionaries where the file can be read so."""
    texts = [j for j, field in enumerate(opened.schema_arrow) if _is_text(field.type)]
    try:
        return parquet.ParquetFile(pa.BufferReader(content), read_dictionary=texts).read()
    except OSError as error:
        if _NO_DICTIONARY not in str(error):
            raise
    size = 0
    for batch in opened.iter_batches(batch_size=_AT_ONCE, use_threads=False):
        size += batch.nbytes
        if size > LARGEST_UNPACKED:
            raise refuse_unpacked(file)
    return opened.read()


def _is_text(kind: Any) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _cells(column: Any) -> list[Any]:
    """The cells of a column as openpyxl would give them; ``None`` where there is nothing."""
    if types.is_dictionary(column.type):
        found: list[Any] = []
        for chunk in column.chunks:
            values = [*_cells(pa.chunked_array([chunk.dictionary])), None]
            places = chunk.indices.fill_null(len(values) - 1).to_pylist()
            found += [values[place] for place in places]
        return found
    read = _cells_of(column.type)
    assert read is not None  # asked of every column before anything was unpacked
    return read(column)


def _cells_of(kind: Any) -> Callable[[Any], list[Any]] | None:
    """How cells are made of a column of a kind; ``None`` where a cell cannot hold its values."""
    if types.is_dictionary(kind):
        return _cells_of(kind.value_type)
    return next((read for holds, read in _KINDS if holds(kind)), None)


def _as_they_are(column: Any) -> list[Any]:
    found: list[Any] = column.to_pylist()
    return found


def _whole(column: Any) -> list[Any]:
    return list(map(_exact, column.to_pylist()))


def _exact(cell: int | Decimal | None) -> int | str | None:
    if cell is None:
        return None
    whole = int(cell)
    return whole if -_EXACT < whole < _EXACT else str(whole)


def _floats(column: Any) -> list[Any]:
    return [cell if cell == cell else None for cell in _doubles(column).tolist()]


def _decimals(column: Any) -> list[Any]:
    """Numbers; by way of text, as only so the nearest float is found."""
    if column.type.scale <= 0:
        return _whole(column)
    return _as_they_are(column.cast(pa.string()).cast(pa.float64()))


def _truths(column: Any) -> list[Any]:
    return _as_they_are(compute.utf8_upper(column.cast(pa.string())))


def _moments(column: Any) -> list[Any]:
    """Dates with their times; of a zone what its clocks showed, as a workbook knows no zones."""
    if types.is_timestamp(column.type) and column.type.tz is not None:
        column = compute.local_timestamp(column)
    found: list[Any] = column.cast(pa.timestamp("us"), safe=False).to_pylist()
    return found


def _clocks(column: Any) -> list[Any]:
    return list(map(in_hours, column.cast(pa.time64("us"), safe=False).to_pylist()))


def _durations(column: Any) -> list[Any]:
    return list(map(in_hours, column.cast(pa.duration("us"), safe=False).to_pylist()))


_KINDS: Final[tuple[tuple[Callable[[Any], bool], Callable[[Any], list[Any]]], ...]] = (
    (types.is_null, _as_they_are),
    (_is_text, _as_they_are),
    (types.is_floating, _floats),
    (types.is_integer, _whole),
    (types.is_decimal, _decimals),
    (types.is_boolean, _truths),
    (types.is_date, _moments),
    (types.is_timestamp, _moments),
    (types.is_time, _clocks),
    (types.is_duration, _durations),
)
"""Kinds of columns that become cells, and how."""


def _no_cells(file: str, field: Any) -> TableError:
    return TableError(
        _("Column '{name}' of '{file}' holds values that are no cells: {kind}.").format(
            name=field.name, file=file, kind=str(field.type).partition("<")[0]
        ),
        _("Leave it out when the file is written, or write a column for each part of it."),
    )


def _damaged(file: str, reason: Exception) -> TableError:
    return TableError(
        _("'{file}' is damaged, or is no Parquet file ({reason}).").format(
            file=file, reason=type(reason).__name__
        ),
        _("Write it again, or write the table as CSV (UTF-8)."),
    )


def _encrypted(file: str) -> TableError:
    return TableError(
        _("'{file}' is encrypted.").format(file=file),
        _("Write it without encryption, or write the table as CSV (UTF-8)."),
    )
