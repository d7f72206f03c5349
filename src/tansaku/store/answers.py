"""Answers: what was answered to a change, kept in the same transaction as the change itself.

A robot that hears no answer asks again with the same key (the header Idempotency-Key): the change
is then not made a second time, also after a restart of the server.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from tansaku.actor import bound_account
from tansaku.errors import RepeatedRequestError
from tansaku.language import _
from tansaku.store.schema import ANSWERS

KEPT: Final = timedelta(days=7)
"""How long an answer is kept: a robot that stood still over a long weekend may still ask again."""


class KeptAnswer(NamedTuple):
    """An answer under the key of its request; ``request`` tells that request from others."""

    key: str
    request: str
    answer: str


def find_answer(connection: Connection, key: str) -> KeptAnswer | None:
    """What was answered under this key to whoever asks."""
    columns = (ANSWERS.c.request, ANSWERS.c.answer)
    found = connection.execute(select(*columns).where(ANSWERS.c.key == _own(key))).one_or_none()
    return found and KeptAnswer(key, *found)


def keep_answer(connection: Connection, kept: KeptAnswer) -> None:
    """Keep an answer; those of long ago are forgotten.

    Raises:
        RepeatedRequestError: another call has stored the change of this key meanwhile.
    """
    if find_answer(connection, kept.key) is not None:
        raise RepeatedRequestError(
            _("The change with the key '{key}' is stored already.").format(key=kept.key),
            _("Nothing was stored again. Use a new key for another change."),
        )
    now = datetime.now(UTC)
    connection.execute(delete(ANSWERS).where(ANSWERS.c.at < (now - KEPT).isoformat()))
    values = kept._replace(key=_own(kept.key))._asdict()
    connection.execute(insert(ANSWERS).values(**values, at=now.isoformat()))


def _own(key: str) -> str:
    """The key as it is stored: two accounts may use the same one, and neither sees the other's."""
    account = bound_account()
    return key if account is None else f"{account}\x1f{key}"
