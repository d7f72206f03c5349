"""Public tables: recognised by their columns, so that nothing has to be typed to use them."""

from __future__ import annotations

from collections.abc import Sequence

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.datasets.citation import Citation
from tansaku.language import _
from tansaku.space import Target
from tansaku.tables.units import conversion

CONDUCTIVITY = ("sigma", "σ", "conductiv", "伝導", "導電")
"""Parts of names of targets that are conductivities."""


OBELIX = SourceSpec(
    source="OBELiX",
    formula="Reduced Composition",  # the true ones are those of unit cells: Li24.0Bi8.0O24.0
    target="Ionic conductivity (S cm-1)",
)
PUBLIC: dict[tuple[str, ...], tuple[SourceSpec, Citation]] = {
    ("Reduced Composition", "True Composition", "Ionic conductivity (S cm-1)", "Family"): (
        OBELIX,
        Citation(
            authors=("F. Therrien", "J. Abou Haibeh", "D. Sharma", "others"),
            title="OBELiX: a curated dataset of crystal structures and experimentally measured"
            " ionic conductivities for lithium solid-state electrolytes",
            journal="Digital Discovery",
            year=2026,
            doi="10.1039/d5dd00441a",
            licence="CC-BY-4.0",
            licence_url="https://creativecommons.org/licenses/by/4.0/",
        ),
    )
}
"""{columns by which a published table of conductivities is known: (what it is called, its columns
of compositions per formula unit and of conductivities, whom to cite)}."""


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
        >>> recognised(SourceSpec(), [*PUBLIC][0], wanted)[0].formula
        'Reduced Composition'
        >>> recognised(SourceSpec(), ["x", "sigma"], wanted)[1]
        ()
    """
    known = next((each for marks, each in PUBLIC.items() if {*marks} <= {*there}), None)
    if known is None or spec.formula or spec.template or spec.inputs:
        return spec, ()
    table, citation = known
    found = spec.model_copy(update={"formula": table.formula})
    wanted = measured_targets(targets)
    if not spec.target and len(wanted) == 1 and _is_conductivity(wanted[0]):
        found = found.model_copy(update={"target": table.target})
    told = _(
        "Recognised as {name}: formulas from '{formula}', conductivities at room temperature from"
        " '{target}'. Please cite {citation}"
    ).format(name=table.source, formula=table.formula, target=table.target, citation=citation)
    return found, (told,)


def _is_conductivity(target: Target) -> bool:
    if target.unit:
        return conversion(target.unit, "S/cm") is not None
    return any(part in target.name.lower() for part in CONDUCTIVITY)
