"""Firing profiles: what follows from them, units, columns for the model, and what is refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from tansaku.campaign.description import described
from tansaku.encode import ProfileColumns, encoder_for
from tansaku.errors import SpaceError
from tansaku.space import Categorical, Continuous, Profile, Space, Stepped
from tansaku.space.profile import GAS_CONSTANT, ZERO_CELSIUS

T1 = Stepped(name="T1", low=700, high=1000, step=50, unit="°C")
T2 = Stepped(name="T2", low=900, high=1200, step=50, unit="°C")
HOLD = Stepped(name="t", low=0, high=12, step=4, unit="h")
GAS = Categorical(name="gas", values=("air", "O2"))
TWO_STEPS: dict[str, Any] = {
    "segments": [
        {"ramp": {"to": "T1", "rate": 300}},
        {"hold": {"at": "T1", "time": 6}},
        {"ramp": {"to": "T2", "rate": 300}},
        {"hold": {"at": "T2", "time": "t"}},
        {"cool": {"to": 25, "rate": 200}},
    ]
}


def two_steps(**more: Any) -> Profile:
    return Profile.model_validate(TWO_STEPS | more)


def at(*values: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([values], dtype=np.float64)


def test_hours_and_peak_by_hand() -> None:
    found = two_steps().derived([T1, T2, HOLD], at(800, 1100, 8))
    hours = 775 / 300 + 6 + 300 / 300 + 8 + 1075 / 200
    assert found["total_time"] == pytest.approx([hours])
    assert found["peak_temperature"] == pytest.approx([1100])
    assert set(found) == {"total_time", "peak_temperature"}


@pytest.mark.parametrize("energy", [100, 400, 1000])
def test_dose_against_adaptive_quadrature(energy: float) -> None:
    """The work of sintering along the same firing, piece by piece, by QUADPACK."""
    profile = two_steps(activation_energy=energy, reference=1000)
    found = profile.derived([T1, T2, HOLD], at(800, 1100, 8))["dose"][0]
    ref, scale = 1000 + ZERO_CELSIUS, energy / GAS_CONSTANT

    def work(celsius: float) -> float:
        T = celsius + ZERO_CELSIUS
        return float(ref / T * np.exp(-scale * (1 / T - 1 / ref)))

    def ramp(low: float, high: float, rate: float) -> float:
        steps = np.linspace(low, high, 20)
        pieces = [quad(work, a, b, epsrel=1e-12)[0] for a, b in pairwise(steps)]
        return float(sum(pieces)) / rate

    total = ramp(25, 800, 300) + 6 * work(800) + ramp(800, 1100, 300) + 8 * work(1100)
    total += ramp(25, 1100, 200)
    assert found == pytest.approx(np.log10(total), abs=1e-8)


def test_an_hour_at_the_reference_is_a_dose_of_zero() -> None:
    """And ten hours one decade; the reference is the hottest setting where none is given."""
    fast = [{"hold": {"at": "T2", "time": "t"}}]
    profile = Profile.model_validate({"segments": fast, "activation_energy": 300})
    hold = Stepped(name="t", low=1, high=10, step=9)
    assert profile.derived([T2, hold], at(1200, 1))["dose"] == pytest.approx([0])
    assert profile.derived([T2, hold], at(1200, 10))["dose"] == pytest.approx([1])
    assert profile.derived([T2, hold], at(1100, 10))["dose"] < 1


def test_units_of_parameters_and_of_numbers() -> None:
    """Kelvin, minutes and K/min mean the same as °C, hours and °C/h."""
    T = Stepped(name="T", low=1173.15, high=1273.15, step=50, unit="K")
    t = Stepped(name="t", low=60, high=240, step=60, unit="min")
    r = Stepped(name="r", low=5, high=10, step=5, unit="K/min")
    segments = [{"ramp": {"to": "T", "rate": "r"}}, {"hold": {"time": "t"}}]
    one = Profile.model_validate({"segments": segments})
    found = one.derived([T, t, r], at(1273.15, 120, 5))
    assert found["peak_temperature"] == pytest.approx([1000])
    assert found["total_time"] == pytest.approx([975 / 300 + 2])
    numbers = [{"ramp": {"to": "1273.15 K", "rate": "5 K/min"}}, {"hold": {"time": "120 min"}}]
    other = Profile.model_validate({"segments": numbers}).derived([T], at(1173.15))
    assert other["total_time"] == pytest.approx(found["total_time"])


def test_second_heating_above_the_first() -> None:
    """Strict and not, in whole numbers of steps; every candidate keeps it."""
    first, second = (Stepped(name=n, low=900, high=1100, step=50) for n in ("T1", "T2"))
    strict = Space.from_parameters([first, second], ["T2 > T1"], profile=two_steps_without_time())
    loose = Space.from_parameters([first, second], ["T2 >= T1"])
    assert (strict.size, loose.size) == (10, 15)
    assert (strict.matrix[:, 1] > strict.matrix[:, 0]).all()
    peaks = strict.derived(strict.matrix)["peak_temperature"]
    assert peaks.tolist() == strict.matrix[:, 1].tolist()


def two_steps_without_time() -> Profile:
    segments = [{"hold": {"at": "T1", "time": 6}}, {"hold": {"at": "T2", "time": 6}}]
    return Profile.model_validate({"segments": segments})


def test_constraints_on_heating_that_contradict_are_named() -> None:
    hot = Stepped(name="T1", low=1000, high=1200, step=50)
    cool = Stepped(name="T2", low=800, high=950, step=50)
    with pytest.raises(SpaceError, match=r"keeps the constraint 'T2 > T1'"):
        Space.from_parameters([hot, cool], ["T2 > T1"])
    with pytest.raises(SpaceError, match=r"'T2 >= 1100' and 'T1 \+ T2 <= 1900' contradict"):
        Space.from_parameters([T1.model_copy(update={"low": 850}), T2], CONTRADICTING)


CONTRADICTING = ["T2 >= 1100", "T1 + T2 <= 1900"]


def test_columns_for_the_model() -> None:
    """Features beside the inputs, on [0, 1]; decoding gives the inputs back."""
    profile = two_steps(activation_energy=400, columns=["peak_temperature", "dose"])
    space = Space.from_parameters([T1, T2, HOLD, GAS], ["T2 > T1"], profile=profile)
    encoder = encoder_for(space)
    assert isinstance(encoder, ProfileColumns)
    assert encoder.names[-2:] == ("peak_temperature", "dose")
    X = encoder.encode(space.matrix).X
    assert X.shape[1] == len(encoder.names) == len(encoder.spans)
    assert X[:, -2:].min() == 0.0
    assert X[:, -2:].max() == pytest.approx(1.0)
    assert np.allclose(encoder.decode(X), space.matrix)
    plain = space.model_copy(update={"profile": two_steps()})
    assert np.array_equal(encoder_for(plain).encode(space.matrix).X, X[:, :-2])


def test_a_spec_file_has_it_in_short_and_in_parts() -> None:
    fields = {"parameters": ["T1=700:1000:50", "T2=900:1200:50", "t=0:12:4"], "targets": ["y"]}
    short = described(fields | {"profile": TWO_STEPS["segments"]}, "here")
    long = described(fields | {"profile": TWO_STEPS}, "here")
    assert short == long
    assert short.profile is not None
    space = Space.from_parameters(short.parameters, profile=short.profile)
    assert Space.model_validate_json(space.model_dump_json()) == space
    assert "profile" not in Space.from_parameters([T1]).model_dump()


@pytest.mark.parametrize(
    ("segments", "more", "said"),
    [
        ([{"hold": {"at": "T3", "time": 1}}], {}, "no parameter 'T3'"),
        ([{"hold": {"at": "gas", "time": 1}}], {}, "'gas' is a choice"),
        ([{"ramp": {"to": "T1", "rate": 0}}], {}, "0 is no rate above 0"),
        ([{"hold": {"at": "T1", "time": "-1"}}], {}, "-1 is no rate above 0, or a time below 0"),
        ([{"hold": {"at": "-300", "time": 1}}], {}, "below absolute zero"),
        ([{"hold": {"at": "900 F", "time": 1}}], {}, "the unit 'F' of 900 F is not known"),
        ([{"ramp": {"to": "T1", "rate": "5 K"}}], {}, "the unit 'K' of 5 K is not known"),
        ([{}], {}, "not one of ramp, hold and cool"),
        ([{"hold": {"at": "T1", "time": 1}}], {"columns": ["dose"]}, "needs an activation energy"),
    ],
)
def test_what_is_no_profile(segments: list[Any], more: dict[str, Any], said: str) -> None:
    with pytest.raises(SpaceError, match=said):
        spanned({"segments": segments} | more)


def spanned(profile: dict[str, Any]) -> Space:
    """A space with this profile."""
    return Space.from_parameters([T1, T2, GAS], profile=Profile.model_validate(profile))


def test_columns_of_a_space_that_cannot_be_listed() -> None:
    segments = [{"hold": {"at": "T", "time": 1}}]
    profile = Profile.model_validate({"segments": segments, "columns": ["peak_temperature"]})
    space = Space.from_parameters([Continuous(name="T", low=900, high=1200)], profile=profile)
    with pytest.raises(SpaceError, match="need candidates that can be listed"):
        encoder_for(space)
