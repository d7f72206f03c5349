"""The command about conductivities: from a pellet's resistance, and over the temperature."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.parsing import names
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet
from tansaku.errors import UsageError
from tansaku.insight.figures import measured, with_sd
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.conduction.arrhenius import Estimate
    from tansaku.conduction.fitted_samples import (
        ConductedSample,
        Conductions,
        EstimatedConductivity,
        FittedLine,
    )
    from tansaku.services.conduction import Pellet

ROOM_TEMPERATURE = "25degC"
"""As ``tansaku.services.conduction.ROOM_TEMPERATURE`` has it."""


TableOption = Annotated[
    Path | None,
    typer.Option(
        "--table", metavar="FILE", help=_("A table of conductivities, .csv, .xlsx or .parquet.")
    ),
]
TemperatureOption = Annotated[
    str | None,
    typer.Option("--temperature", metavar="COLUMN", help=_("The column of temperatures.")),
]
ConductivityOption = Annotated[
    list[str] | None,
    typer.Option(
        "--conductivity",
        metavar="COLUMN",
        help=_("The column of conductivities; or several with the temperature in the header."),
    ),
]
SampleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sample", metavar="A,B", help=_("Columns that tell samples apart, such as an id.")
    ),
]
SdOption = Annotated[
    str | None,
    typer.Option(
        "--sd", metavar="COLUMN", help=_("Standard deviations of the conductivities: weights.")
    ),
]
TemperatureUnitOption = Annotated[
    str,
    typer.Option("--temperature-unit", metavar="UNIT", help=_("Where no header names it.")),
]
ConductivityUnitOption = Annotated[
    str,
    typer.Option("--conductivity-unit", metavar="UNIT", help=_("Where no header names it.")),
]
ConventionOption = Annotated[
    str,
    typer.Option(
        "--convention",
        metavar="NAME",
        help=_("What is a line over 1/T: sigma (ln sigma) or sigma_T (ln sigma T)."),
    ),
]
AtOption = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="25degC", help=_("Temperatures at which the line is read off.")),
]
ResistanceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--resistance",
        metavar="1200ohm",
        help=_("Of one pellet; or, with a table, the column instead of conductivities."),
    ),
]
ResistanceUnitOption = Annotated[
    str,
    typer.Option("--resistance-unit", metavar="UNIT", help=_("Where no header names it.")),
]
ThicknessOption = Annotated[
    str | None,
    typer.Option("--thickness", metavar="1.2mm", help=_("Of the pellet, or its column.")),
]
DiameterOption = Annotated[
    str | None,
    typer.Option("--diameter", metavar="10mm", help=_("Of a round electrode, or its column.")),
]
AreaOption = Annotated[
    str | None,
    typer.Option("--area", metavar="0.785cm2", help=_("Of the electrode, or its column.")),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help=_("Write the results: a .csv file, or a folder.")),
]
ForceOption = Annotated[bool, typer.Option("--force", help=_("Write over a file that is there."))]


@command(
    "conductivity",
    _("Conductivity of a pellet; activation energies from conductivities over the temperature."),
)
def conductivity(
    shell: Shell,
    table: TableOption = None,
    temperature: TemperatureOption = None,
    conductivities: ConductivityOption = None,
    sample: SampleOption = None,
    sd: SdOption = None,
    temperature_unit: TemperatureUnitOption = "",
    conductivity_unit: ConductivityUnitOption = "",
    convention: ConventionOption = "sigma",
    at: AtOption = None,
    resistance: ResistanceOption = None,
    resistance_unit: ResistanceUnitOption = "",
    thickness: ThicknessOption = None,
    diameter: DiameterOption = None,
    area: AreaOption = None,
    out: OutOption = None,
    force: ForceOption = False,
) -> None:
    """tansaku conductivity --table T.csv --temperature "T (degC)" --conductivity "sigma (S/cm)"."""
    from tansaku.services.conduction import AskedColumns, conductions, refuse

    if table is None:
        only = {
            "--temperature": temperature,
            "--conductivity": conductivities,
            "--sample": sample,
            "--sd": sd,
            "--at": at,
            "--out": out,
            "--temperature-unit": temperature_unit,
            "--conductivity-unit": conductivity_unit,
            "--resistance-unit": resistance_unit,
        }
        refuse([option for option, value in only.items() if value], _("a table"))
        _one_pellet(shell, resistance, thickness, area, diameter)
        return
    found = conductions(
        table,
        AskedColumns(
            conductivity=tuple(names(conductivities, "--conductivity")) if conductivities else (),
            resistance=tuple(names(resistance, "--conductivity")) if resistance else (),
            temperature=temperature or "",
            sample=tuple(names(sample, "--sample")) if sample else (),
            sd=sd or "",
            temperature_unit=temperature_unit,
            conductivity_unit=conductivity_unit,
            resistance_unit=resistance_unit,
            thickness=thickness or "",
            area=area or "",
            diameter=diameter or "",
        ),
        convention=convention,
        at=names(at, "--at") if at else (ROOM_TEMPERATURE,),
        out=out,
        force=force,
    )
    shell.note(found.notices)
    shell.show(found, lambda console: _render(console, found))


def _one_pellet(
    shell: Shell,
    resistance: Sequence[str] | None,
    thickness: str | None,
    area: str | None,
    diameter: str | None,
) -> None:
    from tansaku.services.conduction import needed, pellet

    if not resistance:
        raise UsageError(
            _("Neither a table nor a resistance is given."),
            _("Give --table with its columns, or --resistance, --thickness and --diameter."),
        )
    found = pellet(
        resistance=",".join(resistance),
        thickness=needed(thickness, "--thickness"),
        area=area,
        diameter=diameter,
    )
    shell.note(found.notices)
    shell.show(found, lambda console: _render_pellet(console, found))


def _render_pellet(console: Console, found: Pellet) -> None:
    console.print(
        _("Conductivity: {value}").format(
            value=_value(found.conductivity_S_cm, found.conductivity_sd, "S/cm")
        ),
        soft_wrap=True,
    )
    console.print(
        _("log10(sigma / S cm-1): {value}").format(
            value=_value(found.log10_conductivity, found.log10_sd)
        ),
        soft_wrap=True,
    )


def _value(value: float, sd: float | None, unit: str = "") -> str:
    return f"{measured(value)} {unit}".strip() if not sd else with_sd(value, sd, unit)


def _render(console: Console, found: Conductions) -> None:
    if all(each.fit is None for each in found.samples):
        alone = [_("sample"), "sigma / S/cm"]
        values = [(each.name, each.conductivity_S_cm) for each in found.samples]
        rows = [[name, "-" if value is None else measured(value)] for name, value in values]
        sheet(console, alone, rows, words=alone[:1])
        _render_files(console, found)
        return
    header = [_("sample"), _("points"), "Ea / eV", _("95 %")]
    header.append(f"log10(A / {found.prefactor_unit})")
    for name in found.at_K:
        header += [
            _("log10(sigma / S/cm) at {at}").format(at=name.replace("degC", " °C")),
            _("95 %"),
        ]
    # A heading stands for its column in `words`; the first one is the only column of names.
    sheet(
        console,
        header,
        [_cells(each, each.fit) for each in found.samples if each.fit],
        words=header[:1],
    )
    law = {
        "sigma": _("Fitted: ln sigma = ln A - Ea/kT."),
        "sigma_T": _("Fitted: ln(sigma T) = ln A - Ea/kT."),
    }[found.convention.value]
    console.print(law)
    _render_files(console, found)


def _render_files(console: Console, found: Conductions) -> None:
    for path in found.files:
        console.print(_("Written: {file}").format(file=path), soft_wrap=True)


def _cells(each: ConductedSample, fit: FittedLine) -> list[str]:
    cells = [each.name, str(each.n)]
    cells += _estimate(fit.activation_energy_eV)
    cells.append(_estimate(fit.log10_prefactor)[0])
    for there in fit.log10_sigma.values():
        cells += _estimate(there)
    return cells


def _estimate(found: Estimate | EstimatedConductivity) -> tuple[str, str]:
    """The value with its sd, and its interval; ``-`` where there is none."""
    if found.low is None or found.high is None:
        return measured(found.value), "-"
    return _value(found.value, found.sd), f"{found.low:.4g} .. {found.high:.4g}"
