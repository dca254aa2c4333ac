"""What earlier times say of the next ones, and the file that keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_phaserun import history, history_file
from pytest_phaserun.history import SHORT, SPREAD, WEIGHT, History, read_history
from pytest_phaserun.history_file import HistoryFileError


def test_unknown_task_has_no_estimate() -> None:
    assert History().get("a") is None
    assert History().get_stages("a") is None


def test_first_times_are_the_estimate() -> None:
    kept = History()

    kept.add("a", (0.5, 2.0, 0.25))

    assert kept.get("a") == 2.75
    assert kept.get_stages("a") == (0.5, 2.0, 0.25)


def test_estimate_follows_a_lasting_change() -> None:
    kept = History({"a": (0.0, 1.0, 0.0)})

    for _ in range(20):
        kept.add("a", (0.0, 2.0, 0.0))

    assert 1.99 < (kept.get("a") or 0) <= 2.0


def test_one_outlier_moves_an_estimate_by_little() -> None:
    kept = History({"a": (0.0, 1.0, 0.0)})

    kept.add("a", (0.0, 1000.0, 0.0))

    assert kept.get("a") == 1.0 + WEIGHT * (SPREAD - 1.0)


def test_stage_that_took_no_time_may_come_to_take_some() -> None:
    kept = History({"a": (0.0, 1.0, 0.0)})

    kept.add("a", (5.0, 1.0, 0.0))

    assert kept.get_stages("a") == (WEIGHT * SHORT, 1.0, 0.0)
    for _ in range(40):
        kept.add("a", (5.0, 1.0, 0.0))
    assert (kept.get("a") or 0) > 5.9


def test_what_is_dumped_can_be_read_again() -> None:
    kept = History({"a": (0.0, 1.0, 0.0), "b": (0.1, 0.25, 0.0)})

    again = read_history(kept.dump())

    assert len(again) == 2
    assert again.get_stages("b") == (0.1, 0.25, 0.0)


@pytest.mark.parametrize("value", [1.0, "x", [1.0], [1, 2, "3"], [1, 2, -3], None])
def test_what_cannot_have_been_dumped_is_left_out(value: object) -> None:
    assert len(read_history({"a": value})) == 0


def test_tasks_that_are_gone_are_forgotten() -> None:
    kept = History({"a": (0.0, 1.0, 0.0), "b": (0.0, 1.0, 0.0)})

    kept.prune(lambda name: name == "a")

    assert list(kept.dump()) == ["b"]


def test_of_too_many_those_that_ran_last_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "MOST", 2)
    kept = History(dict.fromkeys("abc", (0.0, 1.0, 0.0)))

    kept.add("a", (0.0, 1.0, 0.0))
    kept.prune(lambda _: False)

    assert list(kept.dump()) == ["c", "a"]


# The file


def test_file_has_a_line_for_each_test_in_order(tmp_path: Path) -> None:
    path = tmp_path / "durations.json"

    history_file.write(path, History({'b["é\n"]': (0, 1, 0), "a": (0.1, 0.2, 0.3)}))

    assert path.read_text(encoding="utf-8") == (
        '{\n  "version": 1,\n  "tests": {\n'
        '    "a": [0.1, 0.2, 0.3],\n'
        '    "b[\\"\\u00e9\\n\\"]": [0, 1, 0]\n'
        "  }\n}\n"
    )
    assert history_file.read(path).get_stages("a") == (0.1, 0.2, 0.3)
    assert list(tmp_path.iterdir()) == [path]


def test_file_of_nothing_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "durations.json"

    history_file.write(path, History())

    assert len(history_file.read(path)) == 0


def test_missing_file_keeps_nothing(tmp_path: Path) -> None:
    assert len(history_file.read(tmp_path / "none.json")) == 0


def test_file_behind_a_link_is_replaced_and_the_link_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    history_file.write(real, History())
    link.symlink_to(real)

    history_file.write(link, History({"a": (0.0, 1.0, 0.0)}))

    assert link.is_symlink()
    assert len(history_file.read(real)) == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "is not JSON: Expecting property name enclosed in double quotes"),
        (b"\xff", "is not UTF-8"),
        (b"[]", "holds no durations of tests"),
        (b"{}", "holds no durations of tests"),
        (b'{"version": 2}', "has the version 2, known is 1"),
        (b'{"version": 1}', "has no object 'tests'"),
        (
            b'{"version": 1, "tests": {"a": 1}}',
            "has no seconds of setup, call, teardown for 'a'",
        ),
    ],
)
def test_broken_file_is_told(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "durations.json"
    path.write_bytes(content)

    with pytest.raises(HistoryFileError) as caught:
        history_file.read(path)

    assert str(caught.value).startswith(problem)


def test_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(HistoryFileError, match="cannot be read"):
        history_file.read(tmp_path)
