"""Commands about campaigns as wholes: list, rename, status, pool, history, export and so on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.parsing import names
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet
from tansaku.errors import UsageError
from tansaku.insight.figures import count, measured, minute, rounded, setting
from tansaku.insight.record_words import word
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.campaign.progress import CampaignStatus
    from tansaku.services.history import History
    from tansaku.services.pool import Pool
    from tansaku.services.status import Campaigns
    from tansaku.services.trash import Moved, Trash

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help=_("The campaign."))]


@command("list", _("The campaigns of the store."))
def list_(
    shell: Shell,
    removed: Annotated[
        bool, typer.Option("--removed", help=_("Those in the trash, and when they went there."))
    ] = False,
) -> None:
    """tansaku list."""
    from tansaku.services.status import list_ as find
    from tansaku.services.trash import trash

    if removed:
        gone = trash(shell.store)
        shell.show(gone, lambda console: _render_trash(console, gone))
        return
    found = find(shell.store)
    shell.show(found, lambda console: _render_campaigns(console, found))


@command("rename", _("Give a campaign another name."))
def rename(
    shell: Shell,
    name: NameArgument,
    new: Annotated[str, typer.Argument(metavar="NEW", help=_("Its name from now on."))],
) -> None:
    """tansaku rename NAME NEW."""
    from tansaku.services.trash import rename as call

    _show_moved(shell, call(shell.store, name, new))


@command("remove", _("Put a campaign into the trash; its name is free then."))
def remove(
    shell: Shell,
    name: NameArgument,
    why: Annotated[str, typer.Option("--why", metavar="REASON", help=_("Kept with it."))] = "",
) -> None:
    """tansaku remove NAME."""
    from tansaku.services.trash import remove as put_away

    _show_moved(shell, put_away(shell.store, name, why=why))


@command("restore", _("Bring a campaign back out of the trash, as it was."))
def restore(shell: Shell, name: NameArgument) -> None:
    """tansaku restore NAME."""
    from tansaku.services.trash import restore as bring_back

    _show_moved(shell, bring_back(shell.store, name))


def _show_moved(shell: Shell, found: Moved) -> None:
    shell.show(found, lambda console: console.print(found.sentence, soft_wrap=True))


def _render_trash(console: Console, found: Trash) -> None:
    if not found.removed:
        console.print(_("The trash is empty."))
    for each in found.removed:
        console.print(
            _("{name}, removed {at}").format(
                name=each.campaign,
                at=minute(datetime.fromisoformat(each.at)),
            ),
            soft_wrap=True,
        )


@command("status", _("How far a campaign is, and its best result. Without NAME: all campaigns."))
def status(
    shell: Shell,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help=_("The campaign; all without it."))
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", metavar="FILE", help=_("Draw two goals and the best compromises there.")
        ),
    ] = None,
    goals: Annotated[
        list[str] | None,
        typer.Option("--goals", metavar="A,B", help=_("Which two; else the first ones.")),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help=_("Write over a file that is there."))
    ] = False,
) -> None:
    """tansaku status [NAME]."""
    from tansaku.services import status as services

    if picture is not None:
        _draw(shell, name, picture, goals, force)
    if name is None:
        found = services.list_(shell.store)
        shell.show(found, lambda console: _render_campaigns(console, found))
    else:
        report = services.status(shell.store, name)
        shell.show(report, lambda console: render_status(console, report))


def _draw(
    shell: Shell, name: str | None, picture: Path, goals: list[str] | None, force: bool
) -> None:
    """The picture of one campaign's trade-offs."""
    from tansaku.services.plot import plot

    if name is None:
        raise UsageError(
            _("A picture shows one campaign, and none is named."),
            _("Write 'status NAME --picture {file}'.").format(file=picture),
        )
    chosen = names(goals, "--goals") if goals else []
    found = plot(shell.store, name, ["pareto"], out=picture, over=chosen, force=force)
    shell.note([_("Written: {file}").format(file=each.file) for each in found.pictures])


@command("pool", _("The candidates and their states: open, pending or measured."))
def pool(shell: Shell, name: NameArgument) -> None:
    """tansaku pool NAME."""
    from tansaku.services.pool import pool as find

    found = find(shell.store, name)
    shell.note(found.notices)
    shell.show(found, lambda console: _render_pool(console, found))


@command("history", _("What happened in a campaign, first to last."))
def history(shell: Shell, name: NameArgument) -> None:
    """tansaku history NAME."""
    from tansaku.services.history import history as find

    found = find(shell.store, name)
    shell.show(found, lambda console: _render_history(console, found))


