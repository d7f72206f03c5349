"""Stationary kernels as functions of the scaled squared distance, one file each."""

from tansaku.bo.kernels.base import KERNELS, Kernel, squared_distance
from tansaku.bo.kernels.matern import MATERN12, MATERN32, MATERN52
from tansaku.bo.kernels.rbf import RBF
from tansaku.bo.kernels.several import Several, kernels_named

__all__ = [
    "KERNELS",
    "MATERN12",
    "MATERN32",
    "MATERN52",
    "RBF",
    "Kernel",
    "Several",
    "kernels_named",
    "squared_distance",
]
