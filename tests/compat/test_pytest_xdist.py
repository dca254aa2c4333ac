"""Tests on the workers of pytest-xdist: ``-n``, ``--tx``, and a hub."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

pytest.importorskip("xdist")

#: What every inner module finds in front of its own source.
IMPORTS = """
import os
import signal
from pathlib import Path
from time import sleep

import pytest

folder = Path(__file__).parent
worker = os.environ.get("PYTEST_XDIST_WORKER")

def log(word):
    with open(folder / "log", "a") as file:
        file.write(f"{word} {worker}\\n")

def wait_for(name):
    while not (folder / name).exists():
        sleep(0.01)
"""


class DistributedRuns:
    """Runs inner suites on two workers.

    :ivar path: of the inner suite.
    """

    def __init__(self, pytester: pytest.Pytester, phaserun) -> None:
        self._phaserun = phaserun
        self.path = pytester.path

    def __call__(
        self, source: str, *arguments: str, workers: tuple[str, ...] = ("-n", "2")
    ) -> pytest.RunResult:
        self.write(source)
        return self._phaserun.apart("-p", "xdist", *workers, *arguments)

    def write(self, source: str) -> None:
        lines = source.split("\n")
        margin = min(len(x) - len(x.lstrip()) for x in lines if x.strip())
        body = "\n".join(line[margin:] for line in lines)
        (self.path / "test_it.py").write_text(IMPORTS + body, encoding="utf-8")

    def logged(self) -> list[str]:
        """Return the lines that the tests have logged."""
        return (self.path / "log").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def run(pytester, phaserun) -> DistributedRuns:
    """Run pytest with workers, as a user would."""
    return DistributedRuns(pytester, phaserun)


def test_tests_run_on_two_workers_at_once(run):
    result = run(
        """
        @pytest.mark.parametrize("own, other", ["ab", "ba"])
        def test_meets_the_other(own, other):
            (folder / own).touch()
            wait_for(other)
            log(own)
        """,
        "-v",
        "--phase-timeout=30",
    )

    result.assert_outcomes(passed=2)
    assert {line.split()[1] for line in run.logged()} == {"gw0", "gw1"}
    result.stdout.re_match_lines_random(
        [
            r"phaserun: 2 at once, in processes, schedule phase, timeout 30 s",
            r"2 workers \[2 items\]",
            r"phaserun: 2 tests in 1 phase",
            r"\[gw0\] .* PASSED .*test_it.py::test_meets_the_other\[.-.\] ",
            r"\[gw1\] .* PASSED .*test_it.py::test_meets_the_other\[.-.\] ",
        ]
    )


def test_chain_runs_in_its_order_on_one_worker(run):
    result = run(
        """
        @pytest.mark.depends_on("test_b")
        def test_c():
            log("c")

        @pytest.mark.depends_on("test_a")
        def test_b():
            log("b")

        def test_a():
            log("a")
        """
    )

    result.assert_outcomes(passed=3)
    words = [line.split() for line in run.logged()]
    assert [word for word, _ in words] == ["a", "b", "c"]
    assert len({worker for _, worker in words}) == 1


def test_failure_blocks_its_dependents_and_no_other(run):
    result = run(
        """
        def test_a():
            assert 0

        @pytest.mark.depends_on("test_a")
        def test_b():
            log("b")

        @pytest.mark.depends_on("test_b")
        def test_c():
            log("c")

        def test_d(): ...
        """,
        "-rs",
    )

    result.assert_outcomes(passed=1, failed=1, skipped=2)
    assert not (run.path / "log").exists()
    result.stdout.fnmatch_lines(
        [
            "phaserun: 2 blocked by test_it.py::test_a: failed",
            "SKIPPED * depends on test_it.py::test_a (failed)",
            "SKIPPED * depends on test_it.py::test_b, blocked by test_it.py::test_a *",
        ]
    )


def test_hung_test_times_out_with_its_stack_and_the_run_goes_on(run):
    result = run(
        """
        @pytest.mark.task(timeout=0.5)
        def test_hangs():
            while True:
                sleep(60)

        @pytest.mark.depends_on("test_hangs")
        def test_behind(): ...

        @pytest.mark.parametrize("n", range(4))
        def test_other(n): ...
        """,
        "-v",
        "-n1",
    )

    result.assert_outcomes(passed=4, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "[[]gw0] * TIMEOUT *test_it.py::test_hangs *",
            "replacing crashed worker gw0",
            "[[]gw0] linux*",
            "Timed out after 0.5 s in call, the limit of setup and call together",
            '  File "*test_it.py", line *, in test_hangs',
            "    sleep(60)",
            "*4 passed, 1 skipped, 1 timeout*",
        ]
    )


def test_timeouts_do_not_use_up_the_restarts_of_workers(run):
    result = run(
        """
        @pytest.mark.parametrize("n", range(2))
        @pytest.mark.task(timeout=0.3)
        def test_hangs(n):
            sleep(60)

        @pytest.mark.exclusive
        def test_other(): ...
        """,
        "--max-worker-restart=0",
    )

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*1 passed, 2 timeout*"])


def test_worker_that_is_killed_fails_its_test_alone(run):
    result = run(
        """
        @pytest.mark.parametrize("n", range(20))
        def test_is_killed_sometimes(n):
            log(str(n))
            if n % 5 == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        """,
        "-v",
    )

    result.assert_outcomes(passed=16, failed=4)
    # Nothing ran twice.
    ran = sorted(int(line.split()[0]) for line in run.logged())
    assert ran == list(range(20))
    result.stdout.re_match_lines_random(
        [
            r"\[gw\d\] .* FAILED .*test_it.py::test_is_killed_sometimes\[3\] ",
            r"The process of the test was killed by SIGKILL \(worker gw\d\)",
        ]
    )


def test_what_a_lost_worker_had_is_made_again_for_those_that_depend_on_it(run):
    result = run(
        """
        state = []

        def test_a():
            log("a")
            state.append("a")

        @pytest.mark.depends_on("test_a")
        def test_b():
            os.kill(os.getpid(), signal.SIGKILL)

        @pytest.mark.depends_on("test_a")
        @pytest.mark.order(after="test_b")
        def test_c():
            assert state == ["a"]
        """
    )

    result.assert_outcomes(passed=2, failed=1)
    assert [line.split()[0] for line in run.logged()] == ["a", "a"]


def test_writers_of_a_resource_never_meet(run):
    result = run(
        """
        @pytest.mark.resource("db")
        @pytest.mark.parametrize("n", range(6))
        def test_writes(n):
            (folder / "db").touch(exist_ok=False)
            sleep(0.02)
            (folder / "db").unlink()
        """
    )

    result.assert_outcomes(passed=6)


def test_exclusive_test_runs_while_nothing_else_does(run):
    result = run(
        """
        @pytest.mark.parametrize("n", range(6))
        def test_other(n):
            (folder / f"runs{n}").touch()
            sleep(0.02)
            (folder / f"runs{n}").unlink()

        @pytest.mark.exclusive
        def test_alone():
            assert not list(folder.glob("runs*"))
        """
    )

    result.assert_outcomes(passed=7)


def test_wide_fixtures_are_set_up_once_on_each_worker_at_the_most(run):
    run.path.joinpath("test_second.py").write_text(
        "def test_x(everywhere): ...\ndef test_y(everywhere): ...\n", encoding="utf-8"
    )
    run.path.joinpath("conftest.py").write_text(
        IMPORTS
        + """
