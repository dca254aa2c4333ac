"""The options of the plugin as data: the command line, the ini keys, help, and parsers.

Knows nothing of what the user has written; see ``settings``.
"""

from __future__ import annotations

import enum
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .model import Schedule


class Deselected(enum.Enum):
    """What becomes of tests that depend on others that were not selected.

    ``RUN`` pulls the others in, ``SKIP`` skips the tests, ``IGNORE`` runs them without
    the others.
    """

    RUN = "run"
    SKIP = "skip"
    IGNORE = "ignore"


class Missing(enum.Enum):
    """What becomes of tests that depend on others that are not known.

    ``ERROR`` ends the run before it begins, ``SKIP`` skips the tests, ``RUN`` runs them
    without the others.
    """

    ERROR = "error"
    SKIP = "skip"
    RUN = "run"


class BlockedOutcome(enum.Enum):
    """What becomes of tests whose dependencies did not end as demanded."""

    SKIP = "skip"
    FAIL = "fail"


class Executor(enum.Enum):
    """Where tests run: in threads of this process, or in processes of their own."""

    THREADS = "threads"
    PROCESS = "process"


class Affinity(enum.Enum):
    """Whether tests that are connected by dependencies share a process."""

    GROUP = "group"
    NONE = "none"


class LostState(enum.Enum):
    """What becomes of tests that depend on others whose process was lost.

    ``REPLAY`` runs the others again without reporting them, ``BLOCK`` skips the tests.
    """

    REPLAY = "replay"
    BLOCK = "block"


class InvalidError(Exception):
    """A value that a parser does not take; says what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting: ``--phase-NAME`` and the ini key ``phase_NAME``.

    :ivar parse: from the text the user wrote.
    :raises InvalidError: (``parse``) the text is not a value of this option.
    """

    name: str
    metavar: str
    help: str
    parse: Callable[[str], Any]

    @property
    def flag(self) -> str:
        """As on the command line."""
        return f"--phase-{self.name.replace('_', '-')}"

    @property
    def key(self) -> str:
        """As in an ini file, and as the attribute of pytest's options."""
        return f"phase_{self.name}"


def _concurrency(text: str) -> int:
    if text == "auto":
        return _usable_cores()
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise InvalidError("a whole number from 1 on, or auto")
    return value


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise InvalidError("a number of seconds, 0 or more")
    return value


def _one_of(kind: type[enum.Enum]) -> Callable[[str], enum.Enum]:
    def parse(text: str) -> enum.Enum:
        try:
            return kind(text)
        except ValueError:
            raise InvalidError(", ".join(each.value for each in kind)) from None

    return parse


def _seed(text: str) -> int:
    if text == "random":
        return random.SystemRandom().getrandbits(32)
    try:
        return int(text)
    except ValueError:
        raise InvalidError("a whole number, or random") from None


def _shard(text: str) -> tuple[int, int]:
    part, slash, parts = text.partition("/")
    if slash and part.isdecimal() and parts.isdecimal():
        found = int(part), int(parts)
        if 1 <= found[0] <= found[1]:
            return found
    raise InvalidError("K/N, for part K of N, from 1/N to N/N")


