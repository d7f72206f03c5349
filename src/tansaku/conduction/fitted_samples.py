"""What was fitted to the samples of a table: as a document, as rows, and what to mind of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tansaku.conduction.arrhenius import ArrheniusFit, Convention, Estimate
from tansaku.conduction.measured_table import Cell, Series
from tansaku.conduction.shape import Hint
from tansaku.language import _

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


@dataclass(frozen=True, slots=True)
class Conductions:
    """The samples of a table.

    Attributes:
        convention: What was fitted.
        at: The temperatures asked for, as written, in K.
        samples: In the order of the table.
        files: What was written.
        notices: What the reader should know beside it.
    """

    convention: Convention
    at: dict[str, float]
    samples: tuple[Fitted, ...]
    files: tuple[Path, ...]
    notices: tuple[str, ...]

    @property
    def lines(self) -> bool:
        """Whether some sample has a line; else each has a conductivity alone."""
        return any(each.fit is not None for each in self.samples)

    def document(self) -> dict[str, Any]:
        """Every sample with its estimates, covariance and hint."""
        return {
            "convention": self.convention.value,
            "prefactor_unit": self.convention.prefactor_unit,
            "at_K": self.at,
            "samples": [self._sample(each) for each in self.samples],
            "files": [str(path) for path in self.files],
            "notices": list(self.notices),
        }

    def _sample(self, each: Fitted) -> dict[str, Any]:
        fit = each.fit
        found: dict[str, Any] = {
            "sample": each.series.sample,
            "name": each.series.name,
            "n": len(each.series.temperatures),
            "limits_left_out": each.series.limits,
            "conductivity_S_cm": each.conductivity,
            "fit": None,
        }
        if fit is None:
            return found
        covariance = fit.covariance
        found["fit"] = {
            "activation_energy_eV": fit.activation_energy().document(),
            "activation_energy_kJ_mol": fit.molar_activation_energy().document(),
            "log10_prefactor": fit.log10_prefactor().document(),
            "log10_sigma": {
                name: fit.log10_conductivity(T).document() | {"extrapolated": not fit.holds(T)}
                for name, T in self.at.items()
            },
            "covariance_lnA_Ea": None if covariance is None else covariance.tolist(),
            "weighted": fit.weighted,
            "scatter_decades": fit.scatter,
            "misfit_chance": fit.misfit,
            "temperatures_K": [fit.coldest, fit.hottest],
            "hint": None if each.hint is None else each.hint.document(),
        }
        return found

    def rows(self) -> list[dict[str, Cell]]:
        """One row for each sample: its own columns, then the results; empty without a line."""
        found = []
        for each in self.samples:
            if not self.lines:
                own = each.series.sample | each.series.carried
                found.append(own | {"sigma (S/cm)": each.conductivity})
                continue
            results = _results(each, self.at)
            own = each.series.sample | each.series.carried
            taken = {name: cell for name, cell in own.items() if name not in results}
            found.append(taken | results | {"convention": self.convention.value})
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
    fit = each.fit
    cells: dict[str, Cell] = {}
    estimates: dict[str, Estimate | None] = dict.fromkeys(("Ea_eV", "Ea_kJ_mol", "log10_A"))
    estimates |= dict.fromkeys(f"log10_sigma_{name}" for name in at)
    if fit is not None:
        estimates["Ea_eV"] = fit.activation_energy()
        estimates["Ea_kJ_mol"] = fit.molar_activation_energy()
        estimates["log10_A"] = fit.log10_prefactor()
        for name, T in at.items():
            estimates[f"log10_sigma_{name}"] = fit.log10_conductivity(T)
    for name, found in estimates.items():
        cells[name] = None if found is None else found.value
        cells[f"{name}_sd"] = None if found is None else found.sd
        cells[f"{name}_low"] = None if found is None else found.low
        cells[f"{name}_high"] = None if found is None else found.high
    return cells | {
        "points": float(len(each.series.temperatures)),
        "limits_left_out": float(each.series.limits),
        "T_low_K": None if fit is None else fit.coldest,
        "T_high_K": None if fit is None else fit.hottest,
        "hint": None if each.hint is None else each.hint.kind,
    }


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
            [f"{name} ({h.temperature:.0f} K)" for name, _f, h in fitted if h and h.temperature],
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
