"""study: what a strategy would have saved on a finished table, with its files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tansaku.errors import StoreError
from tansaku.language import _
from tansaku.services.files import write_whole
from tansaku.services.opened import one_target
from tansaku.services.sources import SourceTable
from tansaku.studies.result import Study
from tansaku.studies.run import study as replay
from tansaku.tables.read import read_table

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class StudyReport:
    """A study and the files that were written of it."""

    study: Study
    files: tuple[Path, ...]

    def document(self) -> dict[str, Any]:
        """The study's document; with ``files`` where some were written."""
        found: dict[str, Any] = dict(self.study.document())
        if self.files:
            found["files"] = [str(path) for path in self.files]
        return found


def study(
    table: Path,
    *,
    inputs: Sequence[str],
    targets: Sequence[str],
    strategies: Sequence[str],
    runs: int,
    start: int,
    steps: int | None = None,
    seed: int = 0,
    each_start: bool = False,
    source: SourceTable | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> StudyReport:
    """Replay searches on the measured rows of ``table``.

    Args:
        table: A .csv or .xlsx file.
        inputs: The input columns.
        targets: One target, as ``Target.parse`` reads it.
        strategies: Names of ``tansaku.strategy.STRATEGIES``.
        runs: Searches per strategy, each from its own random start.
        start: Random samples before the strategy is asked.
        steps: Samples per search in all; None goes on to the end of the pool.
        seed: Of the random starts, which all strategies share.
        each_start: One search from each candidate instead, beginning with that one sample.
        source: Finished measurements of an older system.
        out: Folder for study.json, study.csv and discovery.png; made where it is missing.
        progress: Called with (strategy, picks done, picks in all).

    Raises:
        UsageError: a number that makes no study, several targets, or a source that does not fit.
        TableError, CellError: a table cannot be used.
        UnknownNameError: no such strategy.
    """
    target = one_target(targets)
    if out is not None:
        _make_folder(out)  # before the work: a long study is not lost for a wrong folder
    found = replay(
        read_table(table),
        inputs=inputs,
        target=target,
        strategies=strategies,
        runs=runs,
        start=start,
        steps=steps,
        seed=seed,
        each_start=each_start,
        **({} if source is None else source.read()),
        progress=progress,
    )
    return StudyReport(found, () if out is None else write_study(found, out))


def write_study(found: Study, folder: Path) -> tuple[Path, ...]:
    """Write study.json, study.csv and discovery.png into ``folder``; earlier ones are replaced."""
    picture = io.BytesIO()
    found.plot().savefig(picture, format="png")
    contents = {
        "study.json": (json.dumps(found.document(), ensure_ascii=False, indent=2) + "\n").encode(),
        "study.csv": found.frame.to_csv(index=False).encode("utf-8-sig"),
        "discovery.png": picture.getvalue(),
    }
    for name, content in contents.items():
        write_whole(folder / name, content, force=True)
    return tuple(folder / name for name in contents)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            _("The folder {folder} cannot be made: {why}.").format(
                folder=folder, why=error.strerror
            ),
            _("Name another folder with --out."),
        ) from error
