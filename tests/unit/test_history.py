"""What earlier durations say of the next one."""

from __future__ import annotations

from pytest_phaserun.history import SPREAD, WEIGHT, History


def test_unknown_task_has_no_estimate() -> None:
    assert History().get("a") is None


def test_first_duration_is_the_estimate() -> None:
    history = History()

    history.add("a", 2.0)

    assert history.get("a") == 2.0


def test_estimate_follows_a_lasting_change() -> None:
    history = History({"a": 1.0})

    for _ in range(20):
        history.add("a", 2.0)

    assert 1.99 < (history.get("a") or 0) <= 2.0


def test_one_outlier_moves_an_estimate_by_little() -> None:
    history = History({"a": 1.0})

    history.add("a", 1000.0)

    assert history.get("a") == 1.0 + WEIGHT * (SPREAD - 1.0)


def test_what_is_dumped_can_be_read_again() -> None:
    history = History({"a": 1.0, "b": 0.25})

    again = History(history.dump())

    assert len(again) == 2
    assert again.get("b") == 0.25
