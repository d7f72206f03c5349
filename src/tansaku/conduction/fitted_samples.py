"""What was fitted to the samples of a table: as a document, as rows, and what to mind of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tansaku.conduction.arrhenius import ArrheniusFit, Convention, Estimate
from tansaku.conduction.measured_table import Cell, Series
from tansaku.conduction.shape import Hint
from tansaku.language import _
from tansaku.spec import Answer

MOST_NAMES: Final = 5
"""Samples that a notice names; of more it says how many."""

STRANGE: Final = 0.01
"""Chance below which a notice doubts the stated standard deviations."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """One sample.

    Attributes:
        series: Its points.
        fit: Its line; None with points at fewer than two temperatures.
        hint: What speaks against one straight line.
    """

    series: Series
    fit: ArrheniusFit | None
    hint: Hint | None

    @property
    def conductivity(self) -> float | None:
        """The geometric mean in S/cm, where all points are at one temperature; None for no point
        or several temperatures."""
        several = len(set(self.series.temperatures)) > 1 and not any(
            map(math.isnan, self.series.temperatures)
        )
        found = self.series.conductivities
        return (
            math.exp(math.fsum(map(math.log, found)) / len(found))
            if found and not several
            else None
        )

    def answered(self, at: Mapping[str, float]) -> ConductedSample:
        """The sample with its estimates at some temperatures, in K."""
        return ConductedSample(
            sample=self.series.sample,
            name=self.series.name,
            n=len(self.series.temperatures),
            limits_left_out=self.series.limits,
            conductivity_S_cm=self.conductivity,
            fit=None if self.fit is None else FittedLine.of(self.fit, self.hint, at),
        )


class EstimatedConductivity(Answer):
    """log10 of a conductivity in S/cm on a line; ``extrapolated`` beyond its points."""

    value: float
    sd: float | None
    low: float | None
    high: float | None
    extrapolated: bool


class FittedLine(Answer):
    """An Arrhenius line; what the points do not give is ``None``.

    Attributes:
        log10_sigma: {temperature as it was asked for: conductivity there}.
        covariance_lnA_Ea: Of ln A and Ea.
        weighted: The points had standard deviations, which weighed them.
        scatter_decades: Of the points about the line.
        misfit_chance: Of points that scatter as far, if their standard deviations hold.
        temperatures_K: The coldest and the hottest.
        hint: What speaks against one straight line.
    """

    activation_energy_eV: Estimate
    activation_energy_kJ_mol: Estimate
    log10_prefactor: Estimate
    log10_sigma: dict[str, EstimatedConductivity]
    covariance_lnA_Ea: tuple[tuple[float, float], ...] | None
    weighted: bool
    scatter_decades: float | None
    misfit_chance: float | None
    temperatures_K: tuple[float, float]
    hint: Hint | None

    @classmethod
    def of(cls, fit: ArrheniusFit, hint: Hint | None, at: Mapping[str, float]) -> FittedLine:
        """A fit with its estimates at some temperatures, in K."""
        there = {name: (asdict(fit.log10_conductivity(T)), fit.holds(T)) for name, T in at.items()}
        return cls(
            activation_energy_eV=fit.activation_energy(),
            activation_energy_kJ_mol=fit.molar_activation_energy(),
            log10_prefactor=fit.log10_prefactor(),
            log10_sigma={
                name: EstimatedConductivity(**found, extrapolated=not holds)
                for name, (found, holds) in there.items()
            },
            covariance_lnA_Ea=None if fit.covariance is None else fit.covariance.tolist(),
            weighted=fit.weighted,
            scatter_decades=fit.scatter,
            misfit_chance=fit.misfit,
            temperatures_K=(fit.coldest, fit.hottest),
            hint=hint,
        )


class ConductedSample(Answer):
    """One sample of a table: what the lab calls it, its points, and its line or conductivity."""

    sample: dict[str, Cell]
    name: str
    n: int
    limits_left_out: int
    conductivity_S_cm: float | None
    fit: FittedLine | None


class Conductions(Answer):
    """The samples of a table.

    Attributes:
        convention: What was fitted.
        prefactor_unit: Of A.
        at_K: The temperatures asked for, as written, in K.
        samples: In the order of the table.
        files: What was written.
        notices: What the reader should know beside it.
    """

    convention: Convention
    prefactor_unit: str
    at_K: dict[str, float]
    samples: tuple[ConductedSample, ...]
    files: tuple[Path, ...] = ()
    notices: tuple[str, ...]


def rows_of(
    samples: Sequence[Fitted], at: Mapping[str, float], convention: Convention
) -> list[dict[str, Cell]]:
    """One row for each sample: its own columns, then the results; without any line its conductivity
    alone."""
    found = []
    lines = any(each.fit is not None for each in samples)
    for each in samples:
        own = each.series.sample | each.series.carried
        if not lines:
            found.append(own | {"sigma (S/cm)": each.conductivity})
            continue
        results = _results(each, at)
        taken = {name: cell for name, cell in own.items() if name not in results}
        found.append(taken | results | {"convention": convention.value})
    return found


def lost_columns(samples: Sequence[Fitted], at: Mapping[str, float]) -> Iterator[str]:
    """A notice of the table's columns that give way to results of the same name."""
    taken = {"convention", *(name for each in samples[:1] for name in _results(each, at))}
    own = {name for each in samples for name in (*each.series.sample, *each.series.carried)}
    if taken & own:
        yield _("Columns of the table named like results are not carried over: {names}.").format(
            names=", ".join(sorted(taken & own))
        )


