"""What the terminal, JUnit files and exit codes say of a run."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from .reading import ONCE, order, section

MIXED = """
    import pytest

    def test_pass(): ...

    def test_fail():
        assert 1 == 2

    def test_error(nonsense): ...

    @pytest.mark.skip(reason="today")
    def test_skip(): ...

    @pytest.mark.xfail(reason="known")
    def test_xfail():
        assert False

    @pytest.mark.xfail
    def test_xpass(): ...

    @pytest.mark.depends_on("test_fail")
    def test_blocked(): ...
"""


def body(result: pytest.RunResult) -> str:
    """Return a run's output without durations."""
    return re.sub(r"\d+\.\d+s", "TIME", result.stdout.str())


# The lines of a run


def test_header_tells_the_settings(pytester, phaserun):
    pytester.makepyfile("def test_one(): ...")

    result = phaserun(
        "--phase-concurrency=3", "--phase-schedule=graph", "--phase-timeout=2.5"
    )

    result.stdout.fnmatch_lines(
        ["phaserun: 3 at once, schedule graph, timeout 2.5 s"], consecutive=True
    )


def test_header_tells_the_defaults(pytester, phaserun):
    pytester.makepyfile("def test_one(): ...")

    result = phaserun()

    result.stdout.fnmatch_lines(["phaserun: 4 at once, schedule phase, timeout 300 s"])


def test_header_tells_that_there_is_no_time_limit(pytester, phaserun):
    pytester.makepyfile("def test_one(): ...")

    result = phaserun("--phase-timeout=0")

    result.stdout.fnmatch_lines(["phaserun: 4 at once, schedule phase, no timeout"])


def test_line_after_collection_tells_tests_phases_and_those_that_run_alone(
    pytester, phaserun
):
    pytester.makepyfile(
        """
        import pytest

        def test_first(): ...

        @pytest.mark.exclusive
        @pytest.mark.depends_on("test_first")
        def test_last(): ...
        """
    )

    result = phaserun()

    result.stdout.fnmatch_lines(
        ["collected 2 items", "phaserun: 2 tests in 2 phases, 1 to run alone"],
        consecutive=True,
    )


def test_dots_of_all_files_stand_in_one_line(pytester, phaserun):
    pytester.makepyfile(
        test_a="def test_a(): ...\ndef test_b(): ...", test_b="def test_c(): ..."
    )

    result = phaserun()

    result.stdout.fnmatch_lines(["... *[[]100%[]]"])


def test_every_ending_has_its_letter(pytester, phaserun):
    pytester.makepyfile(test_x=MIXED)

    result = phaserun("--phase-concurrency=1")

    result.stdout.re_match_lines([r"test_x\.py Fs\.EsxX +\[100%\]"])


def test_every_ending_has_its_word(pytester, phaserun):
    pytester.makepyfile(test_x=MIXED)

    result = phaserun("-v")

    result.stdout.fnmatch_lines_random(
        [
            "test_x.py::test_pass PASSED *",
            "test_x.py::test_fail FAILED *",
            "test_x.py::test_error ERROR *",
            "test_x.py::test_skip SKIPPED * (today) *",
            "test_x.py::test_xfail XFAIL * (known) *",
            "test_x.py::test_xpass XPASS *",
            "test_x.py::test_blocked SKIPPED * (depends on *",
        ]
    )


