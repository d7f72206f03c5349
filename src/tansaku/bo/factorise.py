"""Batched Cholesky factors with a documented jitter that is counted, never hidden."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.errors import FactorisationError
from tansaku.language import _

JITTERS = (1e-10, 1e-8, 1e-6)
"""Shares of the mean diagonal added in turn where a matrix is not positive definite. The last is
GPyTorch's float64 jitter; above it the answer would no longer be that of the model asked for."""


class Factor(NamedTuple):
    """Lower Cholesky factors.

    Attributes:
        L: Factors, shape (b, n, n).
        jittered: Rungs of ``JITTERS`` that each matrix needed, shape (b,); 0 is none.
    """

    L: Float[Tensor, "b n n"]
    jittered: Int[Tensor, " b"]


def factorise(K: Float[Tensor, "b n n"]) -> Factor:
    """Factors of symmetric matrices.

    Raises:
        FactorisationError: a matrix stays indefinite with the largest jitter, or is not finite.
    """
    L, info = torch.linalg.cholesky_ex(K)
    jittered = torch.zeros(K.shape[0], dtype=torch.int64, device=K.device)
    if not bool(info.any()):
        return Factor(L, jittered)
    diagonal = K.diagonal(dim1=-2, dim2=-1).mean(-1)
    L = L.clone()
    for share in JITTERS:
        bad = info > 0
        jittered[bad] += 1
        extra = torch.diag_embed((share * diagonal[bad]).unsqueeze(-1).expand(-1, K.shape[-1]))
        L[bad], info[bad] = torch.linalg.cholesky_ex(K[bad] + extra)
        if not bool(info.any()):
            return Factor(L, jittered)
    raise FactorisationError(
        _("The covariance matrix of {n} measurements cannot be factorised.").format(n=K.shape[-1]),
        _("Check for inputs or values of wildly different size; a noise prior helps."),
    )


def inverse_of(L: Float[Tensor, "*b n n"]) -> Float[Tensor, "*b n n"]:
    """Inverses of lower triangular matrices."""
    one = torch.eye(L.shape[-1], dtype=L.dtype, device=L.device)
    return torch.linalg.solve_triangular(L, one.expand_as(L), upper=False)
