"""What a source tells of the target: a prior mean, and rows that take uncertainty away.

Under intrinsic coregionalisation with unit task variances and correlation rho (Goovaerts 1997;
Bonilla, Chai, Williams, NIPS 2007), the target function given the source data is again a Gaussian
process: its mean is rho times the source's posterior mean, and its covariance
k(x, x') - rho^2 k(x, S) K_S^-1 k(S, x'). Both are linear in the whitened features
q(x) = L_S^-1 k(S, x), which are all that is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.kernels import Kernel, Several, squared_distance
from tansaku.bo.kernels.smooth import smooth_correlation


@dataclass(frozen=True, slots=True)
class Informed:
    """The source as b processes see it.

    Attributes:
        kernel: The correlation function.
        X: Source points, shape (b, m, d); rows beyond a source's own are zero in ``root``.
        length_scales: Shape (b, d).
        root: Inverse Cholesky factors of the source's covariance at unit signal, shape (b, m, m).
        reach: rho times the square root of the target's signal variance, shape (b,); 0 where the
            source plays no part.
        white: Whitened source values, so that the prior mean is ``white`` . rows, shape (b, m).
    """

    kernel: Kernel
    X: Float[Tensor, "b m d"]
    length_scales: Float[Tensor, "b d"]
    root: Float[Tensor, "b m m"]
    reach: Float[Tensor, " b"]
    white: Float[Tensor, "b m"]

    def rows(self, points: Float[Tensor, "b N d"]) -> Float[Tensor, "b m N"]:
        """What of the prior covariance the source explains: rows(A)^T rows(B), standardised."""
        if points.requires_grad:  # a climb between the settings of a space without a list
            correlation = smooth_correlation(self.kernel, self.X, points, self.length_scales)
        else:
            correlation = self.kernel.value(squared_distance(self.X, points, self.length_scales))
        return self.reach.view(-1, 1, 1) * (self.root @ correlation)

    def mean(self, rows: Float[Tensor, "b m N"]) -> Float[Tensor, "b N"]:
        """Prior mean at the points of these rows, standardised, up to the target's own mean."""
        return (self.white.unsqueeze(-2) @ rows).squeeze(-2)

    def take(self, index: Int[Tensor, " k"]) -> Informed:
        """Of the processes with these indices."""
        kernel = self.kernel.take(index) if isinstance(self.kernel, Several) else self.kernel
        return Informed(
            kernel,
            self.X[index],
            self.length_scales[index],
            self.root[index],
            self.reach[index],
            self.white[index],
        )
