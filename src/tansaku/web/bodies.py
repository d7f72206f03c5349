"""Bodies of requests: the Specs of the program, with what the path or the header does not say."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, SecretStr

from tansaku.campaign.history.records import Limit, Status
from tansaku.services.account import DAYS
from tansaku.services.conduction import ROOM_TEMPERATURE, AskedColumns
from tansaku.services.jobs import StudyRequest
from tansaku.services.new import CampaignDescription, Row
from tansaku.services.source import GivenSource
from tansaku.space import ColumnRoles, Value
from tansaku.spec import CLOSED, Spec


def example(*bodies: dict[str, Any]) -> ConfigDict:
    """The configuration of a body with examples for its readers."""
    return CLOSED | ConfigDict(json_schema_extra={"examples": list(bodies)})


Seed = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Ids = Annotated[tuple[str, ...], Field(min_length=1)]

TABLE: Final = [{"a": 0, "b": 1, "y": 2.5}, {"a": 1, "b": 1, "y": 3.1}, {"a": 2, "b": 1, "y": None}]


class CampaignBody(CampaignDescription):
    """A campaign: all that a file behind ``new --spec`` may say, and its name."""

    name: str

    model_config = example(
        {"name": "lab", "table": TABLE, "inputs": ["a", "b"], "targets": ["y:max"]},
        {
            "name": "template",
            "template": "Li(?)Y(x)Zr(2-x)(PO4)3",
            "parameters": ["x=0:0.5:0.1"],
            "targets": ["sigma:max:log10"],
        },
    )


class WeighingChanges(Spec):
    """From what samples are made, where that differs from the campaign."""

    precursors: Ids | None = None
    mass: Annotated[float, Field(gt=0)] | None = None
    excess: tuple[str, ...] | None = None
    balance: float | None = None
    leaving: tuple[str, ...] | None = None


class SuggestBody(Spec):
    """What is asked of ``suggest``."""

    n: Count = 1
    strategy: str = "standard"
    seed: Seed = 0
    by: str | None = None
    more: bool = False
    replicate: bool = False
    probe: bool = False
    fixed: dict[str, Value] = {}
    among: tuple[str, ...] = ()
    time_limit: Annotated[float, Field(gt=0)] | None = None
    weighing: WeighingChanges | None = None

    model_config = example({"n": 2, "seed": 0})


class DetailsBody(Spec):
    """What may be told of a measurement beside its values."""

    sample: str | None = None
    status: Status | None = None
    why: str | None = None
    amount: float | None = None
    repeats: int | None = None
    phase: str | None = None
    run: str | None = None
    batch: str | None = None
    pellet: str | None = None
    operator: str | None = None
    equipment: str | None = None
    made_on: date | None = None
    note: str | None = None

    def details(self) -> dict[str, Any]:
        """As the services take them."""
        told = self.model_dump(include=set(DetailsBody.model_fields), exclude_none=True)
        return told | ({"status": self.status.value} if self.status else {})


class MeasurementBody(DetailsBody):
    """One result: of the sample ``at`` these inputs, or of a suggestion's or the lab's ``id``."""

    at: dict[str, Value] | None = None
    id: str | None = None
    results: dict[str, float | str] = {}
    limits: dict[str, Limit] = {}
    sd: dict[str, float] = {}
    made: dict[str, Value] = {}
    weighed: dict[str, float] | None = None
    excess: tuple[str, ...] = ()
    precursors: tuple[str, ...] = ()
    confirm: bool = False

    model_config = example(
        {"id": "s1", "results": {"y": 3.2}},
        {"at": {"a": 2, "b": 1}, "results": {"y": "<0.1"}, "operator": "Sato"},
        {"id": "s2", "status": "failed", "why": "cracked"},
    )


class RowsBody(DetailsBody):
    """Results as the rows of a table; the details are those of rows that tell no own."""

    rows: Annotated[tuple[Row, ...], Field(min_length=1)]
    only_new: bool = False
    columns: ColumnRoles | None = None
    confirm: bool = False

    model_config = example({"rows": [{"a": 2, "b": 1, "y": 3.2}]})


class CorrectionBody(DetailsBody):
    """What a measurement says from now on."""

    id: str
    at: dict[str, Value] = {}
    results: dict[str, float | str] = {}
    limits: dict[str, Limit] = {}
    sd: dict[str, float] = {}
    confirm: bool = False

    model_config = example({"id": "m3", "results": {"y": 3.2}})


class MarkBody(Spec):
    """How measurements count from now on."""

    ids: Ids
    status: Status
    why: str = ""
    keep: bool = False

    model_config = example({"ids": ["m3"], "status": "excluded", "why": "wrong pellet"})


class ModelBody(Spec):
    """Whose model is asked."""

    strategy: str = "standard"
    seed: Seed = 0


class PredictBody(ModelBody):
    """The point that is asked for."""

    at: dict[str, Value]

    model_config = example({"at": {"a": 1.5, "b": 1}})


class PosteriorBody(ModelBody):
    """The points that are asked for; without any all candidates."""

    points: Annotated[tuple[dict[str, Value], ...], Field(min_length=1)] | None = None
    target: str | None = None

    model_config = example({"points": [{"a": 0.5, "b": 1}, {"a": 1.5, "b": 1}]})


class WithdrawBody(Spec):
    """Suggestions that nobody will make for now."""

    ids: Ids
    why: str = ""

    model_config = example({"ids": ["s3"], "why": "no ZrO2"})


class BlockBody(Spec):
    """Candidates that cannot be made now, or can again."""

    condition: str
    why: str = ""

    model_config = example({"condition": "a > 2", "why": "the furnace"})


class UndoBody(Spec):
    """The event that is taken back; without a number the last one."""

    number: int | None = None

    model_config = example({})


class RedoBody(Spec):
    """Nothing has to be told: the last undo is taken back."""

    model_config = example({})


class RenameBody(Spec):
    """The campaign's name from now on."""

    name: str

    model_config = example({"name": "lab-2"})


