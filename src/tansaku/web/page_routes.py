"""Routes of the pages: what a person sees, from the same services as the API."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Query, Request, Response

from tansaku.campaign.attachments import largest
from tansaku.campaign.card_words import card_lines
from tansaku.campaign.description import CampaignDescription
from tansaku.language import _
from tansaku.services import explain, history, look, measurements, new, sample_files, status
from tansaku.services.example import example_table
from tansaku.services.plot import suiting_kinds
from tansaku.services.suggest_samples import under_way
from tansaku.space import ColumnRoles, Target
from tansaku.spec import Spec
from tansaku.strategy import STRATEGIES
from tansaku.web.bodies import CampaignBody
from tansaku.web.campaign_routes import refuse_table
from tansaku.web.change_route import ChangeRoute
from tansaku.web.rendering import page, part
from tansaku.web.sending import PREFIX, Name, Store, Upload, read_upload, sent

router: Final = APIRouter(route_class=ChangeRoute, include_in_schema=False)

ROWS: Final = 200
"""Results, and events, that a page holds: a browser lays out so many within a few hundredths of a
second, and 5,000 rows of ten columns only in seconds."""

STYLE: Final = ("app.css",)
SCRIPTS: Final = ("app.js", "grid.js", "map.js", "sources.js", "study.js", "weigh.js", "whatif.js")
SERVED: Final = dict.fromkeys(STYLE, "text/css") | dict.fromkeys(SCRIPTS, "text/javascript")


class MakeQuery(Spec):
    """What the columns of a file are."""

    filename: str
    name: str
    inputs: list[str] = []
    choices: list[str] = []
    targets: list[str] = []
    formula: str = ""
    lang: str | None = None


@router.get("/")
def home(request: Request, store: Store) -> Response:
    """The campaigns, and where a new one begins."""
    found = status.list_(store)
    return page(request, "home.jinja", found=found, goals=goals(), scales=scales(), api=PREFIX)


@router.get("/static/{file}")
def static(file: str) -> Response:
    """A file that pages are drawn with."""
    if file not in SERVED:
        raise HTTPException(404)
    content = (files(__package__) / "static" / file).read_bytes()
    return Response(content, media_type=SERVED[file], headers={"Cache-Control": "no-cache"})


@router.get("/pages/example.csv")
def example() -> Response:
    """A table as a lab has it halfway."""
    return Response(example_table(), media_type="text/csv; charset=utf-8")


@router.post("/pages/look")
def looked(request: Request, filename: str, content: Upload) -> Response:
    """What was understood of a file; nothing is stored."""
    found = read_upload(content, filename, look.look)
    said: dict[str, Any] = {"roles": roles(), "goals": goals(), "scales": scales()}
    return page(request, "looked.jinja", found=found, **said)


@router.post("/pages/make", status_code=201)
def make(store: Store, query: Annotated[MakeQuery, Query()], content: Upload) -> Response:
    """A campaign of a file, its columns as the person says."""

    def made(file: Path) -> new.NewCampaign:
        described = CampaignDescription(
            table=file,
            inputs=(*query.inputs, *query.choices),
            columns=ColumnRoles(choices=dict.fromkeys(query.choices)),
            targets=tuple(query.targets),
            formula=query.formula or None,
        )
        return new.new(store, query.name, described)

    return sent(read_upload(content, query.filename, made), 201)


@router.post("/pages/preview")
def previewed(request: Request, body: CampaignBody) -> Response:
    """What a template and what varies would make; nothing is stored."""
    refuse_table(body)
    return page(request, "preview.jinja", found=new.preview(body))


@router.get("/campaigns/{name}")
def campaign(
    request: Request,
    name: Name,
    store: Store,
    leaf: Annotated[int, Query(alias="results", ge=1)] = 1,
) -> Response:
    """A campaign: what to make next, what has come out (the newest first, of which ``results``
    counts the leaves), and what the model makes of it."""
    found = status.status(store, name)
    names = [Target.parse(each).name for each in found.targets]
    kinds = suiting_kinds(store, name).kinds if found.measured else ()
    every, first = measurements.measurements(store, name).measurements[::-1], (leaf - 1) * ROWS
    asked, shown = under_way(store, name), every[first : first + ROWS]
    happened = history.history(store, name)
    return page(
        request,
        "campaign.jinja",
        status=found,
        names=tuple(names),
        columns=columns((*found.inputs, *names)),
        **addresses(name),
        asked=asked,
        results=shown,
        files=sample_files.attachments(store, name).attachments[::-1],
        most=largest(),
        samples=[*(each.id for each in asked.suggestions), *(each.id for each in shown)],
        first=first,
        leaf=leaf,
        n_results=len(every),
        rows=ROWS,
        events=happened.events[: -ROWS - 1 : -1],
        redo=happened.redo,
        strategies=[*STRATEGIES],
        outcomes=outcomes(),
        pages=pages(),
        pictures=[(kind, captions()[kind]) for kind in kinds],
    )


@router.get("/campaigns/{name}/suggestions/{id}")
def suggestion(request: Request, name: Name, id: str, store: Store) -> Response:
    """One suggestion: why, what is believed of it, and what else could be made."""
    found = explain.explain(store, name, id)
    return page(
        request,
        "suggestion.jinja",
        found=found,
        most=largest(),
        lines=[] if found.card is None else [*card_lines(found.card)],
        **addresses(name),
    )


def addresses(name: str) -> dict[str, Any]:
    """Where a campaign is, for people and for programs."""
    place = f"/campaigns/{part(name)}"
    return {"place": place, "api": PREFIX + place}


def pages() -> list[tuple[str, str]]:
    """(Path, what it is for) of the pages below a campaign's."""
    return [
        ("map", _("Map of the candidates")),
        ("what-if", _("What if?")),
        ("furnace", _("Furnace runs")),
        ("sources", _("Older data")),
        ("study", _("What would it have saved?")),
    ]


