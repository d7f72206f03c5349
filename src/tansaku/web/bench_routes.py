"""Routes for the bench: what needs no campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from tansaku.services import conduction, doctor, formula, look, weigh
from tansaku.space import Comma
from tansaku.web.bodies import ConductionQuery, FormulaBody, PelletBody, WeighBody
from tansaku.web.sending import PREFIX, Store, Upload, read_upload, sent
from tansaku.weighing.sheet import Weighing

router: Final = APIRouter(prefix=PREFIX, tags=["bench"])


@router.post("/formula", response_model=formula.ReadFormula)
def read_formula(body: FormulaBody) -> Response:
    """What is read in a chemical formula."""
    return sent(formula.formula(body.formula, states=body.states))


@router.post("/weigh", response_model=Weighing)
def weighing_sheet(body: WeighBody) -> Response:
    """Masses of precursors for a batch."""
    told = body.model_dump(exclude={"formula"}, exclude_none=True)
    return sent(weigh.weigh(body.formula, **told))


@router.post("/conductivity", response_model=conduction.Pellet)
def pellet(body: PelletBody) -> Response:
    """The conductivity of one pellet."""
    return sent(conduction.pellet(**body.model_dump()))


@router.post("/conductivity/file", response_model=conduction.Conductions)
def conductivities(content: Upload, asked: Annotated[ConductionQuery, Query()]) -> Response:
    """Activation energies and conductivities from a table that is sent as the body."""

    def read(file: Path) -> conduction.Conductions:
        return conduction.conductions(file, asked, convention=asked.convention, at=asked.at)

    return sent(read_upload(content, asked.filename, read))


@router.post("/look", response_model=look.TableReport)
def look_at_table(
    content: Upload,
    filename: Annotated[str, Query(examples=["table.xlsx"])],
    sheet: str | None = None,
    comma: Comma | None = None,
) -> Response:
    """How a table that is sent as the body is read; nothing is stored."""
    found = read_upload(content, filename, lambda file: look.look(file, sheet=sheet, comma=comma))
    return sent(found.model_copy(update={"file": Path(Path(filename).name)}))


@router.get("/doctor", response_model=doctor.Diagnosis)
def diagnosis(store: Store) -> Response:
    """Whether the server's machine and its store are fit for work."""
    return sent(doctor.doctor(store))
