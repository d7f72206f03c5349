"""A second device without its hardware: it computes on the processor, but says it is elsewhere.

A tensor there holds a tensor of the processor, and claims the device ``meta`` (which torch knows
and gives no memory to). Inside :class:`SecondDevice` an operation on tensors of both places is
refused, as CUDA refuses it, but for numbers (tensors without axes) of the processor; a tensor made
without a device lies on the processor, and so meets that refusal. This is stricter than CUDA, which
takes indices from the processor at the price of a copy.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._mode_utils import no_dispatch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta")
HOST = torch.device("cpu")


class MixedDevicesError(RuntimeError):
    """An operation met tensors of both places."""


class There(torch.Tensor):
    """A tensor on the second device."""

    held: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> There:
        with torch.inference_mode(mode=False):  # views of ordinary tensors have to be such, too
            made = torch.Tensor._make_wrapper_subclass(
                cls,
                held.size(),
                strides=held.stride(),
                storage_offset=held.storage_offset(),
                dtype=held.dtype,
                device=DEVICE,
            )
        made.held = held
        return made

    def tolist(self) -> Any:
        """Its numbers, as CUDA hands them out, too."""
        return self.held.tolist()

    def new_tensor(self, data: Any) -> torch.Tensor:
        """Torch fills a new tensor before modes see it, and ``meta`` has nothing to fill."""
        return torch.tensor(data, dtype=self.dtype).to(DEVICE)

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


class SecondDevice(TorchDispatchMode):
    """While it is entered, ``device=DEVICE`` makes tensors on the second device.

    Attributes:
        ran: Operations that were carried out there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ran = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        with self:  # without gradients, an operation that is made of others comes here whole
            answer = func.decompose(*args, **kwargs or {})
        if answer is not NotImplemented:
            return answer
        answer = _run(func, args, kwargs or {})
        self.ran += any(isinstance(each, There) for each in tree_leaves(answer))
        return answer


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Carry an operation out on the processor, and put its answer where it belongs."""
    asked = kwargs.get("device")
    given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, torch.Tensor)]
    there = any(isinstance(each, There) for each in given)
    moves = func in (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)
    if there and not moves:
        strangers = [t.shape for t in given if not isinstance(t, There) and t.dim() > 0]
        if strangers:
            raise MixedDevicesError(f"{func} met tensors {strangers} of the processor")
    if asked is not None:
        kwargs = kwargs | {"device": HOST}
        there = asked == DEVICE
    held: dict[int, There] = {}

    def inside(each: Any) -> Any:
        if isinstance(each, There):
            held[id(each.held)] = each
            return each.held
        return each

    def outside(each: Any) -> Any:
        if not isinstance(each, torch.Tensor) or isinstance(each, There):
            return each
        if id(each) in held:  # an operation in place answers with the tensor itself
            if held[id(each)].shape != each.shape:  # and may change its shape: squeeze_
                with no_dispatch():
                    func(*args, **kwargs)
            return held[id(each)]
        return There(each) if there else each

    return tree_map(outside, func(*tree_map(inside, args), **tree_map(inside, kwargs)))
