"""Opened: a campaign read from its store, and a change to it stored whole or not at all."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from tansaku.actor import actor
from tansaku.campaign.campaign import Campaign
from tansaku.errors import ConflictError, UsageError
from tansaku.language import _
from tansaku.space import Target
from tansaku.store import open_store

T = TypeVar("T")

PATIENCE: Final = 30.0
"""Seconds for which a change is tried again on a campaign that others change at the same time: in
each round of such a race one of them is stored, so a whole lab gets through in far less."""

LONGEST_NAME: Final = 100
"""Characters of a campaign's name: a line of a terminal holds it."""


def campaign_name(text: str) -> str:
    """The name as it is stored: composed Unicode, so that が typed on any machine is one name.

    Raises:
        UsageError: empty, too long, or with a line break or another control character.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(
            _("'{name}' cannot be the name of a campaign.").format(name=text[:LONGEST_NAME]),
            _("Give 1 to {n} printable characters in one line.").format(n=LONGEST_NAME),
        )
    return name


def given_targets(texts: Sequence[str | Target]) -> tuple[Target, ...]:
    """The targets, as ``Target.parse`` reads them where they are text.

    Raises:
        UsageError: one of them cannot be understood.
    """
    return tuple(each if isinstance(each, Target) else Target.parse(each) for each in texts)


def load(store: str, name: str) -> Campaign:
    """The campaign ``name`` in the store at that URL, to look at."""
    with open_store(store) as opened:
        return Campaign(opened.load(campaign_name(name)))


def change(
    store: str, name: str, act: Callable[[Campaign], T], *, patience: float = PATIENCE
) -> tuple[Campaign, T]:
    """Let ``act`` change the campaign and store that; the campaign afterwards and the answer.

    Where someone else has stored something meanwhile, ``act`` is called again on the campaign as
    it is then, for up to ``patience`` seconds.

    Raises:
        ConflictError: others were faster each time; nothing is stored.
    """
    deadline = time.monotonic() + patience
    with open_store(store) as opened:
        while True:
            campaign = Campaign(opened.load(campaign_name(name)), by=actor())
            known = len(campaign.document.events)
            answer = act(campaign)
            try:
                opened.append(campaign.name, campaign.document.events[known:], after=known)
            except ConflictError:
                if time.monotonic() >= deadline:
                    raise
            else:
                return campaign, answer
