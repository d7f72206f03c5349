"""Opened: a campaign read from its store, and a change to it stored whole or not at all."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from pydantic import ValidationError

from tansaku import __version__
from tansaku.actor import actor, bound_account
from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import CampaignDocument, Event
from tansaku.campaign.keeping import Held
from tansaku.campaign.progress import CampaignStatus
from tansaku.errors import ConflictError, RightsError, UsageError
from tansaku.language import _
from tansaku.services.change_request import change_request, version_text
from tansaku.space import Target
from tansaku.spec import Answer
from tansaku.stages import stage
from tansaku.store import (
    Accounts,
    JobQueue,
    KeptAnswer,
    LogEnd,
    LogEnds,
    Passes,
    Role,
    SqlStore,
    open_store,
    sealed,
    shown_url,
)

PATIENCE: Final = 30.0
"""Seconds from the first conflict for which a change is tried again on a campaign that others
change at the same time: in each round of such a race one of them is stored, so a whole lab gets
through in far less."""

STORES: Final = 8
"""Stores whose logs a process keeps in memory between two calls; a person or a server uses one."""

CAMPAIGNS: Final = 8
"""Campaigns of which a process keeps what they add up to: those that a lab works on at a time."""

MANY_CANDIDATES: Final = 1_000_000
"""Candidates from which a suggestion takes 3 s and more (docs/benchmarks.md)."""

MANY_EVENTS: Final = 1000
"""Events from which it does: about as many results (docs/benchmarks.md)."""

LAST: Final = 2**31 - 1
"""The largest number that an event can have in a store: behind it there are none."""

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


@lru_cache(maxsize=STORES)
def _kept(url: str, folder: Path) -> SqlStore:
    """The store at a URL, seen from a folder, with what this process has read of it."""
    del folder  # part of the key: the URL may name a file from there
    return open_store(url, keeps=True)


def load(store: str, name: str, *, to: Role = "viewer") -> Campaign:
    """The campaign ``name`` in the store at that URL, to look at; ``to`` is the role that whoever
    asks has to have in it."""
    stage(_("reading the campaign"))
    name = campaign_name(name)
    return _campaign(store, name, _kept(store, Path.cwd()).load(name, to=to))


@lru_cache(maxsize=CAMPAIGNS)
def _last_loaded(store: str, folder: Path, name: str) -> list[Campaign]:
    """Room for a campaign as it was loaded last."""
    del store, folder, name
    return []


class _Opened(Held):
    """A campaign out of a store: what changes is stored all at once when it is done, and the
    contents of files that were attached before are read when they are asked for."""

    def __init__(self, store: str, name: str) -> None:
        super().__init__({})
        self._store = store
        self._name = name

    def content(self, sha256: str) -> bytes | None:
        """One of them, out of the store where it is not new."""
        new = super().content(sha256)
        if new is not None:
            return new
        return _kept(self._store, Path.cwd()).contents.find(self._name, sha256)


def _campaign(store: str, name: str, document: CampaignDocument, by: str | None = None) -> Campaign:
    """The campaign of this document; what it adds up to is not added up again where its log begins
    with those that were loaded last."""
    last = _last_loaded(store, Path.cwd(), name)
    before = last[0] if last else None
    campaign = Campaign(document, by=by, before=before, keep=_Opened(store, name))
    last[:] = [campaign]
    return campaign


def events_behind(store: str, name: str, number: int) -> tuple[LogEnd, list[tuple[int, str]]]:
    """Where a campaign's log ends, and (number, kind) of its events behind that number."""
    name = campaign_name(name)
    while (found := _log_ends(store).behind(name, number)) is None:
        load(store, name)  # says that it is not there, unless it was made just now
    return found


def version(store: str, name: str) -> str:
    """What tells the campaign as it is now from any other state of it; the campaign is not read."""
    return version_text(events_behind(store, name, LAST)[0])


def versions(store: str, names: Collection[str]) -> dict[str, str]:
    """{name: its version} of the campaigns of these names that are there; none is read."""
    return {name: version_text(end) for name, end in _log_ends(store).of(names).items()}


def listed(store: str) -> dict[str, tuple[str, CampaignStatus | None]]:
    """{name: (checksum over all that is stored of it, what this version told of it then)} of every
    campaign; none is read."""
    found = {}
    for name, (seal, summary) in sealed(_kept(store, Path.cwd()).database).items():
        version, _space, told = summary.partition(" ")
        found[name] = seal, _told(told) if version == __version__ else None
    return found


def _told(summary: str) -> CampaignStatus | None:
    """A summary as it was kept; ``None`` where it was damaged, so that the log is read."""
    try:
        return CampaignStatus.model_validate_json(summary)
    except ValidationError:
        return None


def _log_ends(store: str) -> LogEnds:
    return LogEnds(_kept(store, Path.cwd()).database)


def stored_names(store: str) -> list[str]:
    """Names of all campaigns of the store at that URL."""
    return _kept(store, Path.cwd()).names()


def jobs_of(store: str) -> JobQueue:
    """The jobs of the store at that URL."""
    return JobQueue(_kept(store, Path.cwd()).database)


