"""Limits as pytest-timeout has them, beside others and alone, with it or without."""

from __future__ import annotations

import pytest

HANGS = """
    import itertools
    import threading

    import pytest

    def hang():
        for _ in itertools.count():
            pass

    @pytest.fixture
    def slow():
        hang()
"""

#: Without the other plugin, and with it.
with_and_without = pytest.mark.parametrize("others", [[], ["-p", "pytest_timeout"]])


@pytest.fixture
def limited(pytester, phaserun):
    """Run inner tests, with pytest-timeout where it is asked for."""

    def run(source, *arguments):
        if "pytest_timeout" in arguments:
            pytest.importorskip("pytest_timeout")
        pytester.makepyfile(hangs=HANGS)
        pytester.makepyfile(test_it="from hangs import *\n" + source)
        return phaserun.apart("--phase-grace=0.5", "--strict-markers", *arguments)

    return run


@with_and_without
@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive\n"])
@pytest.mark.parametrize("mark", ["timeout(0.3)", "timeout(timeout=0.3)"])
def test_mark_limits_setup_and_call(limited, others, alone, mark):
    result = limited(
        f"""
{alone}@pytest.mark.{mark}
def test_call(): hang()

{alone}@pytest.mark.{mark}
def test_setup(slow): ...

def test_good(): ...
""",
        *others,
    )

    result.stdout.fnmatch_lines(
        [
            "Timed out after 0.3 s in setup, the limit of setup and call together",
            "*1 passed, 2 timeout in *",
        ]
    )


@with_and_without
def test_limit_of_the_function_alone_leaves_the_setup_out(limited, others):
    result = limited(
        """
@pytest.fixture
def ready(request):
    # Longer than the function may take.
    threading.Event().wait(0.5)

@pytest.mark.timeout(0.3, func_only=True)
def test_call(ready): hang()

@pytest.mark.timeout(0.3, func_only=True)
def test_good(ready): ...
""",
        *others,
    )

    result.stdout.fnmatch_lines(
        ["Timed out after 0.3 s in call", "*1 passed, 1 timeout in *"]
    )


@with_and_without
def test_zero_switches_the_limit_off(limited, others):
    result = limited(
        """
@pytest.mark.timeout(0)
def test_slow(): threading.Event().wait(0.5)
""",
        "--phase-timeout=0.2",
        *others,
    )

    result.assert_outcomes(passed=1)


@with_and_without
def test_own_limit_of_a_task_goes_before(limited, others):
    result = limited(
        """
@pytest.mark.task(timeout=20)
@pytest.mark.timeout(0.1)
def test_slow(): threading.Event().wait(0.4)
""",
        *others,
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("option", ["--timeout=0.3", "-otimeout=0.3"])
def test_limit_for_all_tests_holds_on_threads(limited, option):
    result = limited(
        """
def test_call(): hang()
def test_good(): ...

@pytest.mark.timeout(20)
def test_marked(): threading.Event().wait(0.6)
""",
        "-p",
        "pytest_timeout",
        option,
    )

    result.stdout.fnmatch_lines(
        ["Timed out after 0.3 s in call,*", "*2 passed, 1 timeout in *"]
    )


def test_shorter_of_two_limits_for_all_tests_holds(limited):
    result = limited(
        "def test_call(): hang()",
        "-p",
        "pytest_timeout",
        "--timeout=20",
        "--phase-timeout=0.3",
    )

    result.stdout.fnmatch_lines(["Timed out after 0.3 s in call,*"])


def test_its_mark_is_listed_once(limited, phaserun):
    pytest.importorskip("pytest_timeout")

    without = phaserun("--markers")
    with_it = phaserun("-p", "pytest_timeout", "--markers")

    assert without.stdout.str().count("@pytest.mark.timeout(") == 1
    assert with_it.stdout.str().count("@pytest.mark.timeout(") == 1


def test_mark_limits_a_test_that_is_explained(limited):
    result = limited(
        """
@pytest.mark.timeout(7)
def test_it(): ...
""",
        "--phase-explain=test_it",
    )

    result.stdout.fnmatch_lines(["  time limit 7 s"])
