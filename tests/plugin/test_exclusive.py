"""Which tests run alone, in the main thread, and that the others do not."""

from __future__ import annotations

import pytest

#: Knows which tests are between setup and teardown, and the thread of each call.
WITNESS = """
    import builtins
    import threading
    import pytest

    running = set()

    class Witness:
        def check_alone(self):
            assert threading.current_thread() is threading.main_thread()
            assert len(running) == 1

        def check_beside(self):
            assert threading.current_thread() is not threading.main_thread()

    builtins.witness = Witness()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(item):
        running.add(item)
        try:
            return (yield)
        finally:
            running.discard(item)
"""

#: Tests beside which another one would not be alone; each waits for another.
NEIGHBOURS = """
import threading
import pytest

both = threading.Barrier(2)

@pytest.mark.parametrize("i", range(8))
def test_neighbour(i):
    both.wait(10)
    witness.check_beside()
"""


@pytest.fixture(autouse=True)
def _neighbours(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(WITNESS)
    (pytester.path / "test_neighbours.py").write_text(NEIGHBOURS)


def run(pytester: pytest.Pytester, phaserun, suite: str, *arguments: str):
    """Run a suite beside the neighbours."""
    pytester.makepyfile(test_suite=suite)
    return phaserun("--phase-concurrency=2", *arguments)


ALONE = {
    "exclusive": """
        @pytest.mark.exclusive
        def test_alone(): witness.check_alone()
    """,
    "thread_unsafe": """
        @pytest.mark.thread_unsafe(reason="counts threads")
        def test_alone(): witness.check_alone()
    """,
    "exclusive class": """
        @pytest.mark.exclusive
        class TestAll:
            def test_alone(self): witness.check_alone()
    """,
    "exclusive module": """
        pytestmark = pytest.mark.exclusive

        def test_alone(): witness.check_alone()
    """,
    "exclusive parameter": """
        @pytest.mark.parametrize("i", [pytest.param(1, marks=pytest.mark.exclusive)])
        def test_alone(i): witness.check_alone()
    """,
    "fixture": """
        def test_alone(monkeypatch): witness.check_alone()
    """,
    "fixture of a fixture": """
        @pytest.fixture
        def patched(monkeypatch): ...

        def test_alone(patched): witness.check_alone()
    """,
    "fixture by usefixtures": """
        @pytest.mark.usefixtures("capfd")
        def test_alone(): witness.check_alone()
    """,
    "own source": """
        def test_alone():
            witness.check_alone()
            os.chdir(".")
    """,
    "source of a fixture": """
        @pytest.fixture
        def elsewhere(tmp_path):
            before = os.getcwd()
            os.chdir(tmp_path)
            yield
            os.chdir(before)

        def test_alone(elsewhere): witness.check_alone()
    """,
    "source of a helper": """
        def set_variable():
            os.environ.pop("WITNESS", None)

        def test_alone():
            witness.check_alone()
            set_variable()
    """,
    "source of a helper's helper": """
        def set_variable():
            os.environ.pop("WITNESS", None)

        def prepare():
            set_variable()

        def test_alone():
            witness.check_alone()
            prepare()
    """,
    "source of an xunit method": """
        class TestAll:
            def setup_method(self):
                os.environ.pop("WITNESS", None)

            def test_alone(self): witness.check_alone()
    """,
    "source of a unittest method": """
        class TestAll(unittest.TestCase):
            def setUp(self):
                os.environ.pop("WITNESS", None)

            def test_alone(self): witness.check_alone()
    """,
    "mock.patch": """
        @unittest.mock.patch("os.getcwd")
        def test_alone(getcwd): witness.check_alone()
    """,
    "name imported from mock": """
        def test_alone():
            witness.check_alone()
            with patch("os.getcwd"): ...
    """,
}

IMPORTS = """
        import os
        import unittest.mock
        from unittest.mock import patch
        import pytest
"""


@pytest.mark.parametrize("suite", ALONE.values(), ids=ALONE)
def test_test_that_changes_the_process_runs_alone_in_the_main_thread(
    pytester, phaserun, suite
):
    result = run(pytester, phaserun, IMPORTS + suite)

    result.assert_outcomes(passed=9)
    result.stdout.fnmatch_lines(["phaserun: 9 tests in 1 phase, 1 to run alone"])


def test_only_those_parameters_run_alone_that_are_marked(pytester, phaserun):
    result = run(
        pytester,
        phaserun,
        """
        import pytest

        alone = pytest.mark.exclusive

        @pytest.mark.parametrize("i", [1, pytest.param(2, marks=alone), 3])
        def test_one(i):
            witness.check_alone() if i == 2 else witness.check_beside()
        """,
    )

    result.assert_outcomes(passed=11)


def test_doctests_run_alone(pytester, phaserun):
    result = run(
        pytester,
        phaserun,
        '''
        def shout():
            """
            >>> witness.check_alone()
            """
        ''',
        "--doctest-modules",
    )

    result.assert_outcomes(passed=9)


def test_several_exclusive_tests_run_one_after_the_other(pytester, phaserun):
    result = run(
        pytester,
        phaserun,
        """
        import pytest

        @pytest.mark.exclusive
        @pytest.mark.parametrize("i", range(5))
        def test_alone(i): witness.check_alone()
        """,
    )

    result.assert_outcomes(passed=13)


@pytest.mark.parametrize("schedule", ["batch", "phase", "graph"])
def test_exclusive_and_other_tests_depend_on_one_another(pytester, phaserun, schedule):
    result = run(
        pytester,
        phaserun,
        """
        import pytest

        @pytest.mark.exclusive
        def test_first(): witness.check_alone()

        @pytest.mark.depends_on("test_first")
        def test_second(): witness.check_beside()

        @pytest.mark.exclusive
        @pytest.mark.depends_on("test_second")
        def test_third(): witness.check_alone()

        @pytest.mark.depends_on("test_third")
        def test_fourth(): witness.check_beside()
        """,
        f"--phase-schedule={schedule}",
    )

    result.assert_outcomes(passed=12)


def test_failed_exclusive_test_blocks_its_dependents(pytester, phaserun):
    result = run(
        pytester,
        phaserun,
        """
        import pytest

        @pytest.mark.exclusive
        def test_first(): assert False

        @pytest.mark.depends_on("test_first")
        def test_second(): ...
        """,
    )

    result.assert_outcomes(passed=8, failed=1, skipped=1)


def test_test_alone_has_stock_fixtures_and_output(pytester, phaserun):
    result = run(
        pytester,
        phaserun,
        """
        import logging
        import os
        import warnings
        import pytest

        def test_environment(monkeypatch):
            monkeypatch.setenv("WITNESS", "1")
            assert os.environ["WITNESS"] == "1"

        def test_log(caplog):
            logging.getLogger().warning("look out")
            assert caplog.messages == ["look out"]

        def test_warnings(recwarn):
            warnings.warn("look out")
            assert len(recwarn) == 1

        def test_descriptors(capfd):
            os.write(1, b"look out")
            assert capfd.readouterr().out == "look out"

        @pytest.mark.exclusive
        def test_current():
            assert os.environ["PYTEST_CURRENT_TEST"].endswith("::test_current (call)")
        """,
    )

    result.assert_outcomes(passed=13)


def test_variable_for_the_current_test_is_gone_after_the_run(pytester, phaserun):
    pytester.makeconftest(
        """
        import os

        def pytest_unconfigure():
            print("left:", os.environ.get("PYTEST_CURRENT_TEST"))
        """
    )
    pytester.makepyfile(
        test_neighbours="""
        import os
        import pytest

        @pytest.mark.parametrize("i", range(8))
        def test_one(i):
            assert "PYTEST_CURRENT_TEST" in os.environ
        """
    )

    result = phaserun.apart()

    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines(["left: None"])
