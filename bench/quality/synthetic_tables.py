"""Tables made from documented formulas and seeds, one trait of difficulty each.

Every value is on a scale of order one to ten; inputs are in plausible experimental units.
`u` is always the input scaled to [0, 1], shape (N, d).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
from scipy.stats import qmc

from bench.quality.table import FloatArray, Table, frozen_random, make_table, name_seed

GRID_SIDE = 13
SOBOL_POINTS = 300
# A lab's repeat scatter in a bad case: noise variance is 9 % of the signal variance.
NOISE_TO_SIGNAL = 0.3


def grid(side: int, d: int) -> FloatArray:
    """All points of a regular grid on [0, 1]^d, shape (side**d, d)."""
    return np.array(list(product(np.linspace(0.0, 1.0, side), repeat=d)))


def sobol(n: int, d: int) -> FloatArray:
    """The first n unscrambled Sobol points without the origin, shape (n, d)."""
    # 2**k points are drawn because only then is the set balanced.
    exponent = int(np.ceil(np.log2(n + 1)))
    return qmc.Sobol(d, scramble=False).random_base2(exponent)[1 : n + 1]


def scaled(u: FloatArray, low: tuple[float, ...], high: tuple[float, ...]) -> FloatArray:
    """From [0, 1] to experimental units, shape (N, d)."""
    return np.array(low) + u * (np.array(high) - np.array(low))


def gauss(u: FloatArray, centre: tuple[float, ...], width: float) -> FloatArray:
    """exp(-|u - centre|^2 / (2 width^2)), shape (N,)."""
    return np.exp(-((u - np.array(centre)) ** 2).sum(1) / (2 * width**2))


def bowl(u: FloatArray) -> FloatArray:
    """Tilted quadratic, optimum at (0.62, 0.37)."""
    a, b = u[:, 0] - 0.62, u[:, 1] - 0.37
    return -(8 * a**2 + 5 * a * b + 6 * b**2)


def branin(u: FloatArray) -> FloatArray:
    """Minus the Branin function over 50 (Dixon and Szego 1978): three equal wide optima."""
    x, z = 15 * u[:, 0] - 5, 15 * u[:, 1]
    quadratic = (z - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6) ** 2
    return -(quadratic + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10) / 50


def rugged(u: FloatArray) -> FloatArray:
    """Broad hill plus ten random plane waves of two to four periods: many local optima."""
    rng = frozen_random(2024 + u.shape[1])
    waves = rng.normal(size=(10, u.shape[1]))
    waves *= (rng.uniform(2, 4, 10) / np.linalg.norm(waves, axis=1))[:, None]
    ripple = np.cos(2 * np.pi * (u @ waves.T + rng.uniform(size=10))).sum(1)
    return 2 * gauss(u, (0.7, 0.3, 0.6)[: u.shape[1]], 0.4) + 0.4 * ripple


def needle(u: FloatArray) -> FloatArray:
    """A peak of a few cells at (5/12, 7/12) beside the pit that holds the worst point."""
    slope = 0.8 * u[:, 0] + 0.4 * u[:, 1]
    pit = 3.0 * gauss(u, (3.5 / 12, 5.5 / 12), 0.10)
    return slope - pit + 3.6 * gauss(u, (5 / 12, 7 / 12), 0.055)


def plateau(u: FloatArray) -> FloatArray:
    """A floor with reading scatter (sd 0.02) and one raised island of about ten cells."""
    island = np.exp(-((((u - np.array([0.73, 0.24])) / 0.15) ** 2).sum(1) ** 2))
    return island + 0.02 * frozen_random(name_seed("plateau_2d")).normal(size=len(u))


def hartmann3(u: FloatArray) -> FloatArray:
    """The three-dimensional Hartmann function, to be maximised (Dixon and Szego 1978)."""
    a = np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]])
    p = 1e-4 * np.array(
        [[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]
    )
    inside = (a[None] * (u[:, None, :] - p[None]) ** 2).sum(2)
    return np.exp(-inside) @ np.array([1.0, 1.2, 3.0, 3.2])


def with_noise(name: str, signal: FloatArray) -> FloatArray:
    """Signal plus one fixed draw of noise, sd = NOISE_TO_SIGNAL times the signal's sd."""
    noise = frozen_random(name_seed(name)).normal(size=len(signal))
    return signal + NOISE_TO_SIGNAL * signal.std() * noise


def few_active(u: FloatArray) -> FloatArray:
    """Columns 1 and 4 of six, or 2, 7 and 10 of twelve, matter; the others weigh nothing."""
    if u.shape[1] == 6:
        return 3 * gauss(u[:, [1, 4]], (0.25, 0.7), 0.22) + 0.5 * u[:, 1]
    active = u[:, [2, 7, 10]]
    return 3 * gauss(active, (0.3, 0.6, 0.75), 0.3) + 0.6 * active[:, 0] * active[:, 2]


def mixture(u: FloatArray) -> FloatArray:
    """Scheffe special cubic on four fractions that sum to one, optimum at a three-part blend."""
    a, b, c, d = u.T
    linear = 1.0 * a + 0.4 * b + 0.7 * c - 0.5 * d
    return linear + 3 * a * b - 1.5 * a * c + 2.2 * b * d + 18 * a * b * c + 6 * a * b * d


