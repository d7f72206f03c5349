"""Public tables: recognised by their columns, so that nothing has to be typed to use them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.datasets.citation import Citation
from tansaku.files import TABLE_ENDINGS
from tansaku.language import _
from tansaku.space import Target
from tansaku.tables.units import conversion, unit_in

CONDUCTIVITY = ("sigma", "σ", "conductiv", "伝導", "導電")
"""Parts of names of targets that are conductivities."""


class PublicTable(NamedTuple):
    """A published table of conductivities that a person has as a file.

    Attributes:
        marks: Columns by which it is known.
        name: What it is called.
        formula: Its column of compositions per formula unit.
        conductivity: Its column of conductivities, with their unit.
        citation: Whom to cite.
        address: Where it can be had.
    """

    marks: tuple[str, ...]
    name: str
    formula: str
    conductivity: str
    citation: Citation
    address: str

    def to_be_had(self) -> str:
        """How to come by its file, in words."""
        return _(
            "{name} is a public table ({licence}): save {address} as {file} in this folder, or give"
            " the file that you have."
        ).format(
            name=self.name,
            licence=self.citation.licence,
            address=self.address,
            file=f"{self.name.lower()}.csv",
        )


OBELIX: Final = PublicTable(
    marks=("Reduced Composition", "True Composition", "Ionic conductivity (S cm-1)", "Family"),
    name="OBELiX",
    formula="Reduced Composition",  # the true ones are those of unit cells: Li24.0Bi8.0O24.0
    conductivity="Ionic conductivity (S cm-1)",
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
        targets: What the campaign wants; a conductivity is looked up where one of them is one.

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
    found = spec.model_copy(update={"formula": known.formula})
    wanted = measured_targets(targets)
    told = [t for t in wanted if _is_conductivity(t)]
    if not spec.target and len(told) == 1:
        (target,) = told
        column = known.conductivity
        told_of = column if len(wanted) == 1 else {target.name: column}
        factor = _factor(column, target) if spec.factor is None else spec.factor
        found = found.model_copy(update={"target": told_of, "factor": factor})
    said = _(
        "Recognised as {name}: formulas from '{formula}', conductivities at room temperature from"
        " '{target}'. Please cite {citation}"
    ).format(
        name=known.name,
        formula=known.formula,
        target=known.conductivity,
        citation=known.citation,
    )
    return found, (said,)


def _factor(column: str, target: Target) -> float | None:
    """What turns conductivities of a column into the target's unit; ``None`` where that is the
    same, or the target says none."""
    factor, _offset = conversion(unit_in(column), _unit(target)) or (1.0, 0.0)
    return factor if factor != 1 else None


def _unit(target: Target) -> str:
    return target.unit or unit_in(target.name)


def _is_conductivity(target: Target) -> bool:
    if _unit(target):
        return conversion(_unit(target), "S/cm") is not None
    return any(part in target.name.lower() for part in CONDUCTIVITY)
