"""Targets: reading them, and the way between the unit and the model scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tansaku.errors import CellError, UsageError
from tansaku.space import Goal, Predicted, Scale, Target

targets = st.builds(
    lambda goal, value, log: Target(
        name="y",
        goal=goal,
        value=value if goal is Goal.MATCH else None,
        scale=Scale.LOG10 if log else Scale.LINEAR,
    ),
    st.sampled_from([Goal.MAX, Goal.MIN, Goal.MATCH]),
    st.floats(1e-6, 1e6),
    st.booleans(),
)


def predicted(target: Target, mean: float, sd: float, measured_sd: float) -> Predicted:
    """Where the function and the next measurement have normal laws."""
    return target.predicted(target.interval(mean, measured_sd), mean, target.interval(mean, sd))


@given(targets)
def test_written_targets_are_read_back(target: Target) -> None:
    assert Target.parse(str(target)) == target
    assert Target.model_validate_json(target.model_dump_json()) == target


@given(targets, st.floats(1e-8, 1e8))
def test_model_scale_and_unit_are_inverse(target: Target, value: float) -> None:
    model = float(target.to_model(np.array([value]))[0])
    assert target.in_unit(model) == pytest.approx(value, rel=1e-9)


@given(targets, st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=6, unique=True))
def test_score_ranks_as_wanted(target: Target, values: list[float]) -> None:
    best = values[int(np.argmax(target.score(np.array(values))))]
    if target.goal is Goal.MAX:
        assert best == max(values)
    elif target.goal is Goal.MIN:
        assert best == min(values)
    else:
        assert target.value is not None
        scale = np.log10 if target.scale is Scale.LOG10 else float
        distance = [abs(scale(v) - scale(target.value)) for v in values]
        assert abs(scale(best) - scale(target.value)) == pytest.approx(min(distance))


@given(targets, st.floats(-3, 3), st.floats(1e-3, 2))
def test_interval_holds_the_mean(target: Target, mean: float, sd: float) -> None:
    found = predicted(target, mean, 0.5 * sd, sd)
    assert found.function is not None
    assert found.low < found.function.low < found.mean < found.function.high < found.high
    assert found.sd > found.function.sd > 0
    assert (found.log10_mean is None) == (target.scale is Scale.LINEAR)


def test_log10_interval_is_that_of_the_median() -> None:
    found = predicted(Target.parse("s:max:log10"), -5.0, 0.1, 0.3)
    assert found.mean == pytest.approx(1e-5)
    assert found.low == pytest.approx(10 ** (-5 - 1.959963984540054 * 0.3))
    assert found.sd == pytest.approx((10**-4.7 - 10**-5.3) / 2)
    assert found.log10_sd == 0.3
    assert found.function is not None
    assert found.function.log10_sd == 0.1
    assert found.function.high == pytest.approx(10 ** (-5 + 1.959963984540054 * 0.1))


def test_minimised_target_turns_its_sign() -> None:
    target = Target.parse("Ea:min")
    assert target.to_model(np.array([0.4])).tolist() == [-0.4]
    assert target.in_unit(-0.4) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("y:maximum", "maximum"),
        ("y:=abc", "=abc"),
        ("y:=nan", "=nan"),
        (":max", "no name"),
        ("y:=-2:log10", "-2"),
    ],
)
def test_unreadable_targets_are_refused(text: str, part: str) -> None:
    with pytest.raises(UsageError, match=part):
        Target.parse(text)


def test_log10_of_what_is_not_positive_is_refused() -> None:
    with pytest.raises(CellError, match="rows 1, 2"):
        Target.parse("y:max:log10").to_model(np.array([1.0, 0.0, -3.0]))


def test_names_may_hold_spaces_and_units() -> None:
    assert Target.parse("fc 28-d (MPa):min").name == "fc 28-d (MPa)"


LIMITED = [
    "density:>=0.85",
    "impurity:<=0.05",
    "gap:=25.0+-2.0:log10",
    "density:max:>=0.6:<=0.99",
    "sigma:min:>=1e-08:<=0.001:log10",
    "density:max:0.7..0.95:weight=2.0",
    "co2:min:200.0..100.0:known",
]


@pytest.mark.parametrize("text", LIMITED)
def test_limits_tolerances_and_preferences_are_read_and_written(text: str) -> None:
    target = Target.parse(text)
    assert Target.parse(str(target)) == target
    assert Target.model_validate_json(target.model_dump_json()) == target
    assert not target.plain


def test_words_as_keyboards_write_them() -> None:
    assert Target.parse("密度（相対）:≧０．８５") == Target(
        name="密度（相対）", goal=Goal.KEEP, low=0.85
    )
    assert Target.parse("gap:= 25 ± 2").tolerance == 2.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("y:>=2:<=1", "at least 2 and at most 1"),
        ("y:max:0.9..0.6", "worthless"),
        ("y:min:0.6..0.9", "worthless"),
        ("y:>=0.5:weight=2", "weight"),
        ("y:max:min", "second time"),
        ("y:>=0:log10", "no log10"),
        ("y:=1+-2:log10", "no log10"),
        ("y:best", "not understood"),
    ],
)
def test_what_contradicts_itself_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Target.parse(text)


def test_a_stored_target_has_no_more_than_was_said() -> None:
    assert set(Target.parse("y:max").model_dump()) == {"name", "goal", "value", "scale", "unit"}


def test_wants_on_the_model_scale() -> None:
    want = Target.parse("sigma:min:<=1e-3:log10").want(reference=1e-2)
    assert (want.lower, want.upper) == (3.0, None)  # turned, as smaller is better
    assert want.reference == pytest.approx(2.0)
    window = Target.parse("gap:=25+-2:log10").want()
    ends = np.array([window.match - window.tolerance, window.match + window.tolerance])
    assert 10**ends == pytest.approx([23.0, 27.0])
    kept = Target.parse("density:>=0.85:<=0.9")
    assert kept.want().direction is None
    assert kept.keeps(np.array([0.8, 0.85, 0.9, 0.95, np.nan])).tolist() == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert kept.score(np.array([0.8, 0.87, 1.0])) == pytest.approx([-0.05, 0.0, -0.1])


def test_within_the_tolerance_all_is_as_good() -> None:
    target = Target.parse("gap:=25+-2")
    assert target.score(np.array([23.0, 25.0, 27.0, 28.0])) == pytest.approx([0, 0, 0, -1])


@pytest.mark.parametrize("goal", ["max", "min"])
def test_intervals_hold_95_percent_of_the_law(goal: str) -> None:
    """Of a log10 target as factors; its sd is half the width of the one-sd interval."""
    mean = -5.2 if goal == "max" else 5.2
    found = predicted(Target.of("y", goal=goal, scale="log10"), mean, 0.3, 0.5)
    plain = predicted(Target.of("y", goal=goal), mean, 0.3, 0.5)
    assert (found.mean, found.log10_mean) == (pytest.approx(10**-5.2), -5.2)
    assert plain.mean == -5.2
    assert found.function is not None
    assert plain.function is not None
    for factors, differences, sd in [
        (found, plain, 0.5),
        (found.function, plain.function, 0.3),
    ]:
        low, high = stats.norm(-5.2, sd).ppf([0.025, 0.975])
        assert (factors.low, factors.high) == pytest.approx((10**low, 10**high))
        assert factors.sd == pytest.approx((10 ** (-5.2 + sd) - 10 ** (-5.2 - sd)) / 2)
        assert factors.log10_sd == sd
        assert (differences.low, differences.high) == pytest.approx((low, high))
        assert differences.sd == sd


def test_what_a_form_sends_is_a_target() -> None:
    """A goal is always said; its value or limit may be missing, which is told."""
    assert Target.parse("density:keep:>=0.85") == Target.parse("density:>=0.85")
    with pytest.raises(UsageError, match="has to keep a limit"):
        Target.parse("density:keep")
    with pytest.raises(UsageError, match="a value belongs to goal 'match'"):
        Target.parse("gap:match")
