"""Documents: stored text -> campaign records, or a clear error about the text."""

from __future__ import annotations

import json
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from tansaku.campaign.history.records import CampaignDocument, CampaignSpec, Event
from tansaku.errors import StoreError
from tansaku.language import _
from tansaku.spec import SCHEMA, Document

D = TypeVar("D", bound=Document)
UNKNOWN: Final = ("extra_forbidden", "union_tag_invalid", "enum", "literal_error")
"""Faults of a text that a newer version may have written: a field, kind or word not known here."""
_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)


def read_document(text: str, *, where: str) -> CampaignDocument:
    """A whole campaign from the text that ``model_dump_json`` wrote; ``where`` names its place.

    Raises:
        StoreError: not JSON, no campaign document, or of a newer schema.
    """
    return _read(CampaignDocument, text, where)


def read_spec(text: str, *, where: str) -> CampaignSpec:
    """What a campaign searches, from its stored text; errors as :func:`read_document`."""
    return _read(CampaignSpec, text, where)


def read_event(text: str, *, where: str, number: int | None = None) -> Event:
    """One event from its stored text, of this ``number`` in a log.

    Raises:
        StoreError: the text is no event.
    """
    try:
        return _EVENT.validate_json(text)
    except ValidationError as error:
        if number is not None:
            where = _("{where}, event {number}").format(where=where, number=number)
        raise _unreadable(where, error) from error


def _read(kind: type[D], text: str, where: str) -> D:
    try:
        document = kind.model_validate_json(text)
    except ValidationError as error:
        _refuse_newer(_schema_numbers(text, where), where)  # newer ones fail for new fields, too
        raise _unreadable(where, error) from error
    numbers = [document.schema_number]
    if isinstance(document, CampaignDocument):
        numbers.append(document.campaign.schema_number)
    _refuse_newer(numbers, where)
    return document


def _schema_numbers(text: str, where: str) -> list[int]:
    """The schema numbers that a text claims, also where it is no document that we know."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StoreError(
            _("{where} holds no campaign: it is not JSON.").format(where=where),
            _("Give a .json file that 'tansaku export' wrote."),
        ) from error
    parts = [whole, whole.get("campaign")] if isinstance(whole, dict) else []
    numbers = [part.get("schema_number") for part in parts if isinstance(part, dict)]
    return [number for number in numbers if isinstance(number, int)]


def _refuse_newer(numbers: list[int], where: str) -> None:
    newest = max(numbers, default=SCHEMA)
    if newest > SCHEMA:
        raise StoreError(
            _("{where} has document schema {number}; this version reads up to {known}.").format(
                where=where, number=newest, known=SCHEMA
            ),
            _("It was written by a newer tansaku: update tansaku."),
        )


def _unreadable(where: str, error: ValidationError) -> StoreError:
    faults = error.errors(include_url=False)
    first = faults[0]
    path = ".".join(str(part) for part in first["loc"]) or "document"
    return StoreError(
        _("{where} cannot be read as a campaign: {path}: {why} (faults: {n}).").format(
            where=where, path=path, why=first["msg"], n=error.error_count()
        ),
        _("It holds what this version does not know: update tansaku, or bring back a copy.")
        if all(fault["type"] in UNKNOWN for fault in faults)
        else _("It was changed by hand or damaged: bring back a copy."),
    )
