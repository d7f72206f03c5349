"""Drawn: a picture, and what it shows as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tansaku.design import Floats
from tansaku.errors import ModelError
from tansaku.language import _
from tansaku.plots.picture import Picture


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture of a campaign.

    Attributes:
        kind: ``map``, ``progress``, ..
        figure: The picture.
        shows: The numbers in it, as JSON-able data; in the units and on the scales of its axes.
    """

    kind: str
    figure: Picture
    shows: dict[str, Any]


def check_enough(kind: str, n: int, needed: int, name: str) -> None:
    """ModelError where fewer than ``needed`` of ``n`` results of a target are there."""
    if n >= needed:
        return
    raise ModelError(
        _(
            "The picture '{kind}' needs at least {needed} results of '{name}'; {n} are there."
        ).format(kind=kind, needed=needed, name=name, n=n),
        _("Record more results first."),
    )


def numbers(values: Floats) -> Any:
    """An array as nested lists; ``None`` for NaN."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim > 1:
        return [numbers(row) for row in found]
    return [None if np.isnan(value) else value for value in found.tolist()]


def ends(values: Floats) -> list[float | None]:
    """Smallest and largest of some values; ``None`` of none."""
    known = values[np.isfinite(values)]
    return [float(known.min()), float(known.max())] if known.size else [None, None]
