from __future__ import annotations

import difflib

import pytest

from pytest_phaserun.errors import (
    CycleError,
    DuplicateTaskError,
    UnknownDependencyError,
)
from pytest_phaserun.graph import COMPARED_REACH, TaskGraph, get_independent_tasks
from pytest_phaserun.model import Dependency, Require, Task, When

MANY = 100_000


def task(
    id: str, *dependencies: str | Dependency, estimate: float | None = None
) -> Task:
    return Task(id=id, dependencies=dependencies, estimate=estimate)


def chain(length: int) -> list[Task]:
    return [task("0")] + [task(str(n), str(n - 1)) for n in range(1, length)]


def test_no_tasks_make_an_empty_graph() -> None:
    graph = TaskGraph([])

    assert len(graph) == 0
    assert graph.phases == []
    assert graph.critical_lengths == []


def test_graph_keeps_the_tasks_in_the_order_given() -> None:
    tasks = [task("b"), task("a")]

    graph = TaskGraph(iter(tasks))

    assert graph.tasks == tuple(tasks)
    assert [graph.index("b"), graph.index("a")] == [0, 1]
    assert len(graph) == 2


def test_index_of_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        TaskGraph([task("a")]).index("b")


def test_edges_are_known_from_both_ends() -> None:
    graph = TaskGraph([task("c", "b", "a"), task("a"), task("b", "a")])

    assert graph.dependencies == [(2, 1), (), (1,)]
    assert graph.dependents == [[], [0, 2], [0]]


def test_dependency_named_twice_counts_once() -> None:
    graph = TaskGraph([task("a"), task("b", "a", "a")])

    assert graph.dependencies[1] == (0,)
    assert graph.dependents[0] == [1]


def test_task_is_in_the_phase_after_its_last_dependency() -> None:
    graph = TaskGraph(
        [task("late", "early", "middle"), task("early"), task("middle", "early")]
    )

    assert graph.phases == [[1], [2], [0]]
    assert graph.phase_of == [2, 0, 1]


def test_phases_keep_the_order_given() -> None:
    graph = TaskGraph(
        [task("z", "b"), task("y", "a"), task("x", "b"), task("b"), task("a")]
    )

    assert graph.phases == [[3, 4], [0, 1, 2]]


def test_repr_counts_tasks_and_phases() -> None:
    assert repr(TaskGraph(chain(3))) == "<TaskGraph: 3 tasks in 3 phases>"


def test_duplicate_id_is_refused() -> None:
    with pytest.raises(DuplicateTaskError) as caught:
        TaskGraph([task("a"), task("b"), task("c"), task("b"), task("a")])

    assert caught.value.task_id == "b"


def test_unknown_dependency_is_refused() -> None:
    with pytest.raises(UnknownDependencyError) as caught:
        TaskGraph([task("a"), task("b", "a", "missing")])

    assert (caught.value.task_id, caught.value.dependency) == ("b", "missing")
    assert caught.value.nearest == ()
    # The lookup that failed is no news to the reader.
    assert caught.value.__suppress_context__


def test_misspelt_dependency_offers_the_ids_most_like_it() -> None:
    known = [task("test_logout"), task("test_login"), task("total")]

    with pytest.raises(UnknownDependencyError) as caught:
        TaskGraph([*known, task("last", "test_logn")])

    assert caught.value.nearest == ("test_login", "test_logout")


def test_misspelt_dependency_is_compared_with_few_of_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[str] = []

    def compare(name: str, known: list[str], n: int) -> list[str]:
        compared.extend(known)
        return []

    monkeypatch.setattr(difflib, "get_close_matches", compare)
    tasks = [task(f"test_order[{number}-eur]") for number in range(20_000)]

    with pytest.raises(UnknownDependencyError):
        TaskGraph([*tasks, task("last", "test_order[777-eurr]")])

    # To compare two ids takes 100 us.
    assert len(compared) == 2 * COMPARED_REACH
    assert "test_order[777-eur]" in compared


def test_cycle_is_refused_with_the_ids_on_it() -> None:
    with pytest.raises(CycleError) as caught:
        TaskGraph([task("start"), task("a", "b", "start"), task("b", "a")])

    assert caught.value.cycles == (("a", "b"),)


def test_each_id_of_a_cycle_depends_on_the_next() -> None:
    with pytest.raises(CycleError) as caught:
        TaskGraph([task("a", "c"), task("b", "a"), task("c", "b")])

    assert caught.value.cycle == ("a", "c", "b")


def test_task_that_depends_on_itself_is_refused() -> None:
    with pytest.raises(CycleError) as caught:
        TaskGraph([task("a", "a")])

    assert caught.value.cycles == (("a",),)


