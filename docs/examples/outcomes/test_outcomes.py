"""One test for each way to end. Some fail on purpose.

Plain pytest knows neither time limits nor dependencies: there the hanging test passes
after three seconds, and so do the tests that are blocked otherwise.
"""

from __future__ import annotations

import time

import pytest


@pytest.fixture
def broken_fixture():
    """Fail, as a database does that is not there."""
    raise ConnectionError("no database")


@pytest.mark.task("passes")
def test_passes():
    """Passed."""
    assert 1 + 1 == 2


@pytest.mark.depends_on("passes")
def test_after_passed():
    """Passed: its dependency did."""


@pytest.mark.task("fails")
def test_fails():
    """Failed."""
    assert 1 + 1 == 3


@pytest.mark.task("blocked")
@pytest.mark.depends_on("fails")
def test_blocked():
    """Blocked: its dependency failed."""


@pytest.mark.depends_on("blocked")
def test_blocked_further_down():
    """Blocked: its dependency was, and the root cause is the test that failed."""


@pytest.mark.task("hangs", timeout=0.5)
def test_hangs():
    """Timed out: it takes longer than it may."""
    time.sleep(3)


@pytest.mark.depends_on("hangs")
def test_after_timeout():
    """Blocked: its dependency timed out."""


@pytest.mark.skip(reason="shows a skipped test")
def test_skipped():
    """Skipped."""


@pytest.mark.xfail(reason="shows an expected failure", strict=True)
def test_expected_failure():
    """Xfailed: it fails, as expected."""
    assert 1 + 1 == 3


def test_broken_setup(broken_fixture):
    """Error: its fixture fails before it starts."""
