"""Feasible: whether constraints leave anything to search, and which of them is to blame."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from tansaku.design import CountRule, LevelRule
from tansaku.errors import SpaceError
from tansaku.language import _
from tansaku.space.constraints import BoundConstraint
from tansaku.space.grid import BLOCK, Grid

ENUMERATED = 10**7
"""Combinations that are all looked at where a constraint is not linear; beyond, ``DRAWN`` random
ones are."""

DRAWN = 10**6
"""Random combinations looked at in a larger space: a share of 1e-5 is missed once in 20,000."""


def check_feasible(grid: Grid) -> None:
    """See that at least one combination keeps every constraint.

    Raises:
        SpaceError: none does; names the constraint, or the two, that exclude everything.
    """
    every = [c for c in grid.constraints if isinstance(c, BoundConstraint)]
    if _possible(grid, every):
        return
    for one in every:
        if not _possible(grid, [one]):
            raise SpaceError(
                _("No setting of the parameters keeps the constraint '{text}'.").format(
                    text=one.text
                ),
                _("Widen the parameters' ranges or change the constraint."),
            )
    for one, other in combinations(every, 2):
        if not _possible(grid, [one, other]):
            raise SpaceError(
                _("The constraints '{one}' and '{other}' contradict each other.").format(
                    one=one.text, other=other.text
                ),
                _("Together they leave no setting of the parameters; change one of them."),
            )
    blamed = [c.text for c in every if _possible(grid, [o for o in every if o is not c])]
    raise SpaceError(
        _("No setting of the parameters keeps all constraints."),
        _("Without one of these there are some: {texts}.").format(
            texts=", ".join(f"'{t}'" for t in blamed)
        )
        if blamed
        else _("Leave out several of them."),
    )


def _possible(grid: Grid, constraints: Sequence[BoundConstraint]) -> bool:
    """Whether some combination keeps these constraints."""
    if all(each.linear for each in constraints):
        return _possible_in_levels(
            grid,
            [r for each in constraints for r in each.rules],
            [c for each in constraints for c in each.counts],
        )
    only = Grid(grid.parameters, tuple(constraints))
    if only.product <= ENUMERATED:
        return any(len(labels) for labels in only.blocks())
    rng = np.random.default_rng(0)  # the same answer each time
    counts = [p.count for p in grid.parameters]
    return any(
        only.holds(rng.integers(0, counts, (BLOCK, len(counts)))).any()
        for _block in range(DRAWN // BLOCK + 1)
    )


def _possible_in_levels(
    grid: Grid, rules: Sequence[LevelRule], counts: Sequence[CountRule]
) -> bool:
    """Whether whole numbers keep the rules: a mixed-integer program without an objective, in which
    a second variable for each parameter is 1 where its level may be above 0."""
    if not rules and not counts:
        return True
    from scipy.optimize import Bounds, LinearConstraint, milp  # on demand: half a second to import

    p = len(grid.parameters)
    most = np.array([q.count - 1 for q in grid.parameters], dtype=np.float64)
    matrix = np.zeros((len(rules), 2 * p))
    matrix[:, :p] = [rule.coefficients for rule in rules] or np.zeros((0, p))
    size = np.maximum(np.abs(matrix).max(axis=1), 1.0)
    upper = np.array([float(rule.bound) for rule in rules])
    lower = np.where([rule.equal for rule in rules], upper, -np.inf)
    members = np.zeros((len(counts), 2 * p))
    for row, count in zip(members, counts, strict=True):
        row[[p + column for column in count.columns]] = 1.0
    one = np.eye(p)
    found = milp(
        np.zeros(2 * p),
        integrality=np.ones(2 * p),
        bounds=Bounds(np.zeros(2 * p), np.append(most, np.ones(p))),
        constraints=[
            LinearConstraint(matrix / size[:, None], lower / size, upper / size),
            LinearConstraint(members, [c.least for c in counts], [c.most for c in counts]),
            LinearConstraint(np.hstack([one, -np.diag(most)]), -np.inf, 0.0),
            LinearConstraint(np.hstack([one, -one]), 0.0, np.inf),
        ],
    )
    return int(found.status) != 2  # 2: proved infeasible; a limit that is met proves nothing
