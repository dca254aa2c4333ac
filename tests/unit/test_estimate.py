"""What is foretold of a run while it goes on."""

from __future__ import annotations

import pytest

from pytest_phaserun.estimate import estimate_left
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Claim, Schedule, Status, Task
from pytest_phaserun.record import RunRecord, Span, Start

BATCH, PHASE, GRAPH = Schedule.BATCH, Schedule.PHASE, Schedule.GRAPH


def record(*tasks: Task, schedule: Schedule = PHASE, **more: object) -> RunRecord:
    return RunRecord(
        graph=TaskGraph(tasks),
        concurrency=2,
        schedule=schedule,
        **more,  # type: ignore[arg-type]
    )


def left(made: RunRecord, *, ended: str = "", now: float = 100.0) -> float | None:
    flags = [task.id in ended.split() for task in made.graph.tasks]
    return estimate_left(made, flags, now)


def end(made: RunRecord, id: str, seconds: float) -> None:
    place = made.graph.index(id)
    span = Span(place=place, slot=0, status=Status.COMPLETED, began=0.0, ended=seconds)
    made.spans.append(span)


def test_of_which_nothing_is_known_nothing_is_foretold():
    assert left(record(Task(id="a"))) is None


def test_nothing_takes_no_time():
    made = record(Task(id="a", estimate=2.0))

    assert left(made, ended="a") == 0.0


def test_work_is_spread_over_the_slots():
    made = record(*(Task(id=id, estimate=2.0) for id in "abcd"))

    assert left(made) == 4.0


def test_longest_task_is_not_spread():
    made = record(Task(id="a", estimate=9.0), Task(id="b", estimate=1.0))

    assert left(made) == 9.0


def test_what_runs_has_done_its_part():
    made = record(Task(id="a", estimate=9.0))
    made.running[0] = Start(place=0, slot=0, began=96.0)

    assert left(made, now=100.0) == 5.0


def test_what_takes_longer_than_expected_may_end_at_once():
    made = record(Task(id="a", estimate=1.0))
    made.running[0] = Start(place=0, slot=0, began=50.0)

    assert left(made, now=100.0) == 0.0


def test_new_tasks_take_as_long_as_new_ones_that_have_ended():
    made = record(Task(id="known", estimate=50.0), *(Task(id=id) for id in "ab"))
    end(made, "known", 50.0)
    end(made, "a", 3.0)

    assert left(made, ended="known a") == 3.0


def test_first_new_task_takes_as_long_as_the_known_ones():
    made = record(Task(id="known", estimate=8.0), Task(id="new"))

    assert left(made, ended="known") == 8.0
    end(made, "known", 6.0)
    assert left(made, ended="known") == 6.0


UNBALANCED = (
    Task(id="slow", estimate=5.0),
    Task(id="quick", estimate=1.0),
    Task(id="behind", estimate=5.0, dependencies=("quick",)),
)


def test_phases_end_one_after_the_other():
    assert left(record(*UNBALANCED)) == 10.0


def test_without_barriers_the_longest_chain_counts():
    assert left(record(*UNBALANCED, schedule=GRAPH)) == 6.0


def test_of_a_chain_counts_what_is_left():
    assert left(record(*UNBALANCED, schedule=GRAPH), ended="quick") == 5.0


def test_slices_end_one_after_the_other():
    tasks = [Task(id=str(each), estimate=each) for each in (4.0, 3.0, 2.0, 1.0)]

    assert left(record(*tasks, schedule=BATCH)) == 6.0


@pytest.mark.parametrize("schedule", Schedule)
def test_what_runs_alone_comes_on_top(schedule):
    made = record(
        *(Task(id=id, estimate=2.0) for id in "ab"),
        Task(id="c", estimate=3.0, exclusive=True),
        schedule=schedule,
    )

    assert left(made) == 5.0


def test_who_shares_the_units_of_a_resource_waits():
    disk = Claim(thing="disk", state="write", units=1)
    ports = Claim(thing="ports", state="write", units=1)
    tasks = [
        *(Task(id=id, estimate=2.0, claims=(disk,)) for id in "abc"),
        *(Task(id=id, estimate=2.0, claims=(ports,)) for id in "de"),
    ]

    assert left(record(*tasks, capacities={"ports": 2})) == 6.0
