"""What the user has asked for, on the command line or in the configuration.

Validates; knows nothing of tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from .model import Schedule
from .options import (
    DIALECTS,
    EXCLUSIVE,
    EXPLAIN,
    FIXTURE_RESOURCES,
    INTERACTIVE,
    LISTS,
    OFF,
    OPTIONS,
    PLAN,
    STRICT,
    SWITCHES,
    Affinity,
    BlockedOutcome,
    Deselected,
    Executor,
    Live,
    LostState,
    Missing,
    Option,
    Switch,
)
from .parsers import InvalidError

#: Set to 0 to switch the plugin off whatever the options say.
ENVIRONMENT_SWITCH = "PHASERUN"

#: Names under which ``-p`` asks for the plugin.
PLUGIN_NAMES = frozenset({"phaserun", "pytest_phaserun", "pytest_phaserun.plugin"})

#: Where the controller puts what this plugin needs, among the input of a worker of
#: pytest-xdist.
WORKER_KEY = "phaserun"

DEFAULT_GRACE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user has asked for.

    :ivar concurrency: how many tests may run at once.
    :ivar executor: where tests run.
    :ivar affinity: whether connected tests share a process.
    :ivar lost_state: what becomes of tests that depend on others whose process is gone.
    :ivar timeout: seconds for each test; 0 for no limit.
    :ivar grace: seconds between telling a test to stop and giving it up.
    :ivar slow: seconds after which a notice tells of a test that runs; 0 for never,
        ``None`` for a third of the test's limit.
    :ivar deadline: seconds for the whole run; 0 for no limit.
    :ivar blocked: what becomes of tests that are blocked.
    :ivar deselected: what becomes of tests that depend on others not selected.
    :ivar missing: what becomes of tests that depend on others not known.
    :ivar shuffle: seed of a random order; ``None`` for the order of collection.
    :ivar shard: which part of how many runs; ``None`` for the whole suite.
    :ivar confirm: a failure beside others is confirmed by a second run.
    :ivar detect: tests that change the whole process are looked for.
    :ivar report: where to write a page for a browser.
    :ivar events: where to write what happens.
    :ivar trace: where to write a trace.
    :ivar graph: where to draw the tests.
    :ivar plan_json: where to write the plan, instead of a run.
    :ivar history: keeps how long tests take; ``None`` for pytest's cache.
    :ivar resume: events of an earlier run, of which what went well is left out.
    :ivar live: whether the terminal shows what runs.
    :ivar strict: what went wrong only beside others counts as a failure.
    :ivar interactive: a key on the terminal asks what runs.
    :ivar exclusive: globs of node ids, and fixtures, of tests that run alone.
    :ivar fixture_resources: lines that say which fixtures stand for resources.
    :ivar dialects: of which plugins the marks are read; ``None`` for all that cannot be
        meant otherwise.
    """

    concurrency: int = 4
    executor: Executor = Executor.THREADS
    affinity: Affinity = Affinity.GROUP
    lost_state: LostState = LostState.REPLAY
    timeout: float = 300.0
    grace: float = DEFAULT_GRACE
    slow: float | None = None
    deadline: float = 0.0
    schedule: Schedule = Schedule.PHASE
    blocked: BlockedOutcome = BlockedOutcome.SKIP
    deselected: Deselected = Deselected.RUN
    missing: Missing = Missing.ERROR
    shuffle: int | None = None
    shard: tuple[int, int] | None = None
    confirm: bool = True
    detect: bool = True
    report: Path | None = None
    events: Path | None = None
    trace: Path | None = None
    graph: Path | None = None
    plan_json: Path | None = None
    history: Path | None = None
    resume: Path | None = None
    live: Live = Live.AUTO
    strict: bool = False
    interactive: bool = False
    exclusive: tuple[str, ...] = ()
    fixture_resources: tuple[str, ...] = ()
    dialects: tuple[str, ...] | None = None

    @property
    def leaves_files(self) -> bool:
        """Tell whether files are to be written of the run."""
        return any((self.report, self.events, self.trace, self.graph))

    @property
    def has_processes(self) -> bool:
        """Tell whether tests are to run in processes of their own."""
        return self.executor is not Executor.THREADS

    @property
    def fails_blocked(self) -> bool:
        """Tell whether blocked tests count as failures."""
        return self.blocked is BlockedOutcome.FAIL


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
    for each in LISTS:
        parser.addini(each.key, each.help, each.type, default=each.default)


def is_active(config: pytest.Config) -> bool:
    """Tell whether the user has asked for the plugin and has not switched it off.

    A worker of pytest-xdist does as its controller does.
    """
    worker_input = getattr(config, "workerinput", None)
    if worker_input is not None:
        return WORKER_KEY in worker_input
    if os.environ.get(ENVIRONMENT_SWITCH) == "0" or is_set(config, OFF):
        return False
    if PLUGIN_NAMES.intersection(config.option.plugins or ()):
        return True
    return (
        any(is_set(config, switch) for switch in SWITCHES)
        or config.getoption(EXPLAIN.key) is not None
        or any(config.getini(each.key) not in (None, each.default) for each in LISTS)
        or any(_given(config, option) is not None for option in OPTIONS)
    )


def is_set(config: pytest.Config, switch: Switch) -> bool:
    """Tell whether a switch is on, by the command line or the ini file."""
    return bool(config.getoption(switch.key) or config.getini(switch.key))


def is_question(config: pytest.Config, settings: Settings) -> bool:
    """Tell whether it is asked what would be run, and nothing is to run."""
    is_planned = is_set(config, PLAN) or settings.plan_json is not None
    return is_planned or config.getoption(EXPLAIN.key) is not None


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
        exclusive=tuple(config.getini(EXCLUSIVE.key) or ()),
        fixture_resources=tuple(config.getini(FIXTURE_RESOURCES.key) or ()),
        dialects=_read_dialects(config),
    )
    if "grace" not in found and 0 < settings.timeout < settings.grace:
        return replace(settings, grace=settings.timeout)
    return settings


def _read_dialects(config: pytest.Config) -> tuple[str, ...] | None:
    names = config.getini(DIALECTS.key)
    return None if names is None else tuple(names)


def _parsed(config: pytest.Config, problems: list[str]) -> Iterator[tuple[str, Any]]:
    for option in OPTIONS:
        given = _given(config, option)
        if given is None:
            continue
        text, source = given
        try:
            yield option.name, option.parse(text.strip())
        except InvalidError as allowed:
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


def find_notice_limit(config: pytest.Config, settings: Settings) -> float | None:
    """Return what is set for all tests; a quiet run (``-qq``) has no notices."""
    return settings.slow if config.get_verbosity() > -2 else 0.0