def _new_file(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if path.is_dir():
        raise InvalidError("a file; this is a folder")
    if not path.parent.is_dir():
        raise InvalidError(f"a file in a folder that exists; {path.parent} does not")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InvalidError("a file that may be written")
    return path


def _file(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _switched(text: str) -> bool:
    if text not in ("on", "off"):
        raise InvalidError("on, off")
    return text == "on"


#: In the order of the help.
OPTIONS = (
    Option(
        name="concurrency",
        metavar="N",
        help="How many tests run at once: a number, or auto for one per core "
        "(default: 4)",
        parse=_concurrency,
    ),
    Option(
        name="executor",
        metavar="threads|process",
        help="Where tests run: in threads of one process, or in processes that are "
        "forked after collection (default: threads)",
        parse=_one_of(Executor),
    ),
    Option(
        name="affinity",
        metavar="group|none",
        help="With processes: whether tests that are connected by dependencies run in "
        "one process, one after the other (default: group)",
        parse=_one_of(Affinity),
    ),
    Option(
        name="lost_state",
        metavar="replay|block",
        help="With processes: what becomes of a test when the process is lost in which "
        "those ran that it depends on: they run again, unreported, or the test is "
        "blocked (default: replay)",
        parse=_one_of(LostState),
    ),
    Option(
        name="timeout",
        metavar="SECONDS",
        help="Limit for setup and call of a test together, and for its teardown anew; "
        "0 for no limit (default: 300)",
        parse=_seconds,
    ),
    Option(
        name="grace",
        metavar="SECONDS",
        help="How long a test that is told to stop may take to do so before it is "
        "given up (default: 2, or the timeout if that is smaller)",
        parse=_seconds,
    ),
    Option(
        name="slow",
        metavar="SECONDS",
        help="After how long in setup and call, or in teardown, a notice tells where a "
        "test is; 0 for never (default: a third of the test's timeout)",
        parse=_seconds,
    ),
    Option(
        name="deadline",
        metavar="SECONDS",
        help="Limit for the whole run: what runs then times out, and what has not "
        "started is not run; 0 for no limit (default: 0)",
        parse=_seconds,
    ),
    Option(
        name="schedule",
        metavar="batch|phase|graph",
        help="When the next tests are opened: after a slice of the phase, after the "
        "phase, or as soon as what they depend on has ended (default: phase)",
        parse=_one_of(Schedule),
    ),
    Option(
        name="blocked",
        metavar="skip|fail",
        help="What becomes of a test whose dependency did not end as demanded: it is "
        "skipped, or an error in its setup (default: skip)",
        parse=_one_of(BlockedOutcome),
    ),
    Option(
        name="deselected",
        metavar="run|skip|ignore",
        help="What becomes of tests that depend on others that were not selected: pull "
        "the others in, skip the tests, or run them without the others (default: run)",
        parse=_one_of(Deselected),
    ),
    Option(
        name="missing",
        metavar="error|skip|run",
        help="What becomes of tests that depend on others that are not known: end with "
        "an error, skip the tests, or run them without the others (default: error)",
        parse=_one_of(Missing),
    ),
    Option(
        name="shuffle",
        metavar="SEED",
        help="Put the tests into a random order, as far as dependencies allow: a whole "
        "number, which gives the same order again, or random (default: none)",
        parse=_seed,
    ),
    Option(
        name="shard",
        metavar="K/N",
        help="Run part K of N parts of the suite, none of which needs another "
        "(default: none, all of it runs)",
        parse=_shard,
    ),
    Option(
        name="confirm",
        metavar="on|off",
        help="Whether a test that failed beside others is run once more, alone, before "
        "its failure counts (default: on)",
        parse=_switched,
    ),
    Option(
        name="detect",
        metavar="on|off",
        help="Whether fixtures and code are searched for what changes the whole "
        "process, so that such tests run alone (default: on)",
        parse=_switched,
    ),
    Option(
        name="events",
        metavar="FILE.jsonl",
        help="Write what happens, a line of JSON for each event, as it happens "
        "(default: none)",
        parse=_new_file,
    ),
    Option(
        name="trace",
        metavar="FILE.json",
        help="Write what ran where and when as a trace, which ui.perfetto.dev shows "
        "(default: none)",
        parse=_new_file,
    ),
    Option(
        name="resume",
        metavar="FILE.jsonl",
        help="Leave out what passed or was skipped in the run of which --phase-events "
        "wrote this file (default: none)",
        parse=_file,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """An option without a value.

    :ivar key: the attribute of pytest's options.
    """

    flag: str
    key: str
    help: str


STRICT = Switch(
    flag="--phase-strict",
    key="phase_strict",
    help="Count as failed what failed beside others and passed alone, and what "
    "changed the process beside others",
)
INTERACTIVE = Switch(
    flag="--phase-interactive",
    key="phase_interactive",
    help="Print what runs, with stacks, when t and Enter are typed on the terminal",
)
PLAN = Switch(
    flag="--phase-plan",
    key="phase_plan",
    help="Print the phases and run nothing",
)
OFF = Switch(
    flag="--phase-off",
    key="phase_off",
    help="Run as if the plugin were not installed; options and markers stay known",
)
SWITCHES = (STRICT, INTERACTIVE, PLAN, OFF)

#: A question: on the command line only.
EXPLAIN = Option(
    name="explain",
    metavar="NODEID",
    help="Print what is planned for one test, and why, and run nothing",
    parse=str,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IniList:
    """A list in ini files, which the command line does not have.

    :ivar type: how pytest reads it.
    :ivar default: what it says where it is not given.
    """

    key: str
    help: str
    type: Literal["linelist", "args"] = "linelist"
    default: list[str] | None = None


EXCLUSIVE = IniList(
    key="phase_exclusive",
    help="Tests that run alone, a line each: node ids, globs of them, fixtures that "
    "they use, or marks",
    default=[],
)
FIXTURE_RESOURCES = IniList(
    key="phase_fixture_resources",
    help="Fixtures that stand for resources, a line each: 'fixture = resource'; 'read' "
    "or a number of units may follow",
    default=[],
)
#: An empty one says something else than none. Its entries are checked by those who know
#: dialects.
DIALECTS = IniList(
    key="phase_dialects",
    help="Other plugins whose marks are read, or none (default: all that are known)",
    type="args",
)
LISTS = (EXCLUSIVE, FIXTURE_RESOURCES, DIALECTS)
