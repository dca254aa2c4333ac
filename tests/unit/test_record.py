"""What a record says of a run: durations, and what waiting has cost."""

from __future__ import annotations

import pytest

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Claim, Dependency, Schedule, Status, Task, When
from pytest_phaserun.record import RunRecord, Span

BATCH, PHASE, GRAPH = Schedule.BATCH, Schedule.PHASE, Schedule.GRAPH


def record(
    tasks: dict[str, tuple[str, ...]],
    durations: dict[str, float],
    *,
    concurrency: int = 2,
    schedule: Schedule = PHASE,
    exclusive: tuple[str, ...] = (),
) -> RunRecord:
    """Return the record of tasks that took so long; when they ran does not matter."""
    graph = TaskGraph(
        Task(id=id, dependencies=needed, exclusive=id in exclusive)
        for id, needed in tasks.items()
    )
    made = RunRecord(graph=graph, concurrency=concurrency, schedule=schedule)
    made.spans.extend(
        Span(
            place=graph.index(id),
            slot=0,
            status=Status.COMPLETED,
            began=100.0,
            ended=100.0 + duration,
        )
        for id, duration in durations.items()
    )
    return made


def test_wall_time_is_from_begin_to_end():
    made = RunRecord(
        graph=TaskGraph(()), concurrency=1, schedule=PHASE, began=5.0, ended=7.5
    )

    assert made.wall == 2.5


def test_total_is_what_all_tasks_took():
    assert record({"a": (), "b": ()}, {"a": 1.0, "b": 2.0}).total == 3.0


def test_empty_run_has_cost_nothing():
    made = RunRecord(graph=TaskGraph(()), concurrency=1, schedule=PHASE)

    assert (made.wall, made.total, made.barrier_cost()) == (0.0, 0.0, 0.0)


#: The slow task of the first phase keeps the one of the second waiting.
UNBALANCED = {"slow": (), "quick": (), "behind": ("quick",)}
TAKES = {"slow": 5.0, "quick": 1.0, "behind": 5.0}


def test_phase_that_waits_for_its_slowest_task_costs():
    # Without barriers: 0-5 slow, 0-1 quick, 1-6 behind; with: behind from 5 to 10.
    assert record(UNBALANCED, TAKES).barrier_cost() == pytest.approx(4.0)


def test_graph_has_no_barriers():
    assert record(UNBALANCED, TAKES, schedule=GRAPH).barrier_cost() == 0.0


def test_one_phase_has_no_barrier():
    assert record({"a": (), "b": ()}, {"a": 9.0, "b": 1.0}).barrier_cost() == 0.0


def test_balanced_phases_cost_nothing():
    made = record(
        {"a": (), "b": (), "c": ("a",), "d": ("b",)}, dict.fromkeys("abcd", 2.0)
    )

    assert made.barrier_cost() == pytest.approx(0.0)


def test_batches_cost_what_their_slices_wait():
    # Slices: a and b until 5, c from 5 to 6, d from 6 to 7; without: 5 in all.
    made = record(
        {"a": (), "b": (), "c": (), "d": ("c",)},
        {"a": 5.0, "b": 1.0, "c": 1.0, "d": 1.0},
        schedule=BATCH,
    )

    assert made.barrier_cost() > 0.0


def test_tasks_that_never_ran_take_no_time():
    made = record({"a": (), "b": ("a",), "c": ("b",)}, {"a": 1.0})

    assert made.barrier_cost() == pytest.approx(0.0)


def test_exclusive_tasks_run_alone_in_the_replay_too():
    made = record(
        {"a": (), "b": (), "c": ("a",)},
        {"a": 1.0, "b": 1.0, "c": 1.0},
        exclusive=("b",),
    )

    # With phases: a, b, c; without: a, then c, since something could run instead of b.
    assert made.barrier_cost() == pytest.approx(0.0)


def test_last_span_of_a_task_that_ran_twice_counts():
    made = record(UNBALANCED, TAKES)
    made.spans.append(
        Span(place=0, slot=0, status=Status.COMPLETED, began=0.0, ended=1.0)
    )

    assert made.barrier_cost() == pytest.approx(0.0)


def test_replay_of_many_tasks_is_no_recursion():
    names = [f"t{i}" for i in range(5000)]
    tasks = {name: (names[i - 1],) if i else () for i, name in enumerate(names)}

    assert record(tasks, dict.fromkeys(names, 0.1)).barrier_cost() == pytest.approx(0.0)


def test_task_for_a_failure_takes_its_time_in_the_replay():
    tasks = [
        *(Task(id="a"), Task(id="slow")),
        Task(id="b", dependencies=(Dependency(ids=("a",), when=When.FAILED),)),
    ]
    made = RunRecord(graph=TaskGraph(tasks), concurrency=2, schedule=PHASE)
    ends = [(1.0, Status.FAILED), (3.0, Status.COMPLETED), (2.0, Status.COMPLETED)]
    made.spans.extend(
        Span(place=place, slot=0, status=status, began=0.0, ended=seconds)
        for place, (seconds, status) in enumerate(ends)
    )

    assert made.barrier_cost() == 2.0


def test_replay_knows_the_capacities():
    pool = Claim(thing="pool", state="use", units=2)
    tasks = [Task(id="a", claims=(pool,)), Task(id="b", dependencies=("a",))]
    made = RunRecord(
        graph=TaskGraph(tasks), concurrency=2, schedule=PHASE, capacities={"pool": 2}
    )

    assert made.barrier_cost() == 0.0