@pytest.fixture(scope="session")
def everywhere():
    log("up session")
    yield
    log("down session")
""",
        encoding="utf-8",
    )

    result = run(
        """
        @pytest.fixture(scope="module")
        def of_module(everywhere):
            log("up module")
            yield
            log("down module")

        @pytest.mark.parametrize("n", range(20))
        def test_uses(n, of_module): ...
        """
    )

    result.assert_outcomes(passed=22)
    logged = run.logged()
    assert len(logged) == len(set(logged)), logged
    ups = [line.split(" ", 1)[1] for line in logged if line.startswith("up")]
    downs = [line.split(" ", 1)[1] for line in logged if line.startswith("down")]
    assert sorted(ups) == sorted(downs)


def test_error_in_the_last_teardown_is_reported(run):
    result = run(
        """
        @pytest.fixture(scope="session")
        def breaks():
            yield
            raise ValueError("torn")

        def test_it(breaks): ...
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_it*", "E*ValueError: torn"]
    )


def test_first_failure_ends_the_run(run):
    result = run(
        """
        def test_a():
            assert 0

        @pytest.mark.parametrize("n", range(4))
        @pytest.mark.order(after="test_a")
        def test_later(n): ...
        """,
        "-x",
    )

    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["!* stopping after 1 failures !*"])


