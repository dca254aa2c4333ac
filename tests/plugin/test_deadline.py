"""A limit for the whole run."""

from __future__ import annotations

import pytest

from .reading import section

SUITE = """
    import itertools

    import pytest

    def hang():
        for _ in itertools.count():
            pass

    def test_good(): ...

    def test_hangs(): hang()

    @pytest.mark.exclusive
    def test_never(): ...

    @pytest.mark.depends_on("test_good")
    def test_late(): ...
"""


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(test_it=SUITE)


def test_what_runs_at_the_deadline_times_out_and_the_rest_is_not_run(suite, phaserun):
    result = phaserun("--phase-deadline=0.5", "-v")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "test_it.py::test_good PASSED *",
            "test_it.py::test_hangs TIMEOUT *",
            "phaserun: *, 2 tests not run",
            "*! the deadline of the run, 0.5 s, has come !*",
            "*1 passed, 1 timeout in *",
        ]
    )
    head = section(result, "test_hangs")[0]
    assert head.endswith(" s in call: the deadline of the run, 0.5 s, has come")


def test_test_alone_times_out_at_the_deadline_too(pytester, phaserun):
    alone = SUITE.replace(
        "    def test_h", "    @pytest.mark.exclusive\n    def test_h"
    )
    pytester.makepyfile(alone)

    result = phaserun("--phase-deadline=0.5", "-v")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*::test_hangs TIMEOUT *"])


def test_teardown_after_the_deadline_has_the_grace(pytester, phaserun):
    pytester.makepyfile(
        """
        import itertools

        import pytest

        def hang():
            for _ in itertools.count():
                pass

        @pytest.fixture
        def slow():
            yield
            hang()

        def test_hangs(slow): hang()
        """
    )

    result = phaserun("--phase-deadline=0.3", "--phase-grace=0.3")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["Timed out after * s in teardown: the deadline *"])


def test_teardown_is_limited_after_the_deadline_without_any_grace(pytester, phaserun):
    pytester.makepyfile(
        """
        import itertools

        import pytest

        @pytest.fixture
        def slow():
            yield
            for _ in itertools.count():
                pass

        def test_hangs(slow):
            for _ in itertools.count():
                pass
        """
    )

    result = phaserun("--phase-deadline=0.3", "--phase-grace=0")

    result.stdout.fnmatch_lines(["Timed out after * s in *: the deadline *"])


def test_run_that_ends_in_time_says_nothing_of_its_deadline(pytester, phaserun):
    pytester.makepyfile("def test_good(): ...")

    result = phaserun("--phase-deadline=60")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("*deadline of the run*")


def test_failure_that_waits_to_be_confirmed_is_reported(pytester, phaserun):
    pytester.makepyfile(
        """
        import itertools

        def test_fails(): assert 0

        def test_hangs():
            for _ in itertools.count():
                pass
        """
    )

    result = phaserun("--phase-deadline=0.5")

    result.stdout.fnmatch_lines(["*1 failed, 1 timeout in *"])