def test_all_cycles_are_told_at_once_without_what_waits_for_them() -> None:
    with pytest.raises(CycleError) as caught:
        TaskGraph(
            [
                task("a", "b"),
                task("b", "a"),
                task("waits", "a"),
                task("c", "d", "a"),
                task("d", "c"),
            ]
        )

    assert caught.value.cycles == (("a", "b"), ("c", "d"))


def test_critical_length_counts_tasks_where_nothing_is_estimated() -> None:
    graph = TaskGraph([task("a"), task("b", "a"), task("c", "b"), task("d", "a")])

    assert graph.critical_lengths == [3.0, 2.0, 1.0, 1.0]


def test_critical_length_adds_estimates_along_the_longest_chain() -> None:
    graph = TaskGraph(
        [
            task("a", estimate=1.0),
            task("long", "a", estimate=5.0),
            task("b", "a", estimate=1.0),
            task("c", "b", estimate=2.0),
        ]
    )

    assert graph.critical_lengths == [6.0, 5.0, 3.0, 2.0]


def test_task_without_an_estimate_is_taken_for_an_average_one() -> None:
    graph = TaskGraph(
        [task("a", estimate=1.0), task("b", "a"), task("c", estimate=3.0)]
    )

    assert graph.critical_lengths == [3.0, 2.0, 3.0]


def test_estimate_of_zero_is_an_estimate() -> None:
    graph = TaskGraph([task("a", estimate=0.0), task("b", estimate=4.0)])

    assert graph.critical_lengths == [0.0, 4.0]


def test_chain_of_many_tasks_has_as_many_phases() -> None:
    graph = TaskGraph(chain(MANY))

    assert len(graph.phases) == MANY
    assert graph.phase_of[-1] == MANY - 1
    assert graph.critical_lengths[0] == MANY


def test_cycle_of_many_tasks_is_refused() -> None:
    first, *rest = chain(MANY)

    with pytest.raises(CycleError) as caught:
        TaskGraph([task(first.id, rest[-1].id), *rest])

    assert len(caught.value.cycle) == MANY
    assert caught.value.cycle[:2] == ("0", str(MANY - 1))
    assert len(str(caught.value)) < 200


def test_independent_tasks_depend_on_no_task_of_the_set() -> None:
    tasks = [task("b", "a"), task("a"), task("c", "elsewhere")]

    assert get_independent_tasks(tasks) == [tasks[1], tasks[2]]


def test_independent_tasks_are_taken_from_any_iterable() -> None:
    assert get_independent_tasks(iter([task("b", "a"), task("a")])) == [task("a")]


def test_task_that_depends_on_itself_alone_depends_on_no_other() -> None:
    assert get_independent_tasks([task("a", "a")]) == [task("a", "a")]


# Conditions

CONDITIONS = [
    Dependency(ids=("a", "b"), when=when, require=require)
    for when in When
    for require in Require
]

every_condition = pytest.mark.parametrize("condition", CONDITIONS)


@every_condition
def test_condition_makes_edges_to_all_its_tasks(condition: Dependency) -> None:
    graph = TaskGraph([task("a"), task("b", "a"), task("c", condition)])

    assert graph.dependencies == [(), (0,), (0, 1)]
    assert graph.dependents == [[1, 2], [2], []]
    assert graph.phases == [[0], [1], [2]]
    assert graph.critical_lengths == [3.0, 2.0, 1.0]


@every_condition
def test_circle_may_lead_through_a_condition(condition: Dependency) -> None:
    with pytest.raises(CycleError) as caught:
        TaskGraph([task("a", "c"), task("b"), task("c", condition)])

    assert caught.value.cycles == (("a", "c"),)


def test_unknown_id_of_a_condition_is_told() -> None:
    condition = Dependency(ids=("aa", "nobody"), when=When.FINISHED)

    with pytest.raises(UnknownDependencyError) as caught:
        TaskGraph([task("aa"), task("b", condition)])

    assert (caught.value.task_id, caught.value.dependency) == ("b", "nobody")


def test_condition_that_all_complete_is_none() -> None:
    graph = TaskGraph([task("a"), task("b"), task("c", Dependency(ids=("a", "b")))])

    assert graph.conditions == []
    assert graph.dependencies == [(), (), (0, 1)]
    assert graph.passed_dependents is graph.dependents


def test_task_with_a_condition_in_the_set_is_not_independent() -> None:
    a, out = Dependency(ids=("a",), when=When.FAILED), Dependency(ids=("x", "y"))

    assert get_independent_tasks([task("a", out), task("b", a)]) == [task("a", out)]
