"""From the text that a user wrote for an option to its value.

Knows no options; see ``options`` for what there is.
"""

from __future__ import annotations

import enum
import os
import random
from collections.abc import Callable
from pathlib import Path

#: What a path is given as that stands for no file.
STANDARD_OUTPUT = Path("-")

#: How files of graphs end.
GRAPHS = (".dot", ".mmd", ".json", ".svg")


class InvalidError(Exception):
    """A value that a parser does not take; says what is allowed."""


def parse_concurrency(text: str) -> int:
    """Read how many tests run at once."""
    if text == "auto":
        return count_cores()
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise InvalidError("a whole number from 1 on, or auto")
    return value


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def parse_seconds(text: str) -> float:
    """Read a span; 0 and more."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise InvalidError("a number of seconds, 0 or more")
    return value


def one_of(kind: type[enum.Enum]) -> Callable[[str], enum.Enum]:
    """Return what reads a member of an enumeration by its value."""

    def parse(text: str) -> enum.Enum:
        try:
            return kind(text)
        except ValueError:
            raise InvalidError(", ".join(each.value for each in kind)) from None

    return parse


def parse_seed(text: str) -> int:
    """Read a whole number, or choose one."""
    if text == "random":
        return random.SystemRandom().getrandbits(32)
    try:
        return int(text)
    except ValueError:
        raise InvalidError("a whole number, or random") from None


def parse_shard(text: str) -> tuple[int, int]:
    """Read which part of how many."""
    part, slash, parts = text.partition("/")
    if slash and part.isdecimal() and parts.isdecimal():
        found = int(part), int(parts)
        if 1 <= found[0] <= found[1]:
            return found
    raise InvalidError("K/N, for part K of N, from 1/N to N/N")


def parse_new_file(text: str) -> Path:
    """Read the path of a file that can be written."""
    path = Path(text).expanduser().absolute()
    if path.is_dir():
        raise InvalidError("a file; this is a folder")
    if not path.parent.is_dir():
        raise InvalidError(f"a file in a folder that exists; {path.parent} does not")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InvalidError("a file that may be written")
    return path


def parse_output(text: str) -> Path:
    """Read the path of a file that can be written, or ``-``."""
    return STANDARD_OUTPUT if text == "-" else parse_new_file(text)


def parse_graph_file(text: str) -> Path:
    """Read the path of a file that can be written and ends as one of a graph."""
    if Path(text).suffix.lower() not in GRAPHS:
        raise InvalidError(f"a file that ends with {', '.join(GRAPHS)}")
    return parse_new_file(text)


def parse_file(text: str) -> Path:
    """Read the path of a file."""
    return Path(text).expanduser().absolute()


def parse_switch(text: str) -> bool:
    """Read whether something is on."""
    if text not in ("on", "off"):
        raise InvalidError("on, off")
    return text == "on"