@command("undo", _("Take back the last change of a campaign; it stays in the history."))
def undo(
    shell: Shell,
    name: NameArgument,
    number: Annotated[
        int | None, typer.Argument(metavar="[EVENT]", help=_("Its number; the last without it."))
    ] = None,
) -> None:
    """tansaku undo NAME [EVENT]."""
    from tansaku.campaign.event_words import what_happened
    from tansaku.services.history import undo as take_back

    found = take_back(shell.store, name, number)
    text = _("Taken back: event {number}, {what}.").format(
        number=found.undone.number, what=what_happened(found.undone.event)
    )
    shell.show(found, lambda console: console.print(text))


@command("redo", _("Take the last undo of a campaign back: what it took back counts again."))
def redo(shell: Shell, name: NameArgument) -> None:
    """tansaku redo NAME."""
    from tansaku.campaign.event_words import what_happened
    from tansaku.services.history import redo as bring_back

    found = bring_back(shell.store, name)
    text = _("Brought back: event {number}, {what}.").format(
        number=found.redone.number, what=what_happened(found.redone.event)
    )
    shell.show(found, lambda console: console.print(text))


@command(
    "export",
    _(
        "Write a campaign: all of it (.json), its candidates (.csv), a workbook (.xlsx); or all"
        " campaigns."
    ),
)
def export(
    shell: Shell,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help=_("The campaign; none with --all."))
    ] = None,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help=_("Ends in .json, .csv or .xlsx."))
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help=_("All campaigns of the store as one document."))
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help=_("With --all: the document."))
    ] = None,
    nimo: Annotated[
        bool, typer.Option("--nimo", help=_("Write the candidates.csv of NIMO."))
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help=_("Write over a file that is there."))
    ] = False,
) -> None:
    """tansaku export NAME FILE, or --all --out FILE."""
    from tansaku.services.exchange import export as write

    if all_ and out is not None and name is None and not nimo:
        _export_all(shell, out, force=force)
        return
    if all_ or out is not None or name is None or file is None:
        raise UsageError(
            _("This names neither one campaign and its file nor all campaigns and theirs."),
            _("Write 'export NAME FILE', or 'export --all --out FILE'."),
        )
    found = write(shell.store, name, file, nimo=nimo, force=force)
    text = _("Campaign '{name}' is in {file} (candidates: {candidates}, events: {events}).").format(
        name=found.campaign,
        file=found.file,
        candidates=count(found.candidates),
        events=found.events,
    )
    shell.show(found, lambda console: console.print(text, soft_wrap=True))


def _export_all(shell: Shell, file: Path, *, force: bool) -> None:
    from tansaku.services.exchange import export_all

    found = export_all(shell.store, file, force=force)
    text = _(
        "{store} is in {file} (campaigns: {campaigns}, in the trash: {removed}, events: {events})."
        " Accounts and tokens are not."
    ).format(**dict(found))
    shell.show(found, lambda console: console.print(text, soft_wrap=True))


@command("import", _("Bring back what an export wrote: a campaign, or all of a store."))
def import_(
    shell: Shell,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=_("A .json file or a document of an export."))
    ],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help=_("Another name for the campaign.")),
    ] = None,
) -> None:
    """tansaku import FILE."""
    from tansaku.services import exchange

    if exchange.holds_store(file):
        if name is not None:
            raise UsageError(
                _("{file} holds a whole store, whose campaigns keep their names.").format(
                    file=file
                ),
                _("Leave out --name."),
            )
        _import_all(shell, file)
        return
    report = exchange.import_(shell.store, file, name=name)
    shell.show(report, lambda console: render_status(console, report))


def _import_all(shell: Shell, file: Path) -> None:
    from tansaku.services.exchange import import_all

    found = import_all(shell.store, file)
    text = _("Imported: {names} (in the trash: {removed}, events: {events}).").format(
        names=", ".join(found.campaigns) or "-",
        removed=", ".join(found.removed) or "-",
        events=found.events,
    )
    shell.show(found, lambda console: console.print(text, soft_wrap=True))


@command("backup", _("Copy the whole store to a file, also while it is in use."))
def backup(
    shell: Shell,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=_("The copy, a store in itself: lab.db."))
    ],
    force: Annotated[
        bool, typer.Option("--force", help=_("Write over a file that is there."))
    ] = False,
) -> None:
    """tansaku backup FILE."""
    from tansaku.services.exchange import backup as copy

    found = copy(shell.store, file, force=force)
    text = _(
        "{store} is in {file} (campaigns: {campaigns}, in the trash: {removed}, events: {events})."
        " All was read back and is as it was written."
    ).format(**dict(found))
    shell.show(found, lambda console: console.print(text, soft_wrap=True))


def render_status(console: Console, found: CampaignStatus) -> None:
    """A campaign in a few lines."""
    from tansaku.campaign.status_words import status_lines
    from tansaku.insight.verdict import words

    console.print(_("Campaign {name}").format(name=found.campaign))
    for line in status_lines(found):
        console.print(line, soft_wrap=True)
    _render_best(console, found)
    for each in found.sources:
        console.print(words(each), soft_wrap=True)


