"""``python -m pytest_phaserun``: views of a run that is over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_phaserun.__main__ import main

RUN = {
    "event": "run", "version": 1, "at": 1.0, "concurrency": 4, "schedule": "phase",
    "executor": "threads", "root": "/", "tests": 0, "pytest": "9.2.0",
    "python": "3.13.0",
}  # fmt: skip


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "e.jsonl"
    path.write_text(f"{json.dumps(RUN)}\n")
    return path


def test_trace_is_made_of_events(events, tmp_path, capsys):
    assert main(["report", str(events), "--trace", str(tmp_path / "t.json")]) == 0

    assert "traceEvents" in json.loads((tmp_path / "t.json").read_text())
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("view", ["--report", "--trace"])
def test_text_that_is_no_unicode_can_be_written(events, tmp_path, view):
    test = {"event": "test", "n": 0, "id": "test_a[\udcff]", "phase": 1}
    start = {"event": "start", "n": 0, "slot": 0, "at": 2.0}
    with events.open("a") as file:
        file.write(f"{json.dumps(test)}\n{json.dumps(start)}\n")

    assert main(["report", str(events), view, str(tmp_path / "view")]) == 0

    assert "test_a[" in (tmp_path / "view").read_text()


def test_file_that_holds_no_events_is_told_in_one_line(tmp_path, capsys):
    path = tmp_path / "e.jsonl"
    path.write_text("<xml/>\n")

    assert main(["report", str(path), "--trace", "t.json"]) == 4

    assert capsys.readouterr().err == (
        f"ERROR: {path} holds no events: line 1 is no event of --phase-events\n"
    )


def test_file_that_is_not_there_is_told_in_one_line(tmp_path, capsys):
    path = tmp_path / "e.jsonl"

    assert main(["report", str(path), "--trace", "t.json"]) == 4

    assert capsys.readouterr().err == f"ERROR: {path}: No such file or directory\n"


def test_file_that_cannot_be_written_is_told_in_one_line(events, tmp_path, capsys):
    assert main(["report", str(events), "--trace", str(tmp_path)]) == 4

    assert capsys.readouterr().err == f"ERROR: {tmp_path}: Is a directory\n"


def test_nothing_to_make_is_told_in_one_line(events, capsys):
    assert main(["report", str(events)]) == 4

    assert capsys.readouterr().err == (
        "ERROR: nothing to make; add -o FILE.html, --trace FILE.json or --graph FILE\n"
    )


def test_command_has_to_be_there(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])

    assert ended.value.code == 2
    assert "COMMAND" in capsys.readouterr().err