def test_verbose_line_is_written_whole_at_the_end_of_a_test(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import threading
        import pytest

        both = threading.Barrier(2)

        @pytest.mark.parametrize("i", range(8))
        def test_pair(i):
            both.wait(10)
        """
    )

    result = phaserun("-v", "--phase-concurrency=2")

    lines = [line for line in result.stdout.lines if "::test_pair" in line]
    assert len(lines) == 8
    whole = re.compile(r"\S+ PASSED \[phase 1, slot \d\] +\[ *\d+%\]")
    assert [line for line in lines if not whole.fullmatch(line)] == []


@pytest.mark.parametrize("style", ["progress", "count"])
def test_progress_grows_and_reaches_the_end(pytester, phaserun, style):
    pytester.makepyfile(
        test_x="""
        import pytest

        @pytest.mark.parametrize("i", range(40))
        def test_one(i): ...

        @pytest.mark.depends_on("test_fail")
        @pytest.mark.parametrize("i", range(9))
        def test_blocked(i): ...

        def test_fail():
            assert False
        """
    )

    result = phaserun("-v", "-o", f"console_output_style={style}")

    pattern = r"\[ *(\d+)(?:%|/50)\]"
    shown = [int(number) for number in re.findall(pattern, result.stdout.str())]
    assert shown == sorted(shown)
    assert shown[-1] == (100 if style == "progress" else 50)


def test_summary_line_tells_what_running_at_once_was_worth(pytester, phaserun):
    pytester.makepyfile("def test_one(): ...")

    result = phaserun()

    result.stdout.re_match_lines(
        [r"phaserun: 1 phase, 4 at once, \d+\.\d\d s for \d+\.\d\d s of tests"]
    )


def test_quiet_run_says_nothing_of_phases(pytester, phaserun):
    pytester.makepyfile("def test_one(): ...")

    result = phaserun("-q")

    result.stdout.no_fnmatch_line("*phaserun*")
    result.stdout.fnmatch_lines(["1 passed in *"])


def test_barriers_that_cost_a_lot_are_named(pytester, phaserun):
    # The slow test of each phase runs beside nothing.
    pytester.makepyfile(
        """
        import time
        import pytest

        def test_slow():
            time.sleep(0.6)

        def test_quick(): ...

        @pytest.mark.depends_on("test_quick")
        def test_slow_behind_quick():
            time.sleep(0.6)
        """
    )

    result = phaserun()

    result.stdout.re_match_lines(
        [r".*, about 0\.\d s less with --phase-schedule graph"]
    )


def test_failures_and_errors_look_as_without_phases(pytester, phaserun):
    pytester.makepyfile(test_x=MIXED)
    marks = "[pytest]\nmarkers = depends_on: known without the plugin too\n"
    pytester.makeini(marks)

    with_phases = phaserun("--phase-concurrency=4")

    plain = phaserun.plain()
    for title in ("test_fail", "ERROR at setup of test_error"):
        seen, expected = (
            # Among them are those of the plugin itself.
            [line for line in section(run, title) if "available fixtures" not in line]
            for run in (with_phases, plain)
        )
        assert seen == expected != []


def test_short_summary_has_the_lines_of_a_run_without_phases(pytester, phaserun):
    pytester.makepyfile(test_x=MIXED)
    pytester.makeini("[pytest]\nmarkers = depends_on: known without the plugin too\n")

    with_phases = phaserun("-ra", "--phase-concurrency=1")

    plain = phaserun.plain("-ra")
    added = set(section(with_phases, "short test summary info")) ^ set(
        section(plain, "short test summary info")
    )
    assert added == {
        "SKIPPED [1] test_x.py:20: depends on test_x.py::test_fail (failed)"
    }


# Stopping early


STOPPABLE = """
    import threading
    import pytest

    both_run = threading.Barrier(2)
    failed = threading.Event()

    def test_fails():
        both_run.wait(10)
        assert False

    def test_beside(request):
        both_run.wait(10)
        reports_arrived.wait(10)

    def test_never_started(): ...

    @pytest.mark.depends_on("test_beside")
    def test_never_started_either(): ...
"""

#: Lets ``test_beside`` end once the failure was reported.
STOPPABLE_CONFTEST = """
    import builtins
    import threading

    builtins.reports_arrived = threading.Event()

    def pytest_runtest_logreport(report):
        if report.failed:
            reports_arrived.set()
"""


@pytest.mark.parametrize("option", ["-x", "--maxfail=1"])
def test_first_failure_lets_running_tests_end_and_starts_nothing_new(
    pytester, phaserun, option
):
    pytester.makepyfile(STOPPABLE)
    pytester.makeconftest(STOPPABLE_CONFTEST)

    result = phaserun(ONCE, "-v", option, "--phase-concurrency=2")

    assert sorted(order(result)) == ["test_beside", "test_fails"]
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1, passed=1)


def test_tests_that_were_not_run_are_counted(pytester, phaserun):
    pytester.makepyfile(STOPPABLE)
    pytester.makeconftest(STOPPABLE_CONFTEST)

    result = phaserun(ONCE, "-x", "--phase-concurrency=2")

    result.stdout.fnmatch_lines(
        ["phaserun: * of tests, 2 tests not run", "*stopping after 1 failures*"]
    )


def test_tests_that_were_not_run_are_counted_in_a_quiet_run_too(pytester, phaserun):
    pytester.makepyfile(STOPPABLE)
    pytester.makeconftest(STOPPABLE_CONFTEST)

    result = phaserun(ONCE, "-x", "-q", "--phase-concurrency=2")

    result.stdout.fnmatch_lines(["phaserun: * of tests, 2 tests not run"])


def test_maxfail_counts_to_its_number(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("i", range(10))
        def test_fail(i):
            assert False
        """
    )

    result = phaserun("--maxfail=3", "--phase-concurrency=1")

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*stopping after 3 failures*"])


