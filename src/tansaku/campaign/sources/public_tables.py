"""Public tables: recognised by their columns, so that nothing has to be typed to use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.datasets.citation import Citation
from tansaku.files import TABLE_ENDINGS
from tansaku.language import _
from tansaku.space import Target
from tansaku.tables.units import conversion, unit_in

CONDUCTIVITY = ("sigma", "σ", "conductiv", "伝導", "導電")
"""Parts of names of targets that are conductivities."""


@dataclass(frozen=True, slots=True)
class PublicTable:
    """A published table of conductivities that a person has as a file.

    Attributes:
        marks: Columns by which it is known.
        spec: What it is called, its columns of compositions per formula unit and of conductivities.
        unit: Of these.
        citation: Whom to cite.
        address: Where it can be had.
    """

    marks: tuple[str, ...]
    spec: SourceSpec
    unit: str
    citation: Citation
    address: str

    def to_be_had(self) -> str:
        """How to come by its file, in words."""
        name = self.spec.source
        return _(
            "{name} is a public table ({licence}): save {address} as {file} in this folder, or give"
            " the file that you have."
        ).format(
            name=name,
            licence=self.citation.licence,
            address=self.address,
            file=f"{name.lower()}.csv",
        )


OBELIX: Final = PublicTable(
    marks=("Reduced Composition", "True Composition", "Ionic conductivity (S cm-1)", "Family"),
    spec=SourceSpec(
        source="OBELiX",
        formula="Reduced Composition",  # the true ones are those of unit cells: Li24.0Bi8.0O24.0
        target="Ionic conductivity (S cm-1)",
    ),
    unit="S/cm",
    citation=Citation(
        authors=("F. Therrien", "J. Abou Haibeh", "D. Sharma", "others"),
        title="OBELiX: a curated dataset of crystal structures and experimentally measured"
        " ionic conductivities for lithium solid-state electrolytes",
        journal="Digital Discovery",
        year=2026,
        doi="10.1039/d5dd00441a",
        licence="CC-BY-4.0",
        licence_url="https://creativecommons.org/licenses/by/4.0/",
    ),
    address="https://raw.githubusercontent.com/NRC-Mila/OBELiX/main/data/downloads/all.csv",
)
PUBLIC: Final[dict[str, PublicTable]] = {"obelix": OBELIX}
"""{what a person writes for a table, which is what its file is called: the table}."""


def public_file(name: str, folder: Path) -> Path | None:
    """The file of a public table that lies in a folder, ``obelix.csv`` or ``OBELiX.xlsx`` for
    ``obelix``; ``None`` where there is none, or ``name`` is no public table.

    Example:
        >>> public_file("lyczp", Path()) is None
        True
    """
    if name.lower() not in PUBLIC:
        return None
    files = (f for f in sorted(folder.iterdir()) if f.suffix.lower() in TABLE_ENDINGS)
    return next((f for f in files if f.stem.lower() == name.lower()), None)


def recognised(
    spec: SourceSpec, there: Sequence[str], targets: Sequence[Target]
) -> tuple[SourceSpec, tuple[str, ...]]:
    """(what a person says of a table, with what is known of a public one in the place of what
    nobody said; notices).

    Args:
        spec: As it was said.
        there: The table's columns.
        targets: What the campaign wants; a conductivity is looked up where one target is wanted.

    Example:
        >>> wanted = [Target(name="sigma", unit="S/cm")]
        >>> recognised(SourceSpec(), OBELIX.marks, wanted)[0].formula
        'Reduced Composition'
        >>> recognised(SourceSpec(), ["x", "sigma"], wanted)[1]
        ()
    """
    known = next((each for each in PUBLIC.values() if {*each.marks} <= {*there}), None)
    if known is None or spec.formula or spec.template or spec.inputs:
        return spec, ()
    table = known.spec
    found = spec.model_copy(update={"formula": table.formula})
    wanted = measured_targets(targets)
    told = [t for t in wanted if _is_conductivity(t)]
    if not spec.target and len(told) == 1:
        (target,) = told
        column = table.target if len(wanted) == 1 else {target.name: table.target}
        found = found.model_copy(update={"target": column, "factor": _factor(known, target, spec)})
    said = _(
        "Recognised as {name}: formulas from '{formula}', conductivities at room temperature from"
        " '{target}'. Please cite {citation}"
    ).format(name=table.source, formula=table.formula, target=table.target, citation=known.citation)
    return found, (said,)


def _factor(
    table: PublicTable, target: Target, spec: SourceSpec
) -> float | dict[str, float] | None:
    """What was said, else what turns its conductivities into the target's unit; ``None`` where that
    is the same, or the target says none."""
    found = conversion(table.unit, _unit(target)) if _unit(target) else None
    if spec.factor is not None or found is None or found[0] == 1:
        return spec.factor
    return found[0]


def _unit(target: Target) -> str:
    return target.unit or unit_in(target.name)


def _is_conductivity(target: Target) -> bool:
    if _unit(target):
        return conversion(_unit(target), "S/cm") is not None
    return any(part in target.name.lower() for part in CONDUCTIVITY)
