"""nimo: the candidates.csv of NIMO, which robots and other programs of a lab share.

Inputs stand first, objectives last, one row per candidate; an empty objective is not measured yet.
"""

from __future__ import annotations

import csv
import io

from tansaku.campaign.campaign import Campaign
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space.space import LISTED_MOST


def as_nimo(campaign: Campaign) -> bytes:
    """The content of a candidates.csv; replicates stand as their mean.

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
