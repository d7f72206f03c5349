"""Where the engine computes: on the processor, or on CUDA where that is asked for.

Numbers come in and go out through two doors, :func:`to_device` and :func:`to_host`; between them
every tensor is made on the device of the tensors that it meets. A test runs the engine on a device
of its own that refuses to mix with another.

CUDA is only used where ``TANSAKU_DEVICE=cuda`` asks for it. From which size on it pays has not been
measured: one search on a small table is a long row of small steps, which a graphics card does not
do faster. On the processor stay, on any device: drawing random numbers (so that a seed means the
same), choosing among scores, scikit-learn (the ``lecture`` fit), and SciPy's climbs between
settable points, whose gradients come from the device.
"""

from __future__ import annotations

import os
from typing import Any, Final

import torch
from numpy.typing import NDArray
from torch import Tensor

from tansaku.errors import UsageError
from tansaku.language import _

VARIABLE: Final = "TANSAKU_DEVICE"
DEVICES: Final = ("cpu", "cuda")
PROCESSOR: Final = torch.device("cpu")


def chosen() -> torch.device:
    """The device that the environment asks for; the processor where it asks for none.

    Raises:
        UsageError: no such device, or none of its kind is on this machine.
    """
    asked = os.environ.get(VARIABLE) or "cpu"
    if asked == "cpu":  # first, as this is asked for every array
        return PROCESSOR
    if asked not in DEVICES:
        raise UsageError(
            _("{variable} is '{asked}', which names no device.").format(
                variable=VARIABLE, asked=asked
            ),
            _("Set it to {devices}.").format(devices=" / ".join(DEVICES)),
        )
    if asked == "cuda" and not torch.cuda.is_available():
        raise UsageError(
            _("{variable}=cuda asks for CUDA, but PyTorch finds none on this machine.").format(
                variable=VARIABLE
            ),
            _("Install a build of PyTorch with CUDA and its driver, or set {variable}=cpu.").format(
                variable=VARIABLE
            ),
        )
    return torch.device(asked)


def to_device(array: NDArray[Any]) -> Tensor:
    """An array as a tensor on the chosen device; on the processor it shares the array's memory,
    unless that may not be written to (a mapped file), so do not write into it.

    Raises:
        UsageError: as :func:`chosen`.

    Example:
        >>> import numpy as np
        >>> to_device(np.array([1.0, 2.0])).sum().item()
        3.0
    """
    device = chosen()
    writeable = array if array.flags.writeable else array.copy()  # torch wants no other
    tensor = torch.from_numpy(writeable)
    return tensor if device.type == "cpu" else tensor.to(device)


def to_host(tensor: Tensor) -> NDArray[Any]:
    """A tensor of any device as an array; on the processor it shares the tensor's memory.

    Example:
        >>> to_host(torch.ones(2, dtype=torch.float64)).tolist()
        [1.0, 1.0]
    """
    found: NDArray[Any] = tensor.cpu().numpy()
    return found


def describe() -> tuple[str, bool]:
    """(The chosen device in words for people, whether CUDA is there but not asked for).

    Raises:
        UsageError: as :func:`chosen`.
    """
    device, there = chosen(), torch.cuda.is_available()
    if device.type == "cpu":
        return "cpu", there
    return f"cuda: {torch.cuda.get_device_name(device)}", False
