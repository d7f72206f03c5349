"""Batched BFGS in a box: b small problems in lock-step, each leaving when it has converged.

Nocedal and Wright, Numerical Optimization (2006), algorithm 6.1 with backtracking (3.1); bounds
by projection, with components pressed against a bound taken out of the step (Bertsekas, SIAM J.
Control Optim. 20 (1982) 221).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tansaku.bo.deadline import passed

Objective = Callable[
    [Float[Tensor, "k p"], Int[Tensor, " k"]], tuple[Float[Tensor, " k"], Float[Tensor, "k p"]]
]
"""(points, indices of their problems) -> (values, gradients); k of the b problems at a time."""

MAX_STEPS = 100
"""Smooth problems of up to 20 hyperparameters end in 10 to 50 steps."""
GRADIENT_TOLERANCE = 1e-5
"""Largest projected gradient component at the end, in log likelihood per e-fold."""
VALUE_TOLERANCE = 1e-9
"""A smaller gain in log likelihood than this ends the search."""
MAX_MOVE = 2.0
"""No hyperparameter moves by more than exp(2) in one step: the quadratic model ends there."""
ARMIJO = 1e-4
"""Share of the promised gain that a step must bring (Nocedal and Wright, 3.1)."""
BACKTRACKS = 12
"""0.5**12 of a step below which no gain can be told from rounding."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where b searches ended.

    Attributes:
        x: Points, shape (b, p).
        value: Objective there, shape (b,).
        converged: Whether gradient or gain fell below tolerance, shape (b,).
        steps: Steps of the longest search.
        cut: The time was up before every search had ended.
    """

    x: Float[Tensor, "b p"]
    value: Float[Tensor, " b"]
    converged: Bool[Tensor, " b"]
    steps: int
    cut: bool


def minimise(
    objective: Objective,
    start: Float[Tensor, "b p"],
    low: Float[Tensor, " p"],
    high: Float[Tensor, " p"],
    steps: int = MAX_STEPS,
    tolerance: float = VALUE_TOLERANCE,
) -> Minimum:
    """Minimise b objectives from ``start`` within [low, high] in at most so many steps, each until
    a step gains less than ``tolerance``; where the
    time is up (:mod:`tansaku.bo.deadline`) the best points so far are the answer."""
    b, p = start.shape
    x = start.clamp(low, high).clone()
    index = torch.arange(b, device=x.device)
    value, gradient = objective(x, index)
    value, gradient = value.clone(), gradient.clone()
    inverse = torch.eye(p, dtype=x.dtype, device=x.device).repeat(b, 1, 1)
    fresh = torch.ones(b, dtype=torch.bool, device=x.device)
    converged = torch.zeros(b, dtype=torch.bool, device=x.device)
    taken, cut = 0, False
    for _step in range(steps):
        cut = passed()
        if cut:
            break
        taken += 1
        free = _free(x[index], gradient[index], low, high)
        done = (gradient[index].abs() * free).amax(-1) < GRADIENT_TOLERANCE
        converged[index[done]] = True
        index, free = index[~done], free[~done]
        if index.numel() == 0:
            break
        direction = _direction(inverse[index], gradient[index], free, fresh[index])
        x_new, value_new, gradient_new, moved = _line_search(
            objective, index, (x[index], value[index], gradient[index]), direction, (low, high)
        )
        s, z = x_new - x[index], gradient_new - gradient[index]
        inverse[index] = _update(inverse[index], s, z, fresh[index])
        fresh[index] = False
        gain = value[index] - value_new
        x[index], value[index], gradient[index] = x_new, value_new, gradient_new
        finished = ~moved | (gain < tolerance)
        converged[index[finished & moved]] = True
        left = ~finished | ~moved  # out of time, a search that did not move has not ended either
        if bool(left.any()) and passed():
            cut = True
            break
        index = index[~finished]
        if index.numel() == 0:
            break
    return Minimum(x=x, value=value, converged=converged, steps=taken, cut=cut)


def _free(
    x: Float[Tensor, "k p"],
    gradient: Float[Tensor, "k p"],
    low: Float[Tensor, " p"],
    high: Float[Tensor, " p"],
) -> Bool[Tensor, "k p"]:
    """Components that are not pressed against a bound."""
    return ~(((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0)))


def _direction(
    inverse: Float[Tensor, "k p p"],
    gradient: Float[Tensor, "k p"],
    free: Bool[Tensor, "k p"],
    fresh: Bool[Tensor, " k"],
) -> Float[Tensor, "k p"]:
    """A descent direction in the free components, no component longer than MAX_MOVE."""
    g = gradient * free
    direction = -(inverse @ g.unsqueeze(-1)).squeeze(-1) * free
    uphill = (direction * g).sum(-1) >= 0
    direction = torch.where(uphill.unsqueeze(-1), -g, direction)
    longest = direction.abs().amax(-1, keepdim=True).clamp_min(1e-300)
    limit = torch.where(fresh, 1.0, MAX_MOVE).unsqueeze(-1)  # a first step has no curvature yet
    return direction * (limit / longest).clamp_max(1.0)


def _line_search(
    objective: Objective,
    index: Int[Tensor, " k"],
    at: tuple[Float[Tensor, "k p"], Float[Tensor, " k"], Float[Tensor, "k p"]],
    direction: Float[Tensor, "k p"],
    box: tuple[Float[Tensor, " p"], Float[Tensor, " p"]],
) -> tuple[Tensor, Tensor, Tensor, Bool[Tensor, " k"]]:
    """Halve the step until it gains enough; ``moved`` is False where none did.

    ``at`` holds point, value and gradient; so does the answer, before ``moved``.
    """
    x, value, gradient = at
    x_new, value_new, gradient_new = x.clone(), value.clone(), gradient.clone()
    moved = torch.zeros_like(value, dtype=torch.bool)
    todo = torch.arange(index.numel(), device=x.device)
    length = 1.0
    for _try in range(BACKTRACKS):
        trial = (x[todo] + length * direction[todo]).clamp(*box)
        f, g = objective(trial, index[todo])
        promised = (gradient[todo] * (trial - x[todo])).sum(-1)
        good = torch.isfinite(f) & (f <= value[todo] + ARMIJO * promised)
        hit = todo[good]
        x_new[hit], value_new[hit], gradient_new[hit] = trial[good], f[good], g[good]
        moved[hit] = True
        todo = todo[~good]
        if todo.numel() == 0 or passed():
            break
        length *= 0.5
    return x_new, value_new, gradient_new, moved


def _update(
    inverse: Float[Tensor, "k p p"],
    s: Float[Tensor, "k p"],
    z: Float[Tensor, "k p"],
    fresh: Bool[Tensor, " k"],
) -> Float[Tensor, "k p p"]:
    """The BFGS formula where the curvature is positive; first scaled as in Nocedal 6.20."""
    curvature = (s * z).sum(-1)
    usable = curvature > 1e-12 * (s.square().sum(-1) * z.square().sum(-1)).sqrt()
    safe = torch.where(usable, curvature, torch.ones_like(curvature))
    first = (safe / z.square().sum(-1).clamp_min(1e-300)).view(-1, 1, 1)
    eye = torch.eye(s.shape[-1], dtype=s.dtype, device=s.device)
    H = torch.where((fresh & usable).view(-1, 1, 1), first * eye, inverse)
    rho = (1.0 / safe).view(-1, 1, 1)
    left = eye - rho * s.unsqueeze(-1) * z.unsqueeze(-2)
    updated = left @ H @ left.mT + rho * s.unsqueeze(-1) * s.unsqueeze(-2)
    return torch.where(usable.view(-1, 1, 1), updated, inverse)
