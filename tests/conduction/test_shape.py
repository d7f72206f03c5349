"""Hints are seldom wrong on straight lines, and find real kinks and curves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tansaku.conduction import Convention, Hint, hint
from tansaku.conduction.arrhenius import BOLTZMANN
from tansaku.conduction.shape import ALARM
from tansaku.design import Floats
from tests.seeds import FALSE_ALARM, generator, scatter


def line(T: Floats, energy: float = 0.4) -> Floats:
    """ln sigma."""
    return 3.0 - energy / (BOLTZMANN * T)


def kinked(T: Floats, at: float = 385.0) -> Floats:
    """ln sigma with 0.6 eV below and 0.35 eV above."""
    return np.where(at > T, -0.6, -0.35) / BOLTZMANN * (1 / T - 1 / at)


def hints(y: Floats, T: Floats, *, runs: int, noise: float, seed: int = 0) -> list[Hint | None]:
    rng = generator(seed)
    return [hint(T, np.exp(y + noise * rng.normal(size=len(T)))) for _run in range(runs)]


@pytest.mark.parametrize("n", [5, 6, 8, 14])
def test_straight_lines_are_seldom_doubted(n: int) -> None:
    """Two tests at ALARM each; 400 runs leave little room for luck."""
    T = np.linspace(298.0, 473.0, n)
    found = hints(line(T), T, runs=400, noise=0.05)
    false_alarms = sum(each is not None for each in found)
    assert stats.binomtest(false_alarms, 400, 2 * ALARM, alternative="greater").pvalue > FALSE_ALARM


@pytest.mark.parametrize("n", [6, 8, 12])
def test_kinks_are_noticed(n: int) -> None:
    T = np.linspace(298.0, 473.0, n)
    found = hints(kinked(T), T, runs=100, noise=0.02)
    kinks = [each for each in found if each is not None and each.kind == "kink"]
    assert len(kinks) >= 90
    step = T[1] - T[0]
    for each in kinks:
        assert each.temperature_K == pytest.approx(385.0, abs=1.5 * step)
    assert np.mean([each.activation_energies_eV for each in kinks], axis=0) == pytest.approx(
        [0.6, 0.35], abs=0.02
    )


def test_curves_are_noticed() -> None:
    """A Vogel-Tammann-Fulcher law: steeper in the cold, and no kink is made of it."""
    T = np.linspace(240.0, 340.0, 12)
    found = hints(-600.0 / (T - 160.0), T, runs=100, noise=0.03)
    curves = [each for each in found if each is not None and each.kind == "curvature"]
    assert len(curves) >= 95
    for each in curves:
        assert each.temperature_K is None
        assert each.activation_energies_eV[0] > each.activation_energies_eV[1]


def test_chances_are_those_of_the_f_test() -> None:
    """Against an independent F-test of a parabola over a line."""
    T = np.linspace(250.0, 350.0, 9)
    y = -600.0 / (T - 160.0) + 0.02 * scatter(9)
    found = hint(T, np.exp(y))
    assert found is not None
    x = 1 / T - (1 / T).mean()
    left = []
    for degree in (1, 2):
        design = np.vander(x * 1e3, degree + 1)
        left.append(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())
    F = (left[0] - left[1]) / (left[1] / 6)
    assert found.chance == pytest.approx(stats.f.sf(F, 1, 6), rel=1e-6)
    n = 9
    gain = n * np.log(left[0] / left[1]) + (6 + 24 / (n - 4)) - (8 + 40 / (n - 5))
    assert found.aicc_gain == pytest.approx(gain, rel=1e-6)


def test_a_line_of_either_convention_is_straight_in_its_own() -> None:
    T = np.linspace(250.0, 1000.0, 30)
    sigma = np.exp(line(T) + 0.002 * scatter(30)) / T  # one in 100 of drawn ones alarms
    assert hint(T, sigma, convention=Convention.SIGMA_T) is None
    other = hint(T, sigma, convention=Convention.SIGMA)
    assert other is not None
    assert other.kind == "curvature"


def test_few_temperatures_and_computed_points_give_no_hint() -> None:
    for n in (2, 3, 4):
        T = np.linspace(298.0, 473.0, n)
        assert hint(T, np.exp(kinked(T))) is None
    T = np.linspace(298.0, 473.0, 12)
    assert hint(T, np.exp(line(T))) is None
    repeated = np.repeat(T[:4], 5)
    assert hint(repeated, np.exp(kinked(repeated, 340.0))) is None


def test_the_order_of_points_and_the_size_of_weights_do_not_matter() -> None:
    T = np.linspace(298.0, 473.0, 12)
    sigma = np.exp(kinked(T) + 0.02 * generator(0).normal(size=12))
    plain = hint(T, sigma)
    assert plain is not None
    order = generator(1).permutation(12)
    for other in (hint(T[order], sigma[order]), hint(T, sigma, sd=0.3 * sigma)):
        assert other is not None
        assert other.temperature_K == plain.temperature_K
        assert other.chance == pytest.approx(plain.chance)
