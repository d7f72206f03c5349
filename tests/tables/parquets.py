"""Parquet files of the tests: an Arrow table, a frame or columns -> the bytes of a file."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
from pyarrow import parquet


def packed(columns: Any, **options: Any) -> bytes:
    """The content of a Parquet file; columns as an Arrow table, or by name."""
    stream = io.BytesIO()
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    parquet.write_table(table, stream, **options)
    return stream.getvalue()
