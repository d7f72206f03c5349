"""The examples run as they stand, and find what they say that they look for."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import tansaku as tk

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def run(name: str) -> dict[str, Any]:
    """What an example leaves, run as a script."""
    return runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the examples write their files."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_example_is_on_its_page_and_run_here() -> None:
    """Each file is linked from the page of the examples, in both languages, and has a test."""
    here = Path(__file__).read_text(encoding="utf-8")
    for example in EXAMPLES:
        for page in ("examples.md", "ja/examples.md"):
            assert f"/examples/{example.name})" in (ROOT / "docs" / page).read_text("utf-8")
        assert f'run("{example.stem}")' in here


def test_composition(capsys: pytest.CaptureFixture[str]) -> None:
    """20 of 44 compositions are made, none twice, and what is told last is the best of these."""
    best = run("composition")["best"]
    *lines, last = capsys.readouterr().out.splitlines()
    assert len({line.partition("}")[0][4:] for line in lines}) == len(lines) == 20
    table = tk.datasets.load("lczsp_49").dropna()
    made = table[[any(str(dict(row)) in line for line in lines) for row in inputs_of(table)]]
    assert len(made) == 20
    assert best.value == made["sigma_S_cm"].max()
    assert f"{best.value:.2e}" in last


def inputs_of(table: pd.DataFrame) -> list[dict[str, float]]:
    """The compositions of the table, as the example prints them."""
    return table[["x_Si", "y_Ca"]].to_dict("records")


def test_composition_and_firing(folder: Path) -> None:
    """Every run has one firing and four samples, and the compromises are dense enough."""
    campaign = run("composition_and_firing")["found"]
    measured = campaign.state.measurements
    runs: dict[str, list[dict[str, Any]]] = {}
    for each in measured:
        runs.setdefault(each.run, []).append(each.inputs)
    assert [len(samples) for samples in runs.values()] == [4] * 5
    assert all(len({(s["T"], s["t"]) for s in samples}) == 1 for samples in runs.values())
    compromises = campaign.status().compromises
    assert compromises
    assert all(each.values["density"] >= 0.7 for each in compromises)
    assert (folder / "composition_and_firing.png").stat().st_size > 0


def test_transfer(capsys: pytest.CaptureFixture[str]) -> None:
    """Both searches end with the best composition, and the verdict on the older data is told."""
    left = run("transfer")
    best = tk.datasets.load("lczsp_49")["sigma_S_cm"].max()
    for campaign in (left["alone"], left["helped"]):
        assert campaign.status().best.value == best
    told = capsys.readouterr().out
    assert "Older data 'Ca-Y'" in told
    assert f"{left['without']} without the older data, {left['beside']} with them" in told


def test_mixture_of_three(folder: Path) -> None:
    """Every mixture keeps its sum and its limit, and the best of 18 lies near the truth's."""
    left = run("mixture_of_three")
    campaign, truth = left["found"], dict(zip(left["OXIDES"], left["BEST"], strict=True))
    mixtures = [each.inputs for each in campaign.state.measurements]
    assert len(mixtures) == 18
    assert all(sum(each.values()) == pytest.approx(1) for each in mixtures)
    assert all(each["Li2O"] <= 0.5 for each in mixtures)
    best = campaign.status().best.inputs
    assert all(abs(best[oxide] - truth[oxide]) <= 0.1 + 1e-9 for oxide in truth)
    assert (folder / "mixture_of_three.png").stat().st_size > 0


def test_closed_loop(folder: Path) -> None:
    """The loop makes as many samples as it may or as are worth it, and goes on from its file."""
    left = run("closed_loop")
    campaign = tk.Campaign.load(folder / "closed_loop.json")
    status = campaign.status()
    assert 3 < status.measurements <= left["MOST"]
    assert status.best == left["best"]
    hottest = max(each.inputs["T"] for each in campaign.state.measurements if each.values)
    assert hottest <= 1230  # nothing that melted has a value
    again = run("closed_loop")["best"]
    assert again.value >= status.best.value
