"""Maps show the candidates, values and marks that they were given, for any number of inputs."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure

from tansaku.design import Floats
from tansaku.language import use
from tansaku.plots import acquisition_map, prediction_map
from tansaku.plots.maps import LOG_EI_WINDOW
from tansaku.plots.palette import VERMILLION
from tansaku.space import Space, Target
from tansaku.space.predictions import INTERVAL_Z
from tests.plots.conftest import cut_off
from tests.seeds import spread

LOG = Target(name="導電率 [S cm-1]", unit="S cm-1", scale="log10")


def grid(*sizes: int) -> Space:
    axes = np.meshgrid(*[np.linspace(0, 0.3, n) for n in sizes], indexing="ij")
    names = ["x_Si", "温度 [℃]", "t (h)", "w$", "v₂"][: len(sizes)]
    units = dict.fromkeys(names[1:2], "℃")
    return Space.from_matrix(names, np.stack(axes, axis=-1).reshape(-1, len(sizes)), units=units)


SPACES = {
    "line": grid(9),
    "grid": grid(5, 4),
    "scattered": Space.from_matrix(("x", "y"), spread(60, 2)),
    "three": grid(4, 3, 3),
    "five": grid(3, 2, 2, 2, 2),
}
MEASURED = [0, 3, 5]
VALUES = [1e-6, 1e-4, 1e-5]
SUGGESTED = [7, 2]


def surface(space: Space) -> tuple[Floats, Floats]:
    n = len(space)
    return np.linspace(-7, -4, n), np.linspace(0.1, 0.9, n)


def predicted(space: Space, target: Target = LOG, **more: object) -> Figure:
    mean, sd = surface(space)
    given = {"measured": MEASURED, "values": VALUES, "suggested": SUGGESTED} | more
    return prediction_map(space, target, mean=mean, sd=sd, **given)  # type: ignore[arg-type]


def ranked(space: Space, acquisition: Floats, name: str = "ei") -> Figure:
    return acquisition_map(
        space,
        LOG,
        acquisition=acquisition,
        name=name,
        measured=MEASURED,
        values=VALUES,
        suggested=SUGGESTED,
    )


def marked(axes: Axes, label: str) -> Floats:
    """Places of all marks with this label; suggestions share the label of the last of them."""
    found = [c for c in axes.collections if c.get_label() == label]
    assert len(found) == 1
    return np.asarray(found[0].get_offsets())


def numbered(axes: Axes) -> dict[str, tuple[float, float]]:
    return {t.get_text(): t.xy for t in axes.texts}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("kind", SPACES)
def test_every_figure_can_be_drawn_without_missing_glyphs_or_cut_texts(
    kind: str, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    space = SPACES[kind]
    acquisition = np.linspace(-600, -3, len(space))
    acquisition[MEASURED] = -np.inf
    with use(language), caplog.at_level(logging.WARNING):
        for figure in (
            predicted(space, title="測定 $5 µ⁻¹"),
            ranked(space, acquisition, "log_ei"),
        ):
            assert cut_off(figure) == []
    assert not caplog.records


def test_a_grid_shows_measured_mean_and_sd_side_by_side() -> None:
    space = SPACES["grid"]
    mean, sd = surface(space)
    figure = predicted(space, title="a title")
    measured, middle, right = figure.axes[:3]
    assert [axes.get_title() for axes in (measured, middle, right)] == [
        "measured",
        "predicted mean",
        "predicted sd",
    ]
    meshes = [next(c for c in a.collections if isinstance(c, QuadMesh)) for a in figure.axes[:3]]
    shown = [mesh.get_array().T.ravel() for mesh in meshes]  # the x of this grid varies slowest
    np.testing.assert_allclose(shown[1], mean)
    np.testing.assert_allclose(shown[2], sd)
    assert np.flatnonzero(~shown[0].mask).tolist() == MEASURED
    np.testing.assert_allclose(shown[0][MEASURED], np.log10(VALUES))
    assert meshes[0].get_clim() == meshes[1].get_clim() == (-7, -4)
    assert meshes[2].get_clim() == pytest.approx((0.1, 0.9))
    bars = [axes.get_ylabel() for axes in figure.axes[3:]]
    assert bars == ["log₁₀(導電率 / S cm-1)", "sd (decades)"]
    assert middle.get_xlabel() == "x_Si"
    assert measured.get_ylabel() == "温度 / ℃"
    assert figure.get_suptitle() == "a title"


def test_cells_stand_over_their_candidates() -> None:
    space = SPACES["grid"]
    mesh = next(c for c in predicted(space).axes[1].collections if isinstance(c, QuadMesh))
    corners = mesh.get_coordinates()
    centres = (corners[:-1, :-1] + corners[1:, 1:]) / 2
    np.testing.assert_allclose(centres[0, :, 0], np.linspace(0, 0.3, 5), atol=1e-12)
    np.testing.assert_allclose(centres[:, 0, 1], np.linspace(0, 0.3, 4), atol=1e-12)


def test_measured_best_and_suggested_candidates_are_marked() -> None:
    space = SPACES["grid"]
    axes = predicted(space).axes[1]
    np.testing.assert_array_equal(marked(axes, "measured"), space.matrix[MEASURED])
    np.testing.assert_array_equal(marked(axes, "best measured"), space.matrix[[3]])
    places = numbered(axes)
    assert list(places) == ["2", "1"]
    assert places["1"] == pytest.approx(tuple(space.matrix[7]))
    assert places["2"] == pytest.approx(tuple(space.matrix[2]))
    assert marked(axes, "suggested").shape == (1, 2)


@pytest.mark.parametrize(
    ("target", "best"),
    [
        (Target(name="y"), 3),
        (Target(name="y", goal="min"), 0),
        (Target(name="y", goal="match", value=2e-5), 5),
        (Target(name="y", goal="match", value=3e-6, scale="log10"), 0),
    ],
)
def test_the_best_is_the_best_for_the_goal(target: Target, best: int) -> None:
    space = SPACES["grid"]
    for axes in predicted(space, target).axes[:3]:
        np.testing.assert_array_equal(marked(axes, "best measured"), space.matrix[[best]])


def test_a_grid_with_holes_and_noise_stays_a_grid() -> None:
    full = SPACES["grid"].matrix
    space = Space.from_matrix(("x", "y"), np.delete(full, 9, axis=0) + 1e-12)
    mean, _sd = surface(space)
    mesh = next(c for c in predicted(space).axes[1].collections if isinstance(c, QuadMesh))
    shown = mesh.get_array().T.ravel()
    assert np.flatnonzero(shown.mask).tolist() == [9]
    np.testing.assert_allclose(shown.compressed(), mean)


def test_scattered_candidates_are_coloured_points() -> None:
    space = SPACES["scattered"]
    mean, _sd = surface(space)
    axes = predicted(space).axes[1]
    assert not any(isinstance(c, QuadMesh) for c in axes.collections)
    points = next(
        c for c in axes.collections if isinstance(c, PathCollection) and c.get_array() is not None
    )
    np.testing.assert_array_equal(points.get_offsets(), space.matrix)
    np.testing.assert_allclose(points.get_array(), mean)


def test_one_input_is_a_line_with_its_95_percent_band() -> None:
    space = SPACES["line"]
    mean, sd = surface(space)
    axes = predicted(space).axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), mean)
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx((mean + INTERVAL_Z * sd).max())
    assert band[:, 1].min() == pytest.approx((mean - INTERVAL_Z * sd).min())
    np.testing.assert_allclose(marked(axes, "measured")[:, 1], np.log10(VALUES))
    assert numbered(axes)["1"] == pytest.approx((space.matrix[7, 0], mean[7]))
    assert axes.get_ylabel() == "log₁₀(導電率 / S cm-1)"


@pytest.mark.parametrize("kind", ["three", "five"])
def test_more_inputs_are_a_ranking_and_one_panel_each(kind: str) -> None:
    space = SPACES[kind]
    mean, _sd = surface(space)
    figure = predicted(space)
    ranking, *panels = figure.axes
    assert len(panels) == len(space.inputs)
    dots = marked(ranking, "predicted mean")
    assert sorted(dots[:, 0]) == list(range(1, len(space) + 1))
    np.testing.assert_allclose(dots[np.argsort(dots[:, 0]), 1], np.sort(mean)[::-1])
    assert ranking.get_ylabel() == "log₁₀(導電率 / S cm-1)"
    for j, axes in enumerate(panels):
        places = marked(axes, "predicted mean")
        np.testing.assert_array_equal(places[:, 0], space.matrix[:, j])
        np.testing.assert_allclose(places[:, 1], mean)
        assert numbered(axes)["2"] == pytest.approx((space.matrix[2, j], mean[2]))


def test_the_ranking_of_a_minimised_target_begins_with_the_smallest() -> None:
    space = SPACES["three"]
    mean, _sd = surface(space)
    dots = marked(predicted(space, Target(name="y", goal="min")).axes[0], "predicted mean")
    assert dots[np.argmin(dots[:, 0]), 1] == pytest.approx(mean.min())


def test_the_acquisition_leaves_out_what_may_not_be_chosen() -> None:
    space = SPACES["grid"]
    acquisition = np.linspace(0, 2, len(space))
    acquisition[MEASURED] = -np.inf
    figure = ranked(space, acquisition)
    mesh = next(c for c in figure.axes[0].collections if isinstance(c, QuadMesh))
    shown = mesh.get_array().T.ravel()
    assert np.flatnonzero(shown.mask).tolist() == MEASURED
    np.testing.assert_allclose(shown.compressed(), np.delete(acquisition, MEASURED))
    assert figure.axes[1].get_ylabel() == "acquisition: EI"


def test_the_tail_of_log_ei_does_not_flatten_the_colours() -> None:
    space = SPACES["grid"]
    acquisition = np.linspace(-700, -2, len(space))
    figure = ranked(space, acquisition, "log_ei")
    mesh = next(c for c in figure.axes[0].collections if isinstance(c, QuadMesh))
    assert mesh.get_clim() == (-2 - LOG_EI_WINDOW, -2)
    assert mesh.colorbar.extend == "min"
    full = ranked(space, acquisition / 100, "log_ei")
    mesh = next(c for c in full.axes[0].collections if isinstance(c, QuadMesh))
    assert mesh.get_clim() == (-7, -0.02)
    assert mesh.colorbar.extend == "neither"


@pytest.mark.parametrize("kind", SPACES)
def test_a_flat_surface_without_measurements_can_be_drawn(kind: str) -> None:
    space = SPACES[kind]
    n = len(space)
    figure = prediction_map(
        space, LOG, measured=[], values=[], mean=np.full(n, -5.0), sd=np.zeros(n)
    )
    figure.draw_without_rendering()
    ranked(space, np.full(n, -np.inf)).draw_without_rendering()


def test_a_large_pool_makes_a_small_file() -> None:
    space = Space.from_matrix(tuple("abc"), spread(20_000, 3))
    file = io.BytesIO()
    predicted(space).savefig(file, format="svg")
    assert file.tell() < 8_000_000


def test_japanese_words() -> None:
    with use("ja"):
        figure = predicted(SPACES["grid"])
    assert figure.axes[1].get_title() == "予測平均"
    assert [t.get_text() for t in figure.legends[0].get_texts()] == [
        "測定済み",
        "測定済みの最良",
        "提案",
        "未測定",
    ]


def test_the_best_mark_has_a_colour_of_its_own() -> None:
    axes = predicted(SPACES["grid"]).axes[0]
    star = next(c for c in axes.collections if c.get_label() == "best measured")
    expected = [int(VERMILLION[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    np.testing.assert_allclose(star.get_facecolor()[0][:3], expected)


def test_figures_need_no_pyplot_and_no_display() -> None:
    code = (
        "import io, sys, tansaku.plots as p, numpy as np;"
        "c = p.Curve('x', np.ones(3), np.ones(3), np.ones(3));"
        "p.discovery_figure([c]).savefig(io.BytesIO());"
        "print([m for m in ('matplotlib.pyplot', 'pandas', 'torch') if m in sys.modules])"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    environment.pop("DISPLAY", None)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
