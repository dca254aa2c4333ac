"""The JUnit file of runs with timeouts."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from pytest_phaserun.isolation.junit import JUnitTypes

PREAMBLE = """
import logging
import threading
import time

import pytest

def interruptible():
    while True:
        time.sleep(0.01)

def hopeless():
    threading.Event().wait(60)

def hang_in(stage):
    if stage == HANG_IN:
        print("to stdout")
        logging.getLogger().warning("to the log")
        hang()

@pytest.fixture
def hanging():
    hang_in("setup")
    yield
    hang_in("teardown")
"""
SUITE = """
def test_hangs(hanging):
    hang_in("call")
"""

LIMITS = ("--phase-timeout=0.3", "--phase-grace=0.05", "--phase-slow=0")

every_stage = pytest.mark.parametrize("stage", ["setup", "call", "teardown"])
every_hang = pytest.mark.parametrize("hang", ["interruptible", "hopeless"])

#: pytest tells failures of the call and errors around it apart.
TAGS = {"setup": "error", "call": "failure", "teardown": "error"}


@pytest.fixture
def junit(pytester, phaserun):
    """Run a suite; return the element of the suite in its JUnit file."""

    def run(
        suite: str, hang: str, stage: str, *arguments: object
    ) -> ElementTree.Element:
        names = f"\nhang, HANG_IN = {hang}, {stage!r}\n"
        (pytester.path / "test_x.py").write_text(PREAMBLE + names + suite)
        phaserun.apart(*LIMITS, "--junit-xml=out.xml", *arguments)
        (found,) = ElementTree.parse(pytester.path / "out.xml").getroot()
        return found

    return run


def problems(suite: ElementTree.Element) -> list[tuple[str, str | None]]:
    """Return tags and types of what went wrong."""
    return [
        (part.tag, part.get("type"))
        for case in suite
        for part in case
        if part.tag in ("failure", "error")
    ]


def counts(suite: ElementTree.Element) -> tuple[str | None, ...]:
    return tuple(suite.get(name) for name in ("tests", "failures", "errors"))


@every_stage
@every_hang
def test_timeout_has_a_type_of_its_own(junit, hang, stage):
    suite = junit(SUITE, hang, stage)

    assert problems(suite) == [(TAGS[stage], "timeout")]
    is_failure = TAGS[stage] == "failure"
    assert counts(suite)[1:] == (("1", "0") if is_failure else ("0", "1"))


def test_timeout_in_the_main_thread_has_it_too(junit):
    suite = junit("pytestmark = pytest.mark.exclusive\n" + SUITE, "hopeless", "call")

    assert problems(suite) == [("failure", "timeout")]


def test_other_failures_have_no_type(junit):
    suite = junit(
        SUITE
        + """
@pytest.fixture
def broken():
    assert False

def test_fails():
    assert False

def test_error(broken): ...
""",
        "interruptible",
        "call",
    )

    assert sorted(problems(suite), key=str) == [
        ("error", None),
        ("failure", "timeout"),
        ("failure", None),
    ]
    assert counts(suite) == ("3", "2", "1")


def test_failure_before_a_hang_in_teardown_has_no_type(junit):
    suite = junit(
        """
def test_hangs(hanging):
    assert False
""",
        "interruptible",
        "teardown",
        "--phase-confirm=off",
    )

    assert problems(suite) == [("failure", None), ("error", "timeout")]


def test_error_of_who_waited_for_a_hung_fixture_has_no_type(junit):
    suite = junit(
        """
@pytest.fixture(scope="session")
def shared():
    interruptible()

@pytest.mark.parametrize("i", range(2))
def test_one(shared, i): ...
""",
        "interruptible",
        "",
    )

    assert sorted(problems(suite), key=str) == [("error", "timeout"), ("error", None)]


@every_stage
@every_hang
def test_output_up_to_the_timeout_stands_in_the_file(junit, hang, stage):
    suite = junit(SUITE, hang, stage, "-o", "junit_logging=all")

    text = "".join(part.text or "" for part in suite.iter("system-out"))
    assert "to stdout" in text
    assert "to the log" in text


def test_output_that_a_fixture_captured_stands_in_the_file_too(junit):
    suite = junit(
        """
def test_hangs(capsys):
    print("captured")
    hopeless()
""",
        "hopeless",
        "",
        "-o",
        "junit_logging=all",
    )

    text = "".join(part.text or "" for part in suite.iter("system-out"))
    assert "captured" in text


# An unknown pytest


@pytest.mark.parametrize(
    "name", ["xml_key", "_NodeReporter", "_NodeReporter.to_xml", "LogXML.node_reporter"]
)
def test_without_its_names_there_is_no_type_and_nothing_breaks(junit, pytester, name):
    owner, _, attribute = f"_pytest.junitxml.{name}".rpartition(".")
    pytester.makeconftest(
        f"""
        import pytest
        import _pytest.junitxml

        from pytest_phaserun.isolation import junit

        find = junit._find_writer

        def find_without(config):
            with pytest.MonkeyPatch.context() as patch:
                patch.delattr({owner}, {attribute!r})
                return find(config)

        junit._find_writer = find_without
        """
    )

    suite = junit(SUITE, "interruptible", "call")

    assert problems(suite) == [("failure", None)]


def test_without_a_file_nothing_is_set(pytester):
    config = pytester.parseconfig()

    types = JUnitTypes(config, "phaserun_timeout")

    assert types._writer is None
