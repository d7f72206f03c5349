"""The app, and how a function becomes a command with the options that every command has."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Concatenate, Final, ParamSpec

import typer

from tansaku.actor import account, acting
from tansaku.cli.shell import Shell
from tansaku.errors import ConfirmationError, TansakuError
from tansaku.language import _, use

P = ParamSpec("P")
Run = Callable[Concatenate[Shell, P], None]

DEFAULT_STORE: Final = "sqlite:///tansaku.db"

app: Final = typer.Typer(
    name="tansaku",
    help=_("Tells a materials lab which sample to make next."),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help needs no rich, which would double the start-up time
)


class Language(StrEnum):
    """What --lang takes."""

    EN = "en"
    JA = "ja"


StoreOption = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        envvar="TANSAKU_STORE",
        help=_("Where campaigns are kept: sqlite:///FILE."),
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help=_("Print one JSON document and nothing else."))
]
LanguageOption = Annotated[
    Language,
    typer.Option("--lang", envvar="TANSAKU_LANG", help=_("Language of texts.")),
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", help=_("No notes and no progress bar, only the result."))
]


def command(name: str, help: str) -> Callable[[Run[P]], Run[P]]:
    """Make ``run(shell, ...)`` the command ``name``, with --store, --json, --lang and --quiet.

    An error that tansaku raises on purpose is shown in one paragraph and sets the exit code.
    """

    def register(run: Run[P]) -> Run[P]:
        def wrapped(store: str, as_json: bool, lang: Language, quiet: bool, **given: Any) -> None:
            with use(lang.value), acting(account()):
                shell = Shell(store=store, as_json=as_json, quiet=quiet)
                try:
                    _answered(shell, run, given)
                except TansakuError as error:
                    shell.fail(error)
                    raise typer.Exit(error.exit_code) from None

        signature = inspect.signature(run, eval_str=True)
        own = list(signature.parameters.values())[1:]
        parameters = sorted(own + _SHARED, key=lambda each: each.default is not each.empty)
        wrapped.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {each.name: each.annotation for each in parameters}
        app.command(name, help=help)(wrapped)
        return run

    return register


def _answered(shell: Shell, run: Run[...], given: dict[str, Any]) -> None:
    """Run a command; where it finds something doubtful and a person is there, ask and go on."""
    try:
        run(shell, **given)
    except ConfirmationError as error:
        if not shell.asks(error.questions):
            raise
        run(shell, **given | {"yes": True})


def _shared(name: str, default: object, annotation: object) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


_SHARED: Final = [
    _shared("store", DEFAULT_STORE, StoreOption),
    _shared("as_json", False, JsonOption),
    _shared("lang", Language.EN, LanguageOption),
    _shared("quiet", False, QuietOption),
]
