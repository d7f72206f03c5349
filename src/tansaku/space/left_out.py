"""Left out: settings that are no candidates because of their composition, counted by rule."""

from __future__ import annotations

import numpy as np

from tansaku.language import _
from tansaku.space.chemistry import CompositionTemplate
from tansaku.space.grid import BLOCK
from tansaku.space.pools import FreePool, ListedPool
from tansaku.space.same import FirstOfItsComposition
from tansaku.space.space import Space

COUNTED = 10**7
"""Combinations that are gone through to count what is left out: some seconds, once."""


def left_out(space: Space) -> tuple[str, ...]:
    """Notices: how many settings fall out, and by which rule of the template."""
    if not isinstance(space.chemistry, CompositionTemplate):
        return ()
    grid = space.grid
    if isinstance(space.pool, ListedPool):
        return ()
    given = len(space.pool.constraints)
    rules = grid.constraints[given:]
    if not rules:
        return ()
    if isinstance(space.pool, FreePool) or grid.product > COUNTED:
        return (
            _("No candidates, as the template cannot be made there: what breaks {rules}.").format(
                rules=", ".join(rule.text for rule in rules)
            ),
        )
    counts = np.zeros(len(rules), dtype=np.int64)
    for start in range(0, grid.product, BLOCK):
        labels = np.arange(start, min(start + BLOCK, grid.product), dtype=np.int64)
        levels = grid.levels(labels)
        for rule in grid.constraints[:given]:
            levels = levels[rule.holds(levels)]
        for i, rule in enumerate(rules):
            kept = rule.holds(levels)
            counts[i] += int((~kept).sum())
            levels = levels[kept]
    found = []
    for rule, count in zip(rules, counts.tolist(), strict=True):
        if not count:
            continue
        text = (
            _("Settings that repeat the composition of another one: {n}; each is one candidate.")
            if isinstance(rule, FirstOfItsComposition)
            else _("Settings left out, as they break {rule}: {n}.")
        )
        found.append(text.format(n=count, rule=rule.text))
    return tuple(found)
