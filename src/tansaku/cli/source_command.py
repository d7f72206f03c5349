"""Older data: the options that describe them, and the command source."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tansaku.cli.app import Run, command
from tansaku.cli.campaigns import NameArgument
from tansaku.cli.parsing import choices, names
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet
from tansaku.errors import UsageError
from tansaku.insight.figures import setting
from tansaku.insight.record_words import word
from tansaku.language import _
from tansaku.typed import as_typed

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.campaign.sources.source_spec import SourceSpec
    from tansaku.insight.verdict import SourceVerdict
    from tansaku.services.source import AttachedSource, SourcesReport

Texts = list[str] | None
SourceTexts = Mapping[str, Texts]
"""{argument of a source option: what was given}."""


def _target(texts: list[str], option: str) -> str | dict[str, str]:
    """A column, or {target: column} where each piece says so; ``y:=3`` is a column with a goal."""
    pairs = [piece.partition("=") for piece in names(texts, option)]
    if not all(equals and name and not name.endswith(":") for name, equals, _value in pairs):
        return _one(texts, option)
    return {name.strip(): value.strip() for name, _equals, value in pairs}


def _factors(texts: list[str], option: str) -> float | dict[str, float]:
    """A number, or {target: number}.

    Raises:
        UsageError: no number, or a number in all given twice.
    """
    found = dict[str, float]()
    pieces = names(texts, option)
    for piece in pieces:
        name, _equals, number = piece.rpartition("=")
        try:
            found[name.strip()] = float(as_typed(number))
        except ValueError:
            raise UsageError(
                _("{option}: '{text}' is no number.").format(option=option, text=piece),
                _("Write a number above 0, for example 0.001; of several TARGET=0.001."),
            ) from None
    return float(_one(list(map(as_typed, pieces)), option)) if "" in found else found


def _one(given: list[str], option: str) -> str:
    if len(given) > 1:
        raise UsageError(
            _("{option} is given {k} times for one source.").format(option=option, k=len(given)),
            _("Give it once."),
        )
    return given[0]


OPTIONS: Final[dict[str, tuple[Callable[[list[str], str], Any], str, str]]] = {
    "source": (_one, "FILE|CAMPAIGN", _("Older data: a table, or another campaign of the store.")),
    "source_inputs": (
        names,
        "A,B",
        _("The source's input columns, or X=A; else called as those of the target."),
    ),
    "source_target": (
        _target,
        "Y|A=Y,B=Z",
        _("The source's target column; of several TARGET=COLUMN; else the targets' names."),
    ),
    "source_formula": (_one, "COLUMN", _("The source's column with formulas.")),
    "source_template": (
        _one,
        "FORMULA",
        _("Instead: a formula whose variables are inputs of the source."),
    ),
    "source_factor": (
        _factors,
        "NUMBER|A=NUMBER",
        _("Multiplies the source's values; 1 says that they are in the target's unit."),
    ),
    "match": (
        names,
        "X=Z|formulas|sites|descriptors|names",
        _("What means the same, target=source; one side empty: 0 there. Or how to compare."),
    ),
    "fill": (choices, "X=VALUE", _("An input that one side lacks, and its value there.")),
}
"""{argument: (reader, metavar, help)}, one for each field of
:class:`~tansaku.campaign.sources.source_spec.SourceSpec`, which loads too much to be asked here."""


def _option(argument: str) -> str:
    return "--" + argument.replace("_", "-")


def source_options(run: Run[...], *, left_out: Collection[str] = ()) -> Run[...]:
    """Give a command the options of older data, which it gets together as ``older``."""
    signature = inspect.signature(run, eval_str=True)
    own = [each for each in signature.parameters.values() if each.name != "older"]
    arguments = [name for name in OPTIONS if name not in left_out]
    for name in arguments:
        _reader, metavar, help = OPTIONS[name]
        option = typer.Option(_option(name), metavar=metavar, help=help)
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        own.append(inspect.Parameter(name, kind, default=None, annotation=Annotated[Texts, option]))

    def wrapped(shell: Shell, **given: Any) -> None:
        run(shell, older={name: given.pop(name) for name in arguments}, **given)

    wrapped.__signature__ = signature.replace(parameters=own)  # type: ignore[attr-defined]
    return wrapped


@command("source", _("Older data of a campaign: whether they help; add or remove them."))
@partial(source_options, left_out=("source",))
def source(
    shell: Shell,
    older: SourceTexts,
    name: NameArgument,
    action: Annotated[
        str, typer.Argument(metavar="[ACTION]", help=_("add, remove, or nothing to look."))
    ] = "",
    which: Annotated[
        str, typer.Argument(metavar="[SOURCE]", help=_("A table, or another campaign."))
    ] = "",
) -> None:
    """tansaku source NAME add OLD, or NAME remove OLD, or NAME."""
    from tansaku.services import source as services

    if action not in ("", "add", "remove") or bool(action) != bool(which):
        raise UsageError(
            _("'source {name} {rest}' is not understood.").format(
                name=name, rest=f"{action} {which}".strip()
            ),
            _("Write 'source NAME', 'source NAME add TABLE.csv' or 'source NAME remove OLD'."),
        )
    if action != "add" and any(older.values()):
        raise UsageError(
            _("Options of a source say how to read one that is added."),
            _("Write 'source NAME add TABLE.csv' with them, or leave them out."),
        )
    if action == "add":
        (spec,) = given_sources({**older, "source": [which]})
        report = services.add(shell.store, name, spec)
    elif action == "remove":
        report = services.remove(shell.store, name, which)
    else:
        report = services.show(shell.store, name)
    shown = {line for one in report.sources for line in one.told}
    shell.note([notice for notice in report.notices if notice not in shown])
    shell.show(report, lambda console: _render(console, report))


def given_sources(older: SourceTexts) -> tuple[SourceSpec, ...]:
    """The sources that the options describe. An option given once holds for all of several
    sources; given as often as there are sources, each is that of one, in their order.

    Raises:
        UsageError: sources are described and none is given, or an option is given too often.
    """
    sources = older["source"] or []
    if not sources and any(older.values()):
        raise UsageError(
            _("Columns of a source are named, and no source is given."),
            _("Give the source's table with --source, or leave out what describes it."),
        )
    if not sources:
        return ()
    from tansaku.campaign.sources.public_tables import public_file
    from tansaku.campaign.sources.source_spec import SourceSpec

    found = []
    for i in range(len(sources)):
        said = {}
        for argument, field in SourceSpec.arguments().items():
            option = _option(argument)
            texts = _part(option, older[argument], i, len(sources))
            if texts:
                said[field] = OPTIONS[argument][0](texts, option)
        file = public_file(said["source"], Path())
        found.append(SourceSpec(**said | ({} if file is None else {"source": str(file)})))
    return tuple(found)


def _part(option: str, given: Texts, i: int, n: int) -> list[str]:
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
    by_name: dict[str, list[AttachedSource]] = {}
    for each in found.sources:
        by_name.setdefault(each.name, []).append(each)
    for name, (one, *others) in by_name.items():
        for line in one.told:
            console.print(line, soft_wrap=True)
        kind = _("Copied from the table {name} on {time} UTC.")
        if one.kind == "campaign":
            kind = _("Copied from the campaign {name} on {time} UTC.")
        time = one.copied.strftime("%Y-%m-%d %H:%M")
        console.print(kind.format(name=name, time=time), soft_wrap=True)
        render_verdicts(console, [each.verdict for each in (one, *others)], "standard")
    if found.sources:
        console.print()
        _render_numbers(console, [each.verdict for each in found.sources])


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
