"""Processes that are told what to run next while they run something else."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are forked on Linux alone"
)

CONFTEST = """
    tickets = []

    def pytest_configure():
        from pytest_phaserun.drivers.workers.controller import Controller

        next_ahead = Controller.next_ahead

        def note(self, slot):
            order = next_ahead(self, slot)
            tickets.append(order)
            return order

        Controller.next_ahead = note

    def pytest_unconfigure():
        print("ahead:", sum(order is not None for order in tickets))
"""

# The first worker is late to take its tickets. Nothing waits for that time to pass: the
# tests end alike without it, but could not fail.
TAKE_LATE = """
    import os, time
    from pytest_phaserun.drivers.workers.fork import Fork

    reporting, take_ticket = os.getpid(), Fork.take_ticket

    def take_late(self):
        if os.getpid() != reporting and os.environ["PHASERUN_SLOT"] == "0":
            time.sleep(0.5)
        return take_ticket(self)

    Fork.take_ticket = take_late
"""


@pytest.fixture
def run(pytester):
    """Run pytest with processes; at least one test is ordered ahead of its time."""

    def run(source: str, *args: str, conftest: str = "") -> pytest.RunResult:
        pytester.makeconftest(dedent(CONFTEST) + dedent(conftest))
        pytester.makepyfile(source)
        result = pytester.runpytest_subprocess(
            *("--disable-plugin-autoload", "-p", "phaserun"),
            *("--phase-executor", "process", "--phase-concurrency", "1", *args),
            timeout=60,
        )
        result.stdout.fnmatch_lines(["ahead: [1-9]*"])
        return result

    return run


def test_all_run_once_and_in_their_order(run):
    result = run(
        """
        import pytest

        seen = []

        @pytest.mark.parametrize("number", range(50))
        def test_it(number):
            seen.append(number)
            assert seen == [*range(number + 1)]
        """
    )

    result.assert_outcomes(passed=50)


def test_what_was_to_follow_a_test_that_hangs_runs_all_the_same(run):
    result = run(
        """
        import time

        def test_first(): pass
        def test_hangs(): time.sleep(600)
        def test_next(): pass
        def test_last(): pass
        """,
        *("--phase-timeout", "1", "--phase-slow", "0"),
    )

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["TIMEOUT test_*::test_hangs*"])


def test_what_was_to_follow_a_test_that_crashes_runs_all_the_same(run):
    result = run(
        """
        import os

        def test_first(): pass
        def test_crashes(): os._exit(3)
        def test_next(): pass
        def test_last(): pass
        """
    )

    result.assert_outcomes(passed=3, failed=1)


def test_nothing_follows_a_test_that_ends_the_run(run, pytester):
    result = run(
        """
        import pytest

        def test_first(): pass
        def test_exits(): pytest.exit("enough")
        def test_next(pytestconfig): (pytestconfig.rootpath / "ran").touch()
        """
    )

    result.stdout.fnmatch_lines(["!* _pytest.outcomes.Exit: enough !*"])
    assert not (pytester.path / "ran").exists()


def test_what_was_to_follow_a_long_test_runs_in_another_process(run):
    # Were it kept, the long test would wait for it for ever.
    result = run(
        """
        import time
        import pytest

        def test_first(): pass

        @pytest.mark.depends_on("test_first")
        def test_long(pytestconfig):
            for number in range(4):
                while not (pytestconfig.rootpath / f"ran{number}").exists():
                    time.sleep(0.01)

        @pytest.mark.depends_on("test_first", when="finished")
        @pytest.mark.parametrize("number", range(4))
        def test_quick(number, pytestconfig):
            (pytestconfig.rootpath / f"ran{number}").touch()
        """,
        *("--phase-concurrency", "2", "--phase-timeout", "30"),
        *("--phase-affinity", "none"),
    )

    result.assert_outcomes(passed=6)


def test_what_was_to_follow_a_test_that_waits_runs_first(run):
    pytest.importorskip("pytest_dependency")
    result = run(
        """
        import pytest
        from pytest_dependency import depends

        def test_first(): pass

        def test_waits(request): depends(request, ["test_next"])

        @pytest.mark.dependency()
        def test_next(): pass
        """,
        *("-p", "pytest_dependency"),
    )

    result.assert_outcomes(passed=3)


def test_what_another_test_waits_for_is_not_kept_behind_a_long_one(run):
    # Were it kept, or did one of the last two come before it, all would hang.
    pytest.importorskip("pytest_dependency")
    result = run(
        """
        import time
        import pytest
        from pytest_dependency import depends

        def wait(config):
            while not (config.rootpath / "ran").exists():
                time.sleep(0.01)

        def test_long(pytestconfig): wait(pytestconfig)

        def test_waits(request): depends(request, ["test_next"])

        @pytest.mark.dependency()
        def test_next(pytestconfig): (pytestconfig.rootpath / "ran").touch()

        @pytest.mark.parametrize("number", range(2))
        def test_other(number, pytestconfig): wait(pytestconfig)
        """,
        *("-p", "pytest_dependency", "--phase-concurrency", "2"),
        *("--phase-timeout", "30"),
    )

    result.assert_outcomes(passed=5)


def test_ticket_of_one_order_is_not_taken_for_another(run):
    # The first worker is late to read that `test_next` was taken back from it. Did it
    # hold what follows then, nobody would run that beside the test that waits for it.
    result = run(
        """
        import time
        import pytest

        @pytest.fixture
        def meet(pytestconfig):
            def meet(own, other):
                (pytestconfig.rootpath / own).touch()
                while not (pytestconfig.rootpath / other).exists():
                    time.sleep(0.01)

            return meet

        def test_long(meet): meet("long", "busy")

        def test_quick(meet): meet("quick", "long")

        def test_next(): pass

        @pytest.mark.depends_on("test_quick", "test_next")
        def test_busy(meet): meet("busy", "a")

        @pytest.mark.depends_on("test_long")
        @pytest.mark.parametrize("names", ["ab", "ba"])
        def test_meets_the_other(names, meet): meet(*names)
        """,
        *("--phase-concurrency", "2", "--phase-timeout", "20"),
        *("--phase-affinity", "none", "--phase-schedule", "graph"),
        conftest=TAKE_LATE,
    )

    result.assert_outcomes(passed=6)


def test_order_is_not_lost_that_a_worker_is_about_to_begin(run):
    # The first worker is late to begin `test_b[0]`. By then the last test was told it
    # and was taken back, since the second worker has run all the others.
    result = run(
        """
        import pytest

        def test_a(): pass

        @pytest.mark.parametrize("number", range(4))
        def test_b(number): pass
        """,
        *("--phase-concurrency", "2", "--phase-timeout", "20"),
        conftest=TAKE_LATE,
    )

    result.assert_outcomes(passed=5)
