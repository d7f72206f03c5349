"""pool: the candidates and their states."""

from __future__ import annotations

from pydantic import Field

from tansaku.campaign.progress import Candidate, candidates_of, labels_shown
from tansaku.language import _
from tansaku.services.opened import load
from tansaku.space import FreePool
from tansaku.spec import Answer

SHOWN = 10_000
"""Candidates that are listed of a large pool: what a person or a page can still use."""


class Pool(Answer):
    """The candidates of a campaign, in the order of its table or of their labels.

    Attributes:
        inputs: Names of the inputs.
        targets: Names of the targets.
        n: How many there are; ``None`` where they are too many to be counted.
        notices: What was left out.
        shown: How many are listed.
        candidates: Those that are listed; of a large pool the measured ones, the ones under way
            and the first of all.
    """

    campaign: str
    inputs: tuple[str, ...] = Field(exclude=True)
    targets: tuple[str, ...] = Field(exclude=True)
    shown: int = Field(exclude=True)
    n: int | None
    notices: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...]


def pool(store: str, name: str, most: int = SHOWN, part: slice | None = None) -> Pool:
    """The candidates of the campaign ``name``, of a large pool about ``most`` of them; of these
    perhaps only a ``part``.

    Raises:
        CampaignNotFoundError: the store has none of that name.
    """
    campaign = load(store, name)
    spec, state, n = campaign.document.campaign, campaign.state, campaign.space.size
    labels = labels_shown(spec, state, most)
    return Pool(
        campaign=campaign.name,
        inputs=campaign.space.names,
        targets=tuple(target.name for target in campaign.targets),
        n=n,
        candidates=candidates_of(spec, state, labels[part] if part else labels),
        shown=len(labels),
        notices=_notices(n, len(labels), free=isinstance(campaign.space.pool, FreePool)),
    )


def _notices(n: int | None, shown: int, *, free: bool) -> tuple[str, ...]:
    if free:
        return (
            _(
                "A continuous space has no list of candidates; those measured or under way are"
                " shown."
            ),
        )
    if n is None or shown < n:
        return (
            _(
                "Shown: {shown} candidates of {n}: those measured or under way and the first ones."
            ).format(shown=shown, n=_("very many") if n is None else n),
        )
    return ()