def test_errors_and_timeouts_count_as_failures(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        def test_error(nonsense): ...

        @pytest.mark.task(timeout=0.1)
        def test_hangs():
            for _ in range(1000):
                threading.Event().wait(0.01)

        def test_never_started(): ...
        """
    )

    result = phaserun("--maxfail=2", "--phase-concurrency=1")

    assert result.parseoutcomes() == {"errors": 1, "timeout": 1}


def test_expected_failures_do_not_stop_a_run(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.xfail
        def test_xfail():
            assert False

        @pytest.mark.depends_on("test_xfail")
        def test_blocked(): ...

        def test_pass(): ...
        """
    )

    result = phaserun("-x", "--phase-concurrency=1")

    result.assert_outcomes(xfailed=1, skipped=1, passed=1)


def test_stop_asked_for_by_a_plugin_is_kept(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("i", range(10))
        def test_one(i): ...
        """
    )
    pytester.makeconftest(
        """
        def pytest_sessionstart(session):
            global the_session
            the_session = session

        def pytest_runtest_logreport(report):
            if report.when == "teardown" and report.nodeid.endswith("[3]"):
                the_session.shouldstop = "enough"
        """
    )

    result = phaserun("--phase-concurrency=1")

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*! Interrupted: enough !*"])


# Exit codes


@pytest.mark.parametrize(
    ("suite", "code"),
    [
        ("def test_pass(): ...", pytest.ExitCode.OK),
        ("def test_fail(): assert False", pytest.ExitCode.TESTS_FAILED),
        ("def test_error(nonsense): ...", pytest.ExitCode.TESTS_FAILED),
        ("import nonsense", pytest.ExitCode.INTERRUPTED),
        ("", pytest.ExitCode.NO_TESTS_COLLECTED),
    ],
)
def test_exit_codes_are_those_of_pytest(pytester, phaserun, suite, code):
    pytester.makepyfile(suite)

    result = phaserun.apart()

    assert result.ret == code


# Other reports


def test_durations_are_listed(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import pytest

        @pytest.fixture
        def slow():
            yield

        def test_one(slow): ...
        """
    )

    result = phaserun("--durations=0", "-vv")

    listed = section(result, "slowest durations")
    assert sorted(re.sub(r"\d+\.\d\ds", "TIME", line) for line in listed if line) == [
        "TIME call     test_x.py::test_one",
        "TIME setup    test_x.py::test_one",
        "TIME teardown test_x.py::test_one",
    ]


def test_junit_file_tells_every_outcome(pytester, phaserun):
    pytester.makepyfile(test_x=MIXED)

    phaserun("--junit-xml=out.xml")

    root = ElementTree.parse(pytester.path / "out.xml").getroot()
    (suite,) = root.iter("testsuite")
    found = {
        case.get("name"): [part.tag for part in case if part.tag != "properties"]
        for case in suite
    }
    assert found == {
        "test_pass": [],
        "test_fail": ["failure"],
        "test_error": ["error"],
        "test_skip": ["skipped"],
        "test_xfail": ["skipped"],
        "test_xpass": [],
        "test_blocked": ["skipped"],
    }


def test_junit_file_counts_every_outcome(pytester, phaserun):
    pytester.makepyfile(test_x=MIXED)

    phaserun("--junit-xml=out.xml")

    (suite,) = ElementTree.parse(pytester.path / "out.xml").getroot()
    counts = {
        name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")
    }
    assert counts == {"tests": "7", "failures": "1", "errors": "1", "skipped": "3"}


def test_junit_file_tells_the_reason_of_a_blocked_test(pytester, phaserun):
    pytester.makepyfile(test_x=MIXED)

    phaserun("--junit-xml=out.xml")

    (suite,) = ElementTree.parse(pytester.path / "out.xml").getroot()
    (blocked,) = suite.findall("testcase[@name='test_blocked']/skipped")
    assert blocked.get("message") == "depends on test_x.py::test_fail (failed)"


