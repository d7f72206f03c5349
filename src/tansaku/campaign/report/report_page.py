"""Report page: the content of a report as one HTML page that asks for nothing from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from tansaku.campaign.report.content import Page
from tansaku.language import current
from tansaku.markup import with_subscripts

TEMPLATE: Final = "report.html.jinja"


def as_page(page: Page) -> bytes:
    """The page, in the language in use."""
    return _template().render(page=page, language=current()).encode()


@cache
def _template() -> Template:
    """The template beside this file; all that is put into it is escaped, and a name that it lacks
    is an error."""
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["formula"] = lambda text: Markup(with_subscripts(text))
    made.filters["base64"] = lambda content: b64encode(content).decode()
    return made.get_template(TEMPLATE)
