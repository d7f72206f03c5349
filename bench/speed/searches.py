"""Searches of a given size for the speed tables: points, values, and what is measured of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from tansaku.bo.surrogates.quadrature import forget
from tansaku.design import Design, Floats, Problems


def surface(X: Floats) -> Floats:
    """A smooth surface with an interaction, shape (N,)."""
    other = X[:, 1] if X.shape[1] > 1 else X[:, 0]
    return np.sin(6 * X[:, 0]) * np.cos(5 * other) + X.mean(axis=1)


def points(N: int, d: int) -> Floats:
    """Random candidates in [0, 1]^d, always the same ones."""
    return np.random.default_rng([N, d]).random((N, d))


def search(X: Floats, n: int) -> Problems:
    """One search over the candidates X; n more points, none of them a candidate, are measured."""
    rng = np.random.default_rng(n)
    known = rng.random((n, X.shape[1]))
    y = surface(known) + 0.05 * rng.standard_normal(n)
    return Problems(
        pool=Design(X, tuple(f"x{i}" for i in range(X.shape[1]))),
        X=known[None],
        y=y[None],
        counts=np.ones((1, n)),
        taken=np.zeros((1, len(X)), dtype=bool),
        pending=np.empty((1, 0), dtype=np.int64),
    )


def cpu_seconds(call: Callable[[], object], turns: int) -> float:
    """Median processor time of a call over some turns, after a first one that is not counted
    (unless there is one turn only), nothing remembered from before: other work on the machine does
    not enter."""
    times = []
    for _turn in range(turns + (turns > 1)):
        forget()
        begin = time.process_time()
        call()
        times.append(time.process_time() - begin)
    return statistics.median(times[-turns:])


def product_rate() -> float:
    """Floating-point operations per second of a float64 matrix product, one thread."""
    A = torch.from_numpy(points(1000, 1000))
    return 2e9 / cpu_seconds(lambda: A @ A, 9)


def peak_gigabytes() -> float:
    """Most memory that this process has held. Not ``ru_maxrss``, which a process takes over from
    the one that started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = (each for each in lines if each.startswith("VmHWM"))
    return float(line.split()[1]) * 1024 / 1e9
