"""Spec: the frozen, closed base of everything that is stored or sent."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

SCHEMA = 1
"""Number of the present document schema; upgrades are pure dict -> dict steps."""


class Spec(BaseModel):
    """A value that goes to disk and wire: frozen, unknown fields refused, no NaN or infinity.

    Round trip: ``type(s).model_validate_json(s.model_dump_json()) == s``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Document(Spec):
    """A Spec that stands alone on disk and so carries the number of its schema."""

    schema_number: int = SCHEMA
