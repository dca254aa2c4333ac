"""Tests in processes of their own: outcomes, reports, crashes and hangs."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are forked on Linux alone"
)

ARGS = (
    *("--disable-plugin-autoload", "-p", "phaserun"),
    *("--phase-executor", "process", "--phase-concurrency", "2"),
)


@pytest.fixture
def run(pytester):
    """Run pytest with processes, as a user would."""

    def run(source: str, *args: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess(*ARGS, *args, timeout=60)

    return run


def test_tests_run_in_other_processes(run, pytester):
    pytester.makeconftest("import os; os.environ['PARENT'] = str(os.getpid())")

    result = run(
        """
        import os

        def test_it():
            assert os.environ["PARENT"] == str(os.getppid())
        """
    )

    result.assert_outcomes(passed=1)


def test_plugins_find_the_terminal_that_they_take_colours_from(run):
    # As pytest itself does before 9.2, when an assertion has compared something.
    result = run(
        """
        def test_it(pytestconfig):
            assert pytestconfig.get_terminal_writer().hasmarkup is False
            assert 1 + 1 == 3
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E       assert (1 + 1) == 3"])


def test_two_tests_run_at_once(run):
    result = run(
        """
        from pathlib import Path
        from time import sleep

        import pytest

        @pytest.mark.parametrize("own, other", ["ab", "ba"])
        def test_meets_the_other(own, other, request):
            folder = request.config.rootpath
            (folder / own).touch()
            while not (folder / other).exists():
                sleep(0.01)
        """,
        "--phase-timeout=30",
    )

    result.assert_outcomes(passed=2)


STAFF = """
    from pytest_phaserun.drivers import processes
    from pytest_phaserun.drivers.workers import staff

    processes.count_cores = lambda: 1
    staff.PATIENCE = 1000.0
    staff.SHARE = {share}
"""


def test_tests_that_compute_get_no_more_processes_than_there_are_cores(run, pytester):
    pytester.makeconftest(STAFF.format(share=0.0))

    result = run(
        """
        import os, pytest

        seen = []

        @pytest.mark.parametrize("number", range(8))
        def test_it(number):
            assert len(seen) == number
            seen.append(number)
        """
    )

    result.assert_outcomes(passed=8)


def test_tests_that_wait_get_a_process_each(run, pytester):
    pytester.makeconftest(STAFF.format(share=1000.0))

    result = run(
        """
        import multiprocessing, pytest

        both = multiprocessing.Barrier(2)

        def test_first(): pass

        @pytest.mark.parametrize("number", range(2))
        def test_meets_the_other(number): both.wait(30)
        """
    )

    result.assert_outcomes(passed=3)


def test_test_that_kills_its_process_fails_with_the_signal_and_the_stack(run):
    result = run(
        """
        import os, signal

        def test_crashes():
            print("last words")
            os.kill(os.getpid(), signal.SIGSEGV)

        def test_other():
            pass
        """
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "The process of the test was killed by SIGSEGV",
            "Fatal Python error: Segmentation fault",
            "*test_*.py*, line 5 in test_crashes",
            "*Captured stdout call*",
            "last words",
        ]
    )


def test_test_that_ends_its_process_fails_with_the_exit_code(run):
    result = run("def test_exits(): import os; os._exit(3)")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["The process of the test ended itself with exit code 3"]
    )


def test_hung_test_is_killed_and_its_stack_and_output_are_shown(run):
    result = run(
        """
        import os, time

        def test_hangs():
            print("hanging", flush=True)
            os.system("echo as well")
            time.sleep(600)

        def test_other():
            pass
        """,
        "--phase-timeout=0.5",
    )

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "Timed out after 0.5 s in call, the limit of setup and call together",
            "*test_*.py*, line 6 in test_hangs",
            "*Captured stdout call*",
            "hanging",
            "as well",
            "*1 passed, 1 timeout in*",
        ]
    )


def test_dependents_of_what_crashed_are_blocked(run):
    result = run(
        """
        import os, pytest

        def test_crashes(): os.abort()

        @pytest.mark.depends_on("test_crashes")
        def test_after(): pass
        """,
        "-rs",
    )

    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*depends on *::test_crashes (failed)"])


def test_connected_tests_share_a_process(run):
    result = run(
        """
        import os, pytest

        seen = []

        def test_first(): seen.append(os.getpid())

        @pytest.mark.depends_on("test_first")
        def test_second(): assert seen == [os.getpid()]

        @pytest.mark.parametrize("i", range(8))
        def test_other(i): pass
        """
    )

    result.assert_outcomes(passed=10)


