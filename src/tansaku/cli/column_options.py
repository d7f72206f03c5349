"""Options that say what columns of a table are, beside its inputs and targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from tansaku.cli.parsing import named
from tansaku.language import _

ChoicesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--choices",
        metavar="'C | C=A<B<C'",
        help=_("An input column that holds choices; with their names, in the order that is meant."),
    ),
]
SdColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sd", metavar="Y=COLUMN", help=_("The column with the standard deviation of a target.")
    ),
]
SemColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sem", metavar="Y=COLUMN", help=_("The column with the standard error of a target.")
    ),
]
RepeatsColumnOption = Annotated[
    str | None,
    typer.Option(
        "--repeats",
        metavar="COLUMN",
        help=_("The column with the number of measurements behind each value."),
    ),
]
ScaleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scale",
        metavar="C=log10|linear",
        help=_("The scale of an input column, where its numbers do not tell."),
    ),
]


def given_columns(
    *,
    choices: Sequence[str] | None = None,
    sd: Sequence[str] | None = None,
    sem: Sequence[str] | None = None,
    repeats: str | None = None,
    scale: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What the options say, as the fields of :class:`~tansaku.space.ColumnRoles`; empty where they
    say nothing.

    Raises:
        UsageError: no ``name=column``, or a name twice.
    """
    said = {
        "choices": list(choices or []),
        "sd": named(sd or [], "--sd"),
        "sem": named(sem or [], "--sem"),
        "repeats": repeats or "",
        "scales": named(scale or [], "--scale"),
    }
    return {name: value for name, value in said.items() if value}
