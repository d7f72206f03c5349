"""The lecture's recipe: scikit-learn GP with one shared length scale, and EI over the pool."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm
from sklearn import set_config
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from bench.quality.suggesters.protocol import Suggest, unit_cube, unmeasured
from bench.quality.table import FloatArray, IntArray

ALPHA = 0.1
RESTARTS = 30
RECIPE = f"ConstantKernel*RBF + WhiteKernel, alpha {ALPHA}, {RESTARTS} restarts, EI, [0, 1] inputs"


def open_run(X: FloatArray, seed: int) -> Suggest:
    """A run that refits from nothing at every pick; pool X of shape (N, d)."""
    pool = unit_cube(X)
    random_state = np.random.RandomState(seed)

    def suggest(rows: IntArray, values: FloatArray) -> int:
        # Leaves out input checks only; the numbers are the same.
        set_config(assume_finite=True, skip_parameter_validation=True)
        model = GaussianProcessRegressor(
            ConstantKernel() * RBF() + WhiteKernel(), alpha=ALPHA,
            n_restarts_optimizer=RESTARTS, normalize_y=True, random_state=random_state,
        )  # fmt: skip
        model.fit(pool[rows], values)
        left = unmeasured(len(pool), rows)
        mean, sd = model.predict(pool[left], return_std=True)
        return int(left[np.argmax(expected_improvement(mean, sd, values.max()))])

    return suggest


def expected_improvement(mean: FloatArray, sd: FloatArray, best: float) -> FloatArray:
    """E[max(f - best, 0)] under N(mean, sd^2), shape (N,) throughout; zero where sd is zero."""
    gain = mean - best
    z = np.divide(gain, sd, out=np.zeros_like(gain), where=sd > 0)
    return np.where(sd > 0, gain * norm.cdf(z) + sd * norm.pdf(z), np.maximum(gain, 0.0))
