"""CampaignTools: what an assistant may do with the campaigns of a store, one method for each tool.

A method's docstring and the descriptions of its arguments are what the assistant reads of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from tansaku.campaign.history.records import Status
from tansaku.campaign.progress import CampaignStatus
from tansaku.services.explain import Explanation, explain
from tansaku.services.predict import Prediction, predict
from tansaku.services.record import Results, record_at
from tansaku.services.status import Campaigns, list_, status
from tansaku.services.study import Replay, StudyReport, study_of
from tansaku.services.suggest_samples import WeighedSuggestions, suggest
from tansaku.space import Value

Name = Annotated[str, Field(description="Name of the campaign, as list_campaigns has it.")]
Inputs = Annotated[
    Mapping[str, Value],
    Field(description='{input: value}, in the units of the campaign: {"x": 0.1, "gas": "Ar"}.'),
]
StrategyName = Annotated[str, Field(description="standard, unless the person asks for another.")]
Seed = Annotated[int, Field(ge=0, description="The same seed gives the same answer.")]
Runs = Annotated[int, Field(ge=1, description="Searches per strategy; 1000 take minutes.")]

START = 3
"""Random samples of a replayed search before its strategy is asked: the fewest of a model."""


class CampaignTools:
    """The verbs of a store's campaigns.

    Attributes:
        store: URL of the store.
    """

    def __init__(self, store: str) -> None:
        self.store = store

    def list_campaigns(self) -> Campaigns:
        """All campaigns: inputs, targets, how far each is, its best result."""
        return list_(self.store)

    def status(self, campaign: Name) -> CampaignStatus:
        """How far a campaign is, its best result, and whether older data help."""
        return status(self.store, campaign)

    def suggest(
        self,
        campaign: Name,
        n: Annotated[int, Field(ge=1, description="How many, made at the same time.")] = 1,
        strategy: StrategyName = "standard",
        seed: Seed = 0,
        fixed: Annotated[
            Mapping[str, Value], Field(description="Inputs that have this value, this time.")
        ] = {},
        among: Annotated[
            Sequence[str], Field(description="Conditions to keep this time: 'x <= 0.2'.")
        ] = (),
    ) -> WeighedSuggestions:
        """Choose the samples to make next, and keep them as under way: each with its id, what is
        expected of it, the interval of the next measurement (95 %), the chance to beat the best,
        and why. Earlier suggestions of the same person that have no result are replaced."""
        return suggest(
            self.store, campaign, n, strategy=strategy, seed=seed, fixed=fixed, among=among
        )

    def record(
        self,
        campaign: Name,
        sample: Annotated[
            str | Mapping[str, Value],
            Field(description="Id of a suggestion (s3), the lab's name of it, or its inputs."),
        ],
        results: Annotated[
            Mapping[str, float | str],
            Field(description='{target: value}; "<1e-8" is a limit. Empty for a failed sample.'),
        ] = {},
        *,
        status: Annotated[Status, Field(description="failed teaches where samples fail.")] = (
            Status.OK
        ),
        why: Annotated[str | None, Field(description="Of a failed sample: cracked, ..")] = None,
        note: Annotated[str | None, Field(description="What else is to be kept.")] = None,
        confirm: Annotated[
            bool,
            Field(description="True only after the person said that a doubtful value is right"),
        ] = False,
    ) -> Results:
        """Store what the laboratory measured of one sample. Only what a person or an instrument
        reported, never an expectation."""
        details = {name: text for name, text in (("why", why), ("note", note)) if text}
        return record_at(
            self.store,
            campaign,
            sample,
            results,
            status=status.value,
            confirm=confirm,
            **details,  # type: ignore[arg-type]  # of Details, all of which are optional
        )

    def predict(
        self, campaign: Name, at: Inputs, strategy: StrategyName = "standard", seed: Seed = 0
    ) -> Prediction:
        """What the model expects of each target at one point, made or not, and how sure it is."""
        return predict(self.store, campaign, at, strategy=strategy, seed=seed)

    def explain(
        self, campaign: Name, id: Annotated[str, Field(description="Of the suggestion: s3.")]
    ) -> Explanation:
        """Why a sample was suggested, what was expected of it, and what came out."""
        return explain(self.store, campaign, id)

    def study(
        self,
        campaign: Name,
        strategies: Annotated[
            Sequence[str], Field(min_length=1, description="The strategies to compare.")
        ] = ("random", "standard"),
        runs: Runs = 100,
        start: Annotated[int, Field(ge=1, description="Random samples at first.")] = START,
        seed: Seed = 0,
    ) -> StudyReport:
        """Replay searches on what a campaign has measured: after how many samples each strategy
        would have found its best, beside random search."""
        replayed = Replay(strategies, runs, start, seed=seed, store=self.store)
        return study_of(self.store, campaign, replayed)
