"""What the pages show is what happens: their files are written, their commands run."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from difflib import unified_diff
from pathlib import Path

import pytest
from pages import PAGES, ROOT, Command, name_of, read_blocks, read_commands
from transcripts import FILES, Transcript, is_like, normalise, run_page

#: ``sh`` holds what needs a network or a machine of one's own; ``text`` is no example.
KINDS = FILES | {"console", "sh", "text"}

RUNNING = [p for p in PAGES if any(b.kind == "console" for b in read_blocks(p))]

#: How many pages run at the same time; they mostly wait.
AT_ONCE = 3


@pytest.fixture(scope="module")
def transcripts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Path, Future[Transcript]]]:
    """Run the pages that were selected."""
    selected = {item.nodeid for item in request.session.items}
    this = request.node.nodeid
    name = test_commands_write_what_the_page_shows.__name__
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            page: pool.submit(run_page, page, tmp_path_factory.mktemp("page"))
            for page in RUNNING
            if f"{this}::{name}[{name_of(page)}]" in selected
        }


@pytest.mark.parametrize("page", RUNNING, ids=name_of)
def test_commands_write_what_the_page_shows(
    page: Path, transcripts: dict[Path, Future[Transcript]]
) -> None:
    different = [
        explain(page, command, written)
        for command, written in transcripts[page].result()
        if not is_like(command.shown, written)
    ]

    assert not different, "\n".join(different)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_says_what_it_is(page: Path) -> None:
    unknown = [b for b in read_blocks(page) if b.kind not in KINDS]

    assert not unknown


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_shown_is_run_or_is_there(page: Path) -> None:
    unused: list[str] = []
    for block in read_blocks(page):
        if block.source is not None:
            assert block.text in (ROOT / block.source).read_text(encoding="utf-8")
        elif block.kind in FILES:
            assert block.title, f"line {block.line}: no title"
            unused.append(block.title)
        elif block.kind == "console" and read_commands(block):
            unused.clear()

    assert not unused


def test_normalised_output_is_the_same_at_every_speed() -> None:
    slow = [
        ".F.s   [100%]",
        "phaserun: 2 phases, 4 at once, 10.02 s for 20.00 s of tests",
        "SKIPPED [1] b",
        "SKIPPED [1] a",
        "======= 1 failed in 10.10s ======",
        "",
    ]
    fast = [
        "s..F   [100%]",
        "phaserun: 2 phases, 4 at once, 1.02 s for 2.00 s of tests",
        "SKIPPED [1] a",
        "SKIPPED [1] b",
        "======== 1 failed in 1.10s =======",
    ]

    assert normalise(slow) == normalise(fast)


@pytest.mark.parametrize(
    ("shown", "written"),
    [
        (["1 passed in 0.01s"], ["2 passed in 0.01s"]),
        (["timed out after 1 s"], ["timed out after 2 s"]),
        (["a", "b"], ["b", "a"]),
        (["a", "..."], ["b"]),
        (["...", "a"], ["a", "b"]),
        ([".."], ["..."]),
        (["..F"], ["..s"]),
    ],
)
def test_different_outputs_are_told_apart(shown: list[str], written: list[str]) -> None:
    assert not is_like(shown, written)


def test_three_dots_stand_for_any_lines() -> None:
    assert is_like(["a", "...", "d"], ["a", "b", "c", "d"])
    assert is_like(["a", "..."], ["a"])


def explain(page: Path, command: Command, written: list[str]) -> str:
    """Return what a page shows and what a command wrote instead."""
    place = f"{name_of(page)}:{command.line}: {command.text}"
    difference = unified_diff(
        normalise(command.shown), normalise(written), "shown", "written", lineterm=""
    )
    return "\n".join([place, *difference])
