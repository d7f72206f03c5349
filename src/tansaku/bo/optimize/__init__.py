"""Optimisers: of hyperparameters (quasi-Newton, in batches) and over the pool."""

from tansaku.bo.optimize.bfgs import Minimum, minimise
from tansaku.bo.optimize.choose import (
    best_allowed,
    farthest_allowed,
    random_allowed,
    random_distinct,
)

__all__ = [
    "Minimum",
    "best_allowed",
    "farthest_allowed",
    "minimise",
    "random_allowed",
    "random_distinct",
]
