"""Older data: the options that describe them, and the command source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tansaku.cli.app import command
from tansaku.cli.campaigns import NameArgument
from tansaku.cli.figures import setting
from tansaku.cli.parsing import choices, names
from tansaku.cli.sheets import sheet
from tansaku.cli.shell import Shell
from tansaku.cli.words import word
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.typed import as_typed

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.insight.verdict import SourceVerdict
    from tansaku.services.sources import GivenSource, SourcesReport

Texts = list[str] | None

SourceOption = Annotated[
    Texts,
    typer.Option(
        "--source",
        metavar="FILE|CAMPAIGN",
        help=_("Older data: a table, or another campaign of the store."),
    ),
]
SourceInputsOption = Annotated[
    Texts,
    typer.Option(
        "--source-inputs",
        metavar="A,B",
        help=_("The source's input columns, or X=A; else called as those of the target."),
    ),
]
SourceTargetOption = Annotated[
    Texts,
    typer.Option(
        "--source-target",
        metavar="Y|A=Y,B=Z",
        help=_("The source's target column; of several TARGET=COLUMN; else the targets' names."),
    ),
]
SourceFormulaOption = Annotated[
    Texts,
    typer.Option(
        "--source-formula", metavar="COLUMN", help=_("The source's column with formulas.")
    ),
]
SourceTemplateOption = Annotated[
    Texts,
    typer.Option(
        "--source-template",
        metavar="FORMULA",
        help=_("Instead: a formula whose variables are inputs of the source."),
    ),
]
SourceFactorOption = Annotated[
    Texts,
    typer.Option(
        "--source-factor",
        metavar="NUMBER|A=NUMBER",
        help=_("Multiplies the source's values; 1 says that they are in the target's unit."),
    ),
]
MatchOption = Annotated[
    Texts,
    typer.Option(
        "--match",
        metavar="X=Z|formulas|sites|descriptors|names",
        help=_("What means the same, target=source; one side empty: 0 there. Or how to compare."),
    ),
]
FillOption = Annotated[
    Texts,
    typer.Option(
        "--fill", metavar="X=VALUE", help=_("An input that one side lacks, and its value there.")
    ),
]


@command("source", _("Older data of a campaign: whether they help; add or remove them."))
def source(
    shell: Shell,
    name: NameArgument,
    action: Annotated[
        str, typer.Argument(metavar="[ACTION]", help=_("add, remove, or nothing to look."))
    ] = "",
    which: Annotated[
        str, typer.Argument(metavar="[SOURCE]", help=_("A table, or another campaign."))
    ] = "",
    source_inputs: SourceInputsOption = None,
    source_target: SourceTargetOption = None,
    source_formula: SourceFormulaOption = None,
    source_template: SourceTemplateOption = None,
    source_factor: SourceFactorOption = None,
    match: MatchOption = None,
    fill: FillOption = None,
) -> None:
    """tansaku source NAME add OLD, or NAME remove OLD, or NAME."""
    from tansaku.services import sources as services

    if action not in ("", "add", "remove") or bool(action) != bool(which):
        raise UsageError(
            _("'source {name} {rest}' is not understood.").format(
                name=name, rest=f"{action} {which}".strip()
            ),
            _("Write 'source NAME', 'source NAME add TABLE.csv' or 'source NAME remove OLD'."),
        )
    columns = (source_inputs, source_target, source_formula, source_template)
    if action != "add" and any((*columns, source_factor, match, fill)):
        raise UsageError(
            _("Options of a source say how to read one that is added."),
            _("Write 'source NAME add TABLE.csv' with them, or leave them out."),
        )
    if action == "add":
        (given,) = given_sources(
            [which],
            inputs=source_inputs,
            target=source_target,
            formula=source_formula,
            template=source_template,
            factor=source_factor,
            match=match,
            fill=fill,
        )
        report = services.add(shell.store, name, given)
    elif action == "remove":
        report = services.remove(shell.store, name, which)
    else:
        report = services.show(shell.store, name)
    shell.note(() if action == "add" else report.notices)
    shell.show(report, lambda console: _render(console, report))


def given_sources(
    sources: Sequence[str] | None,
    *,
    inputs: Texts = None,
    target: Texts = None,
    formula: Texts = None,
    template: Texts = None,
    factor: Texts = None,
    match: Texts = None,
    fill: Texts = None,
) -> tuple[GivenSource, ...]:
    """The sources that the options describe. An option given once holds for all of several
    sources; given as often as there are sources, each is that of one, in their order.

    Raises:
        UsageError: sources are described and none is given, or an option is given too often.
    """
    from tansaku.services.sources import GivenSource

    said: dict[str, Sequence[Any] | None] = {
        "--source-inputs": inputs,
        "--source-target": target,
        "--source-formula": formula,
        "--source-template": template,
        "--source-factor": factor,
        "--match": match,
        "--fill": fill,
    }
    if not sources:
        if any(said.values()):
            raise UsageError(
                _("Columns of a source are named, and no source is given."),
                _("Give the source's table with --source, or leave out what describes it."),
            )
        return ()
    found = []
    for i, each in enumerate(sources):
        part = {option: _part(option, texts, i, len(sources)) for option, texts in said.items()}
        found.append(
            GivenSource(
                source=each,
                inputs=tuple(_names(part["--source-inputs"], "--source-inputs")),
                target=_told(part["--source-target"]),
                formula=_one(part["--source-formula"], "--source-formula"),
                template=_one(part["--source-template"], "--source-template"),
                factor=_factors(part["--source-factor"]),
                match=tuple(_names(part["--match"], "--match")),
                fill=choices(part["--fill"], "--fill"),
            )
        )
    return tuple(found)


def _told(texts: list[str]) -> str | dict[str, str]:
    """A column, or {target: column} where each piece says so; ``y:=3`` is a column with a goal."""
    pairs = [piece.partition("=") for piece in _names(texts, "--source-target")]
    if not all(equals and name and not name.endswith(":") for name, equals, _value in pairs):
        return _one(texts, "--source-target")
    return {name.strip(): value.strip() for name, _equals, value in pairs} or ""


def _factors(texts: list[str]) -> float | dict[str, float] | None:
    """A number, or {target: number}.

    Raises:
        UsageError: no number above 0, or a number in all given twice.
    """
    from tansaku.campaign.sources.checks import check_factor

    option, found = "--source-factor", dict[str, float]()
    pieces = _names(texts, option)
    for piece in pieces:
        name, _equals, number = piece.rpartition("=")
        try:
            found[name.strip()] = float(as_typed(number))
        except ValueError:
            raise UsageError(
                _("{option}: '{text}' is no number.").format(option=option, text=piece),
                _("Write a number above 0, for example 0.001; of several TARGET=0.001."),
            ) from None
        check_factor(found[name.strip()])
    if "" in found:
        _one(pieces, option)
        return found[""]
    return found or None


def _part(option: str, given: Sequence[Any] | None, i: int, n: int) -> list[Any]:
    """What an option says of source ``i`` of ``n``."""
    texts = list(given or [])
    if n == 1 or len(texts) <= 1:
        return texts
    if len(texts) != n:
        raise UsageError(
            _("{option} is given {k} times for {n} sources.").format(
                option=option, k=len(texts), n=n
            ),
            _("Give it once for all of them, or once for each, in their order."),
        )
    return [texts[i]]


def _names(texts: list[str], option: str) -> list[str]:
    return names(texts, option) if texts else []


def _one(given: list[str], option: str) -> str:
    if len(given) > 1:
        raise UsageError(
            _("{option} is given {k} times for one source.").format(option=option, k=len(given)),
            _("Give it once."),
        )
    return given[0] if given else ""


def render_verdicts(console: Console, verdicts: Sequence[SourceVerdict], strategy: str) -> None:
    """One line for each source: whether it helps, and what the strategy makes of it."""
    from tansaku.insight.verdict import use, words
    from tansaku.strategy import STRATEGIES

    for each in verdicts:
        model = STRATEGIES[strategy].surrogate if strategy in STRATEGIES else None
        text = words(each)
        if model is not None:
            text += " " + use(each, model.sources, strategy)
        console.print(text, soft_wrap=True)


def _render(console: Console, found: SourcesReport) -> None:
    if found.removed:
        console.print(
            _("Removed: {name}. 'undo' brings it back.").format(name=found.removed),
            soft_wrap=True,
        )
    if not found.sources:
        console.print(
            _("Campaign {name} has no older data attached.").format(name=found.campaign),
            soft_wrap=True,
        )
    for name, told in found.told.items():
        for line in told:
            console.print(line, soft_wrap=True)
        one = next(each for each in found.sources if each.name == name)
        kind = _("Copied from the table {name} on {time} UTC.")
        if one.kind == "campaign":
            kind = _("Copied from the campaign {name} on {time} UTC.")
        time = one.copied.strftime("%Y-%m-%d %H:%M")
        console.print(kind.format(name=name, time=time), soft_wrap=True)
        own = [verdict for verdict in found.verdicts if verdict.source == name]
        render_verdicts(console, own, "standard")
    if found.verdicts:
        console.print()
        _render_numbers(console, found.verdicts)


def _render_numbers(console: Console, verdicts: Sequence[SourceVerdict]) -> None:
    """The numbers behind the verdicts."""
    several = any(each.target for each in verdicts)
    header = [
        _("source"),
        *([_("target")] if several else []),
        _("verdict"),
        _("weight"),
        _("times as probable"),
        _("gain (90 %)"),
        _("correlation (90 %)"),
        _("rank correlation (90 %)"),
        _("within reach"),
        _("results at its settings"),
    ]
    rows = [
        [
            each.source,
            *([each.target] if several else []),
            word("undecided" if each.verdict == "open" else each.verdict),
            f"{100 * each.weight:.0f} %",
            "-" if each.factor is None else f"{each.factor:.2g}",
            _range(each.gain),
            _range(each.correlation),
            _range(each.rank),
            f"{100 * each.reach:.0f} %",
            setting(float(each.co_located)),
        ]
        for each in verdicts
    ]
    sheet(console, header, rows, words=header[: 3 if several else 2])


def _range(found: Any) -> str:
    """A number with its interval."""
    if found is None:
        return "-"
    return f"{found.value:+.2f} ({found.low:+.2f}, {found.high:+.2f})"