def accounts_of(store: str) -> Accounts:
    """The accounts of the store at that URL."""
    return Accounts(_kept(store, Path.cwd()).database)


def administers(store: str) -> bool:
    """Whether who asks may know where the store is: an administrator, or who is at the machine."""
    own = bound_account()
    return own is None or accounts_of(store).get(own).role == "admin"


def shown_place(store: str) -> str:
    """The URL of the store without its password, for who may know it; empty for others."""
    return shown_url(store) if administers(store) else ""


def passes_of(store: str) -> Passes:
    """The sessions and tokens of its accounts."""
    return Passes(_kept(store, Path.cwd()).database)


def kept_answer(store: str, key: str) -> KeptAnswer | None:
    """What was answered to the change that was asked for under this key."""
    return _kept(store, Path.cwd()).answer(key)


def takes_long(store: str, name: str) -> bool:
    """Whether the next samples of a campaign take longer than a person waits for an answer."""
    campaign = load(store, name)
    size = campaign.space.size
    return (size or 0) > MANY_CANDIDATES or len(campaign.events) > MANY_EVENTS


class Changed(Answer):
    """What was changed, and the campaign afterwards.

    Attributes:
        campaign: Its name.
        status: How far it is.
    """

    campaign: str
    status: CampaignStatus

    @classmethod
    def of(cls, campaign: Campaign, **found: Any) -> Self:
        """The change of a campaign at hand."""
        return cls(campaign=campaign.name, status=campaign.status(), **found)


A = TypeVar("A", bound=Answer)


Again = Callable[[Campaign, Sequence[Event], A], tuple[Sequence[Event], A] | None]
"""(the campaign as it is now, the events that were to be stored, the answer) -> both as they fit
it; ``None`` where they do not."""


def tellable(answer: A) -> A:
    """The answer, after its document was written once for nothing: what cannot be told is found
    out before the change is stored, and not after."""
    json.dumps(answer.document(), allow_nan=False)
    return answer


def change(
    store: str,
    name: str,
    act: Callable[[Campaign], A],
    *,
    again: Again[A] | None = None,
    patience: float = PATIENCE,
) -> A:
    """Let ``act`` change the campaign and answer, and store that; the answer.

    All that can fail belongs into ``act``, what is told of the change included: after it, nothing
    but the storing is left. Where someone else has stored something meanwhile, ``again`` puts the
    same events on the campaign as it is then; where it cannot, or without it, ``act`` is called
    anew: for up to ``patience`` seconds from the first such time.

    Raises:
        ConflictError: others were faster each time, or have changed the campaign since the version
            that was asked for; nothing is stored.
        RepeatedRequestError: the change was asked for before, under the same key, and is stored.
    """
    stage(_("reading the campaign"))
    deadline, asked = None, change_request()
    opened = _kept(store, Path.cwd())
    name = campaign_name(name)
    campaign = _campaign(store, name, opened.load(name, to="editor"), actor())
    asked.check(campaign)
    known = len(campaign.events)
    events, answer = _acted(campaign, act)
    while True:
        stage(_("storing"))
        try:
            answered = asked.kept(answer)
            opened.append(
                campaign.name,
                events,
                after=known,
                contents=campaign.contents,
                kept=answered,
                summary=_summary(campaign, answer),
            )
        except ConflictError:
            now = time.monotonic()
            deadline = now + patience if deadline is None else deadline
            if now >= deadline:
                raise
        else:
            return answer
        campaign = _campaign(store, name, opened.load(name), actor())
        asked.check(campaign)
        known = len(campaign.events)
        kept = again(campaign, events, answer) if again else None
        if kept is None:
            events, answer = _acted(campaign, act)
        else:
            events, answer = kept[0], tellable(kept[1])
            campaign = _behind(campaign, events)


def _behind(campaign: Campaign, events: Sequence[Event]) -> Campaign:
    """The campaign with these events."""
    document = campaign.document
    whole = document.model_copy(update={"events": (*document.events, *events)})
    return Campaign(whole, before=campaign)


def _acted(campaign: Campaign, act: Callable[[Campaign], A]) -> tuple[Sequence[Event], A]:
    """What ``act`` adds to the campaign, and its answer.

    Raises:
        RightsError: an account says that another one does it.
    """
    known = len(campaign.events)
    answer = tellable(act(campaign))
    events = campaign.events[known:]
    if bound_account() is not None and any(event.by != actor() for event in events):
        raise RightsError(
            _("What an account does is kept under its own name."), _("Leave out 'by'.")
        )
    return events, answer


def create(opened: SqlStore, campaign: Campaign, answer: A) -> A:
    """Store a new campaign with what is told of it; the answer."""
    answer_told = tellable(answer)
    opened.create(
        campaign.whole,
        kept=change_request().kept(answer_told),
        summary=_summary(campaign, answer_told),
    )
    return answer_told


def _summary(campaign: Campaign, answer: Answer) -> str:
    """What a list tells of a campaign behind the change that is answered so, and which version says
    it."""
    told = answer.status if isinstance(answer, Changed) else campaign.status()
    return f"{__version__} {told.model_dump_json()}"
