"""Tables of real measurements, read from the data folder (see its README for licences)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.quality.table import FloatArray, Table, make_table

Rows = list[dict[str, str]]

# Pools are kept to a size at which 40 samples are a real search and the peers stay affordable.
LARGEST_POOL = 200

NASICON_SOURCE = "measured off the maps of Fukuda et al., RSC Adv. 2022, d2ra04539g, CC BY 3.0"
PROCESS_SOURCE = "Takeda et al., Mater. Adv. 2022, d2ma00731b, CC BY-NC 3.0"
CALISOL_SOURCE = "CALiSol-23, CC BY 4.0, series of doi:"
GEOPOLYMER_SOURCE = "WEBSLAMD (BAM), MIT; 16 of the 156 mixes were measured"
OBELIX_SOURCE = "OBELiX (NRC-Mila), CC BY 4.0; censored rows dropped, replicates averaged in log10"


def read_rows(path: Path) -> Rows:
    """All rows of a csv file as dicts of text."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def column(rows: Rows, name: str) -> FloatArray:
    """One column as numbers, shape (M,)."""
    return np.array([float(row[name]) for row in rows])


def columns(rows: Rows, names: tuple[str, ...]) -> FloatArray:
    """Several columns as numbers, shape (M, D)."""
    return np.stack([column(rows, name) for name in names], axis=1)


def nasicon_tables(folder: Path) -> Iterator[Table]:
    """The two compositional maps; every table of this source is on the same side of the split."""
    rows = [r for r in read_rows(folder / "lczsp_49.csv") if r["measurable"] == "1"]
    names = ("x_Si", "y_Ca")
    yield make_table(
        "lczsp_log_sigma", "nasicon_map", columns(rows, names), names,
        np.log10(column(rows, "sigma_S_cm")),
        note=f"log10 of conductivity in S/cm; {NASICON_SOURCE}", held_out=False,
    )  # fmt: skip
    rows = read_rows(folder / "lyczp_47.csv")
    names = ("x_Y", "y_Ca")
    low, high = column(rows, "sigma_lowT_S_cm"), column(rows, "sigma_highT_S_cm")
    targets = {
        "lyczp_log_sigma_low": (np.log10(low), "log10 conductivity, lower temperature"),
        "lyczp_log_sigma_high": (np.log10(high), "log10 conductivity, higher temperature"),
        # In 1e-6 S/cm, so that rounding a table to nine decimals loses nothing.
        "lyczp_sigma_low_linear": (1e6 * low, "conductivity in 1e-6 S/cm, lower temperature"),
        "lyczp_density": (column(rows, "relative_density"), "relative density, maximised"),
    }
    for name, (y, what) in targets.items():
        yield make_table(
            name, "nasicon_map", columns(rows, names), names, y,
            note=f"{what}; {NASICON_SOURCE}", held_out=False,
        )  # fmt: skip


def process_tables(folder: Path) -> Iterator[Table]:
    """54 heating conditions, activation energy minimised."""
    rows = read_rows(folder / "process_54.csv")
    names = ("T1_C", "T2_C")
    yield make_table(
        "process_activation_energy", "process_map", columns(rows, names), names,
        -column(rows, "Ea_eV"),
        note=f"minus activation energy in eV; {PROCESS_SOURCE}", held_out=True,
    )  # fmt: skip


# name: (task, doi, temperature in K or None for all, log10?, held out).
# Scale: at one temperature above the glassy range conductivity spans about one decade and is
# read off and reported in mS/cm, so it stays linear (a few digitised values are zero). At 224 K
# and where T is a column it spans three to five decades (Arrhenius), so log10 is the scale in
# which a stationary model makes sense; the zeros, if any, are dropped there.
CALISOL_TASKS = {
    "calisol_lipf6_pc_dec_224k": ("LiPF6_PC-DEC", "10.1021/JE020219O", 223.8, True, False),
    "calisol_libob_pc_dec_293k": ("LiBOB_PC-DEC", "10.1149/1.1833611", 292.6, False, False),
    "calisol_libf4_pc_dec_332k": ("LiBF4_PC-DEC", "10.1021/je0498863", 332.2, False, True),
    "calisol_libob_pc_ea_312k": ("LiBOB_PC-EA", "10.1149/1.1914757", 312.4, False, True),
    "calisol_lipf6_ec_emc_3d": ("LiPF6_EC-EMC", "10.1149/1.1403730", None, True, False),
    "calisol_lipf6_ec_pc_3d": ("LiPF6_EC-PC", "10.1149/1.1566019", None, True, True),
}


