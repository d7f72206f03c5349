"""Functions drawn from a posterior that can be asked anywhere, for pools too large to factorise.

Pathwise conditioning: a prior function from random Fourier features (Rahimi and Recht, NIPS 2007)
plus the exact correction by the data (Wilson et al., ICML 2020, arXiv:2002.09309). Only the prior
part is approximate; its covariance errs by about 1 / sqrt(features).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.surrogates.gp import GP
from tansaku.errors import UsageError
from tansaku.language import _

FEATURES = 1024
"""Pairs of Fourier features: the covariance of the prior part errs by about 3 %."""


@dataclass(frozen=True, slots=True)
class Path:
    """One function of one process (a batch of one).

    Attributes:
        gp: The process.
        frequencies: Shape (f, d).
        weights: Of cosines and sines, shape (2, f).
        correction: K^-1 (z - mean - prior part - noise), shape (n,).
    """

    gp: GP
    frequencies: Float[Tensor, "f d"]
    weights: Float[Tensor, "2 f"]
    correction: Float[Tensor, " n"]

    @classmethod
    def draw(cls, gp: GP, rng: np.random.Generator) -> Path:
        """A function from the posterior of ``gp`` (b = 1).

        Raises:
            UsageError: a source is known, whose part of the prior has no Fourier features.
        """
        if gp.source is not None:
            raise UsageError(
                _("Thompson sampling from a pool this large knows no older data."),
                _("Choose another strategy, or take the older data away."),
            )
        h, d = gp.hyperparameters, gp.data.X.shape[-1]
        frequencies = rng.standard_normal((FEATURES, d))
        degrees = gp.kernel.degrees()
        if math.isfinite(degrees):
            frequencies *= np.sqrt(degrees / rng.chisquare(degrees, (FEATURES, 1)))
        scaled = to_device(frequencies) / h.length_scales[0]
        weights = to_device(rng.standard_normal((2, FEATURES)))
        path = cls(gp, scaled, weights * (h.signal[0] / FEATURES).sqrt(), gp.alpha[0])
        noise = gp.data.noise(h.noise)[0] + gp.nugget
        draws = to_device(rng.standard_normal(len(noise)))
        seen = path._prior(gp.data.X[0]) + noise.sqrt() * draws
        root = gp.root[0]
        correction = root.mT @ (root @ (gp.data.z[0] - gp.mean[0] - seen))
        return cls(gp, scaled, path.weights, correction)

    def __call__(self, X: Float[Tensor, "N d"]) -> Float[Tensor, " N"]:
        """The function at encoded points, model units."""
        update = self.correction @ self.gp.cross(X.unsqueeze(0))[0]
        z = self.gp.mean[0] + self._prior(X) + update
        return self.gp.to_units(z.unsqueeze(0))[0]

    def _prior(self, X: Float[Tensor, "N d"]) -> Float[Tensor, " N"]:
        angle = X @ self.frequencies.T
        return angle.cos() @ self.weights[0] + angle.sin() @ self.weights[1]
