"""conduction: a pellet's conductivity, and what conductivities at several temperatures say."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tansaku.conduction.arrhenius import Convention, fit_arrhenius
from tansaku.conduction.fitted_samples import (
    Conductions,
    Fitted,
    lost_columns,
    notices_of,
)
from tansaku.conduction.geometry import Conductivity, conductivity, electrode_area
from tansaku.conduction.measured_columns import Columns
from tansaku.conduction.measured_table import Series, as_csv, read_series
from tansaku.conduction.measured_units import Kind, Quantity
from tansaku.conduction.shape import hint
from tansaku.errors import ModelError, UsageError
from tansaku.files import make_folder, write_whole
from tansaku.language import _

if TYPE_CHECKING:
    from tansaku.plots.arrhenius_plot import Condition

ROOM_TEMPERATURE: Final = "25degC"

_LINE_POINTS: Final = 60
"""Points of a drawn line: it is bent a little for ``sigma_T``, and its interval is curved."""


@dataclass(frozen=True, slots=True)
class Pellet:
    """The conductivity of one pellet.

    Attributes:
        found: In S/cm.
        resistance: In ohm.
        thickness: In cm.
        area: In cm².
        notices: What the reader should know beside it.
    """

    found: Conductivity
    resistance: Quantity
    thickness: Quantity
    area: Quantity
    notices: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Numbers in base units, each with its sd or null."""
        return {
            "conductivity_S_cm": self.found.value,
            "conductivity_sd": self.found.sd,
            "log10_conductivity": self.found.log10,
            "log10_sd": self.found.log10_sd,
            "resistance_ohm": self.resistance.value,
            "thickness_cm": self.thickness.value,
            "area_cm2": self.area.value,
            "notices": list(self.notices),
        }


def pellet(
    *,
    resistance: str,
    thickness: str,
    area: str | None = None,
    diameter: str | None = None,
) -> Pellet:
    """The conductivity of one pellet; each quantity as text, ``1200ohm``, ``1.20±0.02 mm``.

    Raises:
        DataError: a text that is no such quantity.
        UsageError: neither area nor diameter, or both.
    """
    R = Quantity.parse(resistance, Kind.RESISTANCE)
    L = Quantity.parse(thickness, Kind.LENGTH)
    A = electrode_area(
        None if area is None else Quantity.parse(area, Kind.AREA),
        None if diameter is None else Quantity.parse(diameter, Kind.LENGTH),
    )
    stated = {_("resistance"): R, _("thickness"): L, _("electrode"): A}
    exact = [name for name, each in stated.items() if each.sd is None]
    notices = []
    if exact:
        notices.append(
            _("No uncertainty is stated for {names}; write for example 1.20±0.02mm.").format(
                names=", ".join(exact)
            )
        )
    return Pellet(conductivity(R, L, area=A), R, L, A, tuple(notices))


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
    chosen = _convention(convention)
    asked = {_label(text): Quantity.parse(text, Kind.TEMPERATURE).value for text in at}
    if out is not None:
        _check_ending(out)
    series, notices = read_series(table, columns)
    samples = tuple(_fitted(each, chosen) for each in series)
    if not any(each.fit or (columns.one_resistance and each.conductivity) for each in samples):
        raise ModelError(
            _("No sample of '{file}' has conductivities at two temperatures.").format(
                file=table.name
            ),
            _("Check which columns tell samples apart (--sample); a limit is no value."),
        )
    notices += [
        *notices_of(samples, asked, weights=bool(columns.sd)),
        *lost_columns(samples, asked),
    ]
    found = Conductions(chosen, asked, samples, (), tuple(notices))
    if out is None:
        return found
    files = _write(found, out, force=force)
    return Conductions(chosen, asked, samples, files, tuple(notices))


def _convention(text: str) -> Convention:
    try:
        return Convention(text)
    except ValueError:
        raise UsageError(
            _("There is no convention '{text}'.").format(text=text),
            _("Choose sigma (ln sigma against 1/T) or sigma_T (ln sigma T against 1/T)."),
        ) from None


def _label(text: str) -> str:
    """A temperature as part of a column's name: ``25 ℃`` -> ``25degC``."""
    kelvin = Quantity.parse(text, Kind.TEMPERATURE).value
    if text.strip().endswith(("K", "Ｋ")):
        return f"{kelvin:.6g}K"
    from tansaku.conduction.measured_units import ZERO_CELSIUS

    return f"{kelvin - ZERO_CELSIUS:.6g}degC"


def _fitted(series: Series, convention: Convention) -> Fitted:
    T, sigma, sd = map(np.asarray, (series.temperatures, series.conductivities, series.sds))
    if np.isnan(T).any():
        return Fitted(series, None, None)
    weights = sd if len(sd) and not np.isnan(sd).any() else None
    try:
        fit = fit_arrhenius(T, sigma, convention=convention, sd=weights)
    except ModelError:  # one temperature only: the sample keeps its row, without results
        return Fitted(series, None, None)
    return Fitted(series, fit, hint(T, sigma, convention=convention, sd=weights))


def _check_ending(out: Path) -> None:
    if out.suffix.lower() not in ("", ".csv") and not out.is_dir():
        raise UsageError(
            _("The ending of {file} is not understood.").format(file=out),
            _("Use .csv for the table of results, or name a folder for table, data and picture."),
        )


def _write(found: Conductions, out: Path, *, force: bool) -> tuple[Path, ...]:
    table = as_csv(found.rows())
    if out.suffix.lower() == ".csv" and not out.is_dir():
        write_whole(out, table, force=force)
        return (out,)
    make_folder(out, _("Name another folder with --out."))
    names = ["conductivity.csv", "conductivity.json", *(["arrhenius.png"] if found.lines else [])]
    files = tuple(out / name for name in names)
    whole = Conductions(found.convention, found.at, found.samples, files, found.notices)
    text = json.dumps(whole.document(), ensure_ascii=False, indent=2) + "\n"
    contents = [table, text.encode(), *([_picture(found)] if found.lines else [])]
    for path, content in zip(files, contents, strict=True):
        write_whole(path, content, force=True)
    return files


def _picture(found: Conductions) -> bytes:
    from tansaku.plots.arrhenius_plot import arrhenius_figure  # on demand: it loads matplotlib

    shown = [_condition(each, found.at) for each in found.samples if each.series.temperatures]
    stream = io.BytesIO()
    arrhenius_figure(shown).savefig(stream, format="png")
    return stream.getvalue()


def _condition(each: Fitted, asked: dict[str, float]) -> Condition:
    """What is drawn of a sample; its line reaches to the temperatures that were asked for."""
    from tansaku.plots.arrhenius_plot import Condition

    T = np.array(each.series.temperatures)
    points = np.log10(each.series.conductivities)
    fit = each.fit
    if fit is None:
        return Condition(each.series.name, T, points, np.empty(0), np.empty(0))
    ends = [fit.coldest, fit.hottest, *asked.values()]
    on_line = 1 / np.linspace(1 / max(ends), 1 / min(ends), _LINE_POINTS)
    line = [fit.log10_conductivity(float(t)) for t in on_line]
    energy = fit.activation_energy()
    banded = energy.sd is not None
    return Condition(
        each.series.name,
        T,
        points,
        on_line,
        np.array([point.value for point in line]),
        np.array([point.low for point in line]) if banded else None,
        np.array([point.high for point in line]) if banded else None,
        energy.value,
        energy.sd,
    )
