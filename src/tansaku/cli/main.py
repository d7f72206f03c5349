"""main: what the shell calls ``tansaku``."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Annotated

import typer
from typer.main import get_command

from tansaku import __version__
from tansaku.cli import (  # noqa: F401 commands
    account_command,
    attach_command,
    campaigns,
    conduction_command,
    evidence,
    formula_command,
    health_command,
    look_command,
    loop,
    mcp_command,
    plan_command,
    plot_command,
    recording,
    results_command,
    serve_command,
    source_command,
    weighing,
)
from tansaku.cli.app import app
from tansaku.cli.shell import INTERRUPTED, error_document, write_json
from tansaku.cli.usage import error_text, help_text, options_last
from tansaku.errors import UsageError
from tansaku.language import LANGUAGES, _, joined, use

COLLECTED = (20_000, 20, 20)
"""When Python looks for garbage in circles. Reading a log makes objects that stay: at its usual
(700, 10, 10) a third to half of the time that 10,000 results take went into looking at them."""


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"tansaku {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help=_("Print the version."), callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take the options before a command's name."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 ok, 1 bug, 2 usage, 3 data problem, 4 model problem."""
    gc.set_threshold(*COLLECTED)
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = _language(given)
    as_json = "--json" in given
    # A name or a value that the terminal cannot show is written as its code, never an error.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            encoding = "utf-8" if as_json else stream.encoding
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    sys.excepthook = _report_bug_as_json if as_json else _report_bug
    with use(language):
        sys.exit(_run(given or ["--help"], as_json=as_json))


def _run(arguments: list[str], *, as_json: bool) -> int:
    """The exit code of the command line ``arguments``."""
    group = get_command(app)
    _translate(group)
    try:
        code = group.main(
            options_last(arguments, _shared(group)), prog_name="tansaku", standalone_mode=False
        )
    except typer.TyperException as error:  # the command line itself is wrong
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "tansaku"
        hint = _("See '{command} --help'.").format(command=command)
        _tell(
            UsageError.code,
            error_text(" ".join(error.format_message().split())),
            hint,
            as_json=as_json,
        )
        return UsageError.exit_code
    except typer.Abort:
        code = INTERRUPTED
    if code == INTERRUPTED:
        sys.stderr.write(_("Stopped.") + "\n")
    return code if isinstance(code, int) else 0


def _shared(group: object) -> dict[str, bool]:
    """Options that every command has, and whether a value follows."""
    every = [
        {name: not each.is_flag for each in command.params for name in each.opts if name[0] == "-"}
        for command in getattr(group, "commands", {}).values()
    ]
    return {name: takes for name, takes in every[0].items() if all(name in each for each in every)}


def _translate(group: object) -> None:
    """Help texts are in English where they are written; show them in the language in use."""
    for each in (group, *getattr(group, "commands", {}).values()):
        each.help = _(each.help or "")
        each.get_help = partial(_help_of, each.get_help)
        for parameter in each.params:
            parameter.help = _(getattr(parameter, "help", None) or "")


def _help_of(written: Callable[[typer.Context], str], context: typer.Context) -> str:
    return help_text(written(context))


def _language(arguments: Sequence[str]) -> str:
    """--lang, before the arguments are parsed: help and usage errors need it, too."""
    asked = os.environ.get("TANSAKU_LANG", "")
    for i, each in enumerate(arguments):
        if each == "--lang" and i + 1 < len(arguments):
            asked = arguments[i + 1]
        elif each.startswith("--lang="):
            asked = each.partition("=")[2]
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _tell(code: str, message: str, hint: str, *, as_json: bool) -> None:
    if as_json:
        write_json(error_document(code, message, hint))
    else:
        sys.stderr.write(_("Error: {text}").format(text=joined(message, hint)) + "\n")


def _report_bug(
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    *,
    as_json: bool = False,
) -> None:
    """The last door: what nobody foresaw is one line that says so. Python then exits with 1."""
    if os.environ.get("TANSAKU_TRACEBACK"):
        traceback.print_exception(kind, error, trace)
    last = traceback.extract_tb(trace)[-1] if trace else None
    place = f", {Path(last.filename).name}:{last.lineno}" if last else ""
    _tell(
        "bug",
        _("This is a bug in tansaku: {kind}: {error}{place}.").format(
            kind=kind.__name__, error=" ".join(str(error).split()), place=place
        ),
        _(
            "Please report it where you got tansaku, with the command and what it prints with"
            " TANSAKU_TRACEBACK=1 set."
        ),
        as_json=as_json,
    )


def _report_bug_as_json(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    _report_bug(kind, error, trace, as_json=True)
