"""The fit against scipy's curve_fit, its intervals against simulation."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants, optimize, stats

from tansaku.conduction import Convention, fit_arrhenius
from tansaku.conduction.arrhenius import BOLTZMANN, KJ_PER_MOL
from tansaku.design import Floats
from tansaku.errors import DataError, ModelError
from tests.seeds import FALSE_ALARM, binomial_range, generator

T = np.array([298.15, 313.15, 333.15, 353.15, 373.15, 398.15, 423.15])
BOTH = pytest.mark.parametrize("convention", list(Convention))


def simulated(
    rng: np.random.Generator, noise: float | Floats, convention: Convention = Convention.SIGMA
) -> Floats:
    """Conductivities of Ea = 0.35 eV and log10 A = 2, with noise in ln sigma."""
    y = math.log(100.0) - 0.35 / (BOLTZMANN * T) + noise * rng.normal(size=len(T))
    return np.exp(y) / (T if convention is Convention.SIGMA_T else 1.0)


def test_constants_are_those_of_scipy() -> None:
    assert pytest.approx(constants.k / constants.e, rel=1e-12) == BOLTZMANN
    assert pytest.approx(constants.e * constants.N_A / 1000, rel=1e-12) == KJ_PER_MOL


@BOTH
@pytest.mark.parametrize("weighted", [False, True])
def test_as_curve_fit(convention: Convention, weighted: bool) -> None:
    """Values and the whole covariance, ordinary and with given standard deviations."""
    rng = generator(3)
    share = rng.uniform(0.02, 0.2, size=len(T))
    sigma = simulated(rng, share, convention)

    def line(T: Floats, lnA: float, Ea: float) -> Floats:
        return lnA - Ea / (BOLTZMANN * T)

    y = np.log(sigma * T if convention is Convention.SIGMA_T else sigma)
    values, covariance = optimize.curve_fit(
        line, T, y, p0=(1.0, 0.3), sigma=share if weighted else None, absolute_sigma=weighted
    )
    fit = fit_arrhenius(T, sigma, convention=convention, sd=share * sigma if weighted else None)
    assert fit.activation_energy().value == pytest.approx(values[1], rel=1e-6)
    assert fit.log10_prefactor().value == pytest.approx(values[0] / math.log(10), rel=1e-6)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-4)
    assert fit.activation_energy().sd == pytest.approx(math.sqrt(covariance[1, 1]), rel=1e-4)
    # At 25 degC by the full covariance, with the quantile of the right distribution.
    slopes = np.array([1.0, -1 / (BOLTZMANN * 298.15)])
    sd = math.sqrt(slopes @ covariance @ slopes) / math.log(10)
    lowered = math.log10(298.15) if convention is Convention.SIGMA_T else 0.0
    found = fit.log10_conductivity(298.15)
    assert found.value == pytest.approx(line(298.15, *values) / math.log(10) - lowered, abs=1e-6)
    assert found.sd == pytest.approx(sd, rel=1e-3)
    quantile = stats.norm.ppf(0.975) if weighted else stats.t.ppf(0.975, len(T) - 2)
    assert found.high - found.low == pytest.approx(2 * quantile * sd, rel=1e-3)


def test_scatter_and_energies_in_both_units() -> None:
    sigma = simulated(generator(5), 0.1)
    fit = fit_arrhenius(T, sigma)
    reference = stats.linregress(1 / T, np.log10(sigma))
    residuals = np.log10(sigma) - reference.intercept - reference.slope / T
    assert fit.scatter == pytest.approx(math.sqrt(residuals @ residuals / (len(T) - 2)))
    ev, molar = fit.activation_energy(), fit.molar_activation_energy()
    for in_ev, in_kj in zip(astuple(ev), astuple(molar), strict=True):
        assert in_kj == pytest.approx(96.48533212 * in_ev)


@BOTH
@pytest.mark.parametrize("weighted", [False, True])
def test_90_percent_intervals_cover(convention: Convention, weighted: bool) -> None:
    """Of the energy, the prefactor and sigma at 25 degC, over 200 simulated samples."""
    rng = generator(11)
    share = np.linspace(0.05, 0.2, len(T))
    truth = np.array([0.35, 2.0, (math.log(100) - 0.35 / (BOLTZMANN * 298.15)) / math.log(10)])
    if convention is Convention.SIGMA_T:
        truth[2] -= math.log10(298.15)
    hits = np.zeros(3)
    for _run in range(200):
        sigma = simulated(rng, share if weighted else 0.1, convention)
        sd = share * sigma if weighted else None
        fit = fit_arrhenius(T, sigma, convention=convention, sd=sd)
        found = (
            fit.activation_energy(0.9),
            fit.log10_prefactor(0.9),
            fit.log10_conductivity(298.15, 0.9),
        )
        hits += [each.low <= true <= each.high for each, true in zip(found, truth, strict=True)]
    low, high = binomial_range(200, 0.9)
    assert ((hits >= low * 200) & (hits <= high * 200)).all(), hits


def test_the_conventions_differ_by_about_kt() -> None:
    sigma = simulated(generator(0), 0.0)
    energies = [
        fit_arrhenius(T, sigma, convention=each).activation_energy().value for each in Convention
    ]
    assert energies[1] - energies[0] == pytest.approx(BOLTZMANN * 355, rel=0.05)


def test_two_points_give_no_interval_unless_their_sd_is_known() -> None:
    sigma = np.array([1e-6, 1e-5])
    fit = fit_arrhenius(T[:2], sigma)
    assert fit.covariance is None
    assert fit.scatter is None
    for found in (fit.activation_energy(), fit.log10_prefactor(), fit.log10_conductivity(300.0)):
        assert (found.sd, found.low, found.high) == (None, None, None)
    known = fit_arrhenius(T[:2], sigma, sd=0.1 * sigma).activation_energy()
    assert known.value == pytest.approx(fit.activation_energy().value)
    expected = BOLTZMANN * 0.1 * math.sqrt(2) / (1 / T[0] - 1 / T[1])
    assert known.sd == pytest.approx(expected, rel=1e-9)


def test_misfit_tells_of_sds_that_are_too_small() -> None:
    rng = generator(2)
    right = [
        fit_arrhenius(T, s, sd=0.1 * s).misfit for s in (simulated(rng, 0.1) for _i in range(100))
    ]
    assert stats.kstest(right, "uniform").pvalue > FALSE_ALARM
    sigma = simulated(rng, 0.3)
    assert fit_arrhenius(T, sigma, sd=0.03 * sigma).misfit < 1e-6


@given(st.floats(0.05, 2.0), st.floats(-5.0, 8.0), st.sampled_from(list(Convention)), st.data())
def test_exact_lines_are_found(
    energy: float, log10_A: float, convention: Convention, data: st.DataObject
) -> None:
    temperatures = np.array(
        data.draw(st.lists(st.integers(200, 900), min_size=2, max_size=8, unique=True)), dtype=float
    )
    y = math.log(10) * log10_A - energy / (BOLTZMANN * temperatures)
    sigma = np.exp(y) / (temperatures if convention is Convention.SIGMA_T else 1.0)
    fit = fit_arrhenius(temperatures, sigma, convention=convention)
    assert fit.activation_energy().value == pytest.approx(energy, abs=1e-6)
    assert fit.log10_prefactor().value == pytest.approx(log10_A, abs=1e-4)
    for each, expected in zip(temperatures, np.log10(sigma), strict=True):
        assert fit.log10_conductivity(each).value == pytest.approx(expected, abs=1e-8)
        assert fit.holds(each)
    assert not fit.holds(temperatures.max() + 1)


def test_order_and_replicates_do_not_matter() -> None:
    sigma = simulated(generator(4), 0.1)
    fit = fit_arrhenius(T, sigma)
    back = fit_arrhenius(T[::-1], sigma[::-1])
    assert back.activation_energy().value == pytest.approx(fit.activation_energy().value)
    twice = fit_arrhenius(np.tile(T, 2), np.tile(sigma, 2))
    assert twice.activation_energy().value == pytest.approx(fit.activation_energy().value)
    assert twice.n == 14


@pytest.mark.parametrize("bad", [0.0, -1e-5, np.nan, np.inf])
def test_impossible_numbers_are_refused(bad: float) -> None:
    good = np.array([1e-5, 2e-5, 3e-5])
    worse = np.array([1e-5, bad, 3e-5])
    for arguments, sd in (((T[:3], worse), None), ((worse, good), None), ((T[:3], good), worse)):
        with pytest.raises(DataError, match="above 0 and finite"):
            fit_arrhenius(*arguments, sd=sd)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_one_temperature_makes_no_line(n: int) -> None:
    with pytest.raises(ModelError, match="needs two temperatures"):
        fit_arrhenius(np.full(n, 300.0), np.full(n, 1e-5))
