"""Batches: dataclasses whose tensors share a leading axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

import torch
from jaxtyping import Int
from torch import Tensor

B = TypeVar("B", bound="Batch")


class Batch:
    """A dataclass whose tensors have one leading axis: that of problems or of processes."""

    __slots__ = ()

    def take(self: B, index: Int[Tensor, " k"]) -> B:
        """The elements with these indices; what is no tensor belongs to all of them."""
        return type(self)(*[_taken(getattr(self, name), index) for name in _names(type(self))])  # type: ignore[arg-type]

    @classmethod
    def stacked(cls: type[B], parts: Sequence[B]) -> B:
        """The elements of several batches, one batch after the other."""
        columns = zip(*([getattr(p, name) for name in _names(cls)] for p in parts), strict=True)  # type: ignore[arg-type]
        return cls(*map(_stacked, columns))


@cache
def _names(kind: type[Batch]) -> tuple[str, ...]:
    """Of the fields: asked so often that looking them up was a tenth of a suggestion."""
    return tuple(each.name for each in fields(kind))  # type: ignore[arg-type]


def _taken(part: Any, index: Int[Tensor, " k"]) -> Any:
    if isinstance(part, Tensor):
        return part[index]
    return part.take(index) if isinstance(part, Batch) else part


def _stacked(column: Sequence[Any]) -> Any:
    if isinstance(column[0], Tensor):
        return torch.cat(list(column))
    return type(column[0]).stacked(column) if isinstance(column[0], Batch) else column[0]
