"""Shell: the result on stdout, as text or as one JSON document; all else on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import typer

from tansaku.errors import StoreError
from tansaku.language import _, joined
from tansaku.stages import listening

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.errors import TansakuError

PIPE_WIDTH = 200
"""Columns of a table that goes into a file or a pipe, where no window limits it."""

UNREAD = 141
"""The exit code of a process whose output nobody reads to the end: 128 + SIGPIPE."""

INTERRUPTED = 130
"""The exit code of a process that Ctrl-C stops: 128 + SIGINT."""


class Result(Protocol):
    """What a service returns."""

    def document(self) -> dict[str, Any]:
        """The result as JSON-able data."""


def error_document(code: str, message: str, hint: str, **more: Any) -> dict[str, Any]:
    """An error as --json prints it."""
    return {"error": {"code": code, "message": message, "hint": hint, **more}}


def write_json(document: dict[str, Any]) -> None:
    """One JSON document on stdout. Infinity and NaN, which JSON lacks, would be a bug."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n")


@dataclass(frozen=True, slots=True)
class Shell:
    """How one command talks.

    Attributes:
        store: URL of the store.
        as_json: The result is one JSON document.
        quiet: No notes and no progress.
    """

    store: str
    as_json: bool
    quiet: bool

    def show(self, result: Result, render: Callable[[Console], None]) -> None:
        """Print the result: its document with --json, else what ``render`` makes of it.

        Raises:
            typer.Exit: whoever reads has seen enough.
            StoreError: the output takes nothing, a full disk for example.
        """
        try:
            if self.as_json:
                write_json(result.document())
            else:
                render(_console())
            sys.stdout.flush()
        except BrokenPipeError:
            _abandon_stdout()
            raise typer.Exit(UNREAD) from None
        except OSError as error:
            _abandon_stdout()
            raise StoreError(
                _("The answer cannot be written: {why}.").format(why=error.strerror),
                _("What was asked for is done and kept; only the answer is lost."),
            ) from error

    def note(self, notices: Iterable[str]) -> None:
        """Mention something on stderr, unless --quiet."""
        if not self.quiet:
            # Where stderr takes nothing, nobody can be told; the result must not be lost for it.
            with suppress(OSError):
                for each in notices:
                    sys.stderr.write(_("Note: {text}").format(text=each) + "\n")

    def fail(self, error: TansakuError) -> None:
        """Tell an error: on stdout with --json, else as one paragraph on stderr."""
        if self.as_json and not sys.stdout.closed:
            asked = {"questions": list(error.questions)} if hasattr(error, "questions") else {}
            write_json(error_document(error.code, error.message, error.hint, **asked))
        else:
            with suppress(OSError):
                sys.stderr.write(
                    _("Error: {text}").format(text=joined(error.message, error.hint)) + "\n"
                )

    def asks(self, questions: Sequence[str]) -> bool:
        """Whether a person who is there says that all of this is right."""
        if self.as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        for each in questions:
            sys.stderr.write(f"{each}\n")
        sys.stderr.write(_("Store it as it is? [y/N]") + " ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().casefold() in ("y", "yes", "j", "はい", "ｙ")

    @contextmanager
    def progress(self) -> Iterator[None]:
        """A bar for each stage that is counted, with the time left, on stderr; none where nobody
        watches or --quiet."""
        if self.quiet or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            tasks: dict[str, Any] = {}

            def update(name: str, done: int, total: int) -> None:
                if not total:
                    return
                if name not in tasks:
                    tasks[name] = bar.add_task(name, total=total)
                bar.update(tasks[name], completed=done, total=total)

            with listening(update):
                yield


def _abandon_stdout() -> None:
    """Let what is still to be written to stdout go nowhere: it takes nothing any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    sys.stdout.close()


def _console() -> Console:
    """Names and values may hold brackets and colons, so nothing in them is markup or an emoji."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would end the program with 1, which says "bug"

    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Plain(markup=False, highlight=False, emoji=False, width=width)
