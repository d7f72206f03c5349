"""Fit table: Arrhenius lines of all samples of a table, and their picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from tansaku.conduction.arrhenius import ArrheniusFit, Convention, fit_arrhenius
from tansaku.conduction.fitted_samples import Conductions, Fitted, lost_columns, notices_of
from tansaku.conduction.measured_columns import Columns
from tansaku.conduction.measured_table import Series, read_series
from tansaku.conduction.measured_units import ZERO_CELSIUS, Kind, Quantity
from tansaku.conduction.shape import hint
from tansaku.design import Floats
from tansaku.errors import ModelError, UsageError
from tansaku.language import _

if TYPE_CHECKING:
    from tansaku.plots.arrhenius_plot import Condition

ROOM_TEMPERATURE: Final = "25degC"

_LINE_POINTS: Final = 60
"""Points of a drawn line: it is bent a little for ``sigma_T``, and its interval is curved."""


def fit_table(
    table: Path, columns: Columns, *, convention: str, at: Sequence[str]
) -> tuple[Conductions, tuple[Fitted, ...]]:
    """Fit a line to each sample of a table: what is answered of them, and the fits.

    Args:
        table: A .csv, .xlsx or .parquet file.
        columns: Which columns hold what.
        convention: ``sigma`` or ``sigma_T``.
        at: Temperatures at which the conductivity is asked for, such as ``25degC``.

    Raises:
        UsageError: an unknown convention, or columns that do not belong together.
        TableError, CellError: the table cannot be used.
        DataError: a unit or a temperature that cannot be read.
        ModelError: no sample has points at two temperatures.
    """
    chosen = _convention(convention)
    asked = {_label(text): Quantity.parse(text, Kind.TEMPERATURE).value for text in at}
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
    found = Conductions(
        convention=chosen,
        prefactor_unit=chosen.prefactor_unit,
        at_K=asked,
        samples=tuple(each.answered(asked) for each in samples),
        notices=tuple(notices),
    )
    return found, samples


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


def arrhenius_picture(samples: Sequence[Fitted], asked: Mapping[str, float]) -> bytes:
    """The lines as the content of a .png file; they reach to the temperatures ``asked``, in K."""
    from tansaku.plots.arrhenius_plot import arrhenius_figure  # on demand: it loads matplotlib

    shown = [
        condition_of(
            each.series.name,
            np.array(each.series.temperatures),
            np.log10(each.series.conductivities),
            each.fit,
            asked.values(),
        )
        for each in samples
        if each.series.temperatures
    ]
    return arrhenius_figure(shown).content()


def condition_of(
    name: str,
    temperatures: Floats,
    log10: Floats,
    fit: ArrheniusFit | None,
    asked: Iterable[float] = (),
) -> Condition:
    """What is drawn of a sample, in K and decades; its line reaches to the temperatures that were
    asked for."""
    from tansaku.plots.arrhenius_plot import Condition

    if fit is None:
        return Condition(name, temperatures, log10, np.empty(0), np.empty(0))
    ends = [fit.coldest, fit.hottest, *asked]
    on_line = 1 / np.linspace(1 / max(ends), 1 / min(ends), _LINE_POINTS)
    line = [fit.log10_conductivity(float(t)) for t in on_line]
    energy = fit.activation_energy()
    banded = energy.sd is not None
    return Condition(
        name,
        temperatures,
        log10,
        on_line,
        np.array([point.value for point in line]),
        np.array([point.low for point in line]) if banded else None,
        np.array([point.high for point in line]) if banded else None,
        energy.value,
        energy.sd,
    )
