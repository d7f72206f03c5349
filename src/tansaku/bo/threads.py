"""How many threads torch works with: one, while the matrices are small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

SMALL = 256
"""Measurements up to which one thread is used. Handing small batched factorisations to several
threads costs more than it brings, and 10 times more on a busy machine, where they wait for each
other at every step (measured: a study of 44 runs in 1.0 s with one thread, in 0.8 to 15 s with
two, on 2 cores)."""


@contextmanager
def threads_for(measured: int) -> Iterator[None]:
    """One thread inside the ``with`` block where ``measured`` is small; then as it was."""
    before = torch.get_num_threads()
    if measured > SMALL or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
