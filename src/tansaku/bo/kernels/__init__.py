"""Stationary kernels as functions of the scaled squared distance, one file each."""

from tansaku.bo.kernels.batched import BatchedKernel, kernels_named
from tansaku.bo.kernels.kernel import KERNELS, Kernel, squared_distance
from tansaku.bo.kernels.matern import MATERN12, MATERN32, MATERN52
from tansaku.bo.kernels.rbf import RBF

__all__ = [
    "KERNELS",
    "MATERN12",
    "MATERN32",
    "MATERN52",
    "RBF",
    "BatchedKernel",
    "Kernel",
    "kernels_named",
    "squared_distance",
]
