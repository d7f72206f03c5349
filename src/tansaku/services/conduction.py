"""conduction: a pellet's conductivity, and what conductivities at several temperatures say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tansaku.conduction.arrhenius import Convention
from tansaku.conduction.fit_table import ROOM_TEMPERATURE, arrhenius_picture, fit_table
from tansaku.conduction.fitted_samples import Conductions, Fitted, rows_of
from tansaku.conduction.measured_columns import Columns, Geometry
from tansaku.conduction.measured_table import as_csv
from tansaku.conduction.pellet import Pellet, pellet
from tansaku.errors import UsageError
from tansaku.files import make_folder, write_whole
from tansaku.language import _
from tansaku.spec import Spec

__all__ = ["ROOM_TEMPERATURE", "AskedColumns", "Conductions", "Pellet", "conductions", "pellet"]


class AskedColumns(Spec):
    """Which columns of a table hold what, as a person says it.

    Attributes:
        conductivity: The column of conductivities, or several with the temperature in the header.
        resistance: In place of conductivities; with the pellets' geometry.
        temperature: The column of temperatures.
        sample: Columns that tell samples apart.
        sd: The column of standard deviations of what is measured.
        temperature_unit, conductivity_unit, resistance_unit: Where no header names them.
        thickness, area, diameter: Of the pellets, a quantity (``1.2mm``) or a column.
    """

    conductivity: tuple[str, ...] = ()
    resistance: tuple[str, ...] = ()
    temperature: str = ""
    sample: tuple[str, ...] = ()
    sd: str = ""
    temperature_unit: str = ""
    conductivity_unit: str = ""
    resistance_unit: str = ""
    thickness: str = ""
    area: str = ""
    diameter: str = ""

    def columns(self) -> Columns:
        """The same, as they are read.

        Raises:
            UsageError: both or none of conductivities and resistances, no thickness, or a pellet
                of conductivities.
        """
        if bool(self.conductivity) == bool(self.resistance):
            raise UsageError(
                _("Name the column with --conductivity, or with --resistance."),
                _("One of the two; resistances also need --thickness and --diameter or --area."),
            )
        pellets = None
        if self.resistance:
            pellets = Geometry(needed(self.thickness, "--thickness"), self.area, self.diameter)
        else:
            there = {
                "--thickness": self.thickness,
                "--diameter": self.diameter,
                "--area": self.area,
                "--resistance-unit": self.resistance_unit,
            }
            refuse([option for option, value in there.items() if value], _("resistances"))
        return Columns(
            self.conductivity or self.resistance,
            temperature=self.temperature,
            sample=self.sample,
            sd=self.sd,
            temperature_unit=self.temperature_unit,
            measured_unit=self.resistance_unit if self.resistance else self.conductivity_unit,
            pellets=pellets,
        )


def refuse(options: Sequence[str], without: str) -> None:
    """UsageError where options are given that need something else."""
    if options:
        raise UsageError(
            _("{options} cannot be used without {what}.").format(
                options=", ".join(options), what=without
            ),
            _("See 'tansaku conductivity --help'."),
        )


def needed(text: str | None, option: str) -> str:
    """What an option says; UsageError where it says nothing."""
    if not text:
        raise UsageError(
            _("{option} is missing.").format(option=option),
            _("See 'tansaku conductivity --help'."),
        )
    return text


def conductions(
    table: Path,
    columns: AskedColumns,
    *,
    convention: str = Convention.SIGMA.value,
    at: Sequence[str] = (ROOM_TEMPERATURE,),
    out: Path | None = None,
    force: bool = False,
) -> Conductions:
    """Fit an Arrhenius line to each sample of a table; of one resistance in each row its
    conductivity alone.

    Args:
        table: A .csv, .xlsx or .parquet file.
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
    found, samples = fit_table(table, columns.columns(), convention=convention, at=at)
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
