"""Spec: the frozen, closed base of everything that is stored or sent."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

SCHEMA = 3
"""Number of the document schema that is written; lower ones are read. It rises where a field or a
kind of event is added, so that an older version says "update" and not "damaged". Schema 2 only
adds to schema 1, and schema 3 to schema 2: what is missing takes its default, and no step between
them is needed."""


class Spec(BaseModel):
    """A value that goes to disk and wire: frozen, unknown fields refused, no NaN or infinity.

    Round trip: ``type(s).model_validate_json(s.model_dump_json()) == s``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Document(Spec):
    """A Spec that stands alone on disk and so carries the number of its schema."""

    schema_number: int = SCHEMA
