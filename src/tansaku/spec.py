"""Spec and Answer: the frozen, closed bases of all that is stored, and of all that is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, PlainSerializer, ValidationError, model_serializer

from tansaku.errors import UsageError
from tansaku.language import _

SCHEMA = 4
"""Number of the document schema that is written; lower ones are read. It rises where a field or a
kind of event is added, so that an older version says "update" and not "damaged". Each
only adds to the one before it: what is missing takes its default, and no step between them is
needed."""


CLOSED: Final = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

Moment = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]
"""A time that an answer tells, with its offset: ``2026-01-01T00:00:00+00:00``."""


class Spec(BaseModel):
    """A value that goes to disk and wire: frozen, unknown fields refused, no NaN or infinity.

    Round trip: ``type(s).model_validate_json(s.model_dump_json()) == s``.
    """

    model_config = CLOSED

    if not TYPE_CHECKING:  # type checkers see the fields

        def __init__(self, **given: Any) -> None:
            """Make one from Python.

            Raises:
                UsageError: a field is missing, unknown or cannot be what was given; names it.
            """
            try:
                super().__init__(**given)
            except ValidationError as error:
                raise _refused(type(self).__name__, error) from error

        # What is read (model_validate) does not come through here: its errors name the document.
        __init__.__pydantic_base_init__ = True


def _refused(kind: str, error: ValidationError) -> UsageError:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        said = _("{kind}: {field} is missing.")
    elif first["type"] == "extra_forbidden":
        said = _("{kind} has no field {field}.")
    else:
        said = _("{kind}: {field} = {value!r} cannot be: {why}.")
    return UsageError(
        said.format(kind=kind, field=field or "-", value=first["input"], why=first["msg"]),
        _("See help({kind}) for its fields.").format(kind=kind),
    )


class Document(Spec):
    """A Spec that stands alone on disk and so carries the number of its schema."""

    schema_number: int = SCHEMA


class Answer(BaseModel):
    """What a verb answers, for every shell: a command prints its document, a server sends it.

    Its JSON schema is that of serialization: ``model_json_schema(mode="serialization")``. Texts for
    people are in the language in use where it is dumped. What only a shell of Python shows is a
    field that is left out of the document.
    """

    model_config = CLOSED

    def document(self) -> dict[str, Any]:
        """The answer as JSON-able data."""
        return self.model_dump(mode="json")


class PartialAnswer(Answer):
    """An answer without the fields that were not set: those that its kind does not have."""

    @model_serializer(mode="wrap")
    def _as_set(self, dumped: Callable[[Any], dict[str, Any]]):  # type: ignore[no-untyped-def]
        # A return type would be all that the JSON schema says; without one it has the fields.
        return {
            name: value for name, value in dumped(self).items() if name in self.model_fields_set
        }