def test_user_properties_of_concurrent_tests_are_their_own(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        both = threading.Barrier(2)

        @pytest.mark.parametrize("i", range(6))
        def test_one(i, record_property):
            both.wait(10)
            record_property("number", i)
        """
    )

    phaserun("--junit-xml=out.xml", "-ojunit_family=xunit1", "--phase-concurrency=2")

    (suite,) = ElementTree.parse(pytester.path / "out.xml").getroot()
    found = {
        case.get("name"): [
            each.get("value")
            for each in case.iter("property")
            if each.get("name") == "number"
        ]
        for case in suite
    }
    assert found == {f"test_one[{i}]": [str(i)] for i in range(6)}


def test_reporting_hooks_are_called_in_the_main_thread_and_in_order(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("i", range(50))
        def test_one(i): ...
        """
    )
    pytester.makeconftest(
        """
        import threading

        heard = []

        def hear(what, nodeid):
            assert threading.current_thread() is threading.main_thread()
            heard.append((nodeid, what))

        def pytest_runtest_logstart(nodeid):
            hear("start", nodeid)

        def pytest_runtest_logreport(report):
            hear(report.when, report.nodeid)

        def pytest_runtest_logfinish(nodeid):
            hear("finish", nodeid)

        def pytest_sessionfinish():
            stages = ["start", "setup", "call", "teardown", "finish"]
            assert [what for _, what in heard] == stages * 50
            nodes = [nodeid for nodeid, _ in heard]
            assert all(len(set(nodes[i : i + 5])) == 1 for i in range(0, 250, 5))
        """
    )

    result = phaserun("--phase-concurrency=16")

    assert result.ret == 0
    result.assert_outcomes(passed=50)


# Runs that run nothing


PLANNED = """
    import pytest

    @pytest.mark.depends_on("test_middle", "test_first")
    def test_last(): ...

    @pytest.mark.depends_on("test_first")
    def test_middle(monkeypatch): ...

    def test_first():
        raise SystemExit("a test ran")

    @pytest.mark.exclusive
    def test_alone(): ...
"""


def test_plan_prints_the_phases_and_runs_nothing(pytester, phaserun):
    pytester.makepyfile(test_x=PLANNED)

    result = phaserun("--phase-plan")

    assert result.ret == pytest.ExitCode.OK
    start = result.stdout.lines.index("phase 1 of 3: 2 tests")
    assert result.stdout.lines[start : start + 7] == [
        "phase 1 of 3: 2 tests",
        "  test_x.py::test_first",
        "  test_x.py::test_alone  (alone: marked exclusive)",
        "phase 2 of 3: 1 test",
        "  test_x.py::test_middle  (alone: uses the fixture monkeypatch)",
        "phase 3 of 3: 1 test",
        "  test_x.py::test_last",
    ]


def test_plan_of_a_selection_shows_its_prerequisites(pytester, phaserun):
    pytester.makepyfile(test_x=PLANNED)

    result = phaserun("--phase-plan", "-k", "middle")

    result.stdout.fnmatch_lines(
        [
            "phase 1 of 2: 1 test",
            "  test_x.py::test_first  (pulled in)",
            "phase 2 of 2: 1 test",
            "  test_x.py::test_middle *",
        ],
        consecutive=True,
    )


def test_plan_refuses_what_a_run_would_refuse(pytester, phaserun):
    pytester.makepyfile(
        "import pytest\n@pytest.mark.depends_on('xyzzy')\ndef test_one(): ..."
    )

    result = phaserun("--phase-plan")

    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_plan_in_the_ini_file_prints_the_phases(pytester, phaserun):
    pytester.makepyfile(test_x=PLANNED)
    pytester.makeini("[pytest]\nphase_plan = true\n")

    result = phaserun()

    result.stdout.fnmatch_lines(["phase 1 of 3: 2 tests"])


def test_collect_only_collects(pytester, phaserun):
    pytester.makepyfile(test_x=PLANNED)

    result = phaserun("--collect-only", "-q")

    assert result.ret == pytest.ExitCode.OK
    assert sorted(result.stdout.lines[:4]) == [
        "test_x.py::test_alone",
        "test_x.py::test_first",
        "test_x.py::test_last",
        "test_x.py::test_middle",
    ]


def test_missing_terminal_is_no_problem(pytester, phaserun):
    pytester.makepyfile(MIXED)

    result = phaserun("-p", "no:terminal")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