def _results(each: Fitted, at: Mapping[str, float]) -> dict[str, Cell]:
    """The cells of one sample's results, by column."""
    columns = ("Ea_eV", "Ea_kJ_mol", "log10_A", *(f"log10_sigma_{name}" for name in at))
    parts = {"": "value", "_sd": "sd", "_low": "low", "_high": "high"}
    cells: dict[str, Cell] = dict.fromkeys(column + end for column in columns for end in parts)
    cells |= {
        "points": float(len(each.series.temperatures)),
        "limits_left_out": float(each.series.limits),
        **dict.fromkeys(("T_low_K", "T_high_K", "hint")),
    }
    if each.hint is not None:
        cells["hint"] = each.hint.kind
    if (fit := each.fit) is None:
        return cells
    line = (fit.activation_energy(), fit.molar_activation_energy(), fit.log10_prefactor())
    estimates = (*line, *(fit.log10_conductivity(T) for T in at.values()))
    for column, found in zip(columns, estimates, strict=True):
        cells |= {column + end: getattr(found, part) for end, part in parts.items()}
    return cells | {"T_low_K": fit.coldest, "T_high_K": fit.hottest}


def notices_of(
    samples: Sequence[Fitted], asked: Mapping[str, float], *, weights: bool
) -> Iterator[str]:
    """What is not as the reader may think, each kind once with the samples it is about."""
    fitted = [(each.series.name, each.fit, each.hint) for each in samples if each.fit is not None]
    limits = Counter({each.series.name: each.series.limits for each in samples})
    if limits.total():
        yield _("Limits are no values and are left out: {n} ({names}).").format(
            n=limits.total(), names=_few([name for name, n in limits.items() if n])
        )
    remarks = [
        (
            _("Measured at fewer than two temperatures, so without a line: {names}."),
            [each.series.name for each in samples if each.fit is None],
        ),
        (
            _("Two points only, so without an interval: {names}."),
            [name for name, fit, _h in fitted if fit.variances is None],
        ),
        (
            _("Not every point has a standard deviation, so all weigh the same: {names}."),
            [name for name, fit, _h in fitted if weights and not fit.weighted],
        ),
        (
            _("The points scatter more than their standard deviations say: {names}."),
            [name for name, fit, _h in fitted if fit.misfit is not None and fit.misfit < STRANGE],
        ),
        (
            _("The conductivity falls with the temperature: {names}."),
            [name for name, fit, _h in fitted if fit.slope > 0],
        ),
        (
            _("A kink, as at a phase transition, fits better than one line: {names}."),
            [
                f"{name} ({h.temperature_K:.0f} K)"
                for name, _f, h in fitted
                if h and h.temperature_K
            ],
        ),
        (
            _("The points are curved (not Arrhenius, perhaps VTF): {names}."),
            [name for name, _f, h in fitted if h and h.kind == "curvature"],
        ),
    ]
    remarks = remarks if fitted else []  # none has a line: these have one resistance each
    remarks += [
        (
            _("{at} lies outside the measured temperatures (extrapolated): {names}.").replace(
                "{at}", at
            ),
            [name for name, fit, _h in fitted if not fit.holds(T)],
        )
        for at, T in asked.items()
    ]
    yield from (text.format(names=_few(names)) for text, names in remarks if names)


def _few(names: Sequence[str]) -> str:
    text = "; ".join(names[:MOST_NAMES])  # a name may hold commas
    more = len(names) - MOST_NAMES
    return text + _(" and {n} more").format(n=more) if more > 0 else text
