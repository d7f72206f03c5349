"""The shipped tables are what their description says."""

from __future__ import annotations

import csv
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tansaku import datasets
from tansaku.errors import UnknownNameError
from tansaku.space import Target
from tansaku.tables import read_table, understand

DOCUMENT = Path(__file__).parents[2] / "docs" / "data.md"


@pytest.mark.parametrize("name", datasets.names())
def test_columns_are_described_in_order_with_units(name: str) -> None:
    dataset = datasets.DATASETS[name]
    with datasets.path(name).open(encoding="utf-8") as file:
        header = next(csv.reader(file))
    assert [column.name for column in dataset.columns] == header
    assert list(datasets.load(name).columns) == header
    assert all(column.unit and column.meaning for column in dataset.columns)


@pytest.mark.parametrize("name", datasets.names())
def test_files_are_the_shared_originals(name: str, shared_data: Path) -> None:
    original = shared_data / datasets.DATASETS[name].file
    assert datasets.path(name).read_bytes() == original.read_bytes()


def test_lczsp_has_44_measured_rows_and_its_published_best() -> None:
    table = datasets.load("lczsp_49")
    assert table["sigma_S_cm"].notna().sum() == 44
    assert (table["sigma_S_cm"].notna() == (table["measurable"] == 1)).all()
    best = table.loc[table["sigma_S_cm"].idxmax()]
    assert (best["x_Si"], best["y_Ca"], best["sigma_S_cm"]) == (0.1, 0.05, 2.56e-5)


def test_lyczp_has_47_measured_rows_and_its_published_best() -> None:
    table = datasets.load("lyczp_47")
    assert table.notna().all(axis=None)
    best = table.loc[table["sigma_lowT_S_cm"].idxmax()]
    assert (len(table), best["x_Y"], best["y_Ca"]) == (47, 0.125, 0.125)


@pytest.mark.parametrize(
    ("name", "inputs", "target", "measured"),
    [
        ("lczsp_49", ["x_Si", "y_Ca"], "sigma_S_cm:max:log10", 44),
        ("lyczp_47", ["x_Y", "y_Ca"], "sigma_lowT_S_cm:max:log10", 47),
    ],
)
def test_the_tables_are_understood(
    name: str, inputs: list[str], target: str, measured: int
) -> None:
    reading = understand(read_table(datasets.path(name)), inputs, [Target.parse(target)])
    assert len(reading.values) == measured
    assert len(reading.space) == int(name[-2:])
    assert reading.notices == ()


@pytest.mark.parametrize("name", datasets.names())
def test_the_citation_names_whom_to_thank(name: str) -> None:
    citation = datasets.citation(name)
    text = str(citation)
    assert text.startswith("H. Fukuda, ")
    assert "https://doi.org/10.1039/d2ra04539g (CC-BY-3.0)" in text
    assert citation.licence_url.startswith("https://creativecommons.org/licenses/by/3.0")


def test_the_documentation_page_has_every_column_with_its_accuracy() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    for name in datasets.names():
        assert f"## {name}" in page
        for c in datasets.DATASETS[name].columns:
            assert (
                f"| `{c.name}` | {c.unit} | {c.meaning} | {c.accuracy} |".replace("  ", " ") in page
            )
    article = " ".join(page.replace("> ", "").split())
    assert datasets.citation("lczsp_49").title in article
    assert all(author in article for author in datasets.citation("lczsp_49").authors)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    for function in (datasets.path, datasets.load, datasets.citation):
        with pytest.raises(UnknownNameError, match=r"'lczsp'.*lczsp_49, lyczp_47"):
            function("lczsp")


def test_asking_for_a_path_does_not_load_pandas() -> None:
    code = (
        "import sys; from tansaku import datasets; datasets.path('lczsp_49');"
        "datasets.citation('lczsp_49'); sys.exit('pandas' in sys.modules)"
    )
    assert importlib.util.find_spec("pandas") is not None
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
