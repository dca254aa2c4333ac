"""One test for each way to end. Some fail on purpose.

Plain pytest knows neither time limits nor dependencies: there the hanging test passes
after three seconds, and so do the tests that are blocked otherwise.
"""

from __future__ import annotations

import time

import pytest


@pytest.mark.task("passes")
def test_passes():
    assert 1 + 1 == 2


@pytest.mark.depends_on("passes")
def test_dependency_passed():
    assert 2 + 1 == 3


@pytest.mark.task("fails")
def test_fails():
    assert 1 + 1 == 3


@pytest.mark.task("blocked")
@pytest.mark.depends_on("fails")
def test_blocked_by_failure(): ...


@pytest.mark.depends_on("blocked")
def test_blocked_by_blocked(): ...


@pytest.mark.task("hangs", timeout=0.5)
def test_hangs():
    time.sleep(3)


@pytest.mark.depends_on("hangs")
def test_blocked_by_timeout(): ...


@pytest.mark.skip(reason="shows a skipped test")
def test_skipped(): ...


@pytest.mark.xfail(reason="shows an expected failure", strict=True)
def test_expected_failure():
    assert 1 + 1 == 3
