"""Source pages: older data of a campaign, what they are worth, more of them, or fewer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.language import _
from tansaku.services import look, source, status
from tansaku.space import Target
from tansaku.spec import Spec
from tansaku.web.change_route import ChangeRoute
from tansaku.web.page_routes import addresses
from tansaku.web.rendering import page
from tansaku.web.sending import Name, Store, Upload, read_upload, sent

router: Final = APIRouter(route_class=ChangeRoute, include_in_schema=False)


class TableQuery(Spec):
    """What is said of a table of older data."""

    filename: str
    inputs: list[str] = []
    match: list[str] = []
    targets: list[str] = []
    fill: list[str] = []
    formula: str = ""
    template: str = ""
    factor: float | None = None
    lang: str | None = None

    def spec(self, file: Path) -> SourceSpec:
        """As the service takes it."""
        filled = (text.partition("=") for text in self.fill)
        told: dict[str, Any] = {
            "source": str(file),
            "inputs": self.inputs,
            "target": dict(text.split("=", 1) for text in self.targets),
            "match": self.match,
            "fill": {own.strip(): value.strip() for own, _equals, value in filled},
            "formula": self.formula,
            "template": self.template,
            "factor": self.factor,
        }
        return SourceSpec.model_validate(told)


@router.get("/campaigns/{name}/sources")
def sources(request: Request, name: Name, store: Store) -> Response:
    """Older data that are attached, and where more come from."""
    found = source.show(store, name)
    others = [each.campaign for each in status.list_(store).campaigns]
    return page(
        request,
        "sources.jinja",
        found=found,
        others=[each for each in others if each != found.campaign],
        several=len(status.status(store, name).targets) > 1,
        comparisons=comparisons(),
        **addresses(name),
    )


@router.post("/pages/campaigns/{name}/look")
def looked(request: Request, name: Name, store: Store, filename: str, content: Upload) -> Response:
    """What was understood of a table of older data; nothing is stored."""
    found = read_upload(content, filename, look.look)
    campaign = status.status(store, name)
    targets = [Target.parse(each).name for each in campaign.targets]
    return page(
        request,
        "source_looked.jinja",
        found=found,
        roles=_roles(campaign.inputs, targets),
        likely=_likely(found, campaign.inputs, targets),
        comparisons=comparisons(),
        **addresses(name),
    )


@router.post("/pages/campaigns/{name}/sources")
def add(
    name: Name, store: Store, query: Annotated[TableQuery, Query()], content: Upload
) -> Response:
    """Attach a table, its columns as the person says."""

    def added(file: Path) -> source.SourcesReport:
        return source.add(store, name, query.spec(file))

    return sent(read_upload(content, query.filename, added))


def comparisons() -> list[tuple[str, str]]:
    """How two systems can be compared."""
    return [
        ("", _("as suits: by formulas where both have some, else by the inputs")),
        ("formulas", _("by the elements of the formulas")),
        ("names", _("by inputs of equal names")),
        ("sites", _("by the sites of the formulas")),
        ("descriptors", _("by descriptors of the formulas, such as radii")),
    ]


def _roles(inputs: tuple[str, ...], targets: list[str]) -> list[tuple[str, str]]:
    """What a column of older data can be to the campaign."""
    return [
        ("other", _("not used")),
        *((f"same {each}", _("the same as {name}").format(name=each)) for each in inputs),
        *((f"target {each}", _("older values of {name}").format(name=each)) for each in targets),
        ("input", _("an input of its own")),
        ("formula", _("the formula")),
    ]


def _likely(found: look.TableReport, inputs: tuple[str, ...], targets: list[str]) -> dict[str, str]:
    """{column: what it probably is}."""
    likely = {}
    for column in found.columns:
        name = column.name
        if name in inputs:
            likely[name] = f"same {name}"
        elif name in targets:
            likely[name] = f"target {name}"
        elif name == found.taken.formula:
            likely[name] = "formula"
        elif name in found.taken.inputs:
            likely[name] = "input"
    taken = (found.taken.target or "").split(":")[0]
    if taken and not set(targets) & set(likely):
        likely[taken] = f"target {targets[0]}"
    return likely
