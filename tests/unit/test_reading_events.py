"""From the lines of a file to runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_phaserun.model import Status
from pytest_phaserun.recording.reading import EventsError, read_events, read_runs
from pytest_phaserun.recording.run import Attempt, Note, Outcome, Run, Stage, TestRun

RUN = {
    "event": "run",
    "version": 1,
    "tests": 1,
    "at": 100.0,
    "concurrency": 4,
    "schedule": "phase",
    "executor": "threads",
    "root": "/project",
    "pytest": "9.2.0",
    "python": "3.13.0",
}
TEST = {"event": "test", "n": 0, "id": "test_a", "phase": 1}
START = {"event": "start", "n": 0, "slot": 2, "at": 101.0}
FINISH = {"event": "finish", "at": 110.0, "exit": 1}


def end(status: str = "completed", **others: Any) -> dict[str, Any]:
    return {
        "event": "end", "n": 0, "slot": 2, "at": 102.0, "status": status, **others
    }  # fmt: skip


def report(outcome: str = "passed", **others: Any) -> dict[str, Any]:
    return {
        "event": "report",
        "n": 0,
        "when": "call",
        "outcome": outcome,
        "start": 101.5,
        "duration": 0.25,
        **others,
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def write(file: Path, *lines: Any) -> None:
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


@pytest.fixture
def read(file):
    """Return what is read of some lines after the first one."""

    def read_lines(*lines: Any) -> Run:
        write(file, RUN, *lines)
        return read_events(file)

    return read_lines


@pytest.fixture
def read_test(read):
    """Return the only test of a run, of which some lines tell."""

    def read_lines(*lines: Any) -> TestRun:
        (test,) = read(TEST, *lines, FINISH).tests
        return test

    return read_lines


# What is read


def test_run_has_what_its_first_and_last_lines_say(read):
    assert read(FINISH) == Run(
        began=100.0,
        ended=110.0,
        exit_code=1,
        concurrency=4,
        schedule="phase",
        executor="threads",
        root="/project",
        pytest="9.2.0",
        python="3.13.0",
        planned=1,
    )


def test_part_of_a_suite_says_which(file):
    write(file, {**RUN, "shard": [2, 3]})

    assert read_events(file).shard == (2, 3)


def test_test_has_what_the_plan_says(read_test, read):
    known = {
        "nodeid": "a", "after": [1], "file": "x.py", "line": 3, "alone": "marked",
        "timeout": 5.0, "expected": 0.5,
    }  # fmt: skip

    planned = read({**TEST, **known}, {**TEST, "n": 1}).tests[0]

    assert planned == TestRun(place=0, id="test_a", phase=1, **{**known, "after": (1,)})
    assert read_test() == TestRun(place=0, id="test_a", nodeid="test_a", phase=1)


def test_test_has_its_attempts_and_stages(read_test):
    test = read_test(
        START, report(text="E", xfail="why", output=[["out", "hi"]]), end("failed")
    )

    assert test.attempts == (
        Attempt(slot=2, start=101.0, end=102.0, status=Status.FAILED),
    )
    assert test.stages == (
        Stage(
            when="call",
            outcome="passed",
            start=101.5,
            duration=0.25,
            text="E",
            xfail="why",
            output=(("out", "hi"),),
        ),
    )


def test_test_has_its_notes(read_test):
    note = {"event": "note", "n": 0, "kind": "changed", "text": "os.environ"}

    assert read_test(note).notes == (Note(kind="changed", text="os.environ"),)


def test_kinds_and_keys_that_are_not_known_do_not_matter(read):
    run = read({**TEST, "colour": "red"}, {"event": "weather", "rain": True})

    assert len(run.tests) == 1


def test_last_run_is_the_one_that_counts(file):
    write(file, RUN, TEST, {**RUN, "at": 200.0}, FINISH)

    assert [run.began for run in read_runs(file)] == [100.0, 200.0]
    assert read_events(file).began == 200.0
    assert read_events(file).tests == ()


def test_last_thing_known_of_a_killed_run_stands_for_its_end(read):
    assert read().last == 100.0
    assert read(TEST, START).last == 101.0
    assert read(TEST, START, end()).last == 102.0
    assert read(TEST, START, report(start=103.0)).last == 103.25
    assert read(TEST, START, end(), FINISH).last == 110.0


def test_what_has_no_end_gives_way_to_what_came_after_it_on_its_slot(read):
    second = {**TEST, "n": 1, "id": "test_b"}
    later = {**START, "n": 1, "at": 103.0}

    run = read(TEST, second, START, later, FINISH)

    ends = [attempt.end for test in run.tests for attempt in test.attempts]
    assert ends == [103.0, None]


def test_test_that_was_started_and_blocked_has_not_run(read_test):
    blocked = {"event": "blocked", "n": 0, "cause": 0, "root": 0, "reason": "lost"}

    assert read_test(START, {**blocked, "status": "blocked"}).attempts == ()


def test_dependency_of_which_the_plan_is_missing_is_left_out(read_test):
    assert read_test({**TEST, "after": [0, 7]}).after == (0,)


# Outcomes


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ([START, report(), end()], Outcome.PASSED),
        ([START, report("failed"), end("failed")], Outcome.FAILED),
        ([START, report("timeout"), end("timeout")], Outcome.TIMEOUT),
        ([START, report("skipped"), end("skipped")], Outcome.SKIPPED),
        ([START, report("skipped", xfail=""), end("skipped")], Outcome.XFAILED),
        ([START, report(xfail="why"), end()], Outcome.XPASSED),
        ([START, report(xfail="why"), end("failed")], Outcome.FAILED),
        ([], Outcome.NOT_RUN),
        ([START], Outcome.INTERRUPTED),
        ([START, report()], Outcome.INTERRUPTED),
        ([START, end("failed", provisional=True)], Outcome.INTERRUPTED),
        ([START, report("failed")], Outcome.FAILED),
        ([START, report("timeout")], Outcome.TIMEOUT),
        ([START, report(), end(), report("failed")], Outcome.FAILED),
        ([START, report(), end(), report("timeout")], Outcome.TIMEOUT),
        ([START, report("rerun"), report(), end()], Outcome.PASSED),
        ([START, report("failed"), report("rerun"), report(), end()], Outcome.PASSED),
    ],
)
def test_outcome_follows_from_the_end_and_the_reports(read_test, lines, outcome):
    assert read_test(*lines).outcome is outcome


def test_blocked_test_has_its_causes(read_test):
    blocked = {"event": "blocked", "n": 0, "cause": 2, "root": 1, "reason": "why"}

    needed = read_test(blocked, report("skipped"))
    needless = read_test({**blocked, "needless": True})

    assert needed.outcome is Outcome.BLOCKED
    assert (needed.blocked.cause, needed.blocked.root) == (2, 1)
    assert needed.blocked.reason == "why"
    assert needless.outcome is Outcome.SKIPPED


def test_what_fails_beside_others_and_passes_alone_has_passed(read_test):
    again = {**START, "slot": -1, "at": 105.0}

    test = read_test(
        START, end("failed", provisional=True), again, report(start=105.5), end()
    )

    assert test.outcome is Outcome.PASSED
    assert test.passed_only_alone
    assert [each.is_provisional for each in test.attempts] == [True, False]
    assert [len(test.stages_of(each)) for each in test.attempts] == [0, 1]


def test_stage_that_began_before_all_attempts_is_of_the_first(read_test):
    test = read_test(START, report(start=3.0), end())

    assert len(test.stages_of(test.attempts[0])) == 1
    assert not test.passed_only_alone


@pytest.mark.parametrize("outcome", Outcome)
def test_there_is_nothing_to_do_again_for_what_passed_or_was_skipped(outcome):
    good = outcome.value in ("passed", "skipped", "xfailed", "xpassed")

    assert outcome.is_good is good


# Damage


def test_torn_last_line_does_not_matter(file):
    write(file, RUN, TEST, START)
    whole = file.read_bytes()
    start_of_last = whole.rindex(b"\n", 0, -1) + 1

    for length in range(start_of_last, len(whole)):
        file.write_bytes(whole[:length])
        assert read_events(file).tests[0].attempts == ()


@pytest.mark.parametrize(
    "text",
    ["<xml/>\n", "[1]\n", "3\n", "{}\n", '{"event": "start", "n": 0}\n', "torn"],
)
def test_other_file_is_told_in_one_line(file, text):
    file.write_text(text)

    with pytest.raises(EventsError) as caught:
        read_events(file)

    assert str(caught.value) == (
        f"{file} holds no events: line 1 is no event of --phase-events"
    )


@pytest.mark.parametrize("text", ["", '{"ev', '{"event": "run", "ver'])
def test_run_that_was_killed_at_its_start_has_no_events(file, text):
    file.write_text(text)

    assert read_runs(file) == []
    with pytest.raises(EventsError) as caught:
        read_events(file)
    assert str(caught.value) == (
        f"{file} holds no events; the run ended before its plan was made"
    )


def test_damaged_line_is_named(file):
    write(file, RUN, TEST, {"event": "end", "n": 5}, FINISH)

    with pytest.raises(EventsError) as caught:
        read_events(file)

    assert str(caught.value) == (
        f"{file} is damaged: line 3 is no event of --phase-events"
    )


def test_plan_with_a_hole_is_damage(file):
    write(file, RUN, {**TEST, "n": 1})

    with pytest.raises(EventsError, match=r"is damaged: a line of a plan is missing$"):
        read_events(file)


def test_other_version_is_told_in_one_line(file):
    write(file, {**RUN, "version": 2})

    with pytest.raises(EventsError) as caught:
        read_events(file)

    assert str(caught.value) == (
        f"{file} holds events of version 2; this pytest-phaserun reads version 1"
    )
