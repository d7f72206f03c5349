"""The Arrhenius line: conductivities at several temperatures -> energy, prefactor, intervals.

Two conventions are in use, and they give energies that differ by about kT (0.03 eV), so a result
always says which one it is: ``sigma``: ln sigma = ln A - Ea/kT; ``sigma_T``: ln(sigma T) = ln A -
Ea/kT, which hopping gives through the Nernst-Einstein relation (H. Mehrer, Diffusion in Solids,
Springer 2007, chapter 27).

The line is straight in 1/T, so the fit is linear least squares of the logarithm. With a standard
deviation for each point these are the weights and fix the covariance (normal intervals); without,
the residual variance with n - 2 degrees of freedom does (Student's t).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from tansaku.design import Floats
from tansaku.errors import DataError, ModelError
from tansaku.language import _

BOLTZMANN: Final = 1.380649e-23 / 1.602176634e-19
"""eV/K, exact since 2019 (BIPM, SI Brochure, 9th edition)."""

KJ_PER_MOL: Final = 1.602176634e-19 * 6.02214076e23 / 1000.0
"""kJ/mol in 1 eV per particle, exact since 2019."""

LEVEL: Final = 0.95
"""Of an interval, as everywhere in this program."""

SAME_TEMPERATURE: Final = 1e-9
"""Temperatures that differ by less than this share are one: rounding of a spreadsheet."""

_LN10: Final = math.log(10.0)


class Convention(StrEnum):
    """What is linear in 1/T on a logarithmic scale."""

    SIGMA = "sigma"
    SIGMA_T = "sigma_T"

    @property
    def prefactor_unit(self) -> str:
        """Of A."""
        return "S/cm" if self is Convention.SIGMA else "S K/cm"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its standard deviation and interval; None where the data do not give them."""

    value: float
    sd: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ArrheniusFit:
    """A fitted line, held at the weighted mean of 1/T, where level and slope are independent.

    Attributes:
        convention: What was fitted.
        n: Points.
        centre: Mean of 1/T, in 1/K.
        level: ln sigma, or ln(sigma T), at the centre.
        slope: -Ea/k, in K.
        variances: Of level and slope; None where two points leave nothing to judge by.
        freedom: Degrees of freedom of Student's t; None where the points' own sd count.
        scatter: Standard deviation of the points about the line, in decades; None for two points.
        misfit: Chance of points as far from the line as these, if their own sd are right (chi
            squared); None without them.
        coldest: Lowest temperature, in K.
        hottest: Highest temperature, in K.

    Example:
        >>> T = np.array([300.0, 325.0, 350.0, 400.0])
        >>> fit = fit_arrhenius(T, 10.0 * np.exp(-0.3 / (BOLTZMANN * T)))
        >>> round(fit.activation_energy().value, 6), round(fit.log10_prefactor().value, 6)
        (0.3, 1.0)
    """

    convention: Convention
    n: int
    centre: float
    level: float
    slope: float
    variances: tuple[float, float] | None
    freedom: int | None
    scatter: float | None
    misfit: float | None
    coldest: float
    hottest: float

    @property
    def weighted(self) -> bool:
        """Whether the points' own standard deviations were used."""
        return self.freedom is None

    @property
    def covariance(self) -> Floats | None:
        """Of (ln A, Ea in eV), shape (2, 2)."""
        if self.variances is None:
            return None
        level, slope = self.variances
        both = BOLTZMANN * self.centre * slope
        return np.array([[level + self.centre**2 * slope, both], [both, BOLTZMANN**2 * slope]])

    def activation_energy(self, level: float = LEVEL) -> Estimate:
        """Ea in eV."""
        variance = None if self.variances is None else self.variances[1]
        return self._estimate(-self.slope, variance, BOLTZMANN, level)

    def molar_activation_energy(self, level: float = LEVEL) -> Estimate:
        """Ea in kJ/mol."""
        variance = None if self.variances is None else self.variances[1]
        return self._estimate(-self.slope, variance, BOLTZMANN * KJ_PER_MOL, level)

    def log10_prefactor(self, level: float = LEVEL) -> Estimate:
        """log10 of A in S/cm, or in S K/cm for ``sigma_T``."""
        return self._at(0.0, 0.0, level)

    def log10_conductivity(self, temperature: float, level: float = LEVEL) -> Estimate:
        """log10(sigma / S cm-1) on the line at a temperature in K."""
        lowered = math.log(temperature) if self.convention is Convention.SIGMA_T else 0.0
        return self._at(1.0 / temperature, lowered, level)

    def holds(self, temperature: float) -> bool:
        """Whether a temperature in K is within those measured; outside it is an extrapolation."""
        room = SAME_TEMPERATURE * temperature
        return self.coldest - room <= temperature <= self.hottest + room

    def _at(self, inverse: float, lowered: float, level: float) -> Estimate:
        away = inverse - self.centre
        variance = None
        if self.variances is not None:
            variance = self.variances[0] + away**2 * self.variances[1]
        value = self.level + self.slope * away - lowered
        return self._estimate(value, variance, 1.0 / _LN10, level)

    def _estimate(
        self, value: float, variance: float | None, factor: float, level: float
    ) -> Estimate:
        if variance is None:
            return Estimate(factor * value, None, None, None)
        sd = factor * math.sqrt(variance)
        half = self._quantile(level) * sd
        return Estimate(factor * value, sd, factor * value - half, factor * value + half)

    def _quantile(self, level: float) -> float:
        from scipy import special  # on demand: it takes longer than the fit

        tail = (1.0 + level) / 2.0
        if self.freedom is None:
            return float(special.ndtri(tail))
        return float(special.stdtrit(self.freedom, tail))


