"""Rendering: pages from templates beside this file, numbers and times as people read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from tansaku.actor import bound_account
from tansaku.campaign.attachments import PICTURES
from tansaku.campaign.event_words import what_happened
from tansaku.campaign.history.records import Measurement, Status
from tansaku.campaign.progress import Best
from tansaku.files import TABLE_ENDINGS
from tansaku.insight.figures import (
    cause,
    count,
    expected,
    measured,
    minute,
    percent,
    prediction,
    setting,
    size,
    where,
)
from tansaku.insight.reasons import sentence
from tansaku.insight.record_words import word
from tansaku.insight.verdict import SourceVerdict, words
from tansaku.language import _, current
from tansaku.markup import with_subscripts
from tansaku.services.look import ColumnReport, TakenColumns
from tansaku.web.preferences import preference

POLICY: Final = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""Nothing is asked of another machine, and nothing that a name contains is ever run."""


def page(request: Request, template: str, /, *, code: int = 200, **content: Any) -> HTMLResponse:
    """A page in the language in use, with what its template shows."""
    asked = request.query_params.get("lang", "")
    text = (
        _environment()
        .get_template(template)
        .render(
            language=current(),
            asked_language=f"?lang={asked}" if asked else "",
            account=bound_account(),
            appearance=preference(request.headers, "appearance"),
            csrf=request.state.csrf,
            tag=getattr(request.state, "tag", ""),
            **content,
        )
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(text, code, headers)


def part(name: str) -> str:
    """A name as part of a path."""
    return quote(name, safe="")


@cache
def _environment() -> Environment:
    """All that is put into a page is escaped, and a name that it lacks is an error."""
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["_"] = lambda text: _(text)
    made.globals["table_endings"] = ",".join(TABLE_ENDINGS)
    own = (
        best,
        count,
        expected,
        measured,
        part,
        percent,
        prediction,
        sentence,
        setting,
        size,
        where,
        whole,
    )
    more = (happened, nearest, verdict, lowered, moment, remark, role, row_class, special, value)
    made.filters |= {each.__name__: each for each in (*own, *more)}
    made.tests["picture"] = lambda file: file.media_type in PICTURES.values()
    return made


def moment(at: datetime | str) -> Markup:
    """A time, as this machine tells it; a browser that runs scripts tells it in its own zone and in
    the form of the page's language (static/app.js).

    >>> moment("2026-11-30T20:49:10+00:00")
    Markup('<time datetime="2026-11-30T20:49:10+00:00">2026-11-30 ...</time>')
    """
    told = datetime.fromisoformat(at) if isinstance(at, str) else at
    return Markup('<time datetime="{}">{}</time>').format(told.isoformat(), minute(told))


def lowered(formula: str) -> Markup:
    """A formula with its amounts lowered."""
    return Markup(with_subscripts(formula))


_NUMBER: Final = re.compile(r"\d[\d.]*e[-+]\d+|\d[\d.]* %")


def whole(text: str) -> Markup:
    """A sentence whose numbers do not end in the next line.

    >>> whole("2.0e-08 & 95 %")
    Markup('<span class="number">2.0e-08</span> &amp; <span class="number">95 %</span>')
    """
    return Markup(_NUMBER.sub(r'<span class="number">\g<0></span>', str(escape(text))))


def best(found: Best | None) -> str:
    """The best so far, and where."""
    if found is None:
        return ""
    return f"{measured(found.value)} ({where(found.inputs, found.formula)})"


def happened(line: Any) -> str:
    """An event in a line."""
    return what_happened(line.event, line.redone)


def value(one: Measurement, target: str) -> str:
    """A result as it is written, a limit with its sign."""
    if target not in one.values:
        return ""
    return measured(one.values[target], one.limits.get(target))


def remark(one: Measurement) -> str:
    """How it went, and what was noted."""
    status = "" if one.status is Status.OK else word(one.status.value)
    return "; ".join(filter(None, (status, cause(one.why, one.amount), one.note)))


def row_class(one: Measurement) -> str:
    """How its row is drawn."""
    if one.status is Status.FAILED:
        return "failed"
    if not one.counts:
        return "unused"
    return "limit" if one.limits else ""


def verdict(found: SourceVerdict) -> str:
    """What older data are worth, in a sentence or two."""
    return words(found)


def nearest(values: Sequence[float], value: float) -> int:
    """The place of a value among settings."""
    return min(range(len(values)), key=lambda place: abs(values[place] - value))


def role(column: ColumnReport, taken: TakenColumns) -> str:
    """What a campaign would take a column for."""
    if column.name in taken.inputs:
        return "choice" if column.choices else "input"
    if column.name == taken.formula:
        return "formula"
    return "target" if (taken.target or "").split(":")[0] == column.name else "other"


def special(column: ColumnReport) -> Iterator[tuple[str, str]]:
    """(What they mean, the first few of them) of cells that are no plain numbers."""
    kinds = (
        (_("below or above a limit"), column.limits),
        (_("failed"), column.failed),
        (_("no result"), column.missing),
        (_("not understood"), column.unreadable),
        (_("read as"), column.special),
    )
    for said, cells in kinds:
        if cells:
            shown = ", ".join(f"{cell.cell} {cell.text}".strip() for cell in cells[:FEW])
            more = len(cells) - FEW
            yield said, shown + (_(" and {n} more").format(n=more) if more > 0 else "")


FEW: Final = 3
"""Cells that are shown of each kind."""
