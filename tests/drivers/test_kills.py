"""Processes that are killed from outside take the tests with them that they run."""

from __future__ import annotations

import pytest

from .bodies import why_not
from .kills import find_mistakes, run_and_kill


@pytest.mark.parametrize("driver", ["process", "xdist"])
def test_only_tests_in_killed_processes_fail(driver, tmp_path):
    if reason := why_not(driver):
        pytest.skip(reason)

    found = run_and_kill(tmp_path, driver, tests=100, kills=6)

    print(found.output)
    assert found.pids
    assert find_mistakes(found, 100) == []