def test_module_fixture_is_set_up_once_in_a_process(run, pytester):
    pytester.makepyfile(
        test_other="import pytest\n"
        "@pytest.mark.parametrize('i', range(6))\ndef test_b(i): pass"
    )
    result = run(
        """
        import os, pytest

        @pytest.fixture(scope="module")
        def once(request):
            path = request.config.rootpath / f"up-{os.getpid()}"
            path.touch(exist_ok=False)
            yield
            path.rename(path.with_name(f"down-{os.getpid()}"))

        @pytest.mark.parametrize("i", range(6))
        def test_a(i, once): pass
        """
    )

    result.assert_outcomes(passed=12)
    assert list(pytester.path.glob("down-*"))
    assert not list(pytester.path.glob("up-*"))


CHAIN = """
import os, pytest, signal

seen = []

def test_first(): seen.append("first")

@pytest.mark.depends_on("test_first")
def test_crashes(): os.kill(os.getpid(), signal.SIGKILL)

@pytest.mark.depends_on("test_first")
def test_second(): assert seen == ["first"]
"""


def test_what_a_lost_process_had_is_made_again_for_dependents(run):
    result = run(CHAIN, "-rA")

    result.assert_outcomes(passed=2, failed=1)


def test_dependents_of_what_a_lost_process_had_can_be_blocked(run):
    result = run(CHAIN, "--phase-lost-state=block", "-rs")

    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        ["*the process in which *::test_first ran was killed by SIGKILL"]
    )


def test_dependent_is_blocked_if_what_it_needs_fails_when_run_again(run, pytester):
    result = run(
        """
        import os, pytest

        def test_first(request):
            (request.config.rootpath / "once").touch(exist_ok=False)

        @pytest.mark.depends_on("test_first")
        def test_crashes(): os._exit(1)

        @pytest.mark.depends_on("test_first")
        def test_second(): pass
        """,
        "-rs",
    )

    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*::test_first, whose process ended itself with exit code 1, "
            "ran again and failed"
        ]
    )


def test_connected_tests_may_run_in_different_processes(run):
    result = run(CHAIN, "--phase-affinity=none", "-rA")

    result.assert_outcomes(passed=1, failed=2)


def test_test_that_takes_long_is_told_of_while_it_runs(run):
    result = run(
        "import time\ndef test_slow(): time.sleep(600)",
        *("--phase-slow=0.2", "--phase-timeout=5"),
    )

    result.stdout.fnmatch_lines(
        [
            "phaserun: slow: *::test_slow, * s in setup and call so far",
            "*line 2 in test_slow",
        ]
    )


def test_deadline_of_the_run_ends_what_runs(run):
    result = run(
        "import time\n"
        "def test_slow(): time.sleep(600)\n"
        "def test_other(): time.sleep(600)\n"
        "def test_late(): pass",
        "--phase-deadline=0.5",
    )

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "Timed out after * s in call: the deadline of the run, 0.5 s, has come",
            "*1 test not run",
            "*2 timeout in*",
        ]
    )


def test_test_can_wait_for_one_in_another_process(run):
    pytest.importorskip("pytest_dependency")
    result = run(
        """
        import pytest
        from pytest_dependency import depends

        @pytest.mark.dependency()
        def test_passes(): pass

        @pytest.mark.dependency()
        def test_fails(): assert False

        def test_waits(request): depends(request, ["test_passes"])

        def test_gives_up(request): depends(request, ["test_fails"])
        """,
        *("-rs", "-p", "pytest_dependency"),
    )

    result.assert_outcomes(passed=2, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*depends on *::test_fails (failed)"])


def test_what_is_bound_to_a_place_that_was_there_for_a_while_runs(run):
    pytest.importorskip("pytest_dependency")
    result = run(
        """
        import pytest
        from pytest_dependency import depends

        @pytest.mark.dependency()
        def test_waits(request): depends(request, ["test_a"])

        @pytest.mark.depends_on("test_waits")
        def test_c(): pass

        @pytest.mark.depends_on("test_c")
        def test_d(): pass

        @pytest.mark.dependency()
        def test_a(): pass

        @pytest.mark.depends_on("test_a")
        def test_b(): pass
        """,
        *("--phase-concurrency=1", "-p", "pytest_dependency"),
    )

    result.assert_outcomes(passed=5)
