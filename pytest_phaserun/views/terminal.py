"""What pytest's terminal shows of a run: timeouts, doubtful passes, and the end.

Registered while the plugin is active; asks nothing of the driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ..record import RunRecord
from .blocked import write_blocked
from .hung import write_hung
from .plan import count, name_causes
from .speed import LEAST, describe_speed, find_speed_up

#: Seconds, and share of the wall time, from which waiting at barriers is worth a word.
CLEARLY_SECONDS = 0.5
CLEARLY_SHARE = 0.1

#: At most so many interrupted tests are named.
SHOWN_NAMES = 3


@dataclass(frozen=True)
class TimeoutEntry:
    """One of the "2 timeouts" of the last line.

    Without slots: plugins look into the ``__dict__`` of what they find there.
    """

    nodeid: str


class TimeoutStatus:
    """Shows tests that timed out as failures of a kind of their own.

    pytest lists the category ``failed`` alone under FAILURES, and paints categories
    that it does not know yellow: so the report keeps to ``failed`` without counting
    there, and an entry of its own counts as ``timeout``.

    :param attribute: which reports have of tests that timed out.
    :param count_as: counts an entry in the last line of the terminal.
    """

    def __init__(
        self,
        config: pytest.Config,
        attribute: str,
        count_as: Callable[[pytest.TerminalReporter, str, object], None],
    ) -> None:
        self._config = config
        self._attribute = attribute
        self._count_as = count_as

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> Any:
        if not self._is_timeout(report):
            return None
        return "failed", "T", ("TIMEOUT", {"red": True})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        terminal = self._config.pluginmanager.getplugin("terminalreporter")
        if self._is_timeout(report) and terminal is not None:
            self._count_as(terminal, "timeout", TimeoutEntry(report.nodeid))

    def _is_timeout(self, report: Any) -> bool:
        # What is run again after it timed out has not failed.
        return hasattr(report, self._attribute) and report.outcome != "rerun"


class AloneStatus:
    """Shows what passed only alone as passed, in a word of its own.

    :param attribute: which reports have of such tests.
    """

    def __init__(self, attribute: str) -> None:
        self._attribute = attribute

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> Any:
        if not hasattr(report, self._attribute):
            return None
        return "passed", ".", ("PASSED ALONE", {"yellow": True})


def write_refuted(terminal: pytest.TerminalReporter, record: RunRecord) -> None:
    """Write the failures beside others that did not come again."""
    found = [refuted for refuted in record.refuted if not refuted.counts]
    if not found:
        return
    terminal.write_sep("=", "PASSED ONLY ALONE", yellow=True)
    terminal.write_line(
        "These failed beside other tests and passed when they were run again alone."
    )
    for refuted in found:
        name = record.graph.tasks[refuted.place].id
        terminal.write_sep("_", name, yellow=True)
        if refuted.failure:
            terminal.write_line(refuted.failure)


def write_changed(terminal: pytest.TerminalReporter, record: RunRecord) -> None:
    """Write what tests have changed of the process beside others."""
    if not record.changed:
        return
    terminal.write_sep("=", "CHANGED THE PROCESS BESIDE OTHERS", yellow=True)
    for place, things in sorted(record.changed.items()):
        name = record.graph.tasks[place].id
        terminal.write_line(f"{name}: {', '.join(things)}")


def write_summary(
    terminal: pytest.TerminalReporter, record: RunRecord, *, is_remembered: bool = False
) -> None:
    """Write the sections of a run that stand before pytest's short summary.

    :param is_remembered: which tests should run alone is known to the next run.
    """
    write_refuted(terminal, record)
    write_changed(terminal, record)
    write_hung(terminal, record)
    if is_remembered and (found := _found_unsafe(record)):
        tests = count(found, "test")
        terminal.write_line(f"phaserun: {tests} will run alone from the next run on")
    strays = "".join(record.strays)
    if strays.strip():
        terminal.write_sep("-", "unattributed output")
        terminal.write(strays if strays.endswith("\n") else f"{strays}\n")
    if terminal.verbosity >= 0 or record.not_run:
        terminal.write_line(f"phaserun: {', '.join(describe(record))}")
    if terminal.verbosity > 0:
        for line in describe_speed(record):
            terminal.write_line(f"phaserun: {line}")
    if record.interrupted:
        terminal.write_line(f"phaserun: {describe_interrupted(record)}")
    if terminal.verbosity >= 0:
        write_blocked(terminal, record)
    if terminal.verbosity >= 0 and record.alone:
        causes = name_causes(record.alone)
        terminal.write_line(f"phaserun: {len(record.alone)} alone: {causes}")


def describe_interrupted(record: RunRecord) -> str:
    """Return which tests came to nothing because the run was interrupted."""
    places = record.interrupted
    names = [record.graph.tasks[place].id for place in places[:SHOWN_NAMES]]
    if len(places) > SHOWN_NAMES:
        names.append("...")
    return f"{count(len(places), 'test')} interrupted: {', '.join(names)}"


def _found_unsafe(record: RunRecord) -> int:
    """Return how many tests have turned out to need to run alone."""
    return len({*record.changed, *(refuted.place for refuted in record.refuted)})


def describe(record: RunRecord) -> Iterator[str]:
    """Yield what there is to say about a run."""
    yield count(len(record.graph.phases), "phase")
    yield f"{record.concurrency} at once"
    times = f"{record.wall:.2f} s for {record.total:.2f} s of tests"
    is_worth_it = record.concurrency > 1 and record.wall >= LEAST
    yield f"{times} (speed-up {find_speed_up(record):.1f}x)" if is_worth_it else times
    if record.refuted:
        counts = any(refuted.counts for refuted in record.refuted)
        what = "failed only beside others" if counts else "passed only alone"
        yield f"{len(record.refuted)} {what}"
    if record.unconfirmed:
        failures = count(record.unconfirmed, "failure")
        yield f"{failures} taken as real without a second run"
    if record.slow:
        yield f"{record.slow} slow"
    if record.not_run:
        yield f"{count(record.not_run, 'test')} not run"
    saved = record.barrier_cost()
    if saved >= max(CLEARLY_SECONDS, CLEARLY_SHARE * record.wall):
        yield f"about {saved:.1f} s less with --phase-schedule graph"
