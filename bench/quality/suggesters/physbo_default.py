"""PHYSBO: the discrete Policy, driven one probe at a time as in its interactive tutorial.

Score "EI" and `interval=0` are those of that tutorial (with one probe in a call the
hyperparameters are learned at every pick); the 500 basis functions are those of the basic
tutorial, because the interactive one's 5000 cost three times the time and the posterior from
at most 40 rows hardly differs.

Two inner functions of PHYSBO 3.2, which took nine tenths of each pick, are replaced by ones
that give the same numbers up to rounding: the first guess of the length scale and the gradient
of the marginal likelihood, both for its default model (isotropic Gauss, constant mean, Gauss
noise).
"""

from __future__ import annotations

import numpy as np
import physbo
import physbo.gp.inf.exact
from physbo.gp.core import Model
from physbo.gp.cov import Gauss
from scipy.linalg import LinAlgError, lapack

from bench.quality.suggesters.protocol import Suggest
from bench.quality.table import FloatArray, IntArray

SCORE = "EI"
INTERVAL = 0
NUM_RAND_BASIS = 500
RECIPE = f"discrete.Policy, centring, {SCORE}, interval {INTERVAL}, basis {NUM_RAND_BASIS}"


def open_run(X: FloatArray, seed: int) -> Suggest:
    """A policy that is told each measurement once; pool X of shape (N, d)."""
    policy = physbo.search.discrete.Policy(test_X=physbo.misc.centering(X))
    policy.set_seed(seed)
    told = 0

    def suggest(rows: IntArray, values: FloatArray) -> int:
        nonlocal told
        policy.write(rows[told:], values[told:])
        told = len(rows)
        picked = policy.bayes_search(
            max_num_probes=1, simulator=None, is_disp=False,
            score=SCORE, interval=INTERVAL, num_rand_basis=NUM_RAND_BASIS,
        )  # fmt: skip
        return int(picked[0])

    return suggest


def first_length_scale(_kernel: Gauss, X: FloatArray, t: FloatArray) -> FloatArray:
    """PHYSBO's first guess of (ln width, ln scale), with its 2000-step loop as one call.

    The same random pairs in the same order, so the random stream goes on alike.
    """
    draws = max(2000, len(X) // 5)
    # PHYSBO draws from NumPy's global stream, which its own set_seed seeds.
    pairs = np.random.randint(0, len(X), size=(draws, 2))  # noqa: NPY002
    dist = np.sort(np.linalg.norm(X[pairs[:, 0]] - X[pairs[:, 1]], axis=1))
    tenth = 2 * np.random.randint(0, 5) + 1  # noqa: NPY002
    width = dist[tenth * (draws // 10)]
    return np.append(np.log(width + 1e-8), np.log(np.std(t)))


def marginal_gradient(gp: Model, X: FloatArray, t: FloatArray, params: FloatArray) -> FloatArray:
    """Gradient of minus the log marginal likelihood in (ln noise, mean, ln width, ln scale).

    Args:
        gp: PHYSBO's model; its kernel clips the last two parameters in place.
        X: Inputs, shape (n, d).
        t: Values, shape (n,).
        params: The four parameters, shape (4,).
    """
    gp.prior.cov.supp_params(params[2:])
    noise, width, scale = np.exp(2 * params[[0, 2, 3]])
    squared = ((X[:, None, :] - X[None, :, :]) ** 2).sum(axis=-1) / width
    cov = scale * np.exp(-0.5 * squared)
    factor, failed = lapack.dpotrf(cov + (noise + 1e-8) * np.identity(len(t)))
    if failed:
        raise LinAlgError("the covariance is not positive definite")
    upper = lapack.dpotri(factor)[0]
    inverse = np.triu(upper) + np.triu(upper, 1).T
    alpha = inverse @ (t - params[1])
    slope = 0.5 * (inverse - np.outer(alpha, alpha))
    by_noise = 2 * noise * np.trace(slope)
    by_width = (slope * cov * squared).sum()
    return np.array([by_noise, -alpha.sum(), by_width, 2 * (slope * cov).sum()])


Gauss.get_cand_params = first_length_scale
physbo.gp.inf.exact.get_grad_marlik = marginal_gradient
