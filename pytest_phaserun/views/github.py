"""What GitHub shows of a run: annotations in the changes, and a summary of the job.

Nothing anywhere else. There is no option for it: who does not want it unsets
``GITHUB_ACTIONS`` for the run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ..record import RunRecord
from .counts import count_results
from .plan import count
from .speed import find_speed

#: A plugin that annotates failures as well.
OTHER = "pytest_github_actions_annotate_failures"

#: GitHub shows no more annotations of a kind for a step.
SHOWN_ANNOTATIONS = 10

#: At most so many failures stand in the summary, and so many characters of each.
SHOWN_FAILURES = 50
SHOWN_CHARACTERS = 500


class Failure(NamedTuple):
    """What has gone wrong with one test.

    :ivar path: relative to the repository, as GitHub knows it.
    :ivar blocks: how many tests did not run because of it.
    :ivar counts: it is a failure, not only what others could not run without.
    """

    nodeid: str
    kind: str
    path: str
    line: int
    message: str
    blocks: int
    counts: bool = True

    @property
    def text(self) -> str:
        """The message, and what followed from it."""
        if not self.blocks:
            return self.message
        return f"{self.message}\nblocked {count(self.blocks, 'other test')}"


class GitHubActions:
    """Registered while a run goes on there; writes when everything else is written."""

    def __init__(
        self, config: pytest.Config, record: RunRecord, *, fails_blocked: bool
    ) -> None:
        self._config = config
        self._record = record
        self._fails_blocked = fails_blocked

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        # After the last line of the terminal, so that none is torn.
        yield
        terminal = self._config.pluginmanager.getplugin("terminalreporter")
        if terminal is None:
            return
        failures = list(find_failures(self._config, terminal.stats, self._record))
        is_done = self._config.pluginmanager.hasplugin(OTHER)
        for line in annotate(
            each for each in failures if not each.counts or not is_done
        ):
            terminal.write_line(line)
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if not path:
            return
        try:
            self._append(Path(path), terminal.stats, failures)
        except OSError as error:
            # As in a container that has the variable but not the file.
            terminal.write_line(
                f"phaserun: summary not written to {path}: {error.strerror}"
            )

    def _append(
        self, path: Path, stats: Mapping[str, list[Any]], failures: list[Failure]
    ) -> None:
        blocked = sum(not each.needless for each in self._record.blocked)
        counts = count_results(stats, blocked, fails_blocked=self._fails_blocked)
        text = "".join(
            f"{line}\n" for line in summarise(self._record, counts, failures)
        )
        with path.open("a", encoding="utf-8") as file:
            file.write(text)


def runs_there() -> bool:
    """Tell whether this is a step of a job on GitHub."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def find_failures(
    config: pytest.Config, stats: Mapping[str, list[Any]], record: RunRecord
) -> Iterator[Failure]:
    """Yield what failed, and what blocked others and has not failed.

    What blocked most tests goes first.
    """
    blocks = Counter(each.root.id for each in record.blocked if not each.needless)
    blocked = {each.task.id for each in record.blocked}
    timeouts = {entry.nodeid for entry in stats.get("timeout", ())}
    failed = {
        report.nodeid: report
        for report in (*stats.get("failed", ()), *stats.get("error", ()))
        # One annotation at the root says it for all of them.
        if report.nodeid not in blocked
    }
    skipped = {
        report.nodeid: report
        for report in (*stats.get("skipped", ()), *stats.get("xfailed", ()))
        if report.nodeid in blocks and report.nodeid not in failed
    }
    found = [
        _describe(config, report, report.nodeid in timeouts, blocks[report.nodeid])
        for report in failed.values()
    ]
    found += [
        _describe(config, report, False, blocks[report.nodeid])._replace(
            kind=report.outcome, counts=False
        )
        for report in skipped.values()
    ]
    yield from sorted(found, key=lambda each: -each.blocks)


def _describe(
    config: pytest.Config, report: Any, timed_out: bool, blocks: int
) -> Failure:
    file, line, _ = getattr(report, "location", None) or (report.nodeid, 0, "")
    path = config.rootpath / file
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        message = crash.message
    elif isinstance(report.longrepr, tuple):  # of a skip: file, line, reason
        message = str(report.longrepr[2])
    else:
        message = report.longreprtext
    # The line that failed, unless it is in somebody else's file.
    if crash is not None and config.rootpath / crash.path == path:
        line = crash.lineno - 1
    when = getattr(report, "when", "collect")
    failed = "failed" if when == "call" else f"error in {when}"
    return Failure(
        nodeid=report.nodeid,
        kind="timed out" if timed_out else failed,
        path=_relate(path),
        line=(line or 0) + 1,
        message=message.strip(),
        blocks=blocks,
    )


def _relate(path: Path) -> str:
    """Return a path as the repository has it."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if workspace and path.is_relative_to(workspace):
        path = path.relative_to(workspace)
    return path.as_posix()


def annotate(failures: Iterable[Failure]) -> Iterator[str]:
    """Yield commands that GitHub reads from the log."""
    shown = Counter[str]()
    for failure in failures:
        level = "error" if failure.counts else "warning"
        shown[level] += 1
        if shown[level] <= SHOWN_ANNOTATIONS:
            title = _escape_property(f"{failure.nodeid} {failure.kind}")
            place = f"file={_escape_property(failure.path)},line={failure.line}"
            yield f"::{level} {place},title={title}::{_escape(failure.text)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def summarise(
    record: RunRecord, counts: Mapping[str, int], failures: list[Failure]
) -> Iterator[str]:
    """Yield lines of Markdown."""
    speed = find_speed(record)
    figures = {name: str(number) for name, number in counts.items() if number}
    if record.not_run:
        figures["not run"] = str(record.not_run)
    figures["time"] = f"{record.wall:.1f} s"
    figures["tests one by one"] = f"{record.total:.1f} s"
    figures["speed-up"] = f"{speed.speed_up:.1f}x"
    figures["ideal"] = f"{speed.ideal:.1f} s"
    figures["efficiency"] = f"{speed.efficiency:.0%}"
    yield f"### {count(len(record.graph), 'test')}, {record.concurrency} at once"
    yield ""
    yield f"| {' | '.join(figures)} |"
    yield f"|{'---|' * len(figures)}"
    yield f"| {' | '.join(figures.values())} |"
    yield ""
    yield from _list_failures(failures)
    yield from _list_blocked(record)


def _list_failures(failures: list[Failure]) -> Iterator[str]:
    if not failures:
        return
    yield "| test | | message |"
    yield "|---|---|---|"
    for each in failures[:SHOWN_FAILURES]:
        message = _code(each.message[:SHOWN_CHARACTERS])
        yield f"| {_code(each.nodeid)} | {each.kind} | {message} |"
    if len(failures) > SHOWN_FAILURES:
        yield f"| {len(failures) - SHOWN_FAILURES} more | | |"
    yield ""


def _list_blocked(record: RunRecord) -> Iterator[str]:
    causes = Counter(
        (each.root.id, each.error) for each in record.blocked if not each.needless
    )
    if not causes:
        return
    yield "| blocked | by | |"
    yield "|---|---|---|"
    for (root, error), number in causes.most_common(SHOWN_FAILURES):
        yield f"| {number} | {_code(root)} | {_code(error)} |"
    yield ""


def _code(text: str) -> str:
    """Return a text that stays what it is in a cell of a table."""
    lines = "<br>".join(text.translate(_ENTITIES).splitlines())
    return f"<code>{lines}</code>" if lines else ""


#: For what HTML and Markdown would read as theirs.
_ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in "&<>|\\`*_[]~@:#"}
