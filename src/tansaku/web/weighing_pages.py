"""Weighing pages: at the balance, one precursor at a time, and what the masses have become."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from tansaku.errors import FormulaError, UsageError, WeighingError
from tansaku.services import status
from tansaku.services.explain import explain
from tansaku.services.sample_weighing import weigh_sample
from tansaku.space import Target
from tansaku.spec import Spec
from tansaku.web.bodies import SampleWeighingBody
from tansaku.web.change_route import ChangeRoute
from tansaku.web.page_routes import addresses, outcomes
from tansaku.web.rendering import page
from tansaku.web.sending import Name, Store
from tansaku.weighing.sheet import Weighing
from tansaku.weighing.weigh_texts import bottle_remarks, shown_formula, shown_grams

router: Final = APIRouter(route_class=ChangeRoute, include_in_schema=False)


class FromWhatQuery(Spec):
    """From what a sample is made, where that is not known; one in a line."""

    precursors: str = ""
    excess: str = ""
    mass: Annotated[float | None, Query(gt=0)] = None
    lang: str | None = None

    def changes(self) -> dict[str, Any]:
        """What was said."""
        texts = {name: _lines(getattr(self, name)) for name in ("precursors", "excess")}
        said = {name: found for name, found in texts.items() if found}
        return said | ({} if self.mass is None else {"mass": self.mass})


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@router.get("/campaigns/{name}/suggestions/{id}/weigh")
def weigh(
    request: Request, name: Name, id: str, store: Store, of: Annotated[FromWhatQuery, Query()]
) -> Response:
    """What to weigh for a suggestion; where it is not known from what, that is asked first."""
    suggestion = explain(store, name, id)
    changes = of.changes()
    found, problem = None, None
    try:
        found = weigh_sample(store, name, id, weighing=changes)
    except (UsageError, FormulaError, WeighingError) as error:
        not_asked_yet = isinstance(error, UsageError) and not changes and suggestion.formula
        problem = None if not_asked_yet else error
    return page(
        request,
        "weigh.jinja",
        suggestion=suggestion,
        found=found,
        problem=problem,
        steps=[] if found is None else _steps(found),
        asked=of,
        changes=changes,
        names=[Target.parse(each).name for each in status.status(store, name).targets],
        outcomes=outcomes(),
        **addresses(name),
    )


@router.post("/pages/campaigns/{name}/weighed")
def weighed(request: Request, name: Name, body: SampleWeighingBody, store: Store) -> Response:
    """What typed masses have become; nothing is stored."""
    found = weigh_sample(store, name, **body.told())
    made = shown_formula(found.achieved.fired)
    return page(request, "weighed.jinja", found=found, made=made)


class Step(Spec):
    """One precursor at the balance."""

    precursor: str
    grams: str
    remarks: tuple[str, ...]


def _steps(found: Weighing) -> list[Step]:
    """The precursors in the order of the sheet."""
    sheet = found.sheet
    return [
        Step(
            precursor=each.name,
            grams=shown_grams(grams, sheet.balance),
            remarks=bottle_remarks(each),
        )
        for each, grams in zip(sheet.precursors, sheet.rounded, strict=True)
        if grams > 0
    ]
