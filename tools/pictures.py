"""The pictures of campaigns in the documents: python tools/pictures.py [NAME ..]

docs/images has them in English, docs/images/ja in Japanese.

Two campaigns are those of the bundled tables. The others hold values of a formula with scatter that
is written down here, made up to have what the pictures show: failures, limits, runs, a source.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import tansaku as tk
from tansaku.language import use

HOUSE = Path(__file__).parents[1]
IMAGES = HOUSE / "docs" / "images"
DPI = 72
"""Pixels per inch: a page shows them 600 wide, and they stay small files."""


def composition() -> tk.Campaign:
    """Lithium conductors as they were measured, half of them, and the next ones."""
    table = pd.read_csv(HOUSE / "docs/example/lczsp.csv")
    campaign = tk.Campaign.from_table(
        table, inputs=["x_Si", "y_Ca"], target="sigma_S_cm:max:log10", name="lczsp"
    )
    for value in ("1.9e-5", "6.5e-6"):
        (found,) = campaign.suggest().suggestions
        campaign.record_at(found, {"sigma_S_cm": value})
    campaign.suggest(3)
    return campaign


def troubled() -> tk.Campaign:
    """The same with failures, limits and a block."""
    campaign = composition()
    for x, y, why in ((0.3, 0.3, "melted"), (0.25, 0.3, "cracked"), (0.25, 0.25, "cracked")):
        at = {"x_Si": x, "y_Ca": y}
        campaign.record_at(at, status="failed", why=why, confirm=True)
    for x, y in ((0.0, 0.3), (0.0, 0.25)):
        campaign.record_at({"x_Si": x, "y_Ca": y}, {"sigma_S_cm": "<1e-7"}, confirm=True)
    campaign.block("x_Si = 0 and y_Ca < 0.2", why="no powder")
    campaign.suggest(3)
    return campaign


def process() -> tk.Campaign:
    """Two numbers and a choice, 18 samples of a formula."""
    space = [
        tk.Stepped(name="temperature", low=1050, high=1250, step=25, unit="°C"),
        tk.Stepped(name="time", low=2, high=24, step=2, unit="h"),
        tk.Categorical(name="gas", values=("Ar", "N2", "air")),
    ]
    campaign = tk.Campaign.from_space(space, target="density", unit="g/cm3", name="sintering")
    rng = np.random.default_rng(4)
    gain = {"Ar": 0.06, "N2": 0.0, "air": -0.12}
    for k in range(18):
        at = {
            "temperature": 1050 + 25 * int(rng.integers(9)),
            "time": 2 + 2 * int(rng.integers(12)),
            "gas": ("Ar", "N2", "air")[k % 3],
        }
        hill = -(((at["temperature"] - 1180) / 90) ** 2) - ((at["time"] - 12) / 14) ** 2
        density = 3.0 + 0.4 * np.exp(hill) + gain[at["gas"]] + 0.01 * rng.standard_normal()
        campaign.record_at(at, {"density": round(float(density), 3)}, confirm=True)
    campaign.suggest(2)
    return campaign


def compromises() -> tk.Campaign:
    """Two goals, of every fifth row of a bundled table."""
    frame = tk.datasets.load("lyczp_47")
    frame.loc[frame.index % 5 != 1, ["sigma_lowT_S_cm", "relative_density"]] = np.nan
    campaign = tk.Campaign.from_table(
        frame,
        inputs=["x_Y", "y_Ca"],
        target=["sigma_lowT_S_cm:max:log10", "relative_density:max"],
        name="lyczp",
    )
    campaign.suggest(3)
    return campaign


def goals() -> tk.Campaign:
    """Two goals and a limit, of a bundled table."""
    frame = tk.datasets.load("lyczp_47")
    wanted = ["sigma_lowT_S_cm", "relative_density", "impurity_fraction"]
    frame.loc[14:, wanted] = np.nan
    campaign = tk.Campaign.from_table(
        frame,
        inputs=["x_Y", "y_Ca"],
        target=["sigma_lowT_S_cm:max:log10", "relative_density:max", "impurity_fraction:<=0.15"],
        name="lyczp",
    )
    open_ = [c.inputs for c in campaign.candidates() if c.state == "open"]
    campaign.record_at(
        open_[0], {"sigma_lowT_S_cm": "<1e-7", "relative_density": 0.7}, confirm=True
    )
    campaign.record_at(open_[5], {"relative_density": 0.62}, status="failed", confirm=True)
    campaign.suggest(3)
    return campaign


def sourced() -> tk.Campaign:
    """The composition with older data of another system."""
    campaign = composition()
    older = tk.SourceSpec(
        source="lyczp",
        inputs=("x_Y", "y_Ca"),
        target="sigma_lowT_S_cm",
        match={"x_Si": "x_Y", "y_Ca": "y_Ca"},
    )
    campaign.sources.add_table(tk.datasets.load("lyczp_47"), older)
    return campaign


def template() -> tk.Campaign:
    """A template of three variables."""
    space = [tk.Stepped(name=name, low=0, high=0.5, step=0.125) for name in ("x", "y", "z")]
    campaign = tk.Campaign.from_space(
        space,
        ["x + y + z <= 1"],
        template="Li(?)Ca(y)Y(x)Sc(z)Zr(2-x-y-z)(PO4)3",
        target="sigma",
        scale="log10",
        unit="S/cm",
        name="nasicon",
    )
    return _filled(
        campaign,
        16,
        lambda a: -5 - 6 * ((a["x"] - 0.25) ** 2 + (a["y"] - 0.1) ** 2) - 2 * (a["z"] - 0.1) ** 2,
    )


def triangle() -> tk.Campaign:
    """A site that three elements share."""
    space = [tk.Stepped(name=name, low=0, high=1, step=0.1) for name in ("x", "y")]
    campaign = tk.Campaign.from_space(
        space,
        ["x + y <= 1"],
        template="Li(3)Y(x)Er(y)Yb(1-x-y)Cl6",
        target="sigma",
        scale="log10",
        unit="S/cm",
        name="halides",
    )
    return _filled(campaign, 14, lambda a: -3.5 - 3 * ((a["x"] - 0.5) ** 2 + (a["y"] - 0.3) ** 2))


def furnace() -> tk.Campaign:
    """Runs of a furnace, done and planned."""
    space = [
        tk.Stepped(name="x", low=0, high=0.4, step=0.1),
        tk.Stepped(name="T", low=1000, high=1200, step=50, unit="°C", role="process"),
    ]
    campaign = tk.Campaign.from_space(
        space, target="sigma", scale="log10", unit="S/cm", name="fire"
    )
    rng = np.random.default_rng(7)
    for run, T in enumerate((1050, 1150, 1100, 1200), start=1):
        error = 0.1 * rng.standard_normal()
        for x in rng.choice(5, 3, replace=False) / 10:
            value = -5 - 8 * (x - 0.2) ** 2 - ((T - 1130) / 120) ** 2 + error
            value += 0.03 * rng.standard_normal()
            at = {"x": float(x), "T": T}
            result = {"sigma": float(f"{10**value:.3g}")}
            campaign.record_at(at, result, run=f"F{run}", confirm=True)
    campaign.plan_runs(2, crucibles=3)
    return campaign


def temperatures() -> tk.Campaign:
    """Conductivities at several temperatures of measuring."""
    rows = []
    rng = np.random.default_rng(3)
    for x, energy in ((0.0, 0.42), (0.1, 0.36), (0.2, 0.33), (0.3, 0.38)):
        for T in (25, 50, 75, 100, 150):
            sigma = 10 ** (2.0 - energy / 8.617e-5 / (T + 273.15) / np.log(10))
            sigma *= 10 ** (0.02 * rng.standard_normal())
            rows.append({"x": x, "T [°C]": T, "sigma": sigma if (x, T) != (0.3, 25) else None})
    return tk.Campaign.from_table(
        pd.DataFrame(rows), inputs=["x", "T [°C]"], target="sigma:max:log10", name="bulk"
    )


def _filled(
    campaign: tk.Campaign, n: int, log10: Callable[[dict[str, float]], float]
) -> tk.Campaign:
    rng = np.random.default_rng(5)
    candidates = campaign.candidates()
    for i in rng.choice(len(candidates), n, replace=False):
        value = log10(candidates[i].inputs) + 0.04 * rng.standard_normal()
        campaign.record_at(candidates[i].inputs, {"sigma": float(f"{10**value:.3g}")}, confirm=True)
    campaign.suggest(2)
    return campaign


CAMPAIGNS: dict[str, tuple[Callable[[], tk.Campaign], tuple[str, ...]]] = {
    "composition": (composition, ("parity", "acquisition")),
    "troubled": (troubled, ("map", "progress")),
    "process": (process, ("map", "profile", "importance")),
    "compromises": (compromises, ("pareto",)),
    "goals": (goals, ("pareto", "progress")),
    "sourced": (sourced, ("sources",)),
    "template": (template, ("slice",)),
    "triangle": (triangle, ("ternary",)),
    "furnace": (furnace, ("runs",)),
    "temperatures": (temperatures, ("arrhenius",)),
}


def main(names: list[str]) -> None:
    """Draw the campaigns that are named, or all."""
    for name in names or CAMPAIGNS:
        make, kinds = CAMPAIGNS[name]
        campaign = make()
        for kind in kinds:
            for language, folder in (("en", IMAGES), ("ja", IMAGES / "ja")):
                with use(language):
                    campaign.plot(kind).savefig(folder / f"plot-{name}-{kind}.png", dpi=DPI)
            sys.stdout.write(f"{name} {kind}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
