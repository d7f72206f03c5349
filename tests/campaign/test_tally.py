"""What measurements add up to does not depend on how many came at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tansaku.campaign.history.records import Measurement, Status
from tansaku.campaign.history.tally import Tally
from tansaku.space import Target

TARGETS = (Target.parse("y:max:log10"), Target.parse("z:min"))
AT = datetime(2026, 1, 1, tzinfo=UTC)

measurements = st.builds(
    Measurement,
    id=st.just("m1"),
    pool_row=st.integers(0, 3) | st.none(),
    inputs=st.fixed_dictionaries({"a": st.sampled_from([0.0, 0.5])}),
    achieved=st.none() | st.fixed_dictionaries({"a": st.sampled_from([0.1, 0.2])}),
    values=st.dictionaries(st.sampled_from("yz"), st.floats(1e-9, 1e3), max_size=2),
    limits=st.just({}) | st.just({"y": "below"}),
    status=st.sampled_from(list(Status)),
    reopen=st.booleans(),
    at=st.just(AT),
)


def by_hand(found: Tally, told: Sequence[Measurement]) -> None:
    """The tally against its definition, measurement by measurement."""
    closing, teaching = [m for m in told if m.closes], [m for m in told if m.counts]
    assert found.measured == {m.candidate: m.inputs for m in closing}
    assert list(found.measured) == list(dict.fromkeys(m.candidate for m in closing))
    assert found.failed == {
        m.candidate
        for m in closing
        if all(o.status is Status.FAILED for o in closing if o.candidate == m.candidate)
    }
    assert found.taught == Counter(m.candidate for m in teaching)
    assert found.limits == len([m for m in teaching if m.limits])
    assert found.excluded == len([m for m in told if m.status is Status.EXCLUDED])
    for target in TARGETS:
        groups: dict[object, list[float]] = {}
        for m in teaching:
            if target.name in m.values and target.name not in m.limits:
                key = m.candidate, str(m.achieved)
                groups.setdefault(key, []).append(m.values[target.name])
        candidates, means = found.means(target)
        assert len(means) == len(candidates) == len(groups)
        for value, values, candidate, key in zip(
            means, groups.values(), candidates, groups, strict=True
        ):
            assert isinstance(key, tuple)
            assert key[0] == candidate
            assert min(values) * (1 - 1e-12) <= value <= max(values) * (1 + 1e-12)
            if len(values) == 1:
                assert value == values[0]


@given(st.lists(st.lists(measurements, max_size=4), max_size=6), st.booleans())
def test_it_does_not_matter_how_many_come_at_a_time(
    parts: list[list[Measurement]], asked: bool
) -> None:
    """To the bit, whether means were asked for between or not; what was before stays as it was."""
    found, told = Tally(), list[Measurement]()
    for part in parts:
        if asked:
            for target in TARGETS:
                found.means(target)
        before, found = found, found.with_more(part)
        by_hand(before, told)
        told += part
    by_hand(found, told)
    whole = Tally().with_more(told)
    for target in TARGETS:
        assert found.means(target)[0] == whole.means(target)[0]
        assert found.means(target)[1].tobytes() == whole.means(target)[1].tobytes()
