"""Where tests lie in the timeline."""

from __future__ import annotations

import pytest
from runs import BEGAN, make_run, ran, ran_alone

from pytest_phaserun.model import Status
from pytest_phaserun.recording.run import Stage
from pytest_phaserun.views.timeline.kinds import Kind
from pytest_phaserun.views.timeline.lanes import (
    MOST_ROWS,
    Axis,
    Band,
    Bar,
    Heap,
    Span,
    arrange,
    find_axis,
    find_bands,
    find_gaps,
    find_windows,
    merge,
)


def bar(begin: float, end: float, kind: Kind = Kind.PASSED) -> Bar:
    return Bar(place=0, span=Span(begin, end), kind=kind)


def test_every_slot_is_a_lane_and_tests_alone_have_the_last_one():
    run = make_run(
        {"attempts": [ran_alone(4, 5)]},
        {"attempts": [ran(0, 2, slot=1)]},
        {"attempts": [ran(0, 3, slot=0)]},
    )

    lanes = arrange(run)

    assert [lane.label for lane in lanes] == ["slot 0", "slot 1", "alone"]
    assert [[bar.place for bar in lane.bars] for lane in lanes] == [[2], [1], [0]]


def test_bars_of_a_lane_are_in_the_order_of_time():
    run = make_run({"attempts": [ran(5, 6)]}, {"attempts": [ran(1, 2)]})

    (lane,) = arrange(run)

    assert [bar.span for bar in lane.bars] == [Span(0, 1), Span(4, 5)]


def test_lane_is_idle_before_between_and_after_its_tests():
    run = make_run(
        {"attempts": [ran(5, 6)]},
        {"attempts": [ran(1, 2)]},
        {"attempts": [ran(0, 10, slot=1)]},
    )

    lane, _ = arrange(run)

    assert lane.idle == (Span(0, 1), Span(2, 5), Span(6, 10))


def test_what_was_before_the_first_test_and_after_the_last_one_does_not_count():
    run = make_run({"attempts": [ran(2, 3)]}, {"attempts": [ran(4, 7)]}, ended=10)

    assert find_axis(run) == Axis(BEGAN + 2, BEGAN + 7)


def test_run_in_which_nothing_started_took_no_time():
    assert find_axis(make_run({}, ended=10)).wall == 0


def test_lane_of_those_alone_is_never_idle():
    (lane,) = arrange(make_run({"attempts": [ran_alone(5, 6)]}))

    assert lane.idle == ()


def test_confirmation_is_a_bar_of_its_own():
    failed = ran(0, 1, status=Status.FAILED, is_provisional=True)
    run = make_run({"attempts": [failed, ran_alone(2, 3)]})

    first, second = (bar for lane in arrange(run) for bar in lane.bars)

    assert (first.kind, first.is_again) == (Kind.FAILED, False)
    assert (second.kind, second.is_again) == (Kind.PASSED, True)


def test_test_whose_end_is_not_known_ran_until_the_last_that_is():
    run = make_run(
        {"attempts": [ran(1, None, status=None)]},
        {"attempts": [ran(0, 7, slot=1)]},
        ended=None,
    )

    lane, _ = arrange(run)

    assert lane.bars[0].span == Span(1, 7)
    assert lane.bars[0].kind is Kind.INTERRUPTED


def test_stages_lie_where_they_were():
    stage = Stage(when="setup", outcome="passed", start=BEGAN + 1, duration=0.5)
    run = make_run({"attempts": [ran(1, 4)], "stages": (stage,)})

    (lane,) = arrange(run)

    assert lane.bars[0].stages == ((stage, Span(0, 0.5)),)


@pytest.mark.parametrize(
    ("busy", "gaps"),
    [
        ([], [(0, 9)]),
        ([(0, 9)], []),
        ([(0, 5), (2, 3), (4, 6)], [(6, 9)]),
        ([(1, 2), (2, 3)], [(0, 1), (3, 9)]),
    ],
)
def test_gaps_are_what_no_span_covers(busy, gaps):
    found = find_gaps((Span(*each) for each in busy), 9)

    assert [(gap.begin, gap.end) for gap in found] == gaps


