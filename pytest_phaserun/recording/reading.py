"""From events to runs; see ``docs/reference/events.md`` for what stands in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..model import Status
from .events import VERSION
from .run import Attempt, BlockedBy, Note, Run, Stage, TestRun

#: An event, as JSON has it.
Event = Mapping[str, Any]

#: How every line begins.
_START = b'{"event": '


class EventsError(ValueError):
    """A file holds no events, or such as are not known; says so in one line."""


class RunBuilder:
    """Makes a run from its events, which it takes in their order.

    Not safe for threads.
    """

    def __init__(self) -> None:
        self._run: Event = {}
        self._finish: Event | None = None
        self._tests: dict[int, Event] = {}
        self._attempts: dict[int, list[Attempt]] = {}
        self._stages: dict[int, list[Stage]] = {}
        self._blocked: dict[int, BlockedBy] = {}
        self._notes: dict[int, list[Note]] = {}
        self._adders: dict[str, Callable[[Event], None]] = {
            "run": self._add_run,
            "test": self._add_test,
            "start": self._add_start,
            "end": self._add_end,
            "report": self._add_report,
            "blocked": self._add_blocked,
            "note": self._add_note,
            "finish": self._add_finish,
        }

    def add(self, event: Event) -> None:
        """Take the next event; those of unknown kinds do not matter."""
        add = self._adders.get(event["event"])
        if add is not None:
            add(event)

    def add_all(self, events: Iterable[Event]) -> None:
        """Take the next events."""
        for event in events:
            self.add(event)

    def build(self) -> Run:
        """Return the run as far as it has come.

        :raises KeyError: there was no event of the run itself, or some of its tests are
            missing.
        """
        run, finish = self._run, self._finish or {}
        self._end_attempts()
        return Run(
            began=run["at"],
            ended=finish.get("at"),
            exit_code=finish.get("exit"),
            concurrency=run["concurrency"],
            schedule=run["schedule"],
            executor=run["executor"],
            root=run["root"],
            pytest=run["pytest"],
            python=run["python"],
            shard=tuple(run["shard"]) if "shard" in run else None,
            planned=run["tests"],
            tests=tuple(self._make_test(n) for n in range(len(self._tests))),
        )

    def _end_attempts(self) -> None:
        """Let attempts of which no end is known end where the next one on a slot began.

        Of a run that was killed: who has ended is written after who began next.
        """
        by_slot: dict[int, list[tuple[float, int, int]]] = {}
        for place, attempts in self._attempts.items():
            for number, each in enumerate(attempts):
                by_slot.setdefault(each.slot, []).append((each.start, place, number))
        for starts in map(sorted, by_slot.values()):
            for (_, place, number), (end, _, _) in pairwise(starts):
                attempts = self._attempts[place]
                if attempts[number].end is None:
                    attempts[number] = replace(attempts[number], end=end)

    def _make_test(self, place: int) -> TestRun:
        test = self._tests[place]
        return TestRun(
            place=place,
            id=test["id"],
            nodeid=test.get("nodeid", test["id"]),
            phase=test["phase"],
            # Of a plan that is there in part, some of them are not.
            after=tuple(n for n in test.get("after", ()) if n in self._tests),
            file=test.get("file", ""),
            line=test.get("line", 0),
            alone=test.get("alone"),
            timeout=test.get("timeout"),
            expected=test.get("expected"),
            attempts=tuple(self._attempts.get(place, ())),
            stages=tuple(self._stages.get(place, ())),
            blocked=self._blocked.get(place),
            notes=tuple(self._notes.get(place, ())),
        )

    def _add_run(self, event: Event) -> None:
        self._run = event

    def _add_test(self, event: Event) -> None:
        self._tests[event["n"]] = event

    def _add_start(self, event: Event) -> None:
        attempt = Attempt(slot=event["slot"], start=event["at"])
        self._attempts.setdefault(event["n"], []).append(attempt)

    def _add_end(self, event: Event) -> None:
        attempts = self._attempts[event["n"]]
        attempts[-1] = replace(
            attempts[-1],
            end=event["at"],
            status=Status(event["status"]),
            is_provisional=event.get("provisional", False),
        )

    def _add_report(self, event: Event) -> None:
        stage = Stage(
            when=event["when"],
            outcome=event["outcome"],
            start=event["start"],
            duration=event["duration"],
            text=event.get("text", ""),
            xfail=event.get("xfail"),
            subtest=event.get("subtest"),
            output=tuple((title, text) for title, text in event.get("output", ())),
        )
        self._stages.setdefault(event["n"], []).append(stage)

    def _add_blocked(self, event: Event) -> None:
        # One that was started and then could not run has not run.
        self._attempts.pop(event["n"], None)
        self._blocked[event["n"]] = BlockedBy(
            cause=event["cause"],
            root=event["root"],
            reason=event["reason"],
            is_needless=event.get("needless", False),
        )

    def _add_note(self, event: Event) -> None:
        note = Note(kind=event["kind"], text=event["text"])
        self._notes.setdefault(event["n"], []).append(note)

    def _add_finish(self, event: Event) -> None:
        self._finish = event


def read_events(path: Path) -> Run:
    """Return the last run of a file, as far as it has come.

    :raises EventsError: the file holds no events, or those of another version.
    :raises OSError: it cannot be read.
    """
    runs = read_runs(path)
    if not runs:
        raise EventsError(
            f"{path} holds no events; the run ended before its plan was made"
        )
    return runs[-1]


def read_runs(path: Path) -> list[Run]:
    """Return all runs of a file; those that resume others come later.

    There are none if a run was killed before its plan was made.

    :raises EventsError: the file holds no events, or those of another version.
    :raises OSError: it cannot be read.
    """
    builders: list[RunBuilder] = []
    for number, event in _read_lines(path):
        try:
            if event["event"] == "run":
                _check_version(path, event["version"])
                builders.append(RunBuilder())
            builders[-1].add(event)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            if isinstance(error, EventsError):
                raise
            raise _damaged(path, number) from None
    try:
        return [builder.build() for builder in builders]
    except KeyError:
        raise EventsError(f"{path} is damaged: a line of a plan is missing") from None


def _read_lines(path: Path) -> Iterator[tuple[int, Event]]:
    """Yield the events with the numbers of their lines.

    The last line may be torn where a run was killed.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                if not line.startswith(_START[: len(line)]):
                    raise _damaged(path, number)
                return
            try:
                yield number, json.loads(line)
            except ValueError:
                raise _damaged(path, number) from None


def _damaged(path: Path, number: int) -> EventsError:
    what = "holds no events" if number == 1 else "is damaged"
    return EventsError(f"{path} {what}: line {number} is no event of --phase-events")


def _check_version(path: Path, version: object) -> None:
    if version != VERSION:
        raise EventsError(
            f"{path} holds events of version {version}; this pytest-phaserun reads "
            f"version {VERSION}"
        )
