"""Seeds: the one place where tests get their random numbers, shifted as a whole by --seed-shift.

A test that draws derives its tolerance from a standard error, so that a sound program fails it with
a probability below ``FALSE_ALARM`` under every shift. A test that only needs data, of which one
example will do, draws nothing: it takes ``spread`` points and ``scatter``.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from types import CodeType, FunctionType, ModuleType

import numpy as np
from scipy import stats

from tansaku.design import Floats

FALSE_ALARM = 1e-6
"""Largest probability with which a sound program may fail one stochastic test."""
shift = 0
"""Added to every seed; set once, from --seed-shift."""


def generator(seed: int | Sequence[int]) -> np.random.Generator:
    """The random generator of a seed; of several numbers the first is shifted."""
    if isinstance(seed, int | np.integer):
        return np.random.default_rng(int(seed) + shift)
    first, *rest = seed
    return np.random.default_rng([first + shift, *rest])


def reached(functions: Sequence[object]) -> bool:
    """Whether one of these calls ``generator``: itself or by functions and classes of the tests
    that it names."""
    seen: set[int] = set()
    todo = [inspect.unwrap(each) for each in functions]  # type: ignore[arg-type]
    while todo:
        one = todo.pop()
        if one is generator:
            return True
        if id(one) in seen or not getattr(one, "__module__", "").startswith("tests"):
            continue
        seen.add(id(one))
        if isinstance(one, type):
            todo += vars(one).values()
        elif isinstance(one, FunctionType):
            known = one.__globals__
            named = [known[name] for name in _names(one.__code__) if name in known]
            todo += named
            for module in named:
                if isinstance(module, ModuleType) and module.__name__.startswith("tests"):
                    todo += [vars(module).get(name) for name in _names(one.__code__)]
    return False


def _names(code: CodeType) -> set[str]:
    """Every name that a function mentions, in its inner functions too."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return {*code.co_names}.union(*map(_names, inner))


def allowed(*samples: Floats) -> float:
    """How far the means of independent samples, shapes (k,), may lie apart (of one: from the truth)
    but for ``FALSE_ALARM``, by Student's t of the smallest."""
    fewest = min(len(values) for values in samples)
    errors = [np.var(values, ddof=1) / len(values) for values in samples]
    return float(stats.t.isf(FALSE_ALARM / 2, fewest - 1) * np.sqrt(sum(errors)))


def binomial_range(trials: int, chance: float) -> tuple[float, float]:
    """(least, most) share of so many independent trials that comes out at this chance, but for
    ``FALSE_ALARM``."""
    low, high = stats.binom.ppf([FALSE_ALARM / 2, 1 - FALSE_ALARM / 2], trials, chance)
    return low / trials, high / trials


def spread(n: int, d: int) -> Floats:
    """n points that fill the unit cube evenly and are no grid: the same always, shape (n, d)."""
    return np.asarray(stats.qmc.Halton(d, scramble=False).random(n + 1)[1:])


def scatter(n: int, prime: int = 5) -> Floats:
    """n values that look drawn from the standard normal law: the same always, shape (n,).

    Another prime gives others. Quantiles at the fractional parts of i^2 sqrt(prime), which fill the
    unit interval evenly (H. Weyl, Math. Ann. 77 (1916) 313)."""
    return np.asarray(stats.norm.ppf((np.arange(1, n + 1) ** 2 * np.sqrt(prime)) % 1))
