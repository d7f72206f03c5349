"""Replicates: how uncertain the scatter of a few repeats says that each sample's mean is.

The sd of three results is itself known to a factor of two, so each sample's variance is drawn
towards the others': variances v of one result are taken to follow a scaled inverse chi-squared law
with d0 degrees of freedom about s0^2, and the estimate of a sample with variance s^2 in d degrees
of freedom is (d0 s0^2 + d s^2) / (d0 + d) (Smyth, Stat. Appl. Genet. Mol. Biol. 3 (2004) article 3,
for microarrays with few repeats). Where all samples scatter alike d0 is large and all get the
pooled variance. Smyth estimates d0 and s0 from the logarithms of s^2, which repeats that happen to
be equal would rule; here s0 has the largest likelihood for each of a few d0, and the estimate is
averaged over these by their likelihoods.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tansaku.design import Floats

ALIKE: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 1e6)
"""Degrees of freedom d0 that are weighed, from variances that differ 10-fold and more to all
equal."""
LEVELS: Final = np.linspace(-8.0, 2.0, 201)
"""ln of s0^2 over the pooled variance, in steps of 5 %: far below it where a few samples scatter
most."""


def shrunken(variances: Floats, freedom: Floats) -> Floats:
    """The variance of one result of each of r samples, drawn towards the others'.

    Args:
        variances: Of the repeats of each sample (ddof 1), shape (r,).
        freedom: Repeats - 1, shape (r,), > 0.

    Example:
        >>> shrunken(np.array([1.0, 1.1, 0.9, 100.0]), np.full(4, 2.0)).round(1).tolist()
        [1.9, 2.0, 1.9, 56.4]
    """
    pooled = float((variances * freedom).sum() / freedom.sum()) if len(variances) else 0.0
    if pooled == 0:
        return np.zeros_like(variances)
    d0 = np.array(ALIKE)[:, None, None]
    s0 = pooled * np.exp(LEVELS)[None, :, None]
    half = freedom / 2
    beta = np.array([[math.lgamma(h + a / 2) - math.lgamma(a / 2) for h in half] for a in ALIKE])
    # ln F density of s^2 / s0^2, without what depends on neither d0 nor s0.
    log_density = (
        beta[:, None]
        - half * np.log(d0 * s0)
        - (half + d0 / 2) * np.log1p(freedom * variances / (d0 * s0))
    )
    log_evidence = log_density.sum(-1)
    best = log_evidence.argmax(1)
    top = log_evidence[np.arange(len(ALIKE)), best]
    weight = np.exp(top - top.max())
    centre = s0[0, best]
    each = (d0[:, 0] * centre + freedom * variances) / (d0[:, 0] + freedom)
    return np.asarray(weight @ each / weight.sum(), dtype=np.float64)
