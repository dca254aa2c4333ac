"""The options of the plugin: one table makes the command line, the ini keys and help.

Validates; knows nothing of tests.
"""

from __future__ import annotations

import enum
import os
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from .model import Schedule

#: Set to 0 to switch the plugin off whatever the options say.
ENVIRONMENT_SWITCH = "PHASERUN"

#: Names under which ``-p`` asks for the plugin.
PLUGIN_NAMES = frozenset({"phaserun", "pytest_phaserun", "pytest_phaserun.plugin"})

DEFAULT_GRACE = 2.0


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


class Blocked(enum.Enum):
    """What becomes of tests whose dependencies did not end as demanded."""

    SKIP = "skip"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user has asked for.

    :ivar concurrency: how many tests may run at once.
    :ivar timeout: seconds for each test; 0 for no limit.
    :ivar grace: seconds between telling a test to stop and giving it up.
    :ivar slow: seconds after which a notice tells of a test that runs; 0 for never,
        ``None`` for a third of the test's limit.
    :ivar deadline: seconds for the whole run; 0 for no limit.
    :ivar blocked: what becomes of tests that are blocked.
    :ivar deselected: what becomes of tests that depend on others not selected.
    :ivar missing: what becomes of tests that depend on others not known.
    :ivar shuffle: seed of a random order; ``None`` for the order of collection.
    :ivar confirm: a failure beside others is confirmed by a second run.
    :ivar detect: tests that change the whole process are looked for.
    :ivar strict: what went wrong only beside others counts as a failure.
    :ivar interactive: a key on the terminal asks what runs.
    :ivar exclusive: globs of node ids, and fixtures, of tests that run alone.
    :ivar fixture_resources: lines that say which fixtures stand for resources.
    :ivar dialects: of which plugins the marks are read; ``None`` for all that cannot be
        meant otherwise.
    """

    concurrency: int = 4
    timeout: float = 300.0
    grace: float = DEFAULT_GRACE
    slow: float | None = None
    deadline: float = 0.0
    schedule: Schedule = Schedule.PHASE
    blocked: Blocked = Blocked.SKIP
    deselected: Deselected = Deselected.RUN
    missing: Missing = Missing.ERROR
    shuffle: int | None = None
    confirm: bool = True
    detect: bool = True
    strict: bool = False
    interactive: bool = False
    exclusive: tuple[str, ...] = ()
    fixture_resources: tuple[str, ...] = ()
    dialects: tuple[str, ...] | None = None

    @property
    def fails_blocked(self) -> bool:
        """Tell whether blocked tests count as failures."""
        return self.blocked is Blocked.FAIL


class _InvalidError(Exception):
    """A value that a parser does not take; says what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting: ``--phase-NAME`` and the ini key ``phase_NAME``.

    :ivar parse: from the text the user wrote.
    :raises _InvalidError: (``parse``) the text is not a value of this option.
    """

    name: str
    metavar: str
    help: str
    parse: Callable[[str], Any]

    @property
    def flag(self) -> str:
        """As on the command line."""
        return f"--phase-{self.name}"

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
        raise _InvalidError("a whole number from 1 on, or auto")
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
        raise _InvalidError("a number of seconds, 0 or more")
    return value


def _one_of(kind: type[enum.Enum]) -> Callable[[str], enum.Enum]:
    def parse(text: str) -> enum.Enum:
        try:
            return kind(text)
        except ValueError:
            raise _InvalidError(", ".join(each.value for each in kind)) from None

    return parse


def _seed(text: str) -> int:
    if text == "random":
        return random.SystemRandom().getrandbits(32)
    try:
        return int(text)
    except ValueError:
        raise _InvalidError("a whole number, or random") from None


def _switched(text: str) -> bool:
    if text not in ("on", "off"):
        raise _InvalidError("on, off")
    return text == "on"


OPTIONS = (
    Option(
        name="concurrency",
        metavar="N",
        help="How many tests run at once: a number, or auto for one per core "
        "(default: 4)",
        parse=_concurrency,
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
        "phase, or as soon as their own dependencies have passed (default: phase)",
        parse=_one_of(Schedule),
    ),
    Option(
        name="blocked",
        metavar="skip|fail",
        help="What becomes of a test whose dependency did not end as demanded: it is "
        "skipped, or an error in its setup (default: skip)",
        parse=_one_of(Blocked),
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

#: A list: in ini files only.
EXCLUSIVE = "phase_exclusive"
EXCLUSIVE_HELP = "Globs of node ids, and names of fixtures, of tests that run alone"

#: A list: in ini files only.
FIXTURE_RESOURCES = "phase_fixture_resources"
FIXTURE_RESOURCES_HELP = (
    "Fixtures that stand for resources, a line each: 'fixture = resource'; 'read' or a "
    "number of units may follow"
)

#: Another, in which an empty one says something else than none. Its entries are
#: checked by those who know dialects.
DIALECTS = "phase_dialects"
DIALECTS_HELP = (
    "Plugins whose marks are read, or none (default: all whose marks cannot be meant "
    "otherwise)"
)


def add_options(parser: pytest.Parser) -> None:
    """Register every option and its ini key."""
    group = parser.getgroup("phaserun", "dependent tests in concurrent phases")
    for option in OPTIONS:
        group.addoption(
            option.flag, dest=option.key, metavar=option.metavar, help=option.help
        )
        parser.addini(option.key, f"Default for {option.flag}", default=None)
    for switch in SWITCHES:
        group.addoption(
            switch.flag,
            dest=switch.key,
            action="store_true",
            default=None,
            help=switch.help,
        )
        parser.addini(switch.key, f"Default for {switch.flag}", "bool", default=None)
    group.addoption(
        EXPLAIN.flag, dest=EXPLAIN.key, metavar=EXPLAIN.metavar, help=EXPLAIN.help
    )
    parser.addini(EXCLUSIVE, EXCLUSIVE_HELP, "linelist", default=[])
    parser.addini(FIXTURE_RESOURCES, FIXTURE_RESOURCES_HELP, "linelist", default=[])
    parser.addini(DIALECTS, DIALECTS_HELP, "args", default=None)


def is_active(config: pytest.Config) -> bool:
    """Tell whether the user has asked for the plugin and has not switched it off."""
    if os.environ.get(ENVIRONMENT_SWITCH) == "0" or is_set(config, OFF):
        return False
    if PLUGIN_NAMES.intersection(config.option.plugins or ()):
        return True
    return (
        any(is_set(config, switch) for switch in SWITCHES)
        or config.getoption(EXPLAIN.key) is not None
        or bool(config.getini(EXCLUSIVE) or config.getini(FIXTURE_RESOURCES))
        or config.getini(DIALECTS) is not None
        or any(_given(config, option) is not None for option in OPTIONS)
    )


def is_set(config: pytest.Config, switch: Switch) -> bool:
    """Tell whether a switch is on, by the command line or the ini file."""
    return bool(config.getoption(switch.key) or config.getini(switch.key))


def read_settings(config: pytest.Config) -> Settings:
    """Return the validated settings.

    :raises pytest.UsageError: values are wrong; one line for each.
    """
    problems: list[str] = []
    found = dict(_parsed(config, problems))
    if problems:
        raise pytest.UsageError(*problems)
    settings = Settings(
        **found,
        strict=is_set(config, STRICT),
        interactive=is_set(config, INTERACTIVE),
        exclusive=tuple(config.getini(EXCLUSIVE) or ()),
        fixture_resources=tuple(config.getini(FIXTURE_RESOURCES) or ()),
        dialects=_read_dialects(config),
    )
    if "grace" not in found and 0 < settings.timeout < settings.grace:
        return replace(settings, grace=settings.timeout)
    return settings


def _read_dialects(config: pytest.Config) -> tuple[str, ...] | None:
    names = config.getini(DIALECTS)
    return None if names is None else tuple(names)


def _parsed(config: pytest.Config, problems: list[str]) -> Iterator[tuple[str, Any]]:
    for option in OPTIONS:
        given = _given(config, option)
        if given is None:
            continue
        text, source = given
        try:
            yield option.name, option.parse(text.strip())
        except _InvalidError as allowed:
            problems.append(f"{source}: {text!r} is not valid; allowed: {allowed}")


def _given(config: pytest.Config, option: Option) -> tuple[str, str] | None:
    """Return what the user wrote for an option, and where."""
    text = config.getoption(option.key)
    if text is not None:
        return str(text), option.flag
    try:
        text = config.getini(option.key)
    except (TypeError, pytest.UsageError) as error:
        # Out of the native TOML table of pytest 9; before 9.2 it is a TypeError.
        raise pytest.UsageError(f"{error}; put the value in quotes") from None
    if text is None or text == "":
        return None
    return str(text), f"{_place(config, option)}{option.key}"


def _place(config: pytest.Config, option: Option) -> str:
    overrides: Iterable[str] = config.getoption("override_ini") or ()
    if any(each.partition("=")[0] == option.key for each in overrides):
        return "-o "
    return f"{config.inipath.name}: " if config.inipath else ""
