"""Reports of nothing and of 10,000 tests in a real browser."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pytest_phaserun.model import Status
from pytest_phaserun.recording.run import Attempt, Run, Stage, TestRun
from pytest_phaserun.views.timeline.page import render

TESTS = 10_000
SLOTS = 8
SECONDS = 0.05
WHENS = ("setup", "call", "teardown")


def make_test(place: int) -> TestRun:
    row, slot = divmod(place, SLOTS)
    begin = 1_000_000.0 + row * SECONDS
    has_failed = place % 100 == 7
    stages = tuple(
        Stage(
            when=when,
            outcome="failed" if has_failed and when == "call" else "passed",
            start=begin + number * SECONDS / 3,
            duration=SECONDS / 3,
            text="E   assert False" if has_failed and when == "call" else "",
        )
        for number, when in enumerate(WHENS)
    )
    status = Status.FAILED if has_failed else Status.COMPLETED
    attempt = Attempt(slot=slot, start=begin, end=begin + SECONDS, status=status)
    name = f"tests/test_{place // 100}.py::test_{place}"
    return TestRun(
        place=place, id=name, nodeid=name, phase=1, attempts=(attempt,), stages=stages
    )


def make_run(*tests: TestRun) -> Run:
    return Run(
        began=1_000_000.0,
        ended=2_000_000.0,
        exit_code=1,
        concurrency=SLOTS,
        schedule="phase",
        executor="threads",
        root="/project",
        pytest="9.2.0",
        python="3.13.0",
        tests=tests,
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = make_run(*map(make_test, range(TESTS)))
    path = tmp_path_factory.mktemp("large") / "report.html"
    path.write_text(render(run), encoding="utf-8")
    return path


def test_ten_thousand_tests_can_be_looked_at(visit, large, record_property):
    began = time.perf_counter()
    page = visit(large)
    record_property("seconds to load", time.perf_counter() - began)

    page.get_by_role("searchbox").fill("test_9999")

    assert page.locator("#list .row code").all_text_contents() == [
        "tests/test_99.py::test_9999"
    ]


def test_test_far_down_is_found_by_its_address(visit, large):
    page = visit(large, "#t9876")

    page.locator("#row-9876").wait_for()
    assert page.locator("#details h2").inner_text().endswith("test_9876")


def test_page_holds_only_the_rows_in_sight(visit, large):
    page = visit(large)

    assert page.locator("#list .row").count() < 50
    page.locator("#list").evaluate("list => { list.scrollTop = 150000; }")
    page.locator("#row-5001").wait_for()
    assert page.locator("#list .row").count() < 50


@pytest.mark.parametrize(
    "tests",
    [
        (),
        (TestRun(place=0, id="test_not_run", nodeid="test_not_run", phase=1),),
        (make_test(0),),
    ],
    ids=["nothing", "nothing that ran", "one test"],
)
def test_small_run_can_be_looked_at(visit, tmp_path, tests):
    path = tmp_path / "report.html"
    path.write_text(render(make_run(*tests)), encoding="utf-8")
    page = visit(path)
    page.locator("#frame").focus()

    for key in ("ArrowRight", "ArrowDown", "+", "-", "0", "PageDown", "Enter"):
        page.keyboard.press(key)
    page.locator("#list").focus()
    for key in ("ArrowDown", "Enter", "End", "Home"):
        page.keyboard.press(key)

    assert page.locator("#list .row").count() == len(tests)
    # They are shown when the browser tells that its address has changed.
    page.locator("#details").wait_for(state="visible" if tests else "hidden")
