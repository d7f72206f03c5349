"""Functions drawn from a posterior that can be asked anywhere, for pools too large to factorise.

Pathwise conditioning: a prior function from random Fourier features (Rahimi and Recht, NIPS 2007)
plus the exact correction by the data (Wilson et al., ICML 2020, arXiv:2002.09309). Only the prior
part is approximate; its covariance errs by about 1 / sqrt(features). What sources tell beforehand
is such a correction, too: the source values that go with a drawn function are drawn, and the
function is moved by what the sources really have in their place. Functions that are drawn together
share their frequencies: each alone has the law above, and all have its one error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.factorise import factorise
from tansaku.bo.surrogates.conditioned_prior import ConditionedPrior
from tansaku.bo.surrogates.gp import GP

FEATURES = 1024
"""Pairs of Fourier features: the covariance of the prior part errs by about 3 %."""
POINTS = 4096
"""Points at a time: their features take 64 MB."""


@dataclass(frozen=True, slots=True)
class Path:
    """s functions of one process (a batch of one).

    Attributes:
        gp: The process.
        frequencies: Shape (f, d).
        weights: Of cosines and sines, shape (2, f, s).
        correction: K^-1 (z - mean - prior part - noise), shape (s, n).
        moved: Whitened source values less those that go with the functions, shape (s, m); ``None``
            without a source.
    """

    gp: GP
    frequencies: Float[Tensor, "f d"]
    weights: Float[Tensor, "2 f s"]
    correction: Float[Tensor, "s n"]
    moved: Float[Tensor, "s m"] | None = None

    @classmethod
    def draw(cls, gp: GP, rng: np.random.Generator, count: int = 1) -> Path:
        """``count`` functions from the posterior of ``gp`` (b = 1)."""
        h, d = gp.hyperparameters, gp.data.X.shape[-1]
        frequencies = gp.kernel.frequencies(rng, FEATURES, d)
        scaled = to_device(frequencies) / h.length_scales[0]
        weights = to_device(rng.standard_normal((2, FEATURES, count)))
        path = cls(
            gp, scaled, weights * (h.signal[0] / FEATURES).sqrt(), gp.alpha.expand(count, -1)
        )
        if gp.source is not None:
            path = replace(path, moved=gp.source.white - path._goes_with(gp.source, rng))
        draws = to_device(rng.standard_normal((count, gp.alpha.shape[-1])))
        seen = path._before(gp.data.X[0]) + gp.data.errors(gp, draws)
        root = gp.root[0]
        correction = (gp.data.z[0] - gp.mean[0] - seen) @ root.mT @ root
        return replace(path, correction=correction)

    def __call__(self, X: Float[Tensor, "N d"]) -> Float[Tensor, "s N"]:
        """The functions at encoded points, model units."""
        return torch.cat([self._at(some) for some in X.split(POINTS)], -1)

    def _at(self, X: Float[Tensor, "N d"]) -> Float[Tensor, "s N"]:
        update = self.correction @ self.gp.cross(X.unsqueeze(0))[0]
        return self.gp.to_units(self.gp.mean[0] + self._before(X) + update)

    def _before(self, X: Float[Tensor, "N d"]) -> Float[Tensor, "s N"]:
        """The functions before the target's own data, about its mean."""
        if self.gp.source is None or self.moved is None:
            return self._prior(X)
        return self._prior(X) + self.moved @ self.gp.source.rows(X.unsqueeze(0))[0]

    def _goes_with(
        self, source: ConditionedPrior, rng: np.random.Generator
    ) -> Float[Tensor, "s m"]:
        """Whitened source values drawn given the functions at the source's points, at which alone
        they depend on them, because both have one kernel. (Where they have not, the source takes no
        uncertainty away: its reach is next to 0, and these values do not count.)"""
        signal, points = self.gp.hyperparameters.signal[0], source.X
        follow = source.root[0] * source.reach[0]
        left = -(source.rows(points)[0] @ follow.T) / signal
        left.diagonal().add_(1)
        draws = to_device(rng.standard_normal((self.weights.shape[-1], len(left))))
        varied = draws @ factorise(0.5 * (left + left.T).unsqueeze(0)).L[0].mT
        return self._prior(points[0]) @ follow.mT / signal + varied

    def _prior(self, X: Float[Tensor, "N d"]) -> Float[Tensor, "s N"]:
        angle = X @ self.frequencies.T
        return (angle.cos() @ self.weights[0] + angle.sin() @ self.weights[1]).mT