def fit_arrhenius(
    temperatures: Floats,
    conductivities: Floats,
    *,
    convention: Convention = Convention.SIGMA,
    sd: Floats | None = None,
) -> ArrheniusFit:
    """Fit the line through n points.

    Args:
        temperatures: In K, shape (n,); replicates at one temperature are welcome.
        conductivities: In S/cm, shape (n,).
        convention: What is linear in 1/T.
        sd: Standard deviations of the conductivities in S/cm, shape (n,); relative ones to first
            order. Without them the points weigh the same.

    Raises:
        DataError: a number that is not finite and above 0.
        ModelError: fewer than two temperatures.
    """
    x, y, weights = coordinates(temperatures, conductivities, convention=convention, sd=sd)
    n = len(x)
    if not n or np.ptp(x) <= SAME_TEMPERATURE * x.max():
        raise ModelError(
            _("A line over 1/T needs two temperatures; there are points at {n}.").format(
                n=min(n, 1)
            ),
            _("Measure at one more temperature."),
        )
    total = weights.sum()
    centre, level = (weights @ x) / total, (weights @ y) / total
    spread = weights @ (x - centre) ** 2
    slope = (weights @ ((x - centre) * (y - level))) / spread
    residuals = y - level - slope * (x - centre)
    squares = float(weights @ residuals**2)
    freedom = n - 2
    scale = 1.0 if sd is not None else squares / freedom if freedom else None
    scatter = math.sqrt(float(residuals @ residuals) / freedom) / _LN10 if freedom else None
    return ArrheniusFit(
        convention=convention,
        n=n,
        centre=float(centre),
        level=float(level),
        slope=float(slope),
        variances=None if scale is None else (float(scale / total), float(scale / spread)),
        freedom=None if sd is not None else freedom,
        scatter=scatter,
        misfit=_misfit(squares, freedom) if sd is not None and freedom else None,
        coldest=float(temperatures.min()),
        hottest=float(temperatures.max()),
    )


def coordinates(
    temperatures: Floats,
    conductivities: Floats,
    *,
    convention: Convention,
    sd: Floats | None,
) -> tuple[Floats, Floats, Floats]:
    """1/T in 1/K, ln sigma or ln(sigma T), and the weights, each of shape (n,).

    Raises:
        DataError: a number that is not finite and above 0.
    """
    named = [(_("temperature in K"), temperatures), (_("conductivity"), conductivities)]
    if sd is not None:
        named.append((_("standard deviation"), sd))
    for name, values in named:
        bad = values[~(np.isfinite(values) & (values > 0))]
        if bad.size:
            raise DataError(
                _("{value:g} is no {name}: it has to be above 0 and finite.").format(
                    value=bad[0], name=name
                ),
                _("Leave such points out; a limit is no value either."),
            )
    x, y = 1.0 / temperatures, np.log(conductivities)
    if convention is Convention.SIGMA_T:
        y = y + np.log(temperatures)
    weights = np.ones_like(x) if sd is None else (conductivities / sd) ** 2
    return x, y, weights


def _misfit(squares: float, freedom: int) -> float:
    from scipy import special  # on demand: it takes longer than the fit

    return float(special.chdtrc(freedom, squares))
