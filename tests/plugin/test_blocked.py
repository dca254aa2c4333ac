"""Tests that never ran because of what they depend on: reports, and the summary."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from .reading import errors, order, skip_reasons

CHAIN = """
    import pytest

    def test_root(): assert 0

    def test_other_root(): pytest.skip("not here")

    @pytest.mark.depends_on("test_root")
    def test_first(tmp_path): ...

    @pytest.mark.depends_on("test_first")
    def test_second(): ...

    @pytest.mark.depends_on("test_other_root")
    def test_third(): ...
"""

NEEDLESS = """
    import pytest

    def test_start(): ...

    @pytest.mark.depends_on("test_start", when="failed")
    def test_look_why(): ...

    @pytest.mark.depends_on("test_look_why")
    def test_send(): ...
"""


@pytest.fixture
def chain(pytester):
    pytester.makepyfile(test_chain=CHAIN)


def summary(result: pytest.RunResult) -> list[str]:
    """Return what is said of blocked tests in the end."""
    return [
        line.removeprefix("phaserun: ")
        for line in result.stdout.lines
        if line.startswith("phaserun: ") and " blocked by " in line
    ]


@pytest.mark.parametrize("at_once", [1, 8])
def test_summary_groups_blocked_tests_by_root_cause(chain, phaserun, at_once):
    result = phaserun(f"--phase-concurrency={at_once}")

    assert summary(result) == [
        "2 blocked by test_chain.py::test_root: failed",
        "1 blocked by test_chain.py::test_other_root: skipped",
    ]


def test_summary_says_nothing_of_blocked_tests_where_quiet(chain, phaserun):
    assert summary(phaserun("-q")) == []


@pytest.mark.parametrize("at_once", [1, 8])
def test_blocked_tests_may_be_failures(chain, phaserun, at_once):
    result = phaserun("--phase-blocked=fail", f"--phase-concurrency={at_once}", "-rE")

    result.assert_outcomes(failed=1, skipped=1, errors=3)
    result.stdout.fnmatch_lines_random(
        [
            "ERROR test_chain.py::test_first - depends on test_chain.py::test_root *",
            "ERROR test_chain.py::test_second - depends on test_chain.py::test_first,*",
        ]
    )


def test_failure_of_a_blocked_test_shows_its_reason_whole(chain, phaserun):
    result = phaserun("--phase-blocked=fail")

    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at setup of test_second _*",
            "depends on test_chain.py::test_first, blocked by test_chain.py::test_root "
            "(failed)",
        ]
    )


def test_failures_of_blocked_tests_count_for_maxfail(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        def test_root(): assert 0

        @pytest.mark.depends_on("test_root")
        def test_blocked(): ...

        @pytest.mark.depends_on("test_root", when="finished")
        def test_clean_up(): ...
        """
    )

    result = phaserun("--phase-blocked=fail", "--maxfail=2", "-v")

    result.assert_outcomes(failed=1, errors=1)
    assert "test_clean_up" not in order(result)


def test_blocked_tests_in_the_junit_file(chain, pytester, phaserun):
    phaserun("--phase-blocked=fail", "--junitxml=out.xml")

    root = ElementTree.parse(pytester.path / "out.xml").getroot()
    messages = {
        case.get("name"): case.find("error").get("message")
        for case in root.iter("testcase")
        if case.find("error") is not None
    }
    assert messages["test_first"] == (
        'failed on setup with "depends on test_chain.py::test_root (failed)"'
    )


@pytest.mark.parametrize("how", ["skip", "fail"])
def test_test_for_a_failure_that_did_not_come_is_skipped(pytester, phaserun, how):
    pytester.makepyfile(NEEDLESS)

    result = phaserun(f"--phase-blocked={how}", "-rs")

    result.assert_outcomes(passed=1, skipped=2)
    assert len(skip_reasons(result)) == 2
    assert summary(result) == []


def test_other_ways_to_be_blocked_are_told(phaserun):
    assert errors(phaserun("--phase-blocked=error")) == [
        "--phase-blocked: 'error' is not valid; allowed: skip, fail"
    ]