@pytest.mark.parametrize(
    ("body", "outcome"),
    [("sleep(60)", "1 timeout"), ("os._exit(3)", "1 failed")],
    ids=["hang", "crash"],
)
def test_hang_and_crash_end_a_run_that_is_to_end_at_the_first_failure(
    run, body, outcome
):
    result = run(
        f"""
        @pytest.mark.task("first", timeout=0.5)
        def test_first():
            {body}

        @pytest.mark.order(after="test_first")
        def test_later(): ...
        """,
        "-x",
    )

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["!* stopping after 1 failures !*", f"=* {outcome} *"])


def test_test_that_fails_beside_others_and_not_alone_passes(run):
    result = run(
        """
        def test_other():
            (folder / "other").touch()
            wait_for("failed")
            (folder / "other").unlink()

        def test_flaky():
            if not (folder / "failed").exists():
                wait_for("other")
                (folder / "failed").touch()
                assert 0
        """,
        "--phase-timeout=30",
    )

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["=* PASSED ONLY ALONE =*", "*1 passed only alone"])


def test_last_failures_run_again_with_what_they_need(run):
    source = """
        def test_a(): ...

        @pytest.mark.depends_on("test_a")
        def test_b():
            assert 0

        @pytest.mark.depends_on("test_b")
        def test_c(): ...

        def test_d(): ...
        """
    run(source)

    result = run(source, "--lf")

    result.assert_outcomes(passed=1, failed=1, skipped=1)


def test_durations_are_kept_by_the_controller(run):
    source = """
        def test_a(): ...

        def test_b(): ...
        """

    run(source)

    kept = run.path / ".pytest_cache/v/phaserun/durations"
    assert sorted(json.loads(kept.read_text())) == [
        "test_it.py::test_a",
        "test_it.py::test_b",
    ]


def test_run_in_which_all_went_well_is_resumed_with_success(run):
    source = "def test_a(): ..."
    run(source, "--phase-events=events.jsonl")

    result = run(source, "--phase-resume=events.jsonl")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*no tests ran*"])


def test_junit_file_names_all_tests_once(run):
    result = run(
        """
        def test_a(): ...

        @pytest.mark.task(timeout=0.3)
        def test_hangs():
            sleep(60)

        def test_crashes():
            os._exit(1)

        @pytest.mark.depends_on("test_crashes")
        def test_behind(): ...
        """,
        "--junitxml=junit.xml",
    )

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    suite = ElementTree.parse(run.path / "junit.xml").getroot()[0]
    cases = {
        case.get("name"): [each.tag for each in case if each.tag != "properties"]
        for case in suite
    }
    assert len(suite) == len(cases)
    assert cases == {
        "test_a": [],
        "test_hangs": ["failure"],
        "test_crashes": ["failure"],
        "test_behind": ["skipped"],
    }
    assert suite.find("testcase[@name='test_hangs']/failure").get("type") == "timeout"


def test_test_may_wait_for_one_on_another_worker(run):
    result = run(
        """
        depends = pytest.importorskip("pytest_dependency").depends

        def test_waits(request):
            depends(request, ["test_other"])
            log("waits")

        @pytest.mark.dependency
        def test_other():
            log("other")
        """,
        "-p",
        "dependency",
    )

    result.assert_outcomes(passed=2)
    assert [line.split()[0] for line in run.logged()] == ["other", "waits"]


def test_test_ends_the_run_with_its_own_exit_code(run):
    result = run(
        """
        def test_it():
            pytest.exit("enough", 7)
        """
    )

    assert result.ret == 7
    result.stdout.fnmatch_lines(["*Exit: enough*"])


# What cannot be


def test_mistakes_in_marks_are_told_once(run):
    result = run(
        """
        @pytest.mark.depends_on("test_nowhere")
        def test_a(): ...

        @pytest.mark.depends_on("test_c")
        def test_b(): ...

        @pytest.mark.depends_on("test_b")
        def test_c(): ...
        """
    )

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    errors = [line for line in result.stderr.lines if line.startswith("ERROR")]
    assert len(errors) == 2
    assert "depends on unknown test 'test_nowhere'" in errors[0]
    assert errors[1].startswith("ERROR: cycle: ")


def test_file_that_is_not_there_is_told_once(run):
    result = run("def test_a(): ...", "nowhere.py")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:1] == ["ERROR: file or directory not found: nowhere.py"]