def test_phase_is_from_its_first_start_to_its_last_end():
    run = make_run(
        {"attempts": [ran(0, 2)]},
        {"attempts": [ran(0, 5, slot=1)]},
        {"attempts": [ran(5, 6)], "phase": 2},
        {"phase": 3},
    )

    assert find_bands(run) == [
        Band(phase=1, span=Span(0, 5)),
        Band(phase=2, span=Span(5, 6)),
    ]


def test_phases_that_overlap_lie_in_rows():
    run = make_run(
        {"attempts": [ran(0, 5)]},
        {"attempts": [ran(2, 7, slot=1)], "phase": 2},
        {"attempts": [ran(5, 9)], "phase": 3},
    )

    assert [(band.phase, band.row) for band in find_bands(run)] == [
        (1, 0),
        (2, 1),
        (3, 0),
    ]


def test_tests_alone_that_touch_are_one_window():
    run = make_run(
        {"attempts": [ran_alone(1, 2)]},
        {"attempts": [ran_alone(2, 3)]},
        {"attempts": [ran_alone(5, 6)]},
        {"attempts": [ran(7, 8)]},
    )

    assert find_windows(arrange(run)) == [Span(0, 2), Span(4, 5)]


def test_test_that_had_to_run_alone_may_do_so_on_a_slot():
    run = make_run(
        {"attempts": [ran(0, 1)]},
        {"attempts": [ran(1, 2, slot=1)], "alone": "marked exclusive"},
    )

    assert find_windows(arrange(run)) == [Span(1, 2)]


def test_attempt_beside_others_is_no_window_whatever_it_had_to_be():
    run = make_run(
        {"attempts": [ran(0, 5)]},
        {"attempts": [ran(1, 2, slot=1)], "alone": "marked exclusive"},
        {"attempts": [ran(5, 8)], "alone": "marked exclusive"},
        {"attempts": [ran(7, 9, slot=1)]},
    )

    assert find_windows(arrange(run)) == []


def test_run_of_one_lane_has_no_windows():
    assert find_windows(arrange(make_run({"attempts": [ran_alone(1, 2)]}))) == []


def test_long_bars_stay_as_they_are():
    bars = [bar(0, 1), bar(1, 2)]

    assert list(merge(bars, 0.5)) == bars


def test_short_bars_that_follow_one_another_are_one_heap():
    bars = [bar(n / 10, n / 10 + 0.1) for n in range(10)]

    (heap,) = merge(bars, 0.5)

    assert heap == Heap(span=Span(0, 1.0), kind=Kind.PASSED, count=10)


def test_heap_too_short_to_be_seen_shows_the_worst():
    (heap,) = merge([bar(0, 0.1), bar(0.1, 0.2, Kind.FAILED), bar(0.2, 0.3)], 0.5)

    assert heap == Heap(span=Span(0, 0.3), kind=Kind.FAILED, count=3)


def test_heap_that_can_be_seen_ends_where_others_begin():
    passed = [bar(n / 10, n / 10 + 0.1) for n in range(6)]

    heaps = list(merge([*passed, bar(0.6, 0.7, Kind.FAILED)], 0.5))

    assert [(heap.kind, heap.count) for heap in heaps] == [
        (Kind.PASSED, 6),
        (Kind.FAILED, 1),
    ]


def test_heap_ends_at_a_gap_and_at_a_long_bar():
    parts = list(merge([bar(0, 0.1), bar(2, 2.1), bar(2.1, 4), bar(4, 4.1)], 0.5))

    assert [each.span for each in parts] == [
        Span(0, 0.1),
        Span(2, 2.1),
        Span(2.1, 4),
        Span(4, 4.1),
    ]
    assert [isinstance(each, Heap) for each in parts] == [True, True, False, True]


def test_number_of_parts_is_bounded_whatever_the_number_of_bars():
    kinds = [Kind.PASSED, Kind.FAILED]
    bars = [bar(n / 1000, (n + 1) / 1000, kinds[n % 2]) for n in range(100_000)]

    parts = list(merge(bars, 1.0))

    # Each pair of parts is at least as long as what can be seen.
    assert len(parts) <= 200
    assert sum(part.count for part in parts) == 100_000


def test_of_very_many_phases_that_overlap_some_have_a_row():
    run = make_run(
        *({"attempts": [ran(0, 9, slot=n)], "phase": n + 1} for n in range(100))
    )

    assert {band.row for band in find_bands(run)} == set(range(MOST_ROWS))
