"""Candidate table: a campaign's candidates with their results, as tansaku writes them and as NIMO,
which robots and other programs of a lab share, reads them."""

from __future__ import annotations

import csv
import io
from typing import Final

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.own_tables import SPREAD, free, taken_names
from tansaku.campaign.progress import Candidate
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space.space import LISTED_MOST

CHEMISTRY: Final = ("formula", "molar_mass", "net_charge")
"""Columns of a campaign that knows what its candidates are made of."""

Cell = str | float | int | None


def candidate_table(campaign: Campaign) -> list[list[Cell]]:
    """Header and one row per candidate; ready to be read again by ``tansaku new``, and, with
    results typed in, by ``tansaku record``."""
    spec = campaign.document.campaign
    inputs, taken, rows = campaign.space.names, taken_names(spec), listed_candidates(campaign)
    targets = {each.name: free(f"{each.name}{SPREAD[each.scale]}", taken) for each in spec.targets}
    named = ["sample"] if any(each.sample for each in rows) else []
    chemistry = [] if campaign.space.chemistry is None else list(CHEMISTRY)
    lines: list[list[Cell]] = [
        [
            free("pool_row", taken),
            *(free(each, taken) for each in named),
            *inputs,
            *(free(each, taken) for each in chemistry),
            free("state", taken),
            *(part for pair in targets.items() for part in pair),
            free("replicates", taken),
        ]
    ]
    for each in rows:
        results = [part for name in targets for part in (each.values.get(name), each.sd.get(name))]
        settings = [each.inputs[name] for name in inputs]
        made = [getattr(each, name) for name in chemistry]
        cells = [each.pool_row, *(getattr(each, name) for name in named), *settings, *made]
        lines.append([*map(_plain, cells), each.state, *results, each.replicates])
    return lines


def _plain(cell: Cell) -> Cell:
    """Whole numbers as a person writes them."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def listed_candidates(campaign: Campaign) -> tuple[Candidate, ...]:
    """All candidates that are listed; of a larger space those measured or under way, and the first
    of a grid."""
    return campaign.candidates(LISTED_MOST)


def as_csv(campaign: Campaign) -> bytes:
    """The table as the content of a .csv file."""
    from tansaku.tables.escape import harmless  # on demand: tables bring pandas

    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerows(
        [harmless(cell) if isinstance(cell, str) else cell for cell in row]
        for row in candidate_table(campaign)
    )
    return stream.getvalue().encode("utf-8-sig")  # Excel takes it for cp932 or cp1252 otherwise


def as_nimo(campaign: Campaign) -> bytes:
    """The content of NIMO's candidates.csv: inputs first, objectives last, one row per candidate;
    replicates stand as their mean, and an empty objective is not measured yet.

    Raises:
        UsageError: an input is a choice by name, or the candidates are too many to be listed.
    """
    from tansaku.tables.escape import harmless  # on demand: tables bring pandas

    space = campaign.space
    if not space.listed or (space.size or 0) > LISTED_MOST:
        raise UsageError(
            _("Campaign '{name}' has too many candidates to be listed.").format(name=campaign.name),
            _("NIMO needs all of them in one file; make the steps of the parameters wider."),
        )
    targets = [target.name for target in campaign.targets]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([harmless(name) for name in (*space.names, *targets)])
    for each in campaign.candidates():
        named = [name for name, value in each.inputs.items() if isinstance(value, str)]
        if named:
            raise UsageError(
                _("Input '{name}' is a choice by name, which NIMO cannot read.").format(
                    name=named[0]
                ),
                _("Give its choices as numbers."),
            )
        values = [each.values.get(name) for name in targets]
        writer.writerow([*each.inputs.values(), *values])
    return stream.getvalue().encode()
