"""study: what a strategy would have saved on a finished table, with its files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tansaku.language import _
from tansaku.services.files import make_folder, write_whole
from tansaku.services.opened import given_targets
from tansaku.services.sources import GivenSource
from tansaku.studies import SeveralStudy, Study
from tansaku.studies import study as replay
from tansaku.tables.read import read_table

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class StudyReport:
    """A study and the files that were written of it."""

    study: Study | SeveralStudy
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
    sources: Sequence[GivenSource] = (),
    formula: str = "",
    template: str = "",
    reference: Mapping[str, float] | None = None,
    cost: str | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> StudyReport:
    """Replay searches on the measured rows of ``table``.

    Args:
        table: A .csv or .xlsx file.
        inputs: The input columns.
        targets: One or several, as ``Target.parse`` reads them.
        strategies: Names of ``tansaku.strategy.STRATEGIES``.
        runs: Searches per strategy, each from its own random start.
        start: Random samples before the strategy is asked.
        steps: Samples per search in all; None goes on to the end of the pool.
        seed: Of the random starts, which all strategies share.
        each_start: One search from each candidate instead, beginning with that one sample.
        sources: Finished measurements of older systems, in tables.
        formula: The table's column with formulas; one with a usual name is found without.
        template: Instead: a formula whose variables are among the inputs.
        reference: Of several targets, {goal: value that has to be beaten to count}.
        cost: Column with what each candidate costs.
        out: Folder for study.json, study.csv and the picture; made where it is missing.
        progress: Called with (strategy, picks done, picks in all).

    Raises:
        UsageError: a number that makes no study, or a source or reference that does not fit.
        TableError, CellError: a table cannot be used.
        UnknownNameError: no such strategy.
    """
    wanted = given_targets(targets)
    if out is not None:
        # Before the work: a long study is not lost for a wrong folder.
        make_folder(out, _("Name another folder with --out."))
    found = replay(
        read_table(table, wanted=[*inputs, *(target.name for target in wanted)]),
        inputs=inputs,
        target=wanted,
        reference=reference or None,
        cost=cost,
        strategies=strategies,
        runs=runs,
        start=start,
        steps=steps,
        seed=seed,
        each_start=each_start,
        sources=[each.older() for each in sources],
        formula=formula or None,
        template=template,
        progress=progress,
    )
    return StudyReport(found, () if out is None else write_study(found, out))


def write_study(found: Study | SeveralStudy, folder: Path) -> tuple[Path, ...]:
    """Write study.json, study.csv and discovery.png (of several targets hypervolume.png) into
    ``folder``; earlier ones are replaced."""
    picture = io.BytesIO()
    found.plot().savefig(picture, format="png")
    contents = {
        "study.json": (json.dumps(found.document(), ensure_ascii=False, indent=2) + "\n").encode(),
        "study.csv": found.frame.to_csv(index=False).encode("utf-8-sig"),
        ("discovery.png" if isinstance(found, Study) else "hypervolume.png"): picture.getvalue(),
    }
    for name, content in contents.items():
        write_whole(folder / name, content, force=True)
    return tuple(folder / name for name in contents)
