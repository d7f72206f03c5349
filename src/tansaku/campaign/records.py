"""Records: what happened in a campaign, as events that can be stored, shown and undone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from tansaku.campaign.weighing import Made, WeighingPlan
from tansaku.insight.reasons import Reason
from tansaku.space import Predicted, Space, Target, Value
from tansaku.spec import Document, Spec

Candidacy = int | tuple[Value, ...]
"""What tells candidates apart: the label, or the settings themselves in a free space."""


def _is_none(value: object) -> bool:
    """What is not known is not written: older documents stay as they are."""
    return value is None


class Status(StrEnum):
    """How a measurement ended."""

    OK = "ok"
    EXCLUDED = "excluded"


class Measurement(Spec):
    """What the lab reports of one sample.

    Attributes:
        id: ``m1``, ``m2``, ... in the order of recording.
        pool_row: Label of the candidate in the pool; ``None`` in a free space.
        inputs: Planned inputs, in experimental units; a choice by its name.
        formula: Planned formula, where the space knows it.
        made: What was really made, where the masses were typed back; the model learns from it.
        values: {target: value in the target's unit}.
        status: ``ok`` teaches the model; ``excluded`` is kept but does not.
        note: Free text.
        at: When it was recorded, UTC.
    """

    id: str
    pool_row: int | None
    inputs: dict[str, Value]
    formula: str | None = Field(default=None, exclude_if=_is_none)
    made: Made | None = Field(default=None, exclude_if=_is_none)
    values: dict[str, float]
    status: Status = Status.OK
    note: str = ""
    at: datetime

    @property
    def candidate(self) -> Candidacy:
        """What tells its candidate from others."""
        return tuple(self.inputs.values()) if self.pool_row is None else self.pool_row


class Suggestion(Spec):
    """What we propose to make.

    Attributes:
        id: ``s1``, ``s2``, ... in the order of suggesting.
        inputs: {input: value}, in experimental units; a choice by its name.
        pool_row: Label of the candidate in the pool; ``None`` in a free space.
        formula: Chemical formula where the space knows it.
        predicted: {target: prediction}; empty while no model is asked.
        chance_to_beat_best: Probability that the function here is better than the best
            measured value; ``None`` while no model is asked or nothing is measured.
        reason: Why this one.
    """

    id: str
    inputs: dict[str, Value]
    pool_row: int | None
    formula: str | None = None
    predicted: dict[str, Predicted] = {}
    chance_to_beat_best: float | None = None
    reason: Reason

    @property
    def candidate(self) -> Candidacy:
        """What tells its candidate from others."""
        return tuple(self.inputs.values()) if self.pool_row is None else self.pool_row


class Created(Spec):
    """The campaign began, with what its table already held."""

    kind: Literal["created"] = "created"
    at: datetime
    measurements: tuple[Measurement, ...] = ()


class Recorded(Spec):
    """Results came back, all of them or none."""

    kind: Literal["recorded"] = "recorded"
    at: datetime
    measurements: tuple[Measurement, ...]


class Suggested(Spec):
    """Samples were suggested. Earlier open suggestions stay open only where ``more`` is true.
    ``weighing`` is what they are made from, where that was said with the suggestion."""

    kind: Literal["suggested"] = "suggested"
    at: datetime
    strategy: str
    seed: int
    more: bool = False
    weighing: WeighingPlan | None = Field(default=None, exclude_if=_is_none)
    suggestions: tuple[Suggestion, ...]


class Undone(Spec):
    """The event with sequence number ``undone`` is taken back; it stays in the history."""

    kind: Literal["undone"] = "undone"
    at: datetime
    undone: int


Event = Annotated[Created | Recorded | Suggested | Undone, Field(discriminator="kind")]


class CampaignSpec(Document):
    """What a campaign searches: fixed when it is made. ``weighing`` says from what samples are
    made."""

    name: str
    space: Space
    targets: tuple[Target, ...] = Field(min_length=1)
    weighing: WeighingPlan | None = Field(default=None, exclude_if=_is_none)


class CampaignDocument(Document):
    """A whole campaign as one document: what export writes and import reads.

    ``events[i]`` has the sequence number i + 1.
    """

    campaign: CampaignSpec
    events: tuple[Event, ...]
