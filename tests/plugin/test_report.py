"""The page that a run leaves for a browser; ``tests/browser`` looks at it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pytest_phaserun.__main__ import main

SUITE = """
    import pytest

    def test_log_in():
        print("so it goes")
        assert 1 == 2

    @pytest.mark.depends_on("test_log_in")
    def test_order(): ...

    def test_about(): ...
"""


def read_data(path: Path) -> Any:
    """Return what the script of a report reads."""
    (found,) = re.findall(r'id="data">(.*?)</script>', path.read_text("utf-8"))
    return json.loads(found)


def read_kinds(path: Path) -> dict[str, str]:
    """Return how each test ended."""
    data = read_data(path)
    return {
        test["id"].rpartition("::")[2]: data["kinds"][test["kind"]]["label"]
        for test in data["tests"]
    }


@pytest.mark.parametrize(
    "arguments",
    [(), ("--phase-concurrency=1",), ("--phase-executor=process",)],
    ids=["threads", "serial", "processes"],
)
def test_report_tells_how_each_test_ended(pytester, phaserun, arguments):
    pytester.makepyfile(test_it=SUITE)

    phaserun.apart("--phase-report=r.html", *arguments)

    path = pytester.path / "r.html"
    assert read_kinds(path) == {
        "test_log_in": "failed",
        "test_order": "blocked",
        "test_about": "passed",
    }
    assert "so it goes" in path.read_text("utf-8")


def test_report_alone_makes_the_plugin_active_and_is_told_of(pytester, phaserun):
    pytester.makepyfile(test_it=SUITE)

    result = phaserun.installed("--phase-report=r.html")

    path = pytester.path / "r.html"
    result.stdout.fnmatch_lines([f"phaserun: report written to {path}"])
    assert len(read_kinds(path)) == 3


def test_report_made_later_of_the_events_is_the_same(pytester, phaserun):
    pytester.makepyfile(test_it=SUITE)
    phaserun("--phase-report=r.html", "--phase-events=e.jsonl")
    events, later = pytester.path / "e.jsonl", pytester.path / "later.html"

    assert main(["report", str(events), "-o", str(later)]) == 0

    assert later.read_text("utf-8") == (pytester.path / "r.html").read_text("utf-8")


def test_report_of_an_interrupted_run_tells_how_far_it_came(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import pytest

        def test_first(): ...

        @pytest.mark.depends_on("test_first")
        def test_second():
            raise KeyboardInterrupt

        @pytest.mark.depends_on("test_second")
        def test_third(): ...
        """
    )

    phaserun.apart("--phase-report=r.html")

    path = pytester.path / "r.html"
    assert "The run was interrupted" in path.read_text("utf-8")
    kinds = read_kinds(path)
    assert kinds["test_first"] == "passed"
    assert kinds["test_third"] == "not run"


def test_text_that_is_no_unicode_can_be_reported(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        def test():
            raise ValueError("\\\\udcff")
        """
    )

    phaserun.apart("--phase-report=r.html")

    assert read_kinds(pytester.path / "r.html") == {"test": "failed"}