class PlanBody(ModelBody):
    """What the furnace can do."""

    crucibles: Count
    runs: Count = 1
    shared: tuple[str, ...] = ()
    hours: str = ""
    available: float | None = None
    by: str | None = None
    more: bool = False

    model_config = example({"crucibles": 2, "runs": 1, "shared": ["a"]})


class SourceBody(GivenSource):
    """Older data: the ``source`` is another campaign, or what the rows of ``table`` are called."""

    model_config = example({"source": "older", "table": TABLE, "inputs": ["a", "b"], "target": "y"})


class StudyBody(StudyRequest):
    """What is replayed, and how."""

    model_config = example(
        {"campaign": "lab", "runs": 100},
        {"table": TABLE, "inputs": ["a", "b"], "targets": ["y:max"], "runs": 10, "start": 1},
    )


class FormulaBody(Spec):
    """A formula, and oxidation states that differ from the defaults."""

    formula: str
    states: dict[str, float] = {}

    model_config = example({"formula": "Li7La3Zr2O12"})


class WeighBody(Spec):
    """A batch to weigh."""

    formula: str
    precursors: Ids
    mass: Annotated[float, Field(gt=0)]
    excess: tuple[str, ...] = ()
    balance: Annotated[float, Field(gt=0)] | None = None
    leaving: tuple[str, ...] | None = None
    weighed: dict[str, float] | None = None

    model_config = example(
        {"formula": "Li2ZrO3", "precursors": ["Li2CO3", "ZrO2"], "mass": 5, "excess": ["Li=10%"]}
    )


class SampleWeighingBody(Spec):
    """A sample of a campaign to weigh, and its masses once they are there."""

    id: str
    weighing: WeighingChanges | None = None
    weighed: dict[str, float] | None = None

    model_config = example(
        {"id": "s1", "weighing": {"precursors": ["Li2CO3", "ZrO2"], "mass": 5}},
        {"id": "s1", "weighed": {"Li2CO3": 0.5412, "ZrO2": 1.2}},
    )

    def told(self) -> dict[str, Any]:
        """As the service takes it."""
        plan = self.weighing.model_dump(exclude_unset=True) if self.weighing else None
        return {"id": self.id, "weighing": plan, "weighed": self.weighed}


class PelletBody(Spec):
    """A pellet, each quantity as text with its unit."""

    resistance: str
    thickness: str
    area: str | None = None
    diameter: str | None = None

    model_config = example({"resistance": "1200ohm", "thickness": "1.2mm", "diameter": "10mm"})


class ConductionQuery(AskedColumns):
    """Which columns of a table of conductivities hold what, and what is asked of the line."""

    filename: str = Field(examples=["sigma.csv"])
    convention: str = "sigma"
    at: tuple[str, ...] = (ROOM_TEMPERATURE,)


Name = Annotated[str, Field(min_length=1)]
Role = Literal["viewer", "editor", "admin"]


class LogInBody(Spec):
    """Who comes in."""

    name: Name
    password: SecretStr

    model_config = example({"name": "sato", "password": "kiln gas tram violet"})


class OwnPasswordBody(Spec):
    """The password that an account has, and the one that it takes."""

    old: SecretStr
    new: SecretStr

    model_config = example({"old": "kiln gas tram violet", "new": "amber step fog cello"})


class TokenBody(Spec):
    """For which program a token is, and for how many days it is good."""

    label: Name
    days: Count = DAYS

    model_config = example({"label": "robot"})


class AccountBody(Spec):
    """A new account."""

    name: Name
    password: SecretStr
    role: Role = "editor"
    all_campaigns: bool = False

    model_config = example({"name": "sato", "password": "kiln gas tram violet", "role": "editor"})


class AccountChangeBody(Spec):
    """What is to be different about an account; what is left out stays."""

    role: Role | None = None
    all_campaigns: bool | None = None
    closed: bool | None = None
    password: SecretStr | None = None

    model_config = example({"role": "viewer"}, {"closed": True})


class SettingsBody(Spec):
    """What is chosen for all pages; what is left out is as browser and machine say."""

    lang: Literal["en", "ja"] | None = None
    appearance: Literal["light", "dark"] | None = None

    model_config = example({"appearance": "dark"})


class ShareBody(Spec):
    """What an account may do in a campaign."""

    role: Role = "viewer"

    model_config = example({"role": "editor"})
