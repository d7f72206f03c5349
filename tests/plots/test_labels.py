"""Labels say quantity, unit and scale, in any language and with any name."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from tansaku.language import use
from tansaku.plots import labels
from tansaku.plots.fonts import style
from tansaku.space import Numeric, Target
from tests.plots.conftest import cut_off

LOG10 = r"$\log_{10}$"


@pytest.mark.parametrize(
    ("name", "unit", "linear", "log10"),
    [
        ("sigma", "S cm-1", "sigma / S cm$^{-1}$", f"{LOG10}(sigma / S cm$^{{-1}}$)"),
        ("sigma", "S cm⁻¹", "sigma / S cm$^{-1}$", f"{LOG10}(sigma / S cm$^{{-1}}$)"),
        ("sigma", "S cm^−1", "sigma / S cm$^{-1}$", f"{LOG10}(sigma / S cm$^{{-1}}$)"),
        ("sigma [S/cm]", "S/cm", "sigma / (S/cm)", f"{LOG10}(sigma / (S/cm))"),
        ("T (degC)", "degC", "T / degC", f"{LOG10}(T / degC)"),
        ("rho", "g/cm3", "rho / (g/cm$^{3}$)", f"{LOG10}(rho / (g/cm$^{{3}}$))"),
        ("sigma_S_cm", "", "sigma_S_cm", f"{LOG10}(sigma_S_cm)"),
        ("Li₁₊ₓ", "", "Li$_{1+}$ₓ", f"{LOG10}(Li$_{{1+}}$ₓ)"),
        ("cost $", "", r"cost \$", rf"{LOG10}(cost \$)"),
        ("導電率 [S cm-1]", "S cm-1", "導電率 / S cm-1", "log₁₀(導電率 / S cm-1)"),
    ],
)
def test_english_labels(name: str, unit: str, linear: str, log10: str) -> None:
    assert labels.of_input(Numeric(name=name, unit=unit, low=0, high=1)) == linear
    assert labels.of_target(Target(name=name, unit=unit)) == linear
    assert labels.of_target(Target(name=name, unit=unit, scale="log10")) == log10


def test_japanese_labels_use_formulas_with_japanese_names() -> None:
    target = Target(name="導電率 [S cm-1]", unit="S cm-1", scale="log10")
    with use("ja"):
        assert labels.of_target(target) == f"{LOG10}(導電率 / S cm$^{{-1}}$)"
        # IPAexGothic has no micro sign, so this one is plain text for the second font to help.
        assert labels.of_input(Numeric(name="粒径 [µm]", unit="µm", low=0, high=1)) == "粒径 / µm"


def test_sd_is_in_decades_on_a_log10_scale() -> None:
    assert labels.of_sd(Target(name="y", scale="log10", unit="S/cm")) == "sd (decades)"
    assert labels.of_sd(Target(name="y", unit="eV")) == "sd / eV"
    assert labels.of_sd(Target(name="y")) == "sd"


def test_acquisitions_have_names_and_strangers_keep_theirs() -> None:
    assert labels.of_acquisition("log_ei") == "acquisition: log EI"
    assert labels.of_acquisition("thompson") == "acquisition: Thompson sample"
    assert labels.of_acquisition("my_own") == "acquisition: my_own"


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "name", ["a_b^c", "$x$", "50 %", "温度［℃］", "µ₀⁻²", "Å·Ω^2", r"\alpha", "{x}", "x^", "%&#~"]
)
def test_any_name_can_be_drawn(language: str, name: str) -> None:
    # Missing glyphs and unreadable formulas are warnings or errors, and warnings are errors here.
    with use(language), style():
        figure = Figure()
        target = Target(name=name, unit="S cm⁻¹", scale="log10")
        figure.text(0.5, 0.5, labels.of_target(target))
        figure.text(0.5, 0.2, labels.of_target(Target(name=name, unit="µΩ cm2")))
        figure.text(0.5, 0.1, labels.of_sd(Target(name=name, unit="µS cm-1")))
        figure.draw_without_rendering()


def test_what_sticks_out_of_a_picture_is_seen() -> None:
    """The measure that other tests hold the figures to."""
    figure = Figure(figsize=(3, 2))
    figure.text(0.5, 0.5, "inside")
    assert cut_off(figure) == []
    figure.text(0.9, 0.5, "a long text over the edge")
    assert cut_off(figure) == ["right"]
