"""What is expected of a run before it begins."""

from __future__ import annotations

from pytest_phaserun import forecast
from pytest_phaserun.forecast import SLOTS, Forecast, foresee
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Dependency, Schedule, Task, When

BATCH, PHASE, GRAPH = Schedule.BATCH, Schedule.PHASE, Schedule.GRAPH

UNBALANCED = TaskGraph(
    [
        Task(id="slow", estimate=5.0),
        Task(id="quick", estimate=1.0),
        Task(id="behind", estimate=5.0, dependencies=("quick",)),
    ]
)


def look(graph: TaskGraph, schedule: Schedule = PHASE) -> Forecast:
    return foresee(graph, schedule=schedule, capacities={})


def test_every_schedule_is_looked_at_that_of_the_run_first():
    found = look(UNBALANCED)

    assert list(found.times) == [PHASE, BATCH, GRAPH]
    assert found.times[PHASE] == (11.0, *[10.0] * 5)
    assert found.times[GRAPH] == (11.0, *[6.0] * 5)


def test_critical_path_is_the_longest_chain_in_its_order():
    found = look(UNBALANCED)

    assert (found.path, found.path_length) == ((1, 2), 6.0)


def test_one_slot_takes_as_long_as_all_tasks():
    found = look(UNBALANCED)

    assert found.work == found.times[PHASE][0] == 11.0


def test_new_tasks_take_as_long_as_the_known_ones():
    found = look(TaskGraph([Task(id="a", estimate=4.0), Task(id="b")]))

    assert (found.known, found.work) == (1, 8.0)


def test_where_nothing_is_known_each_task_counts_once():
    found = look(TaskGraph([Task(id="a"), Task(id="b"), Task(id="c")]))

    assert (found.known, found.work, found.times[PHASE][1]) == (0, 3.0, 2.0)


def test_fewest_slots_that_are_as_good_as_more_are_recommended():
    tasks = [Task(id="long", estimate=100.0), Task(id="short", estimate=80.0)]

    assert look(TaskGraph(tasks)).recommended == 2


def test_a_little_time_is_not_worth_twice_the_slots():
    chain = [
        Task(id=str(n), estimate=10.0, dependencies=(str(n - 1),) if n else ())
        for n in range(10)
    ]

    assert look(TaskGraph([*chain, Task(id="one", estimate=4.0)])).recommended == 1


def test_of_very_many_tasks_only_the_schedule_of_the_run_is_looked_at(monkeypatch):
    monkeypatch.setattr(forecast, "MANY", 2)

    assert list(look(UNBALANCED, GRAPH).times) == [GRAPH]


def test_of_nothing_nothing_is_expected():
    found = look(TaskGraph(()))

    assert (found.work, found.path, found.recommended) == (0, (), SLOTS[0])


def test_tasks_that_run_only_if_others_fail_are_not_expected_to_run():
    need = Dependency(ids=("a",), when=When.FAILED)
    tasks = [Task(id="a", estimate=1.0), Task(id="b", dependencies=(need,))]

    assert look(TaskGraph(tasks)).times[PHASE] == (1.0,) * 6