def _render_best(console: Console, found: CampaignStatus) -> None:
    """The best so far; of several goals the best compromises."""
    from tansaku.campaign.status_words import best_line

    if found.best is not None or found.compromises is None:
        console.print(best_line(found))
        return
    if found.reference:
        beaten = ", ".join(f"{name}={measured(v)}" for name, v in found.reference.items())
        console.print(_("To be beaten: {reference}.").format(reference=beaten), soft_wrap=True)
    if found.partly_measured:
        console.print(_("Measured in part only: {n}.").format(n=found.partly_measured))
    if not found.compromises:
        console.print(
            _("No sample keeps all limits yet.")
            if found.measured
            else _("Nothing is measured yet.")
        )
        return
    console.print(_("Best compromises so far (no other sample is as good in everything):"))
    known = any(each.formula is not None for each in found.compromises)
    targets = list(found.compromises[0].values)
    header = ["pool_row", *found.inputs, *([_("formula")] if known else []), *targets]
    rows = [
        [
            count(each.pool_row),
            *(setting(each.inputs[name]) for name in found.inputs),
            *([each.formula or "-"] if known else []),
            *(measured(each.values[name]) if name in each.values else "-" for name in targets),
        ]
        for each in found.compromises
    ]
    sheet(console, header, rows, words=(_("formula"),))


def _render_campaigns(console: Console, found: Campaigns) -> None:
    _render_sound(console, found)
    for each in found.sick:
        console.print(f"{each.campaign}: {each.message} {each.hint}".strip(), soft_wrap=True)


def _render_sound(console: Console, found: Campaigns) -> None:
    if not found.campaigns and found.sick:
        return
    if not found.campaigns:
        console.print(_("No campaigns in {store}.").format(store=found.store), soft_wrap=True)
        return
    header = [
        _("name"),
        _("candidates"),
        _("measured"),
        _("pending"),
        _("open"),
        _("targets"),
        _("best"),
    ]
    rows = [
        [
            each.campaign,
            count(each.n_candidates),
            str(each.measured),
            str(each.pending),
            count(each.open),
            ", ".join(each.targets),
            "-" if each.best is None else measured(each.best.value),
        ]
        for each in found.campaigns
    ]
    sheet(console, header, rows, words=(_("name"), _("targets")))


def _render_pool(console: Console, found: Pool) -> None:
    spread = any(each.replicates > 1 for each in found.candidates)
    known = any(each.formula is not None for each in found.candidates)
    named = any(each.sample for each in found.candidates)
    header = ["pool_row", *([_("sample")] if named else []), *found.inputs]
    if known:
        header += [_("formula"), _("molar mass"), _("charge")]
    words = {
        "peak_temperature": _("peak [°C]"), "total_time": _("time [h]"), "dose": _("thermal dose")
    }  # fmt: skip
    features = [k for k in words if any(k in each.features for each in found.candidates)]
    priced = any(each.cost is not None for each in found.candidates)
    header += [*(words[k] for k in features), *([_("cost")] if priced else [])]
    header.append(_("state"))
    for target in found.targets:
        header += [target, f"{target} sd"] if spread else [target]
    rows = []
    for each in found.candidates:
        row = [count(each.pool_row), *([each.sample or "-"] if named else [])]
        row += [setting(each.inputs[name]) for name in found.inputs]
        if known:
            row += [each.formula or "-", _mass(each.molar_mass), _charge(each.net_charge)]
        row += [f"{each.features[k]:.4g}" if k in each.features else "-" for k in features]
        row += [("-" if each.cost is None else f"{each.cost:.4g}")] if priced else []
        row.append(word(each.state))
        for target in found.targets:
            value, sd = each.values.get(target), each.sd.get(target)
            row.append(
                "-" if value is None else rounded(value, sd or 0.0) if sd else measured(value)
            )
            if spread:
                row.append(measured(sd) if sd else "-")
        rows.append(row)
    sheet(console, header, rows, words=(_("state"), _("formula")))


def _mass(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _charge(value: float | None) -> str:
    return "-" if value is None else f"{value:+g}" if value else "0"


def _render_history(console: Console, found: History) -> None:
    from tansaku.campaign.event_words import changes, what_happened

    rows = [
        [
            str(line.number),
            line.event.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            line.event.by or "",
            "; ".join([what_happened(line.event, line.redone), *changes(line)]),
            _("taken back") if line.undone else "",
        ]
        for line in found.events
    ]
    zone = datetime.now().astimezone().strftime("%Z")
    header = [_("event"), _("time ({zone})").format(zone=zone), _("who"), _("what"), ""]
    sheet(console, header, rows, words=header[1:])
