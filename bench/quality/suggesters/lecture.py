"""The lecture's recipe: scikit-learn GP with one shared length scale, and EI over the pool."""

from __future__ import annotations

import numpy as np
from scipy.linalg import lapack
from scipy.stats import norm
from sklearn import set_config
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from bench.quality.suggesters.protocol import Suggest, unit_cube, unmeasured
from bench.quality.table import FloatArray, IntArray

ALPHA = 0.1
RESTARTS = 30
RECIPE = f"ConstantKernel*RBF + WhiteKernel, alpha {ALPHA}, {RESTARTS} restarts, EI, [0, 1] inputs"


class QuickRegressor(GaussianProcessRegressor):
    """GaussianProcessRegressor whose likelihood is written out for constant*RBF + white.

    The numbers are scikit-learn's up to rounding; only the walk through its kernel objects,
    which takes most of the time at n < 50, is left out.
    """

    def log_marginal_likelihood(
        self,
        theta: FloatArray | None = None,
        eval_gradient: bool = False,
        clone_kernel: bool = True,
    ) -> float | tuple[float, FloatArray]:
        """As in the parent; theta is (ln constant, ln length scale, ln noise), shape (3,)."""
        if theta is None or not eval_gradient:
            return super().log_marginal_likelihood(theta, eval_gradient, clone_kernel)
        constant, length, noise = np.exp(theta)
        differences = self.X_train_[:, None, :] - self.X_train_[None, :, :]
        squared = (differences**2).sum(axis=-1) / length**2
        signal = constant * np.exp(-0.5 * squared)
        n = len(squared)
        factor, failed = lapack.dpotrf(signal + (noise + self.alpha) * np.identity(n))
        if failed:
            return -np.inf, np.zeros(3)
        upper = lapack.dpotri(factor)[0]
        inverse = np.triu(upper) + np.triu(upper, 1).T
        weights = inverse @ self.y_train_
        slope = 0.5 * (np.outer(weights, weights) - inverse)
        value = -0.5 * self.y_train_ @ weights - np.log(np.diag(factor)).sum()
        by_length = (slope * signal * squared).sum()
        gradient = np.array([(slope * signal).sum(), by_length, noise * np.trace(slope)])
        return value - 0.5 * n * np.log(2 * np.pi), gradient


def open_run(X: FloatArray, seed: int) -> Suggest:
    """A run that refits from nothing at every pick; pool X of shape (N, d)."""
    pool = unit_cube(X)
    random_state = np.random.RandomState(seed)

    def suggest(rows: IntArray, values: FloatArray) -> int:
        # Leaves out input checks only; the numbers are the same.
        set_config(assume_finite=True, skip_parameter_validation=True)
        model = QuickRegressor(
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
