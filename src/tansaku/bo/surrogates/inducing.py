"""Inducing points: what thousands of measurements say, told by the function at some of their rows.

The posterior of Titsias (AISTATS 2009, PMLR 5, 567) at m inducing points, K their prior covariance
and A = K_mn D^-1 K_nm what n measurements with errors of variances D say of them, is that of a
Gaussian process that saw m values at these points with errors of covariance K A^-1 K:

    K^-1 - (K + K A^-1 K)^-1 = (K + A)^-1        (Woodbury)

So whatever is asked of a :class:`~tansaku.bo.surrogates.gp.GP` is asked of this one, too: only its
data differ. Points are chosen greedily, each where the others leave most of the prior variance
(Burt, Rasmussen, van der Wilk, J. Mach. Learn. Res. 21 (2020) 131).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import pad

from tansaku.bo.factorise import factorise, inverse_of
from tansaku.bo.kernels import Kernel, squared_distance
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters, Noise

EXACT = 4000
"""Measurements up to which each is held: their covariance takes 128 MB, and its inverse 3 s."""
POINTS = 1000
"""Inducing points at the most."""
CANDIDATES = 5000
"""Measurements among which they are chosen, evenly from the first to the last."""
EXPLAINED = 1e-7
"""Share of the signal variance below which what is left anywhere needs no further point."""
ROWS = 4000
"""Measurements at a time: 32 MB of their covariances with the points."""
LEAST_SAID = 1e-12
"""Of what is said most, below which nothing is said of a direction: its error is then as good as
endless."""
JITTER = 1e-9
"""Share of the signal variance on the diagonal of K: points that are all but the same."""


@dataclass(frozen=True, slots=True)
class Induced(Data):
    """Values at inducing points that say what all measurements say.

    Attributes:
        errors_of: F, shape (b, m, m): F F^T is the covariance of their errors.
        carried: K^-1, shape (b, m, m).
        measured: The measurements themselves.
        means: Posterior mean at them, standardised, shape (b, r), by these values alone.
    """

    errors_of: Float[Tensor, "b m m"]
    carried: Float[Tensor, "b m m"]
    measured: Data
    means: Float[Tensor, "b r"]

    def mean_of(self, gp: GP) -> Float[Tensor, "b r"]:
        """Posterior mean at the measurements, standardised."""
        if gp.alpha.shape == self.errors_of.shape[:2]:  # nothing was joined to the values
            return self.means
        means = [
            gp.mean.unsqueeze(-1) + (gp.alpha.unsqueeze(-2) @ gp.cross(X)).squeeze(-2)
            for X in self.measured.X.split(ROWS, 1)
        ]
        return torch.cat(means, -1)

    def errors(self, gp: GP, draws: Float[Tensor, "s n"]) -> Float[Tensor, "s n"]:
        """Standard normal draws -> errors of the values at the points (b = 1)."""
        m = self.errors_of.shape[-1]
        later = self.noise.variance(gp.hyperparameters.noise)[0, m:].sqrt()
        return torch.cat([draws[:, :m] @ self.errors_of[0].mT, draws[:, m:] * later], -1)

    def left_out(self, gp: GP) -> tuple[Float[Tensor, "b r"], Float[Tensor, "b r"]]:
        """(variance, residual) of each measurement by the others, standardised, at the same mean
        (Sherman and Morrison); of values that were joined nothing is said."""
        h, m = gp.hyperparameters, self.errors_of.shape[-1]
        signal, told, known = h.signal.unsqueeze(-1), [], []
        for X in self.measured.X.split(ROWS, 1):
            prior = _prior(gp.kernel, h, self.X[:, :m], X)
            told.append((prior * (self.carried @ prior)).sum(-2))
            known.append((gp.root @ gp.cross(X)).square().sum(-2))
        explained = torch.cat(told, -1)
        own = (explained - torch.cat(known, -1)).clamp_min(0.0)
        error = _error_variance(h, self.measured.noise, gp.nugget)
        others = (1 - own / error).clamp_min(1e-12)
        variance = own / others + (signal - explained).clamp_min(0.0) + error
        residual = (self.measured.z - self.mean_of(gp)) / others
        joined = (0, gp.alpha.shape[-1] - m)
        return pad(variance, joined, value=1.0), pad(residual, joined)

    def weights(self, gp: GP, points: Float[Tensor, "b N d"]) -> Float[Tensor, "b r N"]:
        """Weight of each measurement, and of values that were joined, in the mean at ``points``."""
        at_points, m = Data.weights(self, gp, points), self.errors_of.shape[-1]
        spread = self.errors_of @ (self.errors_of.mT @ at_points[:, :m])
        to_each = self.carried @ spread
        h, Z = gp.hyperparameters, self.X[:, :m]
        variance = _error_variance(h, self.measured.noise, gp.nugget)
        every = self.measured.X.split(ROWS, 1)
        rows = [_prior(gp.kernel, h, Z, X).mT @ to_each for X in every]
        return torch.cat([torch.cat(rows, 1) / variance.unsqueeze(-1), at_points[:, m:]], 1)


def condition_induced(
    kernel: Kernel,
    hyperparameters: Hyperparameters,
    data: Data,
    *,
    constant_mean: bool,
    nugget: float = 0.0,
    points: int | None = None,
) -> GP:
    """Learn from ``data`` at given hyperparameters, by at most so many ``points`` of them
    (``POINTS``).

    With ``constant_mean`` the mean is the generalised least squares estimate under the covariance
    that the points tell, and taken for known afterwards. The likelihood is Titsias' lower bound.
    """
    h = hyperparameters
    Z = _chosen(kernel, h, data.X, POINTS if points is None else points)
    d = _error_variance(h, data.noise, nugget)
    K = _prior(kernel, h, Z, Z)
    factor = factorise(K + torch.diag_embed((JITTER * h.signal).unsqueeze(-1).expand(Z.shape[:2])))
    inverse = inverse_of(factor.L)
    A = torch.zeros_like(K)
    said = torch.zeros_like(K[..., :2])  # of the values, and of ones
    own = torch.stack([data.z, torch.ones_like(data.z)], -1)
    explained = torch.zeros_like(h.signal)
    parts = torch.arange(data.z.shape[-1], device=K.device).split(ROWS)

    def cross(rows: Int[Tensor, " r"]) -> Float[Tensor, "b m r"]:
        return _prior(kernel, h, Z, data.X[:, rows])

    for rows in parts:
        each = inverse @ cross(rows)
        weighed = each / d[:, None, rows]
        A += weighed @ each.mT
        said += weighed @ own[:, rows]
        explained += (weighed * each).sum((-2, -1))
    strength, V = torch.linalg.eigh(A)
    strength = strength.clamp_min(LEAST_SAID * strength.amax(-1, keepdim=True))
    told = V.mT @ said
    # Sums over the measurements under Sigma^-1, Sigma = K_nm K^-1 K_mn + D.
    within = (own.mT / d.unsqueeze(-2)) @ own - told.mT @ (told / (1 + strength).unsqueeze(-1))
    mean = within[:, 0, 1] / within[:, 1, 1] if constant_mean else torch.zeros_like(h.signal)
    about = told[..., 0] - mean.unsqueeze(-1) * told[..., 1]
    squares = within[:, 0, 0] - 2 * mean * within[:, 0, 1] + mean.square() * within[:, 1, 1]
    lml = -0.5 * (
        squares
        + strength.log1p().sum(-1)
        + (2 * torch.pi * d).log().sum(-1)
        + (h.signal.unsqueeze(-1) / d).sum(-1)
        - explained
    )
    root = (strength / (1 + strength)).sqrt().unsqueeze(-1) * (V.mT @ inverse)
    out = factor.L @ V
    values = mean.unsqueeze(-1) + (out @ (about / strength).unsqueeze(-1)).squeeze(-1)
    alpha = (inverse.mT @ (V @ (about / (1 + strength)).unsqueeze(-1))).squeeze(-1)
    means = torch.cat([(alpha.unsqueeze(-2) @ cross(rows)).squeeze(-2) for rows in parts], -1)
    usual = (data.noise.known * data.noise.counts).median(-1, keepdim=True).values
    ones = torch.ones_like(values)
    at_points = Induced(
        Z,
        values,
        Noise.of(ones, usual * ones),
        data.centre,
        data.scale,
        errors_of=out / strength.sqrt().unsqueeze(-2),
        carried=inverse.mT @ inverse,
        measured=data,
        means=mean.unsqueeze(-1) + means,
    )
    gp = GP.from_root(kernel, h, at_points, root, mean, nugget=nugget, jittered=factor.jittered)
    return replace(gp, log_marginal_likelihood=lml)


def _prior(
    kernel: Kernel, h: Hyperparameters, a: Float[Tensor, "b m d"], b: Float[Tensor, "b r d"]
) -> Float[Tensor, "b m r"]:
    """Prior covariance of the function at two sets of points, standardised."""
    return h.signal.view(-1, 1, 1) * kernel.value(squared_distance(a, b, h.length_scales))


def _error_variance(h: Hyperparameters, noise: Noise, nugget: float) -> Float[Tensor, "b n"]:
    return noise.variance(h.noise) + nugget


def _chosen(
    kernel: Kernel, h: Hyperparameters, X: Float[Tensor, "b n d"], points: int
) -> Float[Tensor, "b m d"]:
    """The points, in the order of their choice: a pivoted Cholesky factorisation that ends early
    where nothing is left to explain."""
    every = torch.linspace(0, X.shape[1] - 1, min(CANDIDATES, X.shape[1]), device=X.device)
    some = X[:, every.round().long()]
    b, n, _d = some.shape
    each = torch.arange(b, device=X.device)
    left = torch.ones_like(some[..., 0])
    rows: Float[Tensor, "b m n"] = left.new_zeros(b, min(points, n), n)
    found: list[Int[Tensor, " b"]] = []
    for m in range(min(points, n)):
        most, at = left.max(-1)
        if m and float(most.max()) < EXPLAINED:
            break
        point = some[each, at].unsqueeze(1)
        k = kernel.value(squared_distance(point, some, h.length_scales)).squeeze(1)
        before = rows[each, :m, at].unsqueeze(1) @ rows[:, :m]
        rows[:, m] = (k - before.squeeze(1)) / most.clamp_min(EXPLAINED**2).sqrt().unsqueeze(-1)
        left = (left - rows[:, m].square()).clamp_min(0.0)
        left[each, at] = 0.0
        found.append(at)
    return torch.stack([some[each, at] for at in found], 1)
