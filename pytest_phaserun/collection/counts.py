"""What pytest's terminal says of how many tests were collected and deselected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest


def correct_counts(
    config: pytest.Config,
    added: Sequence[pytest.Item],
    running: Iterable[pytest.Item],
) -> None:
    """Let the terminal count tests as collected, or no more as deselected.

    :param added: tests that pytest has not collected.
    :param running: all tests that will run.
    """
    terminal = config.pluginmanager.getplugin("terminalreporter")
    if terminal is None:
        return
    if added:
        # It counts by reports; whoever else hears reports of collectors hears of whole
        # files, which this is not.
        report = pytest.CollectReport("", "passed", None, list(added))
        terminal.pytest_collectreport(report)
    if "deselected" in terminal.stats:
        chosen = set(running)
        left = [item for item in terminal.stats["deselected"] if item not in chosen]
        terminal.stats["deselected"] = left
