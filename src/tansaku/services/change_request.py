"""Change request: how a change is asked for, told once for all that is stored meanwhile.

A shell that can be asked twice for the same change (a robot that heard no answer) names its key;
one that changes what it has seen names the version that it saw.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from tansaku.campaign.campaign import Campaign
from tansaku.errors import ConflictError
from tansaku.language import _
from tansaku.spec import Answer, Spec
from tansaku.store import KeptAnswer, LogEnd


class ChangeRequest(Spec):
    """How a change is asked for.

    Attributes:
        key: Under which its answer is kept; empty keeps none.
        request: What tells this request from others: one key stands for one request.
        version: Of the campaign, as :func:`version_of` tells it; empty for any.
    """

    key: str = ""
    request: str = ""
    version: str = ""

    def kept(self, answer: Answer) -> KeptAnswer | None:
        """The answer as it is kept; ``None`` without a key."""
        if not self.key:
            return None
        text = json.dumps(answer.document(), ensure_ascii=False, allow_nan=False)
        return KeptAnswer(self.key, self.request, text)

    def check(self, campaign: Campaign) -> None:
        """See that the campaign is as the caller saw it.

        Raises:
            ConflictError: somebody has changed it since.
        """
        if self.version and self.version != version_of(campaign):
            raise ConflictError(
                _("Campaign '{name}' was changed by someone else meanwhile.").format(
                    name=campaign.name
                ),
                _("Nothing was stored. Look at 'tansaku history {name}' and try again.").format(
                    name=campaign.name
                ),
            )


NOTHING_SAID: Final = ChangeRequest()

_ASKED: Final[ContextVar[ChangeRequest]] = ContextVar("asked", default=NOTHING_SAID)


@contextmanager
def asked(request: ChangeRequest) -> Iterator[None]:
    """All changes inside are asked for in this way."""
    token = _ASKED.set(request)
    try:
        yield
    finally:
        _ASKED.reset(token)


def change_request() -> ChangeRequest:
    """How the change at hand is asked for."""
    return _ASKED.get()


def version_of(campaign: Campaign) -> str:
    """What tells this state of the campaign from every other: when its log, which only grows,
    began, and how long it is."""
    return version_text(LogEnd(campaign.events[0].at.isoformat(), len(campaign.events)))


def version_text(end: LogEnd) -> str:
    """The same, of where a log ends."""
    return f"{re.sub('[^0-9]', '', end.began)}-{end.number}"
