"""Scale: whether numbers are modelled as they are or by decades."""

from __future__ import annotations

from enum import StrEnum


class Scale(StrEnum):
    """On which scale a target or an input is modelled."""

    LINEAR = "linear"
    LOG10 = "log10"
