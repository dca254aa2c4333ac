"""How fast a run was: figures of a record, and the lines about them."""

from __future__ import annotations

import pytest

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Schedule, Status, Task
from pytest_phaserun.record import RunRecord, Span
from pytest_phaserun.views.speed import describe_speed, find_speed
from pytest_phaserun.views.terminal import describe


def make_record(
    tasks: list[Task],
    durations: list[float],
    wall: float,
    concurrency: int = 2,
    schedule: Schedule = Schedule.PHASE,
) -> RunRecord:
    """Return the record of a run in which each task took so long."""
    record = RunRecord(
        graph=TaskGraph(tasks),
        concurrency=concurrency,
        schedule=schedule,
        began=10.0,
        ended=10.0 + wall,
    )
    for place, spent in enumerate(durations):
        record.note_end(Span(place, 0, Status.COMPLETED, 10.0, 10.0 + spent))
    return record


#: a (1 s) and b (2 s), then c (3 s) after a and d (1 s) after b.
TASKS = [
    Task(id="a"),
    Task(id="b"),
    Task(id="c", dependencies=("a",)),
    Task(id="d", dependencies=("b",)),
]
DURATIONS = [1.0, 2.0, 3.0, 1.0]


def test_critical_path_is_that_of_the_durations_measured():
    speed = find_speed(make_record(TASKS, DURATIONS, wall=5.0))

    assert (speed.path, speed.path_length) == ([0, 2], 4.0)


def test_ideal_is_the_critical_path_where_that_is_longer():
    speed = find_speed(make_record(TASKS, DURATIONS, wall=5.0))

    assert (speed.ideal, speed.speed_up, speed.efficiency) == (4.0, 1.4, 0.7)


def test_ideal_is_the_work_spread_over_the_slots_where_that_is_longer():
    tasks = [Task(id=name) for name in "abcd"]

    assert find_speed(make_record(tasks, DURATIONS, wall=5.0)).ideal == 3.5


def test_what_never_ran_is_in_no_critical_path():
    assert find_speed(make_record(TASKS, [1.0, 2.0], wall=2.0)).path == [1]


def test_run_of_no_time_divides_by_nothing():
    speed = find_speed(make_record(TASKS, [], wall=0.0))

    assert (speed.speed_up, speed.efficiency) == (0.0, 0.0)


def test_lines_say_where_the_time_went():
    assert list(describe_speed(make_record(TASKS, DURATIONS, wall=5.0))) == [
        "ideal 4.00 s, efficiency 70%",
        "waiting for phases to end cost 1.00 s",
        "critical path 4.00 s: a (1.00 s) -> c (3.00 s)",
    ]


def test_without_barriers_and_dependents_there_is_less_to_say():
    tasks = [Task(id=name) for name in "ab"]
    record = make_record(tasks, [1.0, 1.0], wall=1.0, schedule=Schedule.GRAPH)

    assert list(describe_speed(record)) == ["ideal 1.00 s, efficiency 100%"]


def test_long_critical_path_names_its_first_tests_and_its_last_one():
    tasks = [Task(id="0")]
    tasks += [Task(id=f"{n}", dependencies=(f"{n - 1}",)) for n in range(1, 9)]
    record = make_record(tasks, [1.0] * 9, wall=9.0, schedule=Schedule.GRAPH)

    assert list(describe_speed(record))[-1] == (
        "critical path 9.00 s: 0 (1.00 s) -> 1 (1.00 s) -> 2 (1.00 s) -> 3 (1.00 s) "
        "-> 4 more -> 8 (1.00 s)"
    )


@pytest.mark.parametrize(
    ("durations", "wall", "concurrency"),
    [([], 5.0, 2), (DURATIONS, 5.0, 1), (DURATIONS, 0.9, 2)],
    ids=["no tests", "one at a time", "short"],
)
def test_there_is_nothing_to_say_where_nobody_would_ask(durations, wall, concurrency):
    record = make_record(TASKS, durations, wall, concurrency)

    assert list(describe_speed(record)) == []


@pytest.mark.parametrize(
    ("wall", "concurrency", "shown"),
    [
        (5.0, 2, "5.00 s for 7.00 s of tests (speed-up 1.4x)"),
        (0.5, 2, "0.50 s for 7.00 s of tests"),
        (7.0, 1, "7.00 s for 7.00 s of tests"),
    ],
)
def test_summary_names_the_speed_up_where_it_says_something(wall, concurrency, shown):
    record = make_record(TASKS, DURATIONS, wall, concurrency)

    assert list(describe(record))[2] == shown
