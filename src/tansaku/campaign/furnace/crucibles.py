"""Crucibles: the candidates of a campaign arranged by the settings that a furnace run shares."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.bo.furnace.shared_settings import MOST, narrowed
from tansaku.bo.optimize.settable import distinct
from tansaku.bo.shortlist import BEST
from tansaku.campaign.furnace.run_goals import RunGoals
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.state import State
from tansaku.campaign.suggest.candidates import Listing, whole_pool
from tansaku.design import Floats, Ints
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Allowed, Space
from tansaku.space.grid import Grid

SIDE = 64
"""Of a space that is not listed: shared settings that are tried, and samples that are tried at
each; half of either from the best points of an ordinary search, half from its other points. Their
4,096 pairs are about as many as a pool that is searched whole."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """Candidates by shared setting.

    Attributes:
        listing: The N candidates.
        group: Shared setting 0 .. G - 1 of each, shape (N,).
        settings: Rows of the inputs with each shared setting (other inputs as they happen to
            stand), shape (G, p).
        whole: Whether every shared setting of the space is there, with every candidate.
    """

    listing: Listing
    group: Ints
    settings: Floats
    whole: bool


def _of_process(space: Space) -> tuple[str, ...]:
    return tuple(name for name in space.names if space.roles[name] == "process")


def likely_shared(space: Space) -> tuple[str, ...]:
    """Inputs of the process, or else those whose names sound so."""
    from tansaku.tables.roles import role_by_name  # on demand: tables bring pandas

    return _of_process(space) or tuple(n for n in space.names if role_by_name(n) == "process")


def shared_inputs(space: Space, named: Sequence[str]) -> tuple[str, ...]:
    """The inputs that a run shares, in the order of the space: as named, else those of the process.

    Raises:
        UsageError: one is no input, none is of the process, or all are shared.
    """
    unknown = [name for name in named if name not in space.names]
    if unknown:
        raise UsageError(
            _("There is no input '{name}' that a furnace run could share.").format(name=unknown[0]),
            _("The inputs are: {names}.").format(names=", ".join(space.names)),
        )
    found = tuple(n for n in space.names if n in named) if named else _of_process(space)
    if not found:
        likely = likely_shared(space) or (space.names[-1],)
        raise UsageError(
            _("It is not known what the samples of a furnace run share."),
            _(
                "Name the inputs, for example --shared {names}, or give them 'role: process'."
            ).format(names=shlex.quote(",".join(likely))),
        )
    if len(found) == len(space.names):
        raise UsageError(
            _("A furnace run would share every input: {names}.").format(names=", ".join(found)),
            _("Its samples have to differ in something; share fewer inputs."),
        )
    return found


def arranged(
    spec: CampaignSpec, state: State, goals: RunGoals, shared: Sequence[str], allowed: Allowed
) -> Arranged:
    """The candidates of a campaign by shared setting; in a space that is not listed those that are
    allowed.

    Every candidate of a space that is listed and has no more than ``MOST``. Of a larger one the
    settings of its best samples and as many others; of one that is not listed ``SIDE`` settings and
    ``SIDE`` samples, combined.
    """
    columns = [spec.space.names.index(name) for name in shared]
    if spec.space.listed:
        listing = whole_pool(spec, state)
        group = _grouped(listing.matrix[:, columns])
        if len(group) > MOST:
            taken = listing.mask({*state.measured, *state.under_way})
            taken |= ~allowed.mask(listing.matrix)
            best = goals.best(listing, taken, BEST)
            kept = narrowed(best, group, taken, goals.streams.draw())
            known = np.array(sorted(listing.positions.values()), dtype=np.int64)
            listing = _part(listing, np.union1d(kept, known))
            return _of(listing, columns, whole=False)
        return _of(listing, columns, whole=True)
    found = goals.searched(allowed)
    nothing = np.zeros(len(found.matrix), dtype=np.bool_)
    order = goals.best(found, nothing, len(found.matrix))
    rng = goals.streams.draw()
    return _of(
        _combined(allowed.within(spec.space.grid), found, order, columns, rng), columns, whole=False
    )


def _of(listing: Listing, columns: Sequence[int], *, whole: bool) -> Arranged:
    group = _grouped(listing.matrix[:, columns])
    _which, first = np.unique(group, return_index=True)
    return Arranged(listing, group, listing.matrix[first], whole)


def _grouped(shared: Floats) -> Ints:
    """Number of the distinct row that each row is, shape (N,)."""
    return np.unique(shared, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _part(listing: Listing, index: Ints) -> Listing:
    """Some of the candidates, those with positions among them."""
    labels = None if listing.labels is None else [int(listing.labels[i]) for i in index]
    places = {c: int(np.searchsorted(index, at)) for c, at in listing.positions.items()}
    return Listing(listing.matrix[index], labels, places)


def _combined(
    grid: Grid, found: Listing, order: Ints, columns: Sequence[int], rng: np.random.Generator
) -> Listing:
    """The shared settings and the samples of the best points and of others, each with each; what
    is known comes first, as it stands."""
    levels = np.stack(
        [p.levels(found.matrix[:, i])[0] for i, p in enumerate(grid.parameters)], axis=1
    )
    known = len(found.positions)
    inside = np.isin(np.arange(levels.shape[1]), columns)
    settings = _chosen(levels[order][:, inside], rng)
    samples = _chosen(levels[order][:, ~inside], rng)
    both = np.empty((len(settings) * len(samples), levels.shape[1]), dtype=np.int64)
    both[:, inside] = np.repeat(settings, len(samples), axis=0)
    both[:, ~inside] = np.tile(samples, (len(settings), 1))
    all_ = distinct(np.concatenate([levels[:known], both[grid.holds(both)]]))
    labels = None if found.labels is None else grid.labels(all_)
    return Listing(grid.matrix(all_), labels, found.positions)


def _chosen(levels: Ints, rng: np.random.Generator) -> Ints:
    """Up to ``SIDE`` different rows: the first ones, and as many of the others."""
    _rows, first = np.unique(levels, axis=0, return_index=True)
    first = np.sort(first)
    top, rest = first[: SIDE // 2], first[SIDE // 2 :]
    others = rng.choice(rest, size=min(SIDE // 2, len(rest)), replace=False)
    return np.asarray(levels[np.concatenate([top, others])], dtype=np.int64)