def roles() -> list[tuple[str, str]]:
    """What a column can be."""
    return [
        ("input", _("set: a number")),
        ("choice", _("set: one of several")),
        ("formula", _("the formula")),
        ("target", _("a result that is wanted")),
        ("other", _("nothing of these")),
    ]


def goals() -> list[tuple[str, str]]:
    """What can be wanted of a result."""
    return [
        ("max", _("as high as possible")),
        ("min", _("as low as possible")),
        ("match", _("this value")),
        ("keep", _("nothing but to stay within")),
    ]


def scales() -> list[tuple[str, str]]:
    """How results can be spread."""
    return [("linear", _("evenly")), ("log10", _("over decades"))]


@router.get("/campaigns/{name}/map")
def candidate_map(request: Request, name: Name, store: Store) -> Response:
    """The candidates on a map, with what the model says where the pointer is."""
    found = status.status(store, name)
    names = [Target.parse(each).name for each in found.targets]
    return page(request, "map.jinja", status=found, names=names, **addresses(name))


def outcomes() -> list[tuple[str, str]]:
    """How a sample can have come out."""
    return [("ok", _("measured")), ("failed", _("it failed"))]


def columns(names: Sequence[str]) -> list[tuple[str, str]]:
    """(Name, heading) of the columns in which samples are typed: those of the campaign, and what
    else can be told where none of them is called so."""
    more = [("status", _("how it went")), ("note", _("remark"))]
    return [(name, name) for name in names] + [each for each in more if each[0] not in names]


def captions() -> dict[str, str]:
    """What each kind of picture shows."""
    return {
        "progress": _("Best so far"),
        "map": _("What is known and expected"),
        "ternary": _("What is known and expected"),
        "slice": _("What is known and expected, cut through"),
        "pareto": _("Trade-offs"),
        "parity": _("Predicted against measured"),
        "sources": _("What older data are worth"),
        "runs": _("Furnace runs"),
        "profile": _("Each input through the best"),
        "acquisition": _("Where the next samples are worth most"),
        "importance": _("Which inputs matter"),
        "arrhenius": _("Arrhenius lines"),
    }
