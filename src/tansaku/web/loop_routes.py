"""Routes of the loop: suggest, record, and what the model says."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Query, Response

from tansaku.campaign.furnace.furnace_plan import FurnacePlan
from tansaku.campaign.furnace.waiting_runs import WaitingRuns
from tansaku.errors import RequestError
from tansaku.language import _
from tansaku.services import (
    availability,
    explain,
    health,
    jobs,
    plan_furnace,
    posterior_points,
    predict,
    record,
    results,
    suggest_samples,
)
from tansaku.services import source as older_data
from tansaku.services.opened import takes_long
from tansaku.services.plot import plot
from tansaku.services.report import report
from tansaku.services.sample_weighing import weigh_sample
from tansaku.services.stop import Stop, stop
from tansaku.spec import Spec
from tansaku.web.bodies import (
    BlockBody,
    CorrectionBody,
    MarkBody,
    MeasurementBody,
    PlanBody,
    PosteriorBody,
    PredictBody,
    RowsBody,
    SampleWeighingBody,
    Seed,
    SourceBody,
    SuggestBody,
    WithdrawBody,
)
from tansaku.web.campaign_routes import refuse_files
from tansaku.web.change_route import ChangeRoute
from tansaku.web.sending import PREFIX, Name, Store, Upload, accepted, read_upload, sent, written
from tansaku.weighing.sheet import Weighing

router: Final = APIRouter(
    prefix=PREFIX + "/campaigns/{name}",
    route_class=ChangeRoute,
    tags=["suggestions and results"],
)


class ModelQuery(Spec):
    """Whose model is asked; ``lang`` as for every request."""

    strategy: str = "standard"
    seed: Seed = 0
    lang: str | None = None


class PosteriorQuery(ModelQuery):
    """Of which target."""

    target: str | None = None


class PlotQuery(PosteriorQuery):
    """What is drawn; ``at`` as ``a=1``, each input once."""

    kind: str = "progress"
    at: list[str] = []
    over: list[str] = []
    format: Literal["png", "svg", "pdf"] = "png"


@router.post(
    "/suggestions",
    response_model=suggest_samples.WeighedSuggestions,
    responses={202: {"model": jobs.JobReport, "description": "It takes longer: a job"}},
)
def suggest(
    name: Name,
    body: SuggestBody,
    store: Store,
    prefer: Annotated[str, Header(examples=["respond-async"])] = "",
) -> Response:
    """The next samples to make. Over a large space, or where the header ``Prefer`` asks for it
    (RFC 7240), the answer is a job."""
    plan = body.weighing.model_dump(exclude_unset=True) if body.weighing else None
    told = body.model_dump(exclude={"weighing"}) | {"weighing": plan}
    if "respond-async" in prefer or takes_long(store, name):
        return accepted(jobs.submit(store, jobs.SuggestRequest(campaign=name, options=told)))
    return sent(suggest_samples.suggest(store, name, **told))


@router.get("/suggestions", response_model=suggest_samples.WeighedSuggestions)
def under_way(name: Name, store: Store) -> Response:
    """What was suggested and has no result yet."""
    return sent(suggest_samples.under_way(store, name))


@router.get("/suggestions/{id}", response_model=explain.Explanation)
def explanation(name: Name, id: str, store: Store, recompute: bool = False) -> Response:
    """Why a sample was suggested, what was expected, and what came out."""
    return sent(explain.explain(store, name, id, recompute=recompute))


@router.post("/withdraw", response_model=availability.AvailabilityChange)
def withdraw(name: Name, body: WithdrawBody, store: Store) -> Response:
    """Take suggestions back."""
    return sent(availability.withdraw(store, name, body.ids, why=body.why))


@router.post("/block", response_model=availability.AvailabilityChange)
def block(name: Name, body: BlockBody, store: Store) -> Response:
    """Suggest no candidates that keep a condition."""
    return sent(availability.block(store, name, body.condition, why=body.why))


@router.post("/unblock", response_model=availability.AvailabilityChange)
def unblock(name: Name, body: BlockBody, store: Store) -> Response:
    """What was blocked can be made again."""
    return sent(availability.unblock(store, name, body.condition, why=body.why))


@router.post("/plan", response_model=FurnacePlan)
def plan(name: Name, body: PlanBody, store: Store) -> Response:
    """The next runs of the furnace."""
    return sent(plan_furnace.plan_runs(store, name, **body.model_dump()))


@router.get("/plan", response_model=WaitingRuns)
def planned(name: Name, store: Store) -> Response:
    """The runs of the furnace whose samples have no result yet."""
    return sent(plan_furnace.waiting(store, name))


@router.get("/plan/sheet", response_class=Response)
def run_sheet(name: Name, store: Store) -> Response:
    """Their run sheet, a page to print."""
    return written(".html", partial(plan_furnace.write_run_sheet, store, name))


@router.post("/weigh", response_model=Weighing)
def weighing_of_sample(name: Name, body: SampleWeighingBody, store: Store) -> Response:
    """Masses of precursors for a sample; with ``weighed`` what the batch has become."""
    return sent(weigh_sample(store, name, **body.told()))


@router.post("/measurements", response_model=record.Results)
def record_one(name: Name, body: MeasurementBody, store: Store) -> Response:
    """Store one result. ``Idempotency-Key`` makes it safe to ask twice."""
    if (body.at is None) == (body.id is None):
        raise RequestError(
            _("A result is of the sample 'at' some inputs or of an 'id', one of the two."),
            _("Send for example {example}.").format(example='{"id": "s1", "results": {"y": 3.2}}'),
            path="body.at",
        )
    at = body.id if body.at is None else body.at
    found = record.record_at(
        store,
        name,
        at or "",
        body.results,
        limits=body.limits,
        sd=body.sd,
        made=body.made or None,
        weighed=body.weighed,
        excess=body.excess or None,
        precursors=body.precursors,
        confirm=body.confirm,
        **body.details(),
    )
    return sent(found)


@router.post("/measurements/rows", response_model=record.Results)
def record_rows(name: Name, body: RowsBody, store: Store) -> Response:
    """Store the rows of a table, all or none."""
    found = record.record_rows(
        store,
        name,
        body.rows,
        only_new=body.only_new,
        columns=body.columns,
        confirm=body.confirm,
        **body.details(),
    )
    return sent(found)


@router.post("/measurements/file", response_model=record.Results)
def record_file(
    name: Name,
    store: Store,
    content: Upload,
    filename: Annotated[str, Query(examples=["results.xlsx"])],
    only_new: bool = False,
    confirm: bool = False,
) -> Response:
    """Store a table, a workbook of tansaku, or a document of suggestions, sent as the body."""
    options: dict[str, Any] = {"only_new": only_new, "confirm": confirm}
    return sent(
        read_upload(
            content, filename, lambda file: record.record_file(store, name, file, **options)
        )
    )


@router.post("/correct", response_model=record.CorrectedResult)
def correct(name: Name, body: CorrectionBody, store: Store) -> Response:
    """Put right a result that was typed in wrongly."""
    found = record.correct(
        store,
        name,
        body.id,
        inputs=body.at,
        values=body.results,
        limits=body.limits,
        sd=body.sd,
        confirm=body.confirm,
        **body.details(),
    )
    return sent(found)


@router.post("/mark", response_model=record.MarkedResults)
def mark(name: Name, body: MarkBody, store: Store) -> Response:
    """Judge stored results again."""
    told = body.model_dump(exclude={"ids", "status"})
    return sent(record.mark(store, name, body.ids, status=body.status.value, **told))


@router.get("/results", response_model=results.ResultsReport)
def results_report(name: Name, store: Store, of: Annotated[ModelQuery, Query()]) -> Response:
    """What the results hold: failures, limits, scatter, and doubtful ones."""
    return sent(results.results(store, name, strategy=of.strategy, seed=of.seed))


@router.get("/health", response_model=health.Health)
def model_health(name: Name, store: Store, of: Annotated[ModelQuery, Query()]) -> Response:
    """Whether the model can be believed: green, amber or red, and what to do."""
    return sent(health.health(store, name, strategy=of.strategy, seed=of.seed))


@router.get("/stop", response_model=Stop)
def stopping(
    name: Name,
    store: Store,
    of: Annotated[ModelQuery, Query()],
    delta: Annotated[float | None, Query()] = None,
) -> Response:
    """Whether the best has been found, and what more samples would gain."""
    return sent(stop(store, name, delta=delta, strategy=of.strategy, seed=of.seed))


@router.post("/predict", response_model=predict.Prediction)
def prediction(name: Name, body: PredictBody, store: Store) -> Response:
    """What to expect at a point."""
    return sent(predict.predict(store, name, body.at, strategy=body.strategy, seed=body.seed))


@router.get("/posterior", response_model=posterior_points.PosteriorReport)
def posterior_of_pool(name: Name, store: Store, of: Annotated[PosteriorQuery, Query()]) -> Response:
    """What the model says of every candidate."""
    told = of.model_dump(exclude={"lang"})
    return sent(posterior_points.posterior(store, name, **told))


@router.post("/posterior", response_model=posterior_points.PosteriorReport)
def posterior_of_points(name: Name, body: PosteriorBody, store: Store) -> Response:
    """What the model says of these points."""
    return sent(posterior_points.posterior(store, name, **body.model_dump()))


@router.get("/map", response_model=posterior_points.CandidateMap)
def map_of_pool(name: Name, store: Store, of: Annotated[PosteriorQuery, Query()]) -> Response:
    """What the model says of one target at every candidate, column by column."""
    told = of.model_dump(exclude={"lang"})
    return sent(posterior_points.candidate_map(store, name, **told))


@router.get("/report", response_class=Response)
def whole_report(name: Name, store: Store, of: Annotated[ModelQuery, Query()]) -> Response:
    """A campaign as one page that needs nothing else."""
    return written(".html", partial(report, store, name, strategy=of.strategy, seed=of.seed))


@router.get("/plot", response_class=Response)
def picture(name: Name, store: Store, of: Annotated[PlotQuery, Query()]) -> Response:
    """One picture of a campaign."""
    at = dict(_setting(text) for text in of.at)
    told = of.model_dump(include={"target", "over", "strategy", "seed"})
    return written(
        f".{of.format}",
        lambda file: plot(store, name, [of.kind], out=file, at=at, **told),
    )


def _setting(text: str) -> tuple[str, str]:
    """(input, value) of ``a=1``.

    Raises:
        RequestError: it has no equals sign.
    """
    name, equals, value = text.rpartition("=")
    if not equals:
        raise RequestError(
            _("'{text}' is no setting.").format(text=text),
            _("Write 'name=value'."),
            path="query.at",
        )
    return name, value


@router.get("/sources", response_model=older_data.SourcesReport)
def sources(name: Name, store: Store) -> Response:
    """Older data of a campaign, and what they are worth."""
    return sent(older_data.show(store, name))


@router.post("/sources", response_model=older_data.SourcesReport)
def add_source(name: Name, body: SourceBody, store: Store) -> Response:
    """Attach older data."""
    refuse_files((body,), "body")
    return sent(older_data.add(store, name, body))


@router.delete("/sources/{source}", response_model=older_data.SourcesReport)
def remove_source(name: Name, source: str, store: Store) -> Response:
    """Take a source away."""
    return sent(older_data.remove(store, name, source))
