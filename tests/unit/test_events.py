"""Events of a run as plain values."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Blocked, Reason, Schedule, Status, Task
from pytest_phaserun.record import Hung, Refuted, RunRecord, Span, Start
from pytest_phaserun.recording import events


def describe_test(task: Task, **others: Any) -> events.Event:
    """Return the event of one task, which is a test of line 3 of a file."""
    arguments: dict[str, Any] = {
        "nodeids": [task.id],
        "locations": [("test_x.py", 2, "test_a")],
        "alone": {},
        "timeout": 0.0,
        **others,
    }
    (event,) = events.describe_tests(TaskGraph([task]), **arguments)
    return event


def report(**others: Any) -> Any:
    """Return what an event needs of pytest's report."""
    return SimpleNamespace(
        **{
            "when": "call",
            "outcome": "passed",
            "failed": False,
            "start": 7.0,
            "duration": 0.5,
            "longrepr": None,
            "longreprtext": "",
            "sections": [],
            "location": ("test_x.py", 2, "test_a"),
            **others,
        }
    )


def describe_report(*, is_timeout: bool = False, **others: Any) -> events.Event:
    return events.describe_report(4, report(**others), 99.0, is_timeout=is_timeout)


# Tests


def test_test_without_anything_special_has_few_keys():
    assert describe_test(Task(id="test_x.py::test_a")) == {
        "event": "test",
        "n": 0,
        "id": "test_x.py::test_a",
        "phase": 1,
        "file": "test_x.py",
        "line": 3,
    }


def test_test_has_all_that_is_known_of_it():
    event = describe_test(
        Task(id="a #2", timeout=3.0, estimate=0.25),
        nodeids=["a"],
        alone={0: Reason(cause="marked", text="marked exclusive")},
        locations=[("test_x.py", None, "test_a")],
    )

    assert event == {
        "event": "test",
        "n": 0,
        "id": "a #2",
        "nodeid": "a",
        "phase": 1,
        "file": "test_x.py",
        "alone": "marked exclusive",
        "timeout": 3.0,
        "expected": 0.25,
    }


def test_dependent_names_its_dependencies_by_number():
    graph = TaskGraph([Task(id="b", dependencies=("a",)), Task(id="a")])

    found = events.describe_tests(graph, ["b", "a"], [("x", 0, "")] * 2, {}, 0.0)

    assert [(e["n"], e["phase"], e.get("after")) for e in found] == [
        (0, 2, (1,)),
        (1, 1, None),
    ]


def test_limit_of_its_own_goes_before_that_of_the_run():
    assert describe_test(Task(id="a"), timeout=9.0)["timeout"] == 9.0
    assert describe_test(Task(id="a", timeout=2.0), timeout=9.0)["timeout"] == 2.0
    assert "timeout" not in describe_test(Task(id="a", timeout=0.0), timeout=9.0)


# What happens


def test_times_are_shifted_to_the_epoch():
    start = events.describe_start(Start(3, -1, 5.0), 1000.0)
    end = events.describe_end(
        Span(3, -1, Status.FAILED, 5.0, 6.5), 1000.0, is_provisional=True
    )

    assert start == {"event": "start", "n": 3, "slot": -1, "at": 1005.0}
    assert end == {
        "event": "end",
        "n": 3,
        "slot": -1,
        "at": 1006.5,
        "status": "failed",
        "provisional": True,
    }


def test_blocked_test_names_its_causes():
    a, b = Task(id="a"), Task(id="b", dependencies=("a",))
    c = Task(id="c", dependencies=("b",))

    event = events.describe_blocked(Blocked(c, b, a, "failed"), TaskGraph([a, b, c]))

    assert event == {
        "event": "blocked",
        "n": 2,
        "cause": 1,
        "root": 0,
        "reason": "depends on b, blocked by a (failed)",
    }


def test_what_is_needlessly_blocked_says_so():
    a, b = Task(id="a"), Task(id="b", dependencies=("a",))
    blocked = Blocked(b, a, a, "passed", "runs if a fails", needless=True)

    event = events.describe_blocked(blocked, TaskGraph([a, b]))

    assert (event["reason"], event["needless"]) == ("runs if a fails", True)


# Reports


def test_report_of_a_pass_has_no_text():
    assert describe_report() == {
        "event": "report",
        "n": 4,
        "when": "call",
        "outcome": "passed",
        "start": 7.0,
        "duration": 0.5,
    }


def test_report_of_what_did_not_run_has_the_time_at_which_it_was_made():
    assert describe_report(start=0)["start"] == 99.0


def test_report_of_a_failure_has_its_traceback_and_output():
    event = describe_report(
        outcome="failed",
        failed=True,
        longrepr=object(),
        longreprtext="E assert",
        sections=[("out", "hi")],
    )

    assert event["text"] == "E assert"
    assert event["output"] == [("out", "hi")]


def test_report_of_a_skip_has_its_reason():
    event = describe_report(outcome="skipped", longrepr=("x.py", 3, "Skipped: later"))

    assert event["text"] == "Skipped: later"


def test_report_of_an_expected_failure_has_the_reason_of_it():
    assert describe_report(outcome="skipped", wasxfail="")["xfail"] == ""


def test_report_of_a_timeout_says_so_unless_it_is_run_again():
    late = describe_report(outcome="failed", failed=True, is_timeout=True)
    again = describe_report(outcome="rerun", is_timeout=True)

    assert (late["outcome"], again["outcome"]) == ("timeout", "rerun")


def test_report_of_a_subtest_names_it():
    event = describe_report(context=object(), head_line="test_a [one] (i=1)")

    assert event["subtest"] == "[one] (i=1)"


def test_long_text_lacks_a_part_in_its_middle():
    text = "a" * events.MOST_TEXT + "b" * 1234

    found = describe_report(longrepr=object(), longreprtext=text)["text"]

    assert found.startswith("aaa")
    assert found.endswith("bbb")
    assert "\n[... 1234 characters left out ...]\n" in found


def test_output_has_what_the_text_leaves():
    half = events.MOST_TEXT // 2
    sections = [("one", "x" * half), ("two", "y" * 100)]

    found = describe_report(
        longrepr=object(), longreprtext="t" * half, sections=sections
    )

    assert found["output"] == [
        ("one", "x" * half),
        ("two", "\n[... 100 characters left out ...]\n"),
    ]


# Notes


def test_notes_say_what_a_run_found_out():
    record = RunRecord(
        graph=TaskGraph([Task(id="a"), Task(id="b")]),
        concurrency=2,
        schedule=Schedule.PHASE,
        refuted=[Refuted(place=0, failure="E boom")],
        changed={1: ["os.environ", "os.chdir"]},
        hung=[Hung(place=1, stage="call", seconds=2.5, thread="phaserun-slot-0")],
    )

    assert [(e["n"], e["kind"], e["text"]) for e in events.describe_notes(record)] == [
        (0, "refuted", "E boom"),
        (1, "changed", "os.environ, os.chdir"),
        (1, "hung", "in call for 2.50 s, in phaserun-slot-0"),
    ]