def calisol_tables(folder: Path) -> Iterator[Table]:
    """Liquid electrolytes: salt molality and solvent ratio, at one temperature or with it."""
    every = [row for row in read_rows(folder / "calisol_2d.csv") if row["k_mS_cm"]]
    for name, (task, doi, kelvin, log, held_out) in CALISOL_TASKS.items():
        rows = [r for r in every if r["task"] == task and r["doi"] == doi]
        names: tuple[str, ...] = ("c_mol_per_kg", "w_first_solvent", "T_K")
        if kelvin is not None:
            names = names[:2]
            rows = [r for r in rows if float(r["T_K"]) == kelvin]
        if log:
            rows = [r for r in rows if float(r["k_mS_cm"]) > 0]
        y = column(rows, "k_mS_cm")
        what = ("log10 of " if log else "") + "conductivity in mS/cm"
        yield make_table(
            name, "calisol", columns(rows, names), names, np.log10(y) if log else y,
            note=f"{task}, {what}; {CALISOL_SOURCE}{doi}", held_out=held_out,
            at_most=LARGEST_POOL,
        )  # fmt: skip


GEOPOLYMER_INPUTS = (
    "SiO2", "CaO", "SO3", "FA (kg/m3)", "GGBFS (kg/m3)", "Coarse aggregate (kg/m3)",
    "Fine aggregate (kg/m3)", "Total aggregates", "Na2SiO3", "Na2O (Dry)", "Sio2 (Dry)",
    "Superplasticizer", "water -eff",
)  # fmt: skip
GEOPOLYMER_TARGETS = {
    "geopolymer_strength": "fc 28-d - Target (MPa)",
    "geopolymer_slump": "Slump - Target (mm)",
}


def geopolymer_tables(folder: Path) -> Iterator[Table]:
    """Concrete mixes; only 16 rows carry a value, so the pool is exhausted after 16 samples."""
    every = read_rows(folder / "geopolymer.csv")
    for name, target in GEOPOLYMER_TARGETS.items():
        rows = [r for r in every if r[target] not in ("", "NaN")]
        yield make_table(
            name, "geopolymer", columns(rows, GEOPOLYMER_INPUTS), GEOPOLYMER_INPUTS,
            column(rows, target), note=f"{target}, maximised; {GEOPOLYMER_SOURCE}",
            held_out=False,
        )  # fmt: skip


OBELIX_FAMILIES = {
    "obelix_nasicon": ("NASICON", False),
    "obelix_garnet": ("garnet", True),
    "obelix_argyrodite": ("argyrodites", True),
}
FORMULA_TERM = re.compile(r"([A-Z][a-z]?)(\d+(?:\.\d+)?)")


def element_amounts(composition: str, formula_units: float) -> dict[str, float]:
    """Amounts per formula unit of a composition spelled like Li7.0Bi1.0O6.0.

    Example:
        >>> element_amounts("Li14.0Bi2.0O12.0", 2)
        {'Li': 7.0, 'Bi': 1.0, 'O': 6.0}

    Raises:
        ValueError: If a part of the text is not an element with an amount.
    """
    if FORMULA_TERM.sub("", composition):
        raise ValueError(f"cannot read the composition {composition!r}")
    amounts: dict[str, float] = {}
    for element, amount in FORMULA_TERM.findall(composition):
        amounts[element] = amounts.get(element, 0.0) + float(amount) / formula_units
    return amounts


def obelix_tables(folder: Path) -> Iterator[Table]:
    """Synthesised Li conductors of one family; one column for each element that varies."""
    target = "Ionic conductivity (S cm-1)"
    every = [r for r in read_rows(folder / "obelix.csv") if not r[target].startswith("<")]
    for name, (family, held_out) in OBELIX_FAMILIES.items():
        rows = [r for r in every if r["Family"] == family]
        amounts = [element_amounts(r["True Composition"], float(r["Z"])) for r in rows]
        elements = tuple(sorted(set().union(*amounts)))
        # Four decimals: dividing by Z must not tell two spellings of one formula apart.
        X = np.round([[a.get(e, 0.0) for e in elements] for a in amounts], 4)
        yield make_table(
            name, "obelix", X, elements, np.log10(column(rows, target)),
            note=f"{family}, log10 of conductivity in S/cm; {OBELIX_SOURCE}", held_out=held_out,
        )  # fmt: skip


def real_tables(folder: Path) -> Iterator[Table]:
    """Every real table, in a fixed order."""
    for builder in (
        nasicon_tables, process_tables, calisol_tables, geopolymer_tables, obelix_tables,
    ):  # fmt: skip
        yield from builder(folder)
