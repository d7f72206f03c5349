"""conduction: a pellet's conductivity, and what conductivities at several temperatures say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tansaku.conduction.arrhenius import Convention
from tansaku.conduction.fit_table import ROOM_TEMPERATURE, arrhenius_picture, fit_table
from tansaku.conduction.fitted_samples import Conductions, Fitted, rows_of
from tansaku.conduction.measured_columns import Columns
from tansaku.conduction.measured_table import as_csv
from tansaku.conduction.pellet import Pellet, pellet
from tansaku.errors import UsageError
from tansaku.files import make_folder, write_whole
from tansaku.language import _

__all__ = ["ROOM_TEMPERATURE", "Conductions", "Pellet", "conductions", "pellet"]


def conductions(
    table: Path,
    columns: Columns,
    *,
    convention: str = Convention.SIGMA.value,
    at: Sequence[str] = (ROOM_TEMPERATURE,),
    out: Path | None = None,
    force: bool = False,
) -> Conductions:
    """Fit an Arrhenius line to each sample of a table; of one resistance in each row its
    conductivity alone.

    Args:
        table: A .csv or .xlsx file.
        columns: Which columns hold what.
        convention: ``sigma`` or ``sigma_T``.
        at: Temperatures at which the conductivity is asked for, such as ``25degC``.
        out: A .csv file for the results; or a folder for conductivity.csv, conductivity.json and
            arrhenius.png.
        force: Write over a .csv file that is there.

    Raises:
        UsageError: an unknown convention or ending, or columns that do not belong together.
        TableError, CellError: the table cannot be used.
        DataError: a unit or a temperature that cannot be read.
        ModelError: no sample has points at two temperatures.
        StoreError: a file cannot be written.
    """
    if out is not None:
        _check_ending(out)
    found, samples = fit_table(table, columns, convention=convention, at=at)
    return found if out is None else _written(found, samples, out, force=force)


def _check_ending(out: Path) -> None:
    if out.suffix.lower() not in ("", ".csv") and not out.is_dir():
        raise UsageError(
            _("The ending of {file} is not understood.").format(file=out),
            _("Use .csv for the table of results, or name a folder for table, data and picture."),
        )


def _written(
    found: Conductions, samples: Sequence[Fitted], out: Path, *, force: bool
) -> Conductions:
    """The answer with the files that it was written to."""
    table = as_csv(rows_of(samples, found.at_K, found.convention))
    if out.suffix.lower() == ".csv" and not out.is_dir():
        write_whole(out, table, force=force)
        return found.model_copy(update={"files": (out,)})
    make_folder(out, _("Name another folder with --out."))
    lines = any(each.fit is not None for each in samples)
    names = ["conductivity.csv", "conductivity.json", *(["arrhenius.png"] if lines else [])]
    whole = found.model_copy(update={"files": tuple(out / name for name in names)})
    text = json.dumps(whole.document(), ensure_ascii=False, indent=2) + "\n"
    contents = [table, text.encode(), *([arrhenius_picture(samples, found.at_K)] if lines else [])]
    for path, content in zip(whole.files, contents, strict=True):
        write_whole(path, content, force=True)
    return whole
