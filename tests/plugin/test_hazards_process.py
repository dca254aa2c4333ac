"""Eight tests at once and what a process has one of: variables, folders, reports.

Every inner test meets the seven others before and after it touches such a thing, or is
seen to be alone with it.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from .meeting import EightAtOnce
from .reading import section


@pytest.fixture
def at_once(pytester, phaserun):
    """Run inner tests, eight at once."""
    return EightAtOnce(pytester, phaserun)


# The variable that names the current test


def test_variable_for_the_current_test_holds_still_while_eight_overlap(at_once):
    # Hazard: every stage of every test writes the variable, and its end removes it,
    # which fails for the second of two that end together.
    result = at_once(
        """
        @pytest.fixture
        def stages():
            look()
            yield
            look()

        @eight
        def test_it(i, stages):
            look()
        """,
        conftest="""
        import os
        import meeting

        def look():
            meet()
            LOG.append(os.environ["PYTEST_CURRENT_TEST"])
            meet()

        meeting.look = look

        @pytest.hookimpl(trylast=True)
        def pytest_runtest_logfinish():
            LOG.append(f"end, {os.environ['PYTEST_CURRENT_TEST']}")

        @pytest.hookimpl(trylast=True)
        def pytest_sessionfinish():
            LOG.append(str(os.environ.get("PYTEST_CURRENT_TEST")))
        """,
    )

    result.assert_outcomes(passed=8)
    value, *others = at_once.log()
    assert value
    assert others == [*[value] * 23, *[f"end, {value}"] * 8, "None"]


# What is kept for a look after the end


def test_eight_tests_that_fail_together_keep_their_own_errors(at_once):
    # Hazard: each failure is kept in three variables of `sys`, which every call stage
    # deletes first; one of two deletions finds them gone.
    result = at_once(
        """
        @pytest.mark.parametrize("again", range(3))
        @eight
        def test_it(i, again):
            meet()
            raise ValueError(f"error {i}.{again}")
        """,
        conftest="""
        import sys

        def pytest_sessionfinish():
            LOG.append(f"{type(sys.last_value).__name__}: {sys.last_value}")
            LOG.append(sys.last_type.__name__)
        """,
    )

    result.assert_outcomes(failed=24)
    for i in range(8):
        for again in range(3):
            lines = section(result, f"test_it[{i}-{again}]")
            assert [line for line in lines if line.startswith("E  ")] == [
                f"E       ValueError: error {i}.{again}"
            ]
    last, kind = at_once.log()
    assert re.fullmatch(r"ValueError: error \d\.\d", last)
    assert kind == "ValueError"


# Temporary directories


def test_given_directory_is_made_once_for_eight_tests(at_once, pytester):
    # Hazard: the first who asks removes and makes the directory that was given; the
    # second removes what the first has put there, or fails to make it again.
    given = pytester.path / "given"
    given.mkdir()
    (given / "old").touch()

    result = at_once(
        """
        @pytest.fixture
        def together():
            meet()

        @eight
        def test_it(i, together, tmp_path, tmp_path_factory):
            (tmp_path / "mine").write_text(str(i))
            made = tmp_path_factory.mktemp("same")
            (made / "mine").write_text(str(i))
            meet()
            assert (tmp_path / "mine").read_text() == str(i)
            assert (made / "mine").read_text() == str(i)
            assert not (tmp_path.parent / "old").exists()
            LOG.append(made.name)
        """,
        f"--basetemp={given}",
    )

    result.assert_outcomes(passed=8)
    assert sorted(at_once.log()) == [f"same{i}" for i in range(8)]


def test_directories_of_tests_that_failed_are_kept_and_no_others(at_once, pytester):
    # Hazard: whether a test failed is read when its directory is taken down, from what
    # its reports have left, beside reports of others.
    result = at_once(
        """
        @eight
        def test_it(i, tmp_path):
            meet()
            (tmp_path / "mine").touch()
            meet()
            assert i % 2
        """,
        "--basetemp=given",
        "-otmp_path_retention_policy=failed",
    )

    result.assert_outcomes(passed=4, failed=4)
    folders = (pytester.path / "given").iterdir()
    kept = [path.name for path in folders if not path.is_symlink()]
    assert sorted(kept) == [f"test_it_{i}_0" for i in range(0, 8, 2)]


# Reports


def test_reports_of_eight_tests_that_end_together_arrive_whole_on_the_main_thread(
    at_once, pytester
):
    # Hazard: whoever hears reports counts and prints without a lock: the terminal, the
    # session, the files that are written.
    result = at_once(
        """
        @pytest.fixture
        def stages():
            meet()
            yield
            meet()

        @pytest.mark.parametrize("again", range(3))
        @eight
        def test_it(i, again, stages):
            meet()
            assert i % 2
        """,
        "--junitxml=out.xml",
        conftest="""
        def hear(what, nodeid):
            LOG.append(f"{what} {nodeid}{'' if is_main() else ' elsewhere'}")

        def pytest_runtest_logstart(nodeid): hear("start", nodeid)
        def pytest_runtest_logreport(report): hear(report.when, report.nodeid)
        def pytest_exception_interact(node): hear("error", node.nodeid)
        def pytest_runtest_logfinish(nodeid): hear("finish", nodeid)

        def pytest_sessionfinish(session):
            LOG.append(str(session.testsfailed))
        """,
    )

    result.assert_outcomes(passed=12, failed=12)
    *heard, failures = at_once.log()
    assert failures == "12"
    check_that_hooks_are_contiguous(heard)
    (suite,) = ElementTree.parse(pytester.path / "out.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("24", "12")
    assert len(suite.findall("testcase/failure")) == 12


def check_that_hooks_are_contiguous(heard):
    """Assert that the hooks of a test follow each other, whichever test it is."""
    lines = iter(heard)
    ends = []
    for line in lines:
        what, _, nodeid = line.partition(" ")
        assert what == "start"
        number = int(nodeid.partition("[")[2][0])
        error = () if number % 2 else ("error",)
        for expected in ("setup", "call", *error, "teardown", "finish"):
            assert next(lines) == f"{expected} {nodeid}"
        ends.append(nodeid)
    assert len(set(ends)) == len(ends) == 24