def phase_step(u: FloatArray) -> FloatArray:
    """Two smooth regimes with a jump across a curved boundary, like a phase transition."""
    boundary = 0.45 + 0.15 * np.sin(2 * np.pi * u[:, 0])
    upper = 1.2 + 1.2 * gauss(u, (0.25, 0.72), 0.2)
    lower = 1.5 * u[:, 0] - 0.8 * u[:, 1]
    return np.where(u[:, 1] > boundary, upper, lower)


def ridge(u: FloatArray) -> FloatArray:
    """A sharp oblique ridge whose crest rises slowly: very different scales, not along axes."""
    across = (u[:, 0] + u[:, 1] - u[:, 2] - 0.4) / np.sqrt(3)
    along = u @ np.array([1.0, 0.5, 1.5]) / np.sqrt(3.5)
    return np.exp(-((across / 0.09) ** 2)) + 0.8 * np.sin(1.6 * along) - 0.3 * u[:, 1] ** 2


def trap(u: FloatArray) -> FloatArray:
    """Everything slopes towards a broad second-best hill, away from the true optimum."""
    slope = -1.2 * np.sqrt(((u - np.array([0.2, 0.25])) ** 2).sum(1))
    decoy = 0.6 * gauss(u, (0.2, 0.25), 0.25)
    return slope + decoy + 2.1 * gauss(u, (0.85, 0.8), 0.1)


def process(u: FloatArray) -> FloatArray:
    """Composition and two temperatures, smooth: the best heating depends on the composition."""
    si, ca, t1, t2 = u.T
    composition = 2.0 * np.exp(-(((si - 0.35) / 0.3) ** 2) - ((ca - 0.3) / 0.35) ** 2)
    best_t2 = 0.75 - 0.4 * si
    heating = 1.5 * np.exp(-(((t2 - best_t2) / 0.25) ** 2)) * (0.7 + 0.6 * t1 * (1.6 - t1))
    return composition + heating + 0.8 * composition * heating - 0.6 * ca * t1


Formula = Callable[[FloatArray], FloatArray]


def _table(
    name: str,
    u: FloatArray,
    formula: Formula,
    units: dict[str, tuple[float, float]],
    *,
    held_out: bool,
    noisy: bool = False,
) -> Table:
    """One synthetic table; `units` gives every column's name with its low and high end."""
    low, high = zip(*units.values(), strict=True)
    y = with_noise(name, formula(u)) if noisy else formula(u)
    note = f"formula {formula.__name__!r}: {(formula.__doc__ or '').splitlines()[0]}"
    family = ("noisy_" if noisy else "") + formula.__name__
    return make_table(
        name, family, scaled(u, low, high), tuple(units), y, note=note, held_out=held_out
    )


def simplex(parts: int) -> FloatArray:
    """All four-component compositions in steps of 1/parts, shape (N, 4)."""
    shares = np.array([p for p in product(range(parts + 1), repeat=4) if sum(p) == parts])
    return shares / parts


def synthetic_tables() -> Iterator[Table]:
    """Every synthetic table, in a fixed order; held_out was set before any result was seen."""
    square, sixth = grid(GRID_SIDE, 2), sobol(SOBOL_POINTS, 6)
    doping = {"x_dopant": (0.0, 0.36), "T_C": (700.0, 1300.0)}
    heating = {"T1_C": (600.0, 900.0), "T2_C": (1000.0, 1300.0)}
    flow = {"flow_sccm": (5.0, 65.0), "power_W": (30.0, 150.0)}
    deposit = flow | {"T_C": (25.0, 475.0)}
    yield _table("bowl_2d", square, bowl, doping, held_out=False)
    yield _table("branin_2d", square, branin, {"x": (-5.0, 10.0), "z": (0.0, 15.0)}, held_out=True)
    yield _table("rugged_2d", grid(15, 2), rugged, doping, held_out=False)
    yield _table("rugged_3d", sobol(SOBOL_POINTS, 3), rugged, deposit, held_out=True)
    yield _table("needle_2d", square, needle, doping, held_out=False)
    yield _table("plateau_2d", square, plateau, flow, held_out=False)
    yield _table("noisy_branin_2d", square, branin, heating, held_out=False, noisy=True)
    yield _table(
        "noisy_hartmann_3d", sobol(SOBOL_POINTS, 3), hartmann3, deposit, held_out=True, noisy=True
    )
    six = {f"additive_{i}_wt": (0.0, 2.0 + i) for i in range(6)}
    yield _table("active_2_of_6", sixth, few_active, six, held_out=False)
    twelve = {f"setting_{i}": (0.0, 10.0 * (i + 1)) for i in range(12)}
    yield _table("active_3_of_12", sobol(SOBOL_POINTS, 12), few_active, twelve, held_out=True)
    parts = {f"fraction_{letter}": (0.0, 1.0) for letter in "ABCD"}
    yield _table("mixture_4", simplex(8), mixture, parts, held_out=False)
    yield _table("phase_step_2d", square, phase_step, doping, held_out=True)
    yield _table("ridge_3d", grid(7, 3), ridge, deposit, held_out=False)
    yield _table("trap_2d", square, trap, heating, held_out=False)
    made = {"x_Si": (0.0, 0.3), "y_Ca": (0.0, 0.3)} | heating
    yield _table("process_4d", grid(7, 4), process, made, held_out=False)
