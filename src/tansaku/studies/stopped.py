"""Stopped: what a study that Ctrl-C ends has done until then."""

from __future__ import annotations

from pathlib import Path

from tansaku.language import _
from tansaku.studies.replay import Replayed
from tansaku.studies.result import Study


class StudyStopped(KeyboardInterrupt):
    """Ctrl-C during a study; what is finished is here, and in the checkpoint where one was named.

    Attributes:
        study: The study of the finished searches; ``None`` where none is finished.
        done: Finished searches.
        total: Searches that were asked for, of all strategies.
        checkpoint: File that keeps them; ``None`` where none was named.
    """

    def __init__(
        self,
        study: Study | None,
        done: int,
        total: int,
        checkpoint: Path | None,
    ) -> None:
        super().__init__(study, done, total, checkpoint)
        self.study, self.done, self.total, self.checkpoint = study, done, total, checkpoint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"

    @property
    def message(self) -> str:
        """How much is done."""
        return _done(self.done, self.total)

    @property
    def hint(self) -> str:
        """How to go on."""
        if self.checkpoint is None:
            return to_be_named()
        return _("They are kept in {file}: the same call goes on from there.").format(
            file=self.checkpoint
        )


def said_of_stop(replayed: Replayed) -> list[str]:
    """That the numbers are of a part of the searches only, where they are."""
    return [_done(replayed.done, replayed.total)] if replayed.stopped else []


def whole(study: Study, replayed: Replayed, checkpoint: str | Path | None) -> Study:
    """The study, where all its searches are finished.

    Raises:
        StudyStopped: they are not.
    """
    if not replayed.stopped:
        return study
    raise StudyStopped(
        study if replayed.done else None,
        replayed.done,
        replayed.total,
        Path(checkpoint) if checkpoint else None,
    )


def to_be_named() -> str:
    """What a study lacks that keeps nothing."""
    return _("To be able to go on, name --out FOLDER, in Python checkpoint=FILE.")


def _done(done: int, total: int) -> str:
    return _("Stopped: {n} of {total} searches are done.").format(n=done, total=total)
