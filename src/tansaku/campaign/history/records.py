"""Records: what happened in a campaign, as events that can be stored, shown and undone."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, Self, TypedDict

from pydantic import ConfigDict, Field, PlainSerializer, model_validator

from tansaku.campaign.history.source_table import SourceTable
from tansaku.campaign.history.weighing_plan import WeighedSample, WeighingPlan
from tansaku.insight.reasons import Reason, sentence
from tansaku.insight.verdict import SourceVerdict
from tansaku.space import Predicted, Space, Target, Value
from tansaku.spec import CLOSED, Document, Spec
from tansaku.strategy import Expect, Strategy

Candidacy = int | tuple[Value, ...]
"""What tells candidates apart: the label, or the settings themselves in a free space."""


def _is_none(value: object) -> bool:
    """What is not known is not written: older documents stay as they are."""
    return value is None


def _is_empty(value: object) -> bool:
    """The same of a mapping."""
    return not value


def _is_unknown(value: object) -> bool:
    """The same of an expectation."""
    return value == "unknown"


Limit = Literal["below", "above"]
"""On which side of a stated limit the value lies."""


class Status(StrEnum):
    """How a measurement ended."""

    OK = "ok"
    DOUBTFUL = "doubtful"
    FAILED = "failed"
    EXCLUDED = "excluded"


class Measurement(Spec):
    """What the lab reports of one sample. All but the inputs may be left out.

    Attributes:
        id: ``m1``, ``m2``, ... in the order of recording.
        sample: What the lab calls the sample: LLZ-01.
        pool_row: Label of the candidate in the pool; ``None`` in a free space.
        inputs: Planned inputs, in experimental units; a choice by its name.
        formula: Planned formula, where the space knows it.
        made: What was really weighed, where the masses were typed back; the model learns from it.
        achieved: Inputs as fired or as analysed, where they are known; the others are as planned.
            The model learns from them.
        values: {target: value in the target's unit}; of a limit, the limit.
        limits: {target: on which side of its value the truth lies}; absent for a plain value.
        sd: {target: standard deviation of one measurement, in the target's unit}, where it is
            known; the value of ``repeats`` measurements is known to sd / sqrt(repeats).
        repeats: Repeated measurements that the stated values are means of.
        status: ``ok`` teaches the model, and so does ``doubtful``, which a person wants to see
            again; ``failed`` teaches where samples fail; ``excluded`` is
            kept but teaches nothing.
        reopen: Of an excluded one, whether its candidate may be suggested again.
        why: Why it failed or is doubted: cracked, melted, amorphous, secondary phase, ..
        amount: How much of that there was, as a share of the sample.
        phase: Phase that was found: alpha, beta, mixed, ..
        run: Furnace run: samples of one run share what it did to them.
        batch: Synthesis: samples from one batch of powder share its name.
        pellet: Piece that was measured, of those made in one synthesis.
        operator: Who made or measured it.
        equipment: With what.
        made_on: The day on which it was made.
        note: Free text.
        at: When it was recorded, UTC.
    """

    id: str
    sample: str | None = Field(default=None, exclude_if=_is_none)
    pool_row: int | None
    inputs: dict[str, Value]
    formula: str | None = Field(default=None, exclude_if=_is_none)
    made: WeighedSample | None = Field(default=None, exclude_if=_is_none)
    achieved: dict[str, Value] | None = Field(default=None, exclude_if=_is_none)
    values: dict[str, float]
    limits: dict[str, Limit] = Field(default_factory=dict, exclude_if=_is_empty)
    sd: dict[str, float] = Field(default_factory=dict, exclude_if=_is_empty)
    repeats: int | None = Field(default=None, ge=1, exclude_if=_is_none)
    status: Status = Status.OK
    reopen: bool = Field(default=False, exclude_if=_is_empty)
    why: str | None = Field(default=None, exclude_if=_is_none)
    amount: float | None = Field(default=None, gt=0, le=1, exclude_if=_is_none)
    phase: str | None = Field(default=None, exclude_if=_is_none)
    run: str | None = Field(default=None, exclude_if=_is_none)
    batch: str | None = Field(default=None, exclude_if=_is_none)
    pellet: str | None = Field(default=None, exclude_if=_is_none)
    operator: str | None = Field(default=None, exclude_if=_is_none)
    equipment: str | None = Field(default=None, exclude_if=_is_none)
    made_on: date | None = Field(default=None, exclude_if=_is_none)
    note: str = ""
    at: datetime

    @property
    def called(self) -> str:
        """Its id, with what the lab calls its sample."""
        return f"{self.id} ({self.sample})" if self.sample else self.id

    @property
    def candidate(self) -> Candidacy:
        """What tells its candidate from others."""
        return tuple(self.inputs.values()) if self.pool_row is None else self.pool_row

    @property
    def counts(self) -> bool:
        """Whether its values teach."""
        return self.status in (Status.OK, Status.DOUBTFUL)

    @property
    def closes(self) -> bool:
        """Whether its candidate counts as made."""
        return self.status is not Status.EXCLUDED or not self.reopen


class Suggestion(Spec):
    """What we propose to make.

    Attributes:
        id: ``s1``, ``s2``, ... in the order of suggesting.
        sample: What the lab calls the candidate, where its table names it.
        inputs: {input: value}, in experimental units; a choice by its name.
        pool_row: Label of the candidate in the pool; ``None`` in a free space.
        formula: Chemical formula where the space knows it.
        predicted: {target: prediction}; empty while no model is asked.
        chance_to_beat_best: Probability that the function here is better than the best
            measured value; ``None`` while no model is asked or nothing is measured.
        chance_to_work: Probability that the sample does not fail; ``None`` where none has failed.
        run: Furnace run that it was planned for, ``r1``, ``r2``, ..
        reason: Why this one.
    """

    id: str
    sample: str | None = Field(default=None, exclude_if=_is_none)
    run: str | None = Field(default=None, exclude_if=_is_none)
    inputs: dict[str, Value]
    pool_row: int | None
    formula: str | None = None
    predicted: dict[str, Predicted] = {}
    chance_to_beat_best: float | None = None
    chance_to_work: float | None = Field(default=None, exclude_if=_is_none)
    reason: Reason

    @property
    def called(self) -> str:
        """Its id, with what the lab calls the candidate."""
        return f"{self.id} ({self.sample})" if self.sample else self.id

    @property
    def candidate(self) -> Candidacy:
        """What tells its candidate from others."""
        return tuple(self.inputs.values()) if self.pool_row is None else self.pool_row


class SuggestionInWords(Suggestion):
    """A suggestion as answers have it: its reason is a sentence, in the language in use."""

    reason: Annotated[Reason, PlainSerializer(sentence, return_type=str)]


AnsweredSuggestion = Annotated[
    Suggestion,
    PlainSerializer(lambda found: SuggestionInWords(**dict(found)), return_type=SuggestionInWords),
]
"""A suggestion that is answered with its reason as a sentence."""


class Happening(Spec):
    """What every event says.

    Attributes:
        at: When, UTC.
        by: Who did it, where that is known.
    """

    at: datetime
    by: str | None = Field(default=None, exclude_if=_is_none)


class Created(Happening):
    """The campaign began, with what its table already held."""

    kind: Literal["created"] = "created"
    measurements: tuple[Measurement, ...] = ()


class Recorded(Happening):
    """Results came back, all of them or none."""

    kind: Literal["recorded"] = "recorded"
    measurements: tuple[Measurement, ...]


class Firing(Spec):
    """What the furnace can do, for a plan of its next runs.

    Attributes:
        shared: Inputs that all samples of a run share; none for those of the process.
        crucibles: Samples that a run takes.
        runs: Runs to plan.
        hours: What a run takes: a number, or a sum or product of shared inputs; empty for what the
            firing profile says, where there is one.
        available: Hours for all runs together; ``None`` for any number.
    """

    shared: tuple[str, ...] = ()
    crucibles: int = 1
    runs: int = 1
    hours: str = ""
    available: float | None = None


class Asked(Spec):
    """How samples were asked for: with the events before, all that it takes to choose them again.

    Attributes:
        strategy: The whole strategy, whatever its name stands for later.
        versions: {program or library: its version}.
        events: How many events of the campaign the choice had seen.
        replicate: Measured candidates might be chosen.
        probe: Settings of the older data only.
        time_limit: Seconds after which the search was to end.
        firing: Of a plan: what the furnace can do.
    """

    strategy: Strategy
    versions: dict[str, str]
    events: int
    replicate: bool = Field(default=False, exclude_if=_is_empty)
    probe: bool = Field(default=False, exclude_if=_is_empty)
    time_limit: float | None = Field(default=None, exclude_if=_is_none)
    firing: Firing | None = Field(default=None, exclude_if=_is_none)


class CandidateFile(Spec):
    """A table whose rows alone were open to a choice.

    Attributes:
        path: The file, as it was named.
        sha256: Of its content.
    """

    path: str = Field(min_length=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Suggested(Happening):
    """Samples were suggested. Earlier open suggestions stay open where someone else asked for them
    or ``more`` is true (:class:`~tansaku.campaign.history.requester.Requester`). ``fixed`` inputs,
    the conditions ``among`` and the rows of a table of ``candidates`` narrowed this choice.
    ``weighing`` is what they are made from,
    where that was said with the suggestion; ``sources`` what was thought of the older data then;
    ``asked`` what chooses them again, which older documents lack."""

    kind: Literal["suggested"] = "suggested"
    strategy: str
    seed: int
    more: bool = False
    fixed: dict[str, Value] = Field(default={}, exclude_if=_is_empty)
    among: tuple[str, ...] = Field(default=(), exclude_if=_is_empty)
    candidates: CandidateFile | None = Field(default=None, exclude_if=_is_none)
    weighing: WeighingPlan | None = Field(default=None, exclude_if=_is_none)
    sources: tuple[SourceVerdict, ...] = Field(default=(), exclude_if=_is_empty)
    asked: Asked | None = Field(default=None, exclude_if=_is_none)
    suggestions: tuple[Suggestion, ...]


class Marked(Happening):
    """Measurements were judged again: what they count as from now on, and why; ``reopen`` as in
    :class:`Measurement`."""

    kind: Literal["marked"] = "marked"
    measurements: tuple[str, ...] = Field(min_length=1)
    status: Status
    why: str = ""
    reopen: bool = Field(default=False, exclude_if=_is_empty)


class Attachment(Spec):
    """A file that belongs to a sample: a photo, a spectrum, a pattern.

    Attributes:
        id: ``f1``, ``f2``, ... in the order of attaching.
        name: What the file is called, without folders.
        media_type: What it holds: ``image/png``, ``text/csv``, ..
        size: Of its content, in bytes.
        sha256: Of its content, which is kept under this name.
    """

    id: str
    name: str = Field(min_length=1)
    media_type: str
    size: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class AttachedFile(Attachment):
    """An attachment with what was said with it.

    Attributes:
        sample: What it was attached to: a measurement (``m3``), a suggestion (``s1``), or what the
            lab calls the sample.
        pool_row, inputs: The candidate that this stood for, as in :class:`Measurement`.
        remark: Free text.
        at: When it was attached, UTC.
        by: Who did it, where that is known.
    """

    sample: str
    pool_row: int | None
    inputs: dict[str, Value]
    remark: str = ""
    at: datetime
    by: str | None = Field(default=None, exclude_if=_is_none)

    @property
    def candidate(self) -> Candidacy:
        """What tells its candidate from others."""
        return tuple(self.inputs.values()) if self.pool_row is None else self.pool_row


class Attached(Happening):
    """Files were attached to a sample, all that were given with one remark; the fields are those of
    :class:`AttachedFile`."""

    kind: Literal["attached"] = "attached"
    sample: str
    pool_row: int | None
    inputs: dict[str, Value]
    files: tuple[Attachment, ...] = Field(min_length=1)
    remark: str = ""

    def each(self) -> tuple[AttachedFile, ...]:
        """The files, with what was said of all of them."""
        said = ("sample", "pool_row", "inputs", "remark", "at", "by")
        common = {name: getattr(self, name) for name in said}
        return tuple(AttachedFile(**dict(file), **common) for file in self.files)


class Withdrawn(Happening):
    """Suggestions are not under way any more: nobody will make them, for now; or attached ``files``
    are not to be seen any more: they were the wrong ones."""

    kind: Literal["withdrawn"] = "withdrawn"
    suggestions: tuple[str, ...] = ()
    files: tuple[str, ...] = Field(default=(), exclude_if=_is_empty)
    why: str = ""

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not self.suggestions and not self.files:
            raise ValueError("nothing is withdrawn")
        return self


class Blocked(Happening):
    """Candidates that keep the condition cannot be made now, and are not suggested."""

    kind: Literal["blocked"] = "blocked"
    condition: str
    why: str = ""


class Unblocked(Happening):
    """They can be made again: the condition that was blocked, in the same words."""

    kind: Literal["unblocked"] = "unblocked"
    condition: str
    why: str = ""


class Renamed(Happening):
    """The campaign has another name."""

    kind: Literal["renamed"] = "renamed"
    before: str
    name: str


class Removed(Happening):
    """The campaign was put into the store's trash, with all that it holds."""

    kind: Literal["removed"] = "removed"
    why: str = ""


class Restored(Happening):
    """It was taken out of the trash."""

    kind: Literal["restored"] = "restored"


class Corrected(Happening):
    """Measurements were typed in wrongly: under their ids they are as here from now on."""

    kind: Literal["corrected"] = "corrected"
    measurements: tuple[Measurement, ...] = Field(min_length=1)


class Linked(Happening):
    """Older measurements were attached, as they were then; they replace a source of that name.
    ``more`` are their values for the campaign's other targets."""

    kind: Literal["linked"] = "linked"
    source: SourceTable
    more: tuple[SourceTable, ...] = Field(default=(), exclude_if=_is_empty)


class Unlinked(Happening):
    """The source ``name`` plays no part any more."""

    kind: Literal["unlinked"] = "unlinked"
    name: str


class Undone(Happening):
    """The event with sequence number ``undone`` is taken back; it stays in the history. One that
    takes an ``Undone`` back brings back what that took."""

    kind: Literal["undone"] = "undone"
    undone: int


class Details(TypedDict, total=False):
    """What may be told of a measurement beside its values, by the names of its fields; what is
    ``None`` or empty is not told. A status, a day (``2026-04-01``) are told as text, too."""

    sample: str | None
    status: str | None
    why: str | None
    amount: float | None
    repeats: int | None
    phase: str | None
    run: str | None
    batch: str | None
    pellet: str | None
    operator: str | None
    equipment: str | None
    made_on: str | date | None
    note: str | None


DETAILS: Final = tuple(Details.__annotations__)

HOUSEKEEPING: Final = ("undone", "renamed", "removed", "restored")
"""Kinds of events that change no data, so that undo passes them over."""

Event = Annotated[
    Created
    | Recorded
    | Suggested
    | Attached
    | Withdrawn
    | Blocked
    | Unblocked
    | Marked
    | Corrected
    | Linked
    | Unlinked
    | Renamed
    | Removed
    | Restored
    | Undone,
    Field(discriminator="kind"),
]


class CampaignSpec(Document):
    """What a campaign searches: fixed when it is made.

    Attributes:
        name: What people call it.
        space: What may be varied.
        targets: What is wanted, each name once.
        weighing: From what samples are made.
        reference: {target: what it has to beat to count}, for several targets.
        known: {target or cost column: its value of each candidate}, in the order of the pool.
        cost: Which of ``known`` is what a candidate costs.
        samples: {label of a candidate: what the lab calls it}, each name once.
        expect: Where the best may lie, which decides on the first samples.
    """

    name: str
    space: Space
    targets: tuple[Target, ...] = Field(min_length=1)
    reference: dict[str, float] | None = Field(default=None, exclude_if=_is_none)
    known: dict[str, tuple[float, ...]] | None = Field(default=None, exclude_if=_is_none)
    cost: str | None = Field(default=None, exclude_if=_is_none)
    samples: dict[int, str] = Field(default={}, exclude_if=_is_empty)
    weighing: WeighingPlan | None = Field(default=None, exclude_if=_is_none)
    expect: Expect = Field(default="unknown", exclude_if=_is_unknown)


class CampaignDocument(Document):
    """A whole campaign as one document: what export writes and import reads.

    ``events[i]`` has the sequence number i + 1. ``contents`` are those of attached files by their
    SHA-256, in base64 where it is text; the document of a campaign that is in a store goes without.
    """

    model_config = CLOSED | ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    campaign: CampaignSpec
    events: tuple[Event, ...]
    contents: dict[str, bytes] = Field(default={}, exclude_if=_is_empty, repr=False)
