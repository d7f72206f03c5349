"""Two series of Li-rich LiZr2(PO4)3, made and measured exhaustively by one laboratory."""

from __future__ import annotations

from tansaku.datasets.citation import Citation, Column, Dataset

FUKUDA_2022 = Citation(
    authors=(
        "H. Fukuda",
        "S. Kusakawa",
        "K. Nakano",
        "N. Tanibata",
        "H. Takeda",
        "M. Nakayama",
        "M. Karasuyama",
        "I. Takeuchi",
        "T. Natori",
        "Y. Ono",
    ),
    title=(
        "Bayesian optimisation with transfer learning for NASICON-type solid electrolytes "
        "for all-solid-state Li-metal batteries"
    ),
    journal="RSC Advances",
    year=2022,
    doi="10.1039/d2ra04539g",
    licence="CC-BY-3.0",
    licence_url="https://creativecommons.org/licenses/by/3.0/",
)

LCZSP = Dataset(
    file="lczsp_49.csv",
    title="Li-ion conductivity of 49 Ca- and Si-substituted LiZr2(PO4)3, 44 of them measurable",
    formula="Li(1+x+2y)Ca(y)Zr(2-y)Si(x)P(3-x)O12",
    columns=(
        Column("x_Si", "1", "x, Si per formula unit, 0 to 0.30 in steps of 0.05"),
        Column("y_Ca", "1", "y, Ca per formula unit, 0 to 0.30 in steps of 0.05"),
        Column(
            "sigma_S_cm",
            "S/cm",
            "total Li-ion conductivity; empty where it was not measurable",
            "±0.03e-5 S/cm; nothing below 6.5e-8 S/cm can be read off the map",
        ),
        Column("measurable", "1", "1 where a conductivity is known, else 0"),
    ),
    obtained="measured off the conductivity map published in the article",
    citation=FUKUDA_2022,
)

LYCZP = Dataset(
    file="lyczp_47.csv",
    title="Conductivity, density and phases of 47 Y- and Ca-substituted LiZr2(PO4)3",
    formula="Li(1+x+2y)Ca(y)Y(x)Zr(2-x-y)(PO4)3",
    columns=(
        Column("x_Y", "1", "x, Y per formula unit, 0 to 0.375 in sixteenths (nominal)"),
        Column("y_Ca", "1", "y, Ca per formula unit, 0 to 0.375 in sixteenths (nominal)"),
        Column("sigma_lowT_S_cm", "S/cm", "Li-ion conductivity at the lower temperature", "±0.3 %"),
        Column(
            "sigma_highT_S_cm", "S/cm", "Li-ion conductivity at the higher temperature", "±1 to 3 %"
        ),
        Column("relative_density", "1", "density over the theoretical density", "±0.3 %"),
        Column("alpha_phase_fraction", "1", "share of the conducting alpha phase", "±1 to 3 %"),
        Column("impurity_fraction", "1", "share of impurity phases", "±1 to 3 %"),
    ),
    obtained="measured off the maps published in the article",
    citation=FUKUDA_2022,
)
