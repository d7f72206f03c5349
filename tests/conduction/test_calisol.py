"""CALiSol-23: 463 series of liquid electrolytes, most of which Arrhenius does not describe."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tansaku.conduction import ArrheniusFit, Hint, fit_arrhenius, hint

SERIES = ["task", "doi", "c_mol_per_kg", "w_first_solvent"]


@pytest.fixture(scope="module")
def fitted(shared_data: Path) -> list[tuple[ArrheniusFit, Hint | None]]:
    """Each salt, solvent and concentration of one source, at five temperatures or more."""
    table = pd.read_csv(shared_data / "calisol_2d.csv")
    table = table[table["k_mS_cm"] > 0]  # 53 are empty and 33 are 0, which has no logarithm
    found = []
    for _key, rows in table.groupby(SERIES):
        T, sigma = rows["T_K"].to_numpy(), rows["k_mS_cm"].to_numpy() * 1e-3
        if len(np.unique(T)) >= 5:
            fit = fit_arrhenius(T, sigma)
            reference = stats.linregress(1 / T, np.log(sigma))
            assert fit.slope == pytest.approx(reference.slope, rel=1e-9)
            found.append((fit, hint(T, sigma)))
    return found


def test_most_series_are_curved_and_said_to_be(
    fitted: list[tuple[ArrheniusFit, Hint | None]],
) -> None:
    """The numbers of docs/conduction.md."""
    kinds = Counter(None if each is None else each.kind for _fit, each in fitted)
    assert len(fitted) == 463
    assert kinds == {"curvature": 439, "kink": 6, None: 18}
    # VTF is steeper in the cold, and so is every single series with a hint.
    assert all(
        each.activation_energies_eV[0] > each.activation_energies_eV[1]
        for _fit, each in fitted
        if each
    )


def test_how_far_the_points_are_from_their_lines(
    fitted: list[tuple[ArrheniusFit, Hint | None]],
) -> None:
    """A twentieth of a decade and more: the line is a summary of them, not their law."""
    scatter = np.array([fit.scatter for fit, _hint in fitted])
    assert np.median(scatter) == pytest.approx(0.064, abs=0.001)
    assert int((scatter < 0.02).sum()) == 25
