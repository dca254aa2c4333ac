"""The numbers of the timeline."""

from __future__ import annotations

import doctest

import pytest
from runs import make_run, ran, ran_alone

from pytest_phaserun.model import Status
from pytest_phaserun.recording.run import BlockedBy
from pytest_phaserun.views.timeline import scale
from pytest_phaserun.views.timeline.figures import find_slowest, measure
from pytest_phaserun.views.timeline.kinds import Kind
from pytest_phaserun.views.timeline.scale import find_ticks, in_words, on_axis


def test_speed_up_and_efficiency_come_from_the_sum_of_durations():
    run = make_run(
        {"attempts": [ran(0, 4)]}, {"attempts": [ran(0, 2, slot=1)]}, ended=4, slots=2
    )

    figures = measure(run)

    assert (figures.wall, figures.total) == (4, 6)
    assert figures.speed_up == 1.5
    assert figures.efficiency == 0.75


def test_run_of_nothing_has_figures():
    figures = measure(make_run(ended=0))

    assert (figures.speed_up, figures.efficiency) == (1, 1)
    assert (figures.path, figures.path_length, figures.counts) == ((), 0, {})


def test_every_attempt_counts():
    failed = ran(0, 3, status=Status.FAILED, is_provisional=True)
    figures = measure(make_run({"attempts": [failed, ran_alone(4, 5)]}))

    assert figures.durations == [4]


def test_outcomes_are_counted_from_the_worst_on():
    failed = ran(0, 1, status=Status.FAILED)
    doubtful = ran(0, 1, status=Status.FAILED, is_provisional=True)
    cause = BlockedBy(cause=1, root=1, reason="depends on test_1")
    run = make_run(
        {"attempts": [ran(0, 1)]},
        {"attempts": [failed]},
        {"attempts": [ran(0, 1, status=Status.TIMEOUT)]},
        {"attempts": [ran(0, 1, status=Status.SKIPPED)]},
        {"attempts": [doubtful, ran_alone(2, 3)]},
        {"blocked": cause},
        {},
    )

    assert list(measure(run).counts.items()) == [
        (Kind.FAILED, 1),
        (Kind.TIMEOUT, 1),
        (Kind.BLOCKED, 1),
        (Kind.NOT_RUN, 1),
        (Kind.ALONE, 1),
        (Kind.SKIPPED, 1),
        (Kind.PASSED, 1),
    ]


def test_critical_path_is_the_chain_that_took_longest():
    run = make_run(
        {"attempts": [ran(0, 1)]},
        {"attempts": [ran(0, 3)]},
        {"attempts": [ran(3, 4)], "phase": 2, "after": (0, 1)},
        {"attempts": [ran(3, 4.5)], "phase": 2, "after": (0,)},
    )

    figures = measure(run)

    assert figures.path == (1, 2)
    assert figures.path_length == 4


def test_critical_path_may_be_a_single_test():
    run = make_run(
        {"attempts": [ran(0, 9)]},
        {"attempts": [ran(0, 1)]},
        {"attempts": [ran(1, 2)], "phase": 2, "after": (1,)},
    )

    assert measure(run).path == (0,)


def test_test_that_never_ran_is_no_part_of_the_critical_path():
    run = make_run(
        {"attempts": [ran(0, 1)]},
        {"phase": 2, "after": (0,)},
        {"attempts": [ran(1, 2)], "phase": 3, "after": (1,)},
    )

    assert measure(run).path == (0,)


def test_dependencies_may_stand_behind_their_dependents():
    run = make_run(
        {"attempts": [ran(2, 3)], "phase": 2, "after": (1,)},
        {"attempts": [ran(0, 2)]},
    )

    assert measure(run).path == (1, 0)


def test_slowest_come_first_and_equals_in_the_order_of_the_plan():
    run = make_run(
        {"attempts": [ran(0, 1)]},
        {"attempts": [ran(0, 2)]},
        {},
        {"attempts": [ran(0, 1)]},
        {"attempts": [ran(0, 0.5)]},
    )

    assert find_slowest(run, measure(run).durations, 3) == [1, 0, 3]


def test_examples_of_the_scale():
    failed, attempted = doctest.testmod(scale)

    assert (failed, attempted > 0) == (0, True)


@pytest.mark.parametrize("wall", [0.0, 1e-7, 0.003, 1.0, 59.0, 3599.0, 90_000.0])
def test_axis_has_a_few_ticks_from_0_on(wall):
    ticks = list(find_ticks(wall, 8))

    assert ticks[0] == 0
    assert ticks[-1] <= wall
    assert len(ticks) <= 9
    assert len({on_axis(tick) for tick in ticks}) == len(ticks)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0000012, "0.0012 ms"),
        (0.9996, "1.00 s"),
        (9.996, "10.0 s"),
        (59.996, "1 min 00 s"),
        (3599.6, "1 h 00 min"),
    ],
)
def test_words_do_not_jump_where_units_change(seconds, words):
    assert in_words(seconds) == words
