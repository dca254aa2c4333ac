"""Where and when a test ran: in verbose lines and in the JUnit file."""

from __future__ import annotations

import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Schedule, Status, Task
from pytest_phaserun.record import RunRecord, Span, Start
from pytest_phaserun.views.where import Whereabouts

SUITE = """
    import pytest

    @pytest.mark.task("first")
    def test_first(record_property):
        record_property("own", 1)

    @pytest.mark.task("fails")
    @pytest.mark.depends_on("first")
    def test_fails():
        assert False

    @pytest.mark.depends_on("fails")
    def test_blocked(): ...

    @pytest.mark.exclusive
    def test_alone(): ...
"""

ONCE = "--phase-confirm=off"

#: pytest warns of tests with properties of their own in a file of the default kind.
FILE = ("--junitxml=junit.xml", "-Wignore")


@pytest.fixture(autouse=True)
def _suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_x=SUITE)


def words(result: pytest.RunResult) -> dict[str, str]:
    """Return what the verbose lines say of each test."""
    lines = re.findall(
        r"^test_x\.py::test_(\w+) ([A-Z]+(?: \[[^]%]*\])?)", result.stdout.str(), re.M
    )
    return {name: re.sub(r"slot \d+", "slot N", word) for name, word in lines}


def test_verbose_lines_name_phase_and_slot(phaserun):
    result = phaserun("-v", ONCE)

    assert words(result) == {
        "first": "PASSED [phase 1, slot N]",
        "fails": "FAILED [phase 2, slot N]",
        "blocked": "SKIPPED [phase 3]",
        "alone": "PASSED [phase 1, alone]",
    }
    result.stdout.fnmatch_lines(["FAILED test_x.py::test_fails - assert False"])


def test_lines_of_one_test_at_a_time_are_those_of_pytest(phaserun):
    result = phaserun("-v", "--phase-concurrency=1")

    assert words(result)["first"] == "PASSED"


def test_lines_that_are_not_verbose_are_those_of_pytest(phaserun):
    assert "[phase" not in phaserun(ONCE, "-rA").stdout.str()


def test_words_of_other_plugins_stay(pytester, phaserun):
    pytester.makeconftest(
        """
        def pytest_report_teststatus(report):
            if report.nodeid.endswith("first") and report.when == "call":
                return "passed", "p", ("FINE", {"green": True})
            if report.nodeid.endswith("fails") and report.when == "call":
                return "failed", "f", "POOR"
        """
    )

    found = words(phaserun("-v", ONCE))

    assert found["first"] == "FINE [phase 1, slot N]"
    assert found["fails"] == "POOR [phase 2, slot N]"


def properties(pytester: pytest.Pytester) -> dict[str, list[tuple[str, str]]]:
    """Return the properties of each test in the JUnit file."""
    cases = ElementTree.parse(pytester.path / "junit.xml").iter("testcase")
    return {
        case.get("name", ""): [
            (each.get("name", ""), each.get("value", ""))
            for each in case.iter("property")
        ]
        for case in cases
    }


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
def test_junit_file_says_where_tests_ran_after_what_they_say_themselves(
    pytester, phaserun, family
):
    phaserun(ONCE, *FILE, "-o", f"junit_family={family}")

    found = properties(pytester)
    first, fails = found["test_first"], found["test_fails"]
    assert [name for name, _ in first] == ["own", "slot", "phase", "waited"]
    assert int(dict(first)["slot"]) in range(4)
    assert dict(fails)["phase"] == "2"
    assert re.fullmatch(r"\d+\.\d\d\d", dict(fails)["waited"])
    assert found["test_blocked"] == [
        ("phase", "3"),
        ("blocked_by", "test_x.py::test_fails"),
    ]
    assert dict(found["test_alone"])["slot"] == "main"


@pytest.mark.parametrize("options", [(), FILE])
def test_tests_and_their_reports_have_their_own_properties_only(
    pytester, phaserun, options
):
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            assert report.user_properties in ([], [("own", 1)])
            return report
        """
    )

    phaserun(ONCE, *options).assert_outcomes(passed=2, failed=1, skipped=1)


def test_without_a_file_no_hook_sees_other_properties(pytester, phaserun):
    pytester.makeconftest(
        """
        def pytest_runtest_logreport(report):
            assert report.user_properties in ([], [("own", 1)])
        """
    )

    phaserun(ONCE).assert_outcomes(passed=2, failed=1, skipped=1)


class FakeConfig:
    """Asks for a JUnit file."""

    def get_verbosity(self) -> int:
        return 0

    def getoption(self, name: str, default: object) -> object:
        return {"xmlpath": "junit.xml"}.get(name, default)


@pytest.mark.parametrize(
    ("name", "waited"), [("first", "1.000"), ("after", "0.250"), ("late", "0.000")]
)
def test_time_waited_counts_from_the_end_of_the_last_dependency(name, waited):
    tasks = [
        Task(id="first"),
        Task(id="after", dependencies=("first",)),
        Task(id="late", dependencies=("first", "after")),
    ]
    record = RunRecord(
        graph=TaskGraph(tasks), concurrency=2, schedule=Schedule.GRAPH, began=10.0
    )
    where = Whereabouts(FakeConfig(), record)
    record.observers.append(where)
    for place, began, ended in [(0, 11.0, 13.0), (1, 13.25, 14.0), (2, 14.0, 15.0)]:
        record.note_start(Start(place, 0, began))
        record.note_end(Span(place, 0, Status.COMPLETED, began, ended))

    report = SimpleNamespace(nodeid=name, when="teardown", user_properties=[])
    next(where.pytest_runtest_logreport(report))

    assert dict(report.user_properties)["waited"] == waited
