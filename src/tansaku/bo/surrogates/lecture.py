"""The lecture's own recipe, fitted by scikit-learn.

M. Nakayama, lecture on Bayesian optimisation for materials (Nagoya Institute of Technology, 2022):
GaussianProcessRegressor(ConstantKernel * RBF + WhiteKernel, alpha=0.1, n_restarts_optimizer=30,
normalize_y=True). Only the hyperparameters come from scikit-learn; prediction is the one of
:class:`~tansaku.bo.surrogates.gp.GP`, which agrees with scikit-learn's (tests hold it to 1e-6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Sum, WhiteKernel
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.kernels import KERNELS
from tansaku.bo.priors import PRIORS, HyperparameterPrior
from tansaku.bo.surrogates.gp import GP, Hyperparameters, standardise
from tansaku.bo.surrogates.mixture import Mixture
from tansaku.bo.surrogates.observations import Observations
from tansaku.strategy import SurrogateSpec


class _Recipe(Sum):  # type: ignore[misc]
    """The lecture's kernel. A bound that was met is told in the fit; a warning would be another
    thread's, too: filters of warnings belong to the process, and a study fits in several."""

    def _check_bounds_params(self) -> None:
        """Scikit-learn warns here."""


def _minimised(
    function: Callable[[np.ndarray], tuple[float, np.ndarray]],
    start: np.ndarray,
    bounds: np.ndarray,
) -> tuple[np.ndarray, float]:
    """(where, how low) from one start, as scikit-learn's own optimiser has it; it would warn, too,
    where a line search found nothing lower."""
    found = minimize(function, start, method="L-BFGS-B", jac=True, bounds=bounds)
    return found.x, float(found.fun)


def fit_lecture(
    observed: Observations, spec: SurrogateSpec, rngs: Sequence[np.random.Generator]
) -> Mixture:
    """Fit b Gaussian processes one after the other; the recipe knows no replicates and no warm
    start."""
    b, _n, d = observed.X.shape
    data = standardise(observed.X, observed.y, observed.noise, unbiased=False)
    theta, bounds = [], 0
    points, values = to_host(observed.X), to_host(observed.y)
    for i in range(b):
        found, at_bound = _fit_one(points[i], values[i], spec, rngs[i])
        theta.append(found)
        bounds += at_bound
    after = to_device(np.stack(theta))
    before = to_device(np.tile(_regressor(spec, d, 0).kernel.theta, (b, 1)))
    gp, first = (
        GP.condition(
            KERNELS[spec.kernel], _unpack(v, d), data, constant_mean=False, nugget=spec.nugget
        )
        for v in (after, before)
    )
    return Mixture.of_one(gp, first, "lecture", {"at_bound": bounds})


def _fit_one(
    X: np.ndarray, y: np.ndarray, spec: SurrogateSpec, rng: np.random.Generator
) -> tuple[np.ndarray, bool]:
    """theta = ln(signal, length scales, noise) after the fit, and whether one met its bound."""
    model = _regressor(spec, X.shape[1], int(rng.integers(2**31)))
    kernel = model.fit(X, y).kernel_
    met = np.isclose(kernel.bounds, kernel.theta[:, None])
    return np.asarray(kernel.theta, dtype=np.float64), bool(met.any())


def _regressor(spec: SurrogateSpec, d: int, seed: int) -> GaussianProcessRegressor:
    priors = PRIORS[spec.prior](d)
    signal = priors.signal or HyperparameterPrior(1.0, 1.0, 1.0)
    scales: float | list[float] = priors.length_scale.start
    if spec.length_scales == "per_column":
        scales = [priors.length_scale.start] * d
    kernel = _Recipe(
        ConstantKernel(signal.start, (signal.low, signal.high))
        * RBF(scales, (priors.length_scale.low, priors.length_scale.high)),
        WhiteKernel(priors.noise.start, (priors.noise.low, priors.noise.high)),
    )
    return GaussianProcessRegressor(
        kernel,
        optimizer=_minimised,
        alpha=spec.nugget or 1e-10,  # scikit-learn's own default where none is asked for
        n_restarts_optimizer=spec.restarts - 1,
        normalize_y=True,
        random_state=seed,
    )


def _unpack(theta: Float[Tensor, "b p"], d: int) -> Hyperparameters:
    return Hyperparameters(
        length_scales=theta[:, 1:-1].exp().expand(-1, d),
        signal=theta[:, 0].exp(),
        noise=theta[:, -1].exp(),
    )
