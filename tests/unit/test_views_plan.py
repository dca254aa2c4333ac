"""What a plan is made of, line by line."""

from __future__ import annotations

import pytest

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.history import History
from pytest_phaserun.model import (
    Claim,
    Dependency,
    Reason,
    Require,
    Resource,
    Task,
    When,
)
from pytest_phaserun.views import plan

GRAPH = TaskGraph(
    [
        Task(id="test_x.py::a"),
        Task(id="test_x.py::b", dependencies=("test_x.py::a",)),
        Task(id="test_x.py::c"),
    ]
)


def test_plan_lists_the_tests_of_each_phase():
    assert list(plan.render(GRAPH, {})) == [
        "phase 1 of 2: 2 tests",
        "  test_x.py::a",
        "  test_x.py::c",
        "phase 2 of 2: 1 test",
        "  test_x.py::b",
    ]


def test_plan_lists_what_has_priority_first():
    graph = TaskGraph(
        [Task(id="a", priority=1), Task(id="b"), Task(id="c", priority=1)]
    )

    assert list(plan.render(graph, {})) == [
        "phase 1 of 1: 3 tests",
        "  b",
        "  a",
        "  c",
    ]


def test_plan_says_why_a_test_runs_alone():
    reason = Reason(cause="os.chdir", text="b uses os.chdir")

    lines = list(plan.render(GRAPH, {1: reason}))

    assert lines[-2:] == [
        "  test_x.py::b  (alone: b uses os.chdir)",
        "1 of 3 tests to run alone: os.chdir (1)",
    ]


def test_verbose_plan_names_what_a_test_comes_after():
    lines = list(plan.render(GRAPH, {}, is_verbose=True))

    assert lines[-2:] == ["  test_x.py::b", "    after test_x.py::a"]


KINDS = TaskGraph(
    [
        *(Task(id=name) for name in "abcd"),
        Task(
            id="e",
            dependencies=(
                "a",
                Dependency(ids=("b",), when=When.FINISHED),
                Dependency(ids=("c", "d"), when=When.FAILED),
                Dependency(ids=("a", "b"), require=Require.ANY),
                Dependency(ids=("a",), require=Require.ANY),
                Dependency(ids=("c", "d"), when=When.FINISHED, require=Require.ANY),
                Dependency(ids=("a", "b", "c", "d"), require=Require.ANY),
            ),
            claims=(
                Claim(thing=Resource("disk"), state="write", units=1),
                Claim(thing=Resource("ports"), state="write", units=3),
                Claim(thing=Resource("database"), state="read"),
                Claim(thing="a fixture", state="its parameter"),
            ),
        ),
    ]
)
KIND_LINES = [
    "after a",
    "after b has ended",
    "if c fails",
    "if d fails",
    "after any of a, b",
    "after any of c, d has ended",
    "after any of a, b, c, ... (4 in all)",
    "holds disk",
    "holds 3 units of ports",
    "shares database",
]


def test_verbose_plan_tells_every_kind_of_dependency_and_what_is_held():
    lines = list(plan.render(KINDS, {}, is_verbose=True))

    assert lines[-len(KIND_LINES) :] == [f"    {line}" for line in KIND_LINES]


def test_explanation_tells_every_kind_of_dependency_and_what_is_held():
    lines = list(plan.explain(KINDS, [4, 0], {}, History(), timeout=0.0))

    assert lines[2 : 2 + len(KIND_LINES)] == [f"  {line}" for line in KIND_LINES]
    assert lines[lines.index("a") + 2] == "  before e"


def test_causes_are_named_by_their_frequency_and_not_all():
    causes = ["a", "b", "c", "d", "b", "c", "c"]
    alone = {n: Reason(cause=cause, text="") for n, cause in enumerate(causes)}

    assert plan.name_causes(alone) == "c (3), b (2), a (1), ..."


# Explanation


def test_explanation_tells_all_that_is_planned_for_a_test():
    lines = list(plan.explain(GRAPH, [0, 1], {}, History(), timeout=300.0))

    assert lines == [
        "test_x.py::a",
        "  phase 1 of 2",
        "  before test_x.py::b",
        "  runs beside others",
        "  time limit 300 s",
        "  expected to take an unknown time: it has not passed here yet",
        "test_x.py::b",
        "  phase 2 of 2",
        "  after test_x.py::a",
        "  runs beside others",
        "  time limit 300 s",
        "  expected to take an unknown time: it has not passed here yet",
    ]


def test_explanation_tells_what_is_known_of_a_test_alone():
    graph = TaskGraph([Task(id="a", exclusive=True, timeout=0.0)])
    history = History({"a": (1.0, 0.204, 0.03)})
    reason = Reason(cause="gc", text="a uses gc")

    lines = list(plan.explain(graph, [0], {0: reason}, history, timeout=300.0))

    assert lines[2:] == [
        "  runs alone: a uses gc",
        "  no time limit",
        "  expected to take 1.23 s, as in earlier runs "
        "(setup 1.00, call 0.20, teardown 0.03)",
    ]


def test_explanation_of_a_serial_run_gives_no_reason_of_its_own():
    graph = TaskGraph([Task(id="a", exclusive=True)])

    lines = list(plan.explain(graph, [0], {}, History(), timeout=0.0))

    assert lines[2] == "  runs alone, as all tests of this run do"


def test_plan_of_nothing_is_empty():
    assert list(plan.render(TaskGraph(()), {})) == []


def test_plan_says_what_was_pulled_in():
    reason = Reason(cause="gc", text="it uses gc")

    lines = list(plan.render(GRAPH, {0: reason}, {0}))

    assert lines[1] == "  test_x.py::a  (pulled in; alone: it uses gc)"
    assert lines[-2] == "1 of 3 tests pulled in, since selected ones need them"


def test_large_plan_is_a_summary(monkeypatch):
    monkeypatch.setattr(plan, "SHOWN_TESTS", 4)
    monkeypatch.setattr(plan, "SHOWN_PHASES", 1)
    chain = [Task(id=str(n), dependencies=(str(n - 1),) if n else ()) for n in range(5)]

    lines = list(plan.render(TaskGraph(chain), {}))

    assert lines == [
        "phase 1 of 5: 1 test",
        "... 3 more phases",
        "phase 5 of 5: 1 test",
        "the names of the tests are shown with -v",
    ]
    assert "  3" in plan.render(TaskGraph(chain), {}, is_verbose=True)


@pytest.mark.parametrize("phases", [1, 2, 3])
def test_few_phases_of_a_large_plan_are_all_shown(monkeypatch, phases):
    monkeypatch.setattr(plan, "SHOWN_TESTS", 0)
    monkeypatch.setattr(plan, "SHOWN_PHASES", 2)
    chain = [
        Task(id=str(n), dependencies=(str(n - 1),) if n else ()) for n in range(phases)
    ]

    lines = list(plan.render(TaskGraph(chain), {}))

    assert lines[:-1] == [f"phase {n + 1} of {phases}: 1 test" for n in range(phases)]


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 tests"), (1, "1 test"), (2, "2 tests")]
)
def test_nouns_agree_with_their_numbers(number, text):
    assert plan.count(number, "test") == text
