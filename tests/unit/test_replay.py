"""What runs take with given durations, without running them."""

from __future__ import annotations

import pytest

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Claim, Dependency, Schedule, Status, Task, When
from pytest_phaserun.replay import replay

BATCH, PHASE, GRAPH = Schedule.BATCH, Schedule.PHASE, Schedule.GRAPH

UNBALANCED = TaskGraph(
    [Task(id="slow"), Task(id="quick"), Task(id="behind", dependencies=("quick",))]
)


def take(graph: TaskGraph, durations: list[float], **more: object) -> float:
    settings = {"concurrency": 2, "schedule": PHASE, "capacities": {}, **more}
    return replay(graph, durations, **settings)  # type: ignore[arg-type]


def test_nothing_takes_no_time():
    assert take(TaskGraph(()), []) == 0.0


@pytest.mark.parametrize(("schedule", "seconds"), [(PHASE, 10.0), (GRAPH, 6.0)])
def test_barriers_of_the_schedule_are_kept(schedule, seconds):
    assert take(UNBALANCED, [5.0, 1.0, 5.0], schedule=schedule) == seconds


def test_what_runs_alone_waits_for_its_time():
    graph = TaskGraph([Task(id="a"), Task(id="b", exclusive=True), Task(id="c")])

    assert take(graph, [1.0, 2.0, 4.0]) == 6.0


def test_who_claims_the_same_goes_one_after_the_other():
    claim = Claim(thing="disk", state="write", units=1)
    graph = TaskGraph([Task(id=id, claims=(claim,)) for id in "ab"])

    assert take(graph, [1.0, 2.0]) == 3.0
    assert take(graph, [1.0, 2.0], capacities={"disk": 2}) == 2.0


def test_with_affinity_connected_tasks_share_a_slot():
    graph = TaskGraph(
        [Task(id="a"), *(Task(id=id, dependencies=("a",)) for id in "bc")]
    )

    assert take(graph, [1.0, 2.0, 2.0]) == 3.0
    assert take(graph, [1.0, 2.0, 2.0], affinity=True) == 5.0


def test_with_affinity_something_runs_alone_too():
    graph = TaskGraph([Task(id="a"), Task(id="b", exclusive=True)])

    assert take(graph, [1.0, 2.0], affinity=True) == 3.0


def test_what_is_blocked_takes_no_time():
    ends = [Status.COMPLETED, Status.FAILED, Status.COMPLETED]

    assert take(UNBALANCED, [1.0, 1.0, 9.0], ends=ends) == 1.0


def test_what_waits_for_no_failure_takes_no_time():
    need = Dependency(ids=("a",), when=When.FAILED)
    graph = TaskGraph([Task(id="a"), Task(id="b", dependencies=(need,))])

    assert take(graph, [1.0, 9.0]) == 1.0
