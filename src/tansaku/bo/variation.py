"""Variation by level: how much results differ between runs, syntheses, pellets and repeats.

Restricted maximum likelihood (Patterson and Thompson, Biometrika 58 (1971) 545), which for balanced
data is the analysis of variance; intervals by profile likelihood, as variances near 0 are not
normal (Venzon and Moolgavkar, J. R. Stat. Soc. C 37 (1988) 87). What is compared (the candidates)
is taken out first, by contrasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import linalg, optimize

from tansaku.design import Floats

REPEATS: Final = "repeat"
"""The finest level: results that differ in nothing that was told."""
HALF_WIDTH: Final = 3.841458820694124
"""95 % point of the chi-square law with one degree of freedom."""
RANGE: Final = (-16.0, 4.0)
"""Natural logarithms of variance / total variance that are looked at; below stands for none."""
FINE: Final = 0.05
"""Exactness of an interval's end, in ln variance: 2.5 % of the sd."""
NOTHING: Final = -12.0
"""An estimate below this share of the variance, in ln, is none at all."""


@dataclass(frozen=True, slots=True)
class Level:
    """Standard deviation that one level adds.

    Attributes:
        name: The level; :data:`REPEATS` for what is left.
        sd: Estimate, in the results' own scale.
        low: Lower end of the 95 % interval; 0 where none at all is as likely.
        high: Upper end; infinite where the data do not bound it.
        groups: Groups of the level.

    Example:
        >>> found = levels(np.array([1.0, 1.2, 3.0, 3.3]), ["a", "a", "b", "b"], {})
        >>> found[0].name, round(found[0].sd, 3)
        ('repeat', 0.18)
    """

    name: str
    sd: float
    low: float
    high: float
    groups: int


def levels(
    y: Floats, compared: Sequence[object], labels: Mapping[str, Sequence[object]]
) -> tuple[Level, ...]:
    """Variance by level, coarse to fine; empty where nothing was repeated.

    Args:
        y: Results, shape (n,).
        compared: What is compared: the candidate of each, length n.
        labels: {level: group of each result}, coarse to fine; ``None`` for a group of its own.

    A level that cannot be told from another (every group holds one result, the same groups, or
    nothing varies within what is compared) is left out.
    """
    contrasts = linalg.null_space(_indicators(compared).T)
    if contrasts.shape[1] == 0 or not len(y):
        return ()
    w = contrasts.T @ y
    parts: dict[str, Floats] = {}
    numbers: dict[str, int] = {}
    for name, groups in labels.items():
        Z = _indicators([i if g is None else ("", g) for i, g in enumerate(groups)])
        part = contrasts.T @ (Z @ Z.T) @ contrasts
        if _is_new(part, [np.eye(len(w)), *parts.values()]):
            parts[name], numbers[name] = part, Z.shape[1]
    parts[REPEATS], numbers[REPEATS] = np.eye(len(w)), len(y)
    return tuple(
        Level(name, *_interval(i, w, list(parts.values())), numbers[name])
        for i, name in enumerate(parts)
    )


def _indicators(groups: Sequence[object]) -> Floats:
    """Which result belongs to which group, shape (n, groups)."""
    order = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    found = np.zeros((len(groups), len(order)))
    found[np.arange(len(groups)), [order[group] for group in groups]] = 1.0
    return found


def _is_new(part: Floats, known: Sequence[Floats]) -> bool:
    """Whether a covariance is no combination of the known ones."""
    if np.abs(part).max() < 1e-9:
        return False
    A = np.stack([k.ravel() for k in known], axis=1)
    left = part.ravel() - A @ np.linalg.lstsq(A, part.ravel(), rcond=None)[0]
    return bool(np.linalg.norm(left) > 1e-6 * np.linalg.norm(part))


def _interval(i: int, w: Floats, parts: Sequence[Floats]) -> tuple[float, float, float]:
    """(sd, its lower and upper end) of part i."""
    unit = float(w @ w) / len(w) or 1.0
    w = w / np.sqrt(unit)
    best = _fit(w, parts, np.full(len(parts), -np.log(len(parts))))

    def drop(log_variance: float) -> float:
        """How far below the top the profile lies, over what the interval allows."""
        start = np.where(np.arange(len(parts)) == i, log_variance, best.x)
        return float(2 * (_fit(w, parts, start, i).fun - best.fun) - HALF_WIDTH)

    at = float(best.x[i])
    ends = []
    for edge, beyond in zip(RANGE, (-np.inf, np.inf), strict=True):
        inside = drop(edge) <= 0
        ends.append(beyond if inside else float(optimize.brentq(drop, at, edge, xtol=FINE)))
    sd = -np.inf if at <= NOTHING else at
    low, middle, high = (float(np.sqrt(unit * np.exp(v))) for v in (ends[0], sd, ends[1]))
    return middle, low, high


def _fit(
    w: Floats, parts: Sequence[Floats], start: Floats, fixed: int | None = None
) -> optimize.OptimizeResult:
    """Logarithms of the variances where the restricted likelihood is largest, that of part
    ``fixed`` held."""
    free, stack = [j for j in range(len(parts)) if j != fixed], np.stack(parts)

    def unpack(x: Floats) -> Floats:
        theta = start.copy()
        theta[free] = x
        return theta

    def loss(x: Floats) -> tuple[float, Floats]:
        variances = np.exp(unpack(x))
        V = np.tensordot(variances, stack, 1)
        inverse = np.linalg.inv(V)
        alpha = inverse @ w
        value = 0.5 * (np.linalg.slogdet(V)[1] + w @ alpha)
        trace = stack.reshape(len(stack), -1) @ (inverse - np.outer(alpha, alpha)).ravel()
        return float(value), 0.5 * (variances * trace)[free]

    if not free:
        return optimize.OptimizeResult(x=unpack(np.empty(0)), fun=loss(np.empty(0))[0])
    found = optimize.minimize(
        loss, start[free], jac=True, method="L-BFGS-B", bounds=[RANGE] * len(free)
    )
    return optimize.OptimizeResult(x=unpack(found.x), fun=found.fun)
