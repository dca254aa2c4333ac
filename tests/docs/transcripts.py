"""Run what a page shows: write its files, type its commands, compare the output.

What differs from run to run is put out of the comparison by ``normalise``, and nothing
else is. A shown line of three dots stands for any number of lines.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from pages import ROOT, Block, Command, read_blocks, read_commands

#: Commands with the lines that each wrote, without those about the machine.
Transcript = list[tuple[Command, list[str]]]

#: Kinds of blocks that are written to the file of their title.
FILES = frozenset({"python", "ini", "toml"})

#: What commands may name besides the files of their page.
EXAMPLES = "docs/examples"

#: What pages write for the directory they work in.
SHOWN_DIRECTORY = "/project"

#: Seconds after which a command is taken for a hung one.
PATIENCE = 60

#: Lines about the machine, which pages leave out.
_MACHINE = re.compile(
    r"^(platform|rootdir:|configfile:|testpaths:|plugins:|cachedir:) ?.*$"
)
_DURATION = re.compile(r"\b\d+\.\d\d ?s\b|\babout \d+\.\d s\b")
#: The numbers of a row in a table of durations.
_DURATIONS = re.compile(r"(?: +\d+\.\d\d\b){2,}")
_RULE = re.compile(r"^([=_!-])\1+ (.*[^=_!-]) \1+$")
#: Where a test runs is a matter of chance.
_SLOT = re.compile(r"\bslot([- ])\d+\b")
#: The speed-up, and how well slots were used.
_SPEED = re.compile(r" \(speed-up \d+\.\dx\)|(?<=efficiency )\d+%")
#: The letters of tests that ran at once, which end in any order.
_LETTERS = re.compile(r"^([.FEsxXT]+)( +\[ *\d+%\])?$")
#: Where in its line an error is, which Python marks since 3.11.
_CARETS = re.compile(r"^\s*[~^]+$")
_SKIPPED = re.compile(r"^SKIPPED \[")


def run_page(page: Path, directory: Path) -> Transcript:
    """Do what a page says, in ``directory``.

    :raises AssertionError: a block says nothing that could be done.
    """
    blocks = read_blocks(page)
    consoles = [block for block in blocks if block.kind == "console"]
    commands = [each.text for block in consoles for each in read_commands(block)]
    if any(EXAMPLES in text for text in commands):
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / EXAMPLES, directory / EXAMPLES, ignore=ignored)
    transcript: Transcript = []
    for block in blocks:
        if block.kind in FILES and block.source is None:
            write_file(block, directory)
        elif block.kind == "console":
            for command in read_commands(block):
                transcript.append((command, run_command(command.text, directory)))
    return transcript


def write_file(block: Block, directory: Path) -> None:
    """Write the file that a block shows."""
    assert block.title, f"line {block.line}: the block does not say which file it is"
    path = directory / block.title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def run_command(text: str, directory: Path) -> list[str]:
    """Run a command of a page with this Python; return the lines it wrote."""
    python = f"{shlex.quote(sys.executable)} "
    ended = subprocess.run(
        re.sub(r"\bpython (?=-m |\w+\.py)", lambda _: python, text),
        shell=True,
        cwd=directory,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    output = ended.stdout.replace(os.fspath(directory), SHOWN_DIRECTORY)
    lines = [line.rstrip() for line in output.splitlines()]
    return [line for line in lines if not _MACHINE.match(line)]


def _environment() -> dict[str, str]:
    """Return an environment in which the output depends on nothing but the page.

    Of the plugins installed only this project's own is loaded.
    """
    unwanted = {
        "CI",
        "FORCE_COLOR",
        "GITHUB_ACTIONS",
        "PHASERUN",
        "PYTEST_PLUGINS",
        "PY_COLORS",
    }
    kept = {name: text for name, text in os.environ.items() if name not in unwanted}
    plugins = importlib.metadata.entry_points(group="pytest11")
    others = sorted(each.name for each in plugins if each.name != "phaserun")
    return {
        **kept,
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "PYTEST_ADDOPTS": " ".join(f"-p no:{name}" for name in others),
        # A file that is written twice in a second keeps its compiled form.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }


def normalise(output: Iterable[str]) -> list[str]:
    """Take out what differs from run to run: durations, slots, the order of equals."""
    plain = [_normalise_line(line) for line in output if not _CARETS.match(line)]
    ordered: list[str] = []
    for is_skipped, group in groupby(plain, lambda line: bool(_SKIPPED.match(line))):
        lines = list(group)
        ordered += sorted(lines) if is_skipped else lines
    while ordered and not ordered[-1]:
        ordered.pop()
    return ordered


def _normalise_line(line: str) -> str:
    letters = _LETTERS.match(line)
    if letters:
        return "".join(sorted(letters[1]))
    # Rules are as long as the line is wide, less the duration in them.
    line = _RULE.sub(r"\1\1 \2 \1\1", line.rstrip())
    line = _DURATIONS.sub(" N", line)
    line = _SPEED.sub("", _DURATION.sub("N s", line))
    return _SLOT.sub(r"slot\1N", line)


def is_like(shown: Sequence[str], written: Sequence[str]) -> bool:
    """Tell whether a page shows what a command has written."""
    return _matches(normalise(shown), normalise(written))


def _matches(shown: Sequence[str], written: Sequence[str]) -> bool:
    if "..." not in shown:
        return list(shown) == list(written)
    cut = list(shown).index("...")
    head, rest = shown[:cut], shown[cut + 1 :]
    if list(head) != list(written[:cut]):
        return False
    return any(
        _matches(rest, written[start:]) for start in range(cut, len(written) + 1)
    )
