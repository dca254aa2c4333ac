"""The options of the plugin as data: the command line, the ini keys, and help.

Knows nothing of what the user has written; see ``settings``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from .model import Schedule
from .parsers import (
    one_of,
    parse_concurrency,
    parse_file,
    parse_graph_file,
    parse_new_file,
    parse_output,
    parse_seconds,
    parse_seed,
    parse_shard,
    parse_switch,
)


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
    """Where tests run: in threads of this process, or in processes of their own.

    ``PROCESS`` forks this one if that is safe, and takes workers of pytest-xdist
    otherwise; ``FORK`` does the one or ends the run.
    """

    THREADS = "threads"
    PROCESS = "process"
    FORK = "fork"


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


class Live(enum.Enum):
    """When what runs is shown on the terminal.

    ``AUTO`` shows it where somebody is likely to look, ``ON`` wherever it can be shown.
    """

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class Option(NamedTuple):
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


#: In the order of the help.
OPTIONS = (
    Option(
        name="concurrency",
        metavar="N",
        help="How many tests run at once: a number, or auto for one per core "
        "(default: 4)",
        parse=parse_concurrency,
    ),
    Option(
        name="executor",
        metavar="threads|process|fork",
        help="Where tests run: in threads of one process, or in processes that are "
        "forked after collection; where forking is not safe, process takes workers of "
        "pytest-xdist, and fork ends the run (default: threads)",
        parse=one_of(Executor),
    ),
    Option(
        name="affinity",
        metavar="group|none",
        help="With processes: whether tests that are connected by dependencies run in "
        "one process, one after the other (default: group)",
        parse=one_of(Affinity),
    ),
    Option(
        name="lost_state",
        metavar="replay|block",
        help="With processes: what becomes of a test when the process is lost in which "
        "those ran that it depends on: they run again, unreported, or the test is "
        "blocked (default: replay)",
        parse=one_of(LostState),
    ),
    Option(
        name="timeout",
        metavar="SECONDS",
        help="Limit for setup and call of a test together, and for its teardown anew; "
        "0 for no limit (default: 300)",
        parse=parse_seconds,
    ),
    Option(
        name="grace",
        metavar="SECONDS",
        help="How long a test that is told to stop may take to do so before it is "
        "given up (default: 2, or the timeout if that is smaller)",
        parse=parse_seconds,
    ),
    Option(
        name="slow",
        metavar="SECONDS",
        help="After how long in setup and call, or in teardown, a notice tells where a "
        "test is; 0 for never (default: a third of the test's timeout)",
        parse=parse_seconds,
    ),
    Option(
        name="deadline",
        metavar="SECONDS",
        help="Limit for the whole run: what runs then times out, and what has not "
        "started is not run; 0 for no limit (default: 0)",
        parse=parse_seconds,
    ),
    Option(
        name="schedule",
        metavar="batch|phase|graph",
        help="When the next tests are opened: after a slice of the phase, after the "
        "phase, or as soon as what they depend on has ended (default: phase)",
        parse=one_of(Schedule),
    ),
    Option(
        name="blocked",
        metavar="skip|fail",
        help="What becomes of a test whose dependency did not end as demanded: it is "
        "skipped, or an error in its setup (default: skip)",
        parse=one_of(BlockedOutcome),
    ),
    Option(
        name="deselected",
        metavar="run|skip|ignore",
        help="What becomes of tests that depend on others that were not selected: pull "
        "the others in, skip the tests, or run them without the others (default: run)",
        parse=one_of(Deselected),
    ),
    Option(
        name="missing",
        metavar="error|skip|run",
        help="What becomes of tests that depend on others that are not known: end with "
        "an error, skip the tests, or run them without the others (default: error)",
        parse=one_of(Missing),
    ),
    Option(
        name="shuffle",
        metavar="SEED",
        help="Put the tests into a random order, as far as dependencies allow: a whole "
        "number, which gives the same order again, or random (default: none)",
        parse=parse_seed,
    ),
    Option(
        name="shard",
        metavar="K/N",
        help="Run part K of N parts of the suite, none of which needs another "
        "(default: none, all of it runs)",
        parse=parse_shard,
    ),
    Option(
        name="confirm",
        metavar="on|off",
        help="Whether a test that failed beside others is run once more, alone, before "
        "its failure counts (default: on)",
        parse=parse_switch,
    ),
    Option(
        name="detect",
        metavar="on|off",
        help="Whether fixtures and code are searched for what changes the whole "
        "process, so that such tests run alone (default: on)",
        parse=parse_switch,
    ),
    Option(
        name="report",
        metavar="FILE.html",
        help="Write what ran where and when, and what came of it, as one page for a "
        "browser (default: none)",
        parse=parse_new_file,
    ),
    Option(
        name="events",
        metavar="FILE.jsonl",
        help="Write what happens, a line of JSON for each event, as it happens "
        "(default: none)",
        parse=parse_new_file,
    ),
    Option(
        name="trace",
        metavar="FILE.json",
        help="Write what ran where and when as a trace, which ui.perfetto.dev shows "
        "(default: none)",
        parse=parse_new_file,
    ),
    Option(
        name="graph",
        metavar="FILE",
        help="Draw the tests by phase, with what they depend on, before a run with "
        "--phase-plan and after it otherwise; the file ends with .dot, .mmd, .json or "
        ".svg (default: none)",
        parse=parse_graph_file,
    ),
    Option(
        name="plan_json",
        metavar="FILE.json",
        help="Write what is planned for programs to read, and run nothing; - for the "
        "standard output (default: none)",
        parse=parse_output,
    ),
    Option(
        name="history",
        metavar="FILE.json",
        help="Keep how long tests take in this file, in the place of pytest's cache "
        "(default: none)",
        parse=parse_new_file,
    ),
    Option(
        name="resume",
        metavar="FILE.jsonl",
        help="Leave out what passed or was skipped in the run of which --phase-events "
        "wrote this file (default: none)",
        parse=parse_file,
    ),
    Option(
        name="live",
        metavar="auto|on|off",
        help="Whether the last rows of the terminal show what runs: on a terminal that "
        "somebody looks at, wherever it is possible, or never (default: auto)",
        parse=one_of(Live),
    ),
)


class Switch(NamedTuple):
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
    help="Print the phases, and how long they should take, and run nothing",
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


class IniList(NamedTuple):
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
