"""Events that a recorder makes of what it is told, and the file that they go to."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Blocked, Schedule, Status, Task
from pytest_phaserun.record import Refuted, RunRecord, Span, Start
from pytest_phaserun.recording.events import Event
from pytest_phaserun.recording.recorder import Recorder
from pytest_phaserun.recording.writer import EventFile


class Heard:
    """A recorder of some tests that tells a list."""

    def __init__(self, *nodeids: str) -> None:
        self.events: list[Event] = []
        ids = [f"{nodeid} #{place}" for place, nodeid in enumerate(nodeids)]
        self.record = RunRecord(
            graph=TaskGraph(Task(id=each) for each in ids),
            concurrency=2,
            schedule=Schedule.PHASE,
        )
        self.recorder = Recorder(
            self.record, nodeids, "is_late", [lambda events: self.events.extend(events)]
        )
        self.record.observers.append(self.recorder)

    def start(self, place: int, slot: int = 0, began: float = 5.0) -> None:
        self.record.note_start(Start(place, slot, began))

    def end(self, place: int, status: Status = Status.COMPLETED) -> None:
        self.record.note_end(Span(place, 0, status, 5.0, 6.0))

    def report(self, nodeid: str, **others: Any) -> None:
        values = {
            "when": "call", "outcome": "passed", "failed": False, "start": 1.0,
            "duration": 0.5, "longrepr": None, "longreprtext": "", "sections": (),
        }  # fmt: skip
        report = SimpleNamespace(nodeid=nodeid, **{**values, **others})
        self.recorder.pytest_runtest_logreport(report)

    def finish(self, nodeid: str) -> None:
        self.recorder.pytest_runtest_logfinish(nodeid)

    @property
    def told(self) -> list[tuple[str, int]]:
        """Kinds and tests of the events so far."""
        return [(event["event"], event["n"]) for event in self.events if "n" in event]


def test_end_comes_after_the_reports_where_those_come_later():
    heard = Heard("a")

    heard.start(0)
    heard.end(0)
    heard.report("a")
    assert heard.told == [("start", 0)]
    heard.finish("a")

    assert heard.told == [("start", 0), ("report", 0), ("end", 0)]


def test_end_comes_after_the_reports_where_those_came_before():
    heard = Heard("a")

    heard.start(0)
    heard.report("a")
    heard.finish("a")
    heard.end(0)

    assert heard.told == [("start", 0), ("report", 0), ("end", 0)]


def test_attempt_that_is_followed_by_another_is_provisional():
    heard = Heard("a")

    heard.start(0)
    heard.end(0, Status.FAILED)
    heard.start(0, slot=-1)
    heard.report("a")
    heard.finish("a")
    heard.end(0)

    ends = [event for event in heard.events if event["event"] == "end"]
    assert [(e["status"], e.get("provisional")) for e in ends] == [
        ("failed", True),
        ("completed", None),
    ]


def test_times_are_on_one_clock():
    heard = Heard("a")

    heard.start(0, began=5.0)
    heard.end(0)
    heard.finish("a")

    start, end = heard.events
    assert end["at"] - start["at"] == pytest.approx(1.0, abs=1e-6)


def test_blocked_test_is_told_of_before_its_reports():
    heard = Heard("a", "b")
    a, b = heard.record.graph.tasks

    heard.record.note_blocked(Blocked(b, a, a, "failed"))
    heard.report("b", outcome="skipped")
    heard.finish("b")

    assert heard.told == [("blocked", 1), ("report", 1)]


def test_report_of_a_timeout_is_known_by_its_attribute():
    heard = Heard("a")

    heard.report("a", outcome="failed", failed=True, is_late=3.0)

    assert heard.events[0]["outcome"] == "timeout"


def test_report_after_the_end_is_told_at_once():
    heard = Heard("a")

    heard.start(0)
    heard.end(0)
    heard.finish("a")
    heard.report("a", outcome="failed", when="teardown")

    assert heard.told == [("start", 0), ("end", 0), ("report", 0)]


def test_reports_of_unknown_tests_are_left_out():
    heard = Heard("a")

    heard.report("other")
    heard.finish("other")

    assert heard.events == []


def test_reports_are_of_the_test_that_ended_last_where_a_node_id_has_several():
    heard = Heard("a", "a", "a")

    heard.start(0)
    heard.start(2)
    heard.start(1)
    heard.end(0, Status.FAILED)
    heard.end(2)
    heard.report("a")
    heard.finish("a")

    assert heard.told[3:] == [("report", 2), ("end", 2)]


def test_reports_are_of_the_test_that_runs_where_none_has_ended():
    heard = Heard("a", "a")

    heard.start(1)
    heard.report("a")
    heard.end(1)
    heard.finish("a")

    assert heard.told[1:] == [("report", 1), ("end", 1)]


def test_finish_tells_what_is_left_to_tell():
    heard = Heard("a")
    heard.record.refuted.append(Refuted(place=0, failure="E"))

    heard.start(0)
    heard.end(0)
    heard.recorder.finish(1)

    assert [event["event"] for event in heard.events] == [
        "start",
        "end",
        "note",
        "finish",
    ]
    assert heard.events[-1]["exit"] == 1


def test_large_plan_is_handed_on_in_parts():
    parts: list[int] = []
    heard = Heard()
    heard.recorder._sinks.append(lambda events: parts.append(len(events)))

    heard.recorder.begin({"event": "run"}, ({"event": "test"} for _ in range(2500)))

    assert parts == [1000, 1000, 501]
    assert "at" in heard.events[0]


# The file


def read(path: Any) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_event_is_a_line_that_is_written_at_once(tmp_path):
    file = EventFile(tmp_path / "e")

    file.write([{"event": "a"}, {"event": "b"}])

    assert read(tmp_path / "e") == [{"event": "a"}, {"event": "b"}]
    file.close()


def test_text_that_is_no_unicode_can_be_written(tmp_path):
    file = EventFile(tmp_path / "e")

    file.write([{"text": "\udcff\n€"}])
    file.close()

    assert read(tmp_path / "e") == [{"text": "\udcff\n€"}]


def test_new_file_takes_the_place_of_an_old_one(tmp_path):
    (tmp_path / "e").write_text("old\n")

    EventFile(tmp_path / "e").close()

    assert (tmp_path / "e").read_text() == ""


@pytest.mark.parametrize("torn", ["", '{"event": "en'])
def test_file_that_is_added_to_loses_a_torn_line_alone(tmp_path, torn):
    (tmp_path / "e").write_text(f'{{"event": "a"}}\n{torn}')
    file = EventFile(tmp_path / "e", appends=True)

    file.write([{"event": "b"}])
    file.close()

    assert read(tmp_path / "e") == [{"event": "a"}, {"event": "b"}]


def test_nothing_is_written_after_a_line_that_could_not_be(tmp_path):
    class Full:
        """Takes three bytes of what it is given, and then nothing for once."""

        def __init__(self) -> None:
            self.written = b""
            self.has_failed = False

        def write(self, data: bytes) -> int:
            if self.written and not self.has_failed:
                self.has_failed = True
                raise OSError(28, "No space left on device")
            self.written += data[:3]
            return len(data[:3])

    full = Full()
    file = EventFile(tmp_path / "e")
    file._file.close()
    file._file = full

    file.write([{"event": "a"}])
    file.write([{"event": "b"}])

    assert full.written == b'{"e'
    assert file.error is not None
    assert file.error.strerror == "No space left on device"