def test_errors_of_collection_end_the_run_as_they_do_without_workers(run):
    result = run("import nowhere")

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["!* Interrupted: 1 error during collection !*"])


def test_workers_that_collect_different_tests_are_named(run):
    result = run(
        """
        @pytest.mark.parametrize("n", [worker])
        def test_a(n): ...
        """
    )

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    first, second = ("gw0", "gw1")
    if "workers gw1 and gw0" in result.stderr.str():
        first, second = second, first
    assert result.stderr.lines[:1] == [
        f"ERROR: workers {first} and {second} have collected different tests: "
        f"test_it.py::test_a[{first}] and test_it.py::test_a[{second}] stand at one "
        "place; all must find the same tests in the same order"
    ]


def test_no_tests_are_no_success(run):
    result = run("def test_a(): ...", "-k", "nothing")

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_other_ways_to_say_what_runs_where_are_overruled_with_a_line_each(run):
    result = run(
        "def test_a(): ...",
        "--dist=loadgroup",
        "--phase-concurrency=8",
        "--phase-executor=threads",
    )

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "phaserun: 2 at once, *",
            "phaserun: -n or --tx counts, not --phase-concurrency",
            "phaserun: -n or --tx counts, not --phase-executor",
            "phaserun: dependencies say what runs where, not --dist loadgroup",
        ]
    )


def test_groups_of_xdist_are_resources(run):
    result = run(
        """
        @pytest.mark.xdist_group("db")
        @pytest.mark.parametrize("n", range(4))
        def test_writes(n, request):
            assert "@" not in request.node.nodeid
            (folder / "db").touch(exist_ok=False)
            sleep(0.02)
            (folder / "db").unlink()
        """,
        "--dist=loadgroup",
    )

    result.assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("-n2", "--dist=each"),
            "--dist each does not go together with phaserun, which runs each test "
            "once: leave it out, or switch phaserun off with --phase-off",
        ),
        (
            ("-p", "xdist.looponfail", "--looponfail"),
            "--looponfail does not go together with phaserun: leave it out, or switch "
            "phaserun off with --phase-off",
        ),
        (
            ("-d", "--tx=socket=localhost:8888"),
            "--tx socket=localhost:8888: such a worker cannot be replaced when a test "
            "hangs or crashes; name it a hub by --px id=hub//socket=localhost:8888 "
            "and give --tx popen//via=hub",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(run, arguments, line):
    result = run("def test_a(): ...", workers=arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[0] == f"ERROR: {line}"


def test_without_workers_tests_run_in_threads(run):
    result = run(
        """
        def test_a():
            assert worker is None
        """,
        workers=("-n0",),
    )

    result.assert_outcomes(passed=1)


def test_plan_is_shown_once_and_nothing_runs(run):
    result = run(
        """
        def test_a():
            log("a")
        """,
        "--phase-plan",
    )

    result.stdout.fnmatch_lines(["phase 1 of 1: 1 test", "  test_it.py::test_a"])
    assert not (run.path / "log").exists()


def test_without_phases_xdist_does_as_ever(run):
    result = run(
        """
        def test_a(): ...

        def test_b(): ...
        """,
        "--phase-off",
        "--dist=each",
    )

    result.assert_outcomes(passed=4)


# Other machines


@pytest.fixture
def hub(pytester: pytest.Pytester) -> Iterator[str]:
    """Serve sockets of execnet on this machine, as another machine would."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = "127.0.0.1:{1}".format(*probe.getsockname())
    command = [sys.executable, "-um", "execnet.script.socketserver", address]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=pytester.path, stdout=pipe, text=True) as server:
        assert server.stdout is not None
        # What it says first it says once it can be reached.
        assert "Entering Accept loop" in server.stdout.readline()
        yield address
        server.kill()


def test_workers_of_a_hub_run_tests_hang_and_are_replaced(run, hub):
    result = run(
        """
        @pytest.mark.task(timeout=0.5)
        def test_hangs():
            sleep(60)

        def test_crashes():
            os.kill(os.getpid(), signal.SIGKILL)

        @pytest.mark.parametrize("n", range(4))
        def test_passes(n): ...
        """,
        workers=("-d", "--px", f"id=hub//socket={hub}", "--tx", "2*popen//via=hub"),
    )

    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["*1 failed, 4 passed, 1 timeout*"])
