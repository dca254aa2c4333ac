"""The rows that show what runs: what they say, and that they fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_phaserun.views.columns import cut, cut_front, measure
from pytest_phaserun.views.live import (
    ASCII,
    LiveState,
    Running,
    Signs,
    choose_signs,
    render,
)

STATE = LiveState(
    began=100.0,
    phase=2,
    phases=4,
    done=30,
    total=120,
    counts={"passed": 27, "failed": 1, "blocked": 2, "skipped": 0},
    running=[
        Running(name="test_x.py::second", began=105.0),
        Running(name="test_x.py::first", began=101.0),
    ],
    left=75.0,
)
NOW = 112.5


def run_many(number: int) -> LiveState:
    """Return a state in which so many tests run."""
    return replace(
        STATE, running=[Running(name=f"test_{n}", began=100.0) for n in range(number)]
    )


def paint(text: str, **markup: bool) -> str:
    """Show which colours are asked for."""
    colours = " ".join(name for name, is_on in markup.items() if is_on)
    return f"<{colours}>{text}</>" if colours else text


def test_rows_say_where_the_run_is_and_what_runs():
    assert render(STATE, NOW, 110) == [
        "phase 2 of 4 #######----------------------- "
        "30 of 120, 27 passed, 1 failed, 2 blocked, 0:12, 1:15 left",
        "    0:11  test_x.py::first",
        "    0:07  test_x.py::second",
    ]


def test_bar_shrinks_and_goes_where_there_is_no_room():
    assert render(STATE, NOW, 80)[0] == (
        "phase 2 of 4 #------ "
        "30 of 120, 27 passed, 1 failed, 2 blocked, 0:12, 1:15 left"
    )
    assert "#" not in render(STATE, NOW, 78)[0]
    assert render(STATE, NOW, 40)[0] == "phase 2 of 4 30 of 120, 27 passed, 1 fa"


def test_time_left_is_not_shown_where_nobody_knows():
    head = render(replace(STATE, left=None), NOW, 100)[0]

    assert head.endswith("2 blocked, 0:12")


@pytest.mark.parametrize(
    ("number", "names", "last"),
    [
        (0, 0, None),
        (5, 5, None),
        (6, 4, "        + 2 more"),
        (99, 4, "        + 95 more"),
    ],
)
def test_few_tests_are_named_and_the_others_counted(number, names, last):
    rows = render(run_many(number), NOW, 80)[1:]

    assert sum("test_" in row for row in rows) == names
    assert [row for row in rows if "more" in row] == ([last] if last else [])


def test_slow_tests_stand_out():
    slow = Running(name="slow", began=100.0, slow_after=12.0)
    quick = Running(name="quick", began=100.0, slow_after=13.0)

    rows = render(replace(STATE, running=[slow, quick]), NOW, 80, paint=paint)

    assert rows[1:] == ["<yellow bold>    0:12  slow</>", "    0:12  quick"]


def test_counts_have_colours_and_the_bar_turns_red_with_the_first_failure():
    head = render(STATE, NOW, 110, paint=paint)[0]
    good = render(replace(STATE, counts={"passed": 30}), NOW, 110, paint=paint)[0]

    assert "<green>27 passed</>, <red>1 failed</>, <yellow>2 blocked</>" in head
    assert "phase 2 of 4 <red>#######</>-" in head
    assert "phase 2 of 4 <green>#######</>-" in good


def test_long_names_keep_their_ends():
    running = [Running(name="tests/a/long/way/test_x.py::test_it[1]", began=100.0)]

    row = render(replace(STATE, running=running), NOW, 40)[1]

    assert row == "    0:12  .../way/test_x.py::test_it[1]"


def test_sequences_in_names_stay_text():
    running = [Running(name="test[\x1b[2J\n]", began=100.0)]

    row = render(replace(STATE, running=running), NOW, 40)[1]

    assert row == "    0:12  test[?[2J?]"


@pytest.mark.parametrize("name", ["x" * 300, "日本" * 100, "é" * 150, "e\u0301" * 300])
@pytest.mark.parametrize("signs", [ASCII, Signs()], ids=["ascii", "wide"])
@pytest.mark.parametrize("width", [1, 2, 9, 13, 40, 79, 80, 81, 200])
def test_every_row_is_narrower_than_the_terminal(width, signs, name):
    state = replace(run_many(9), running=[Running(name=name, began=0.0)] * 9)

    rows = render(state, NOW, width, signs=signs)

    assert max(map(measure, rows)) <= width - 1


@pytest.mark.parametrize(
    ("encoding", "signs"),
    [
        ("utf-8", Signs()),
        ("ascii", ASCII),
        ("latin-1", ASCII),
        (None, ASCII),
        ("unheard-of", ASCII),
    ],
)
def test_encoding_decides_which_signs_are_drawn(encoding, signs):
    assert choose_signs(encoding) == signs


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("日本", 4),
        ("e\u0301", 1),
        ("\x1b[1;32m.\x1b[0m", 1),
        ("\x1b]9;4;1;50\x1b\\.", 1),
        ("\x1b]0;title\x07.", 1),
    ],
)
def test_columns_are_those_of_the_terminal(text, columns):
    assert measure(text) == columns


def test_wide_character_that_does_not_fit_is_left_out():
    assert cut("日本", 3) == "日"
    assert cut_front("日本日本", 4, "…") == "…本"
