"""The plan of a run: what to expect of it, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .reading import errors

SUITE = """
    import pytest

    def test_a():
        raise SystemExit("a test ran")

    @pytest.mark.depends_on("test_a")
    def test_b(): ...

    @pytest.mark.exclusive
    def test_c(): ...
"""
A, B, C = (f"test_x.py::test_{letter}" for letter in "abc")


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Path:
    pytester.makepyfile(test_x=SUITE)
    return pytester.path


def keep(folder: Path, **seconds: float) -> str:
    """Write what tests took; return the option that names the file."""
    tests = {
        f"test_x.py::test_{name}": [0.0, took, 0.0] for name, took in seconds.items()
    }
    path = folder / "history.json"
    path.write_text(json.dumps({"version": 1, "tests": tests}), encoding="utf-8")
    return f"--phase-history={path}"


def last_lines(result: pytest.RunResult, first: str) -> list[str]:
    lines = result.stdout.lines
    return lines[lines.index(first) : -2]


def test_before_the_first_run_no_times_are_made_up(suite, phaserun):
    result = phaserun("--phase-plan")

    path = f"critical path: 2 tests: {A} -> {B}"
    assert last_lines(result, path) == [
        path,
        "how long it takes is not known yet: no test has passed here",
    ]


def test_expected_times_stand_under_the_plan(suite, phaserun):
    result = phaserun("--phase-plan", keep(suite, a=2.0, b=1.0, c=4.0))

    path = f"critical path: 1 test, 4.00 s: {C}"
    assert last_lines(result, path) == [
        path,
        "expected to take 7.00 s, however many run at once",
    ]


def test_times_depend_on_how_many_run_at_once(pytester, phaserun):
    pytester.makepyfile(test_x="def test_a(): ...\ndef test_b(): ...")

    result = phaserun("--phase-plan", keep(pytester.path, a=2.0, b=3.0))

    path = f"critical path: 1 test, 3.00 s: {B}"
    assert last_lines(result, path) == [
        path,
        "expected seconds at     1     2     4     8    16    32",
        "  phase (this run)   5.00  3.00  3.00  3.00  3.00  3.00",
        "  batch              5.00  3.00  3.00  3.00  3.00  3.00",
        "  graph              5.00  3.00  3.00  3.00  3.00  3.00",
        "recommended: --phase-concurrency=2 (more would save less than 5%)",
    ]


def test_schedule_of_the_run_comes_first(pytester, phaserun):
    pytester.makepyfile(test_x="def test_a(): ...\ndef test_b(): ...")

    given = keep(pytester.path, a=2.0, b=3.0)
    result = phaserun("--phase-plan", given, "--phase-schedule=graph")

    result.stdout.fnmatch_lines(["  graph (this run) *", "  batch *", "  phase *"])


def test_new_tests_are_told(suite, phaserun):
    result = phaserun("--phase-plan", keep(suite, a=2.0))

    new = "2 tests not known yet, taken to be as long as the others on average"
    assert last_lines(result, new) == [new]


def test_what_a_run_took_is_expected_of_the_next(pytester, phaserun):
    pytester.makepyfile(test_x="def test_a(): ...")
    phaserun()

    result = phaserun("--phase-plan")

    result.stdout.fnmatch_lines([f"critical path: 1 test, 0.?? s: {A}"])


def test_nothing_is_expected_where_there_are_no_tests(pytester, phaserun):
    pytester.makepyfile(test_x="")

    result = phaserun("--phase-plan")

    result.stdout.no_fnmatch_line("critical path*")


def test_with_processes_connected_tests_are_expected_on_one_slot(pytester, phaserun):
    source = """
        import pytest

        def test_a(): ...

        @pytest.mark.depends_on("test_a")
        def test_b(): ...

        @pytest.mark.depends_on("test_a")
        def test_c(): ...
    """
    pytester.makepyfile(test_x=source)
    given = keep(pytester.path, a=1.0, b=1.0, c=1.0)

    apart = phaserun("--phase-plan", given)
    # Beside threads of other tests no process can be forked.
    together = phaserun.apart("--phase-plan", given, "--phase-executor=process")

    apart.stdout.fnmatch_lines(["  phase (this run)   3.00  2.00  2.00 *"])
    together.stdout.fnmatch_lines(["expected to take 3.00 s, however many *"])


# For programs


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_plan_for_programs_has_all_that_is_planned(suite, phaserun):
    path = suite / "plan.json"

    given = keep(suite, a=2.0, b=1.0, c=4.0)
    result = phaserun(f"--phase-plan-json={path}", given, "-k", "test_b or test_c")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines([f"phaserun: plan written to {path}"])
    result.stdout.no_fnmatch_line("phase 1 of*")
    assert read(path) == {
        "version": 1,
        "concurrency": 4,
        "schedule": "phase",
        "phases": [2, 1],
        "unit": "seconds",
        "known": 3,
        "work": 7.0,
        "critical_path": [C],
        "critical_path_length": 4.0,
        "times": {
            schedule: dict.fromkeys(["1", "2", "4", "8", "16", "32"], 7.0)
            for schedule in ("phase", "batch", "graph")
        },
        "recommended_concurrency": 1,
        "tests": [
            {
                "id": A,
                "phase": 1,
                "after": [],
                "alone": None,
                "pulled_in": True,
                "expected": 2.0,
            },
            {
                "id": B,
                "phase": 2,
                "after": [A],
                "alone": None,
                "pulled_in": False,
                "expected": 1.0,
            },
            {
                "id": C,
                "phase": 1,
                "after": [],
                "alone": "marked exclusive",
                "pulled_in": False,
                "expected": 4.0,
            },
        ],
    }


def test_plan_for_programs_counts_tests_where_no_times_are_known(suite, phaserun):
    path = suite / "plan.json"

    phaserun(f"--phase-plan-json={path}")

    plan = read(path)
    assert (plan["unit"], plan["known"], plan["work"]) == ("tests", 0, 3.0)
    assert plan["times"]["graph"]["1"] == 3.0


def test_plan_for_people_can_be_had_beside_it(suite, phaserun):
    result = phaserun("--phase-plan", f"--phase-plan-json={suite / 'plan.json'}")

    result.stdout.fnmatch_lines(["phase 1 of 2: 2 tests", "phaserun: plan written to*"])


def test_on_the_standard_output_nothing_else_stands(suite, pytester, phaserun):
    pytester.makeconftest("import warnings\nwarnings.warn('something')")

    result = phaserun("--phase-plan", "--phase-plan-json=-", "-v", "-Wdefault")

    assert [test["id"] for test in json.loads(result.stdout.str())["tests"]] == [
        A,
        B,
        C,
    ]
    assert not (suite / "-").exists()


def test_on_the_standard_output_mistakes_are_told_all_the_same(pytester, phaserun):
    pytester.makepyfile(
        "import pytest\n@pytest.mark.depends_on('xyzzy')\ndef test_one(): ..."
    )

    result = phaserun("--phase-plan-json=-")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "xyzzy" in result.stderr.str()


def test_plan_that_cannot_be_written_is_a_mistake(suite, phaserun):
    result = phaserun("--phase-plan-json=no/plan.json")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert errors(result) == [
        "--phase-plan-json: 'no/plan.json' is not valid; allowed: a file in a folder "
        f"that exists; {suite / 'no'} does not"
    ]
