"""Which test the running code works for.

``ItemRun`` is the private world of one test on a worker thread. It is found through a
context variable, so that tasks and ``asyncio.to_thread`` inherit it, and through an
attribute of the thread, so that threads of the test do; see ``threads``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context, ContextVar
from random import Random
from typing import Any, Protocol

import pytest

from .output import Output
from .warning_filters import Filters

#: The item that this context sets up, runs or tears down, on any thread.
_item: ContextVar[pytest.Item | None] = ContextVar("phaserun_item", default=None)
_run: ContextVar[ItemRun | None] = ContextVar("phaserun_run", default=None)

#: Where a thread remembers the run that it works for.
THREAD_ATTRIBUTE = "_phaserun_run"


#: A call of a reporting hook: its name and its arguments.
HookCall = tuple[str, Mapping[str, Any]]


class Clock(Protocol):
    """Measures the time of one test; stands still while it waits for another."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...


class Logs(Protocol):
    """The log handlers of one test; see ``logs``."""

    def start(self, when: str) -> None: ...

    def end(self, when: str) -> None: ...

    def handle(self, record: logging.LogRecord) -> None: ...


class Recording(Protocol):
    """The warnings of one test; see ``warnings_capture``."""

    @property
    def filters(self) -> Filters: ...

    def close(self) -> None: ...


class ItemRun:
    """Everything that is routed for one test while it runs beside others.

    Made and closed by the slot that runs the item, or closed by the watchdog that
    abandons it. The item's own thread and its children write here; once closed,
    what they still do no longer counts.

    :ivar closed: the item has ended; what its threads still write belongs to nobody.
    :ivar abandoned: it was given up while it ran; what it still does is dropped.
    :ivar slot: which of the places for tests it runs in.
    :ivar shipped: hook calls for the main thread.
    :ivar compare: the item's comparison explainer, made when first needed.
    :ivar capture_fixture: the ``capsys`` or kin that the item uses.
    :ivar clock: stopped while the item waits for another item's setup.
    :ivar signals: the handlers of signals that it has set; see ``own_signals``.
    :ivar stage: setup, call or teardown.
    :ivar log_settings: what it has set on loggers, by logger and name, after what was
        there before.
    :ivar log_stands: what stands for loggers that the item watches; see
        ``log_watches``.
    :ivar logs: the item's log handlers, made when first needed, as ``warnings`` are.
    :ivar unhandled: exceptions that nobody handled, since the last look.
    :ivar changes: what it has changed of the process, and its name if it has one.
    :ivar making: what it sets up or takes down now that others use too, the widest
        first: fixtures and collectors, each with whether it is taken down.
    :ivar has_failed: a stage of it has failed, in its last attempt if it has several.
    :ivar has_lost_loop: it was turned away from an event loop that another had blocked.
    :ivar own_markers: those of the item before the run, as ``user_properties`` are.
    :ivar randoms: its random generators, by the one of the process each stands for.
    :ivar lock: guards the making of what is made when first needed.
    """

    __slots__ = (
        "abandoned",
        "capture_fixture",
        "changes",
        "clock",
        "closed",
        "compare",
        "has_failed",
        "has_lost_loop",
        "item",
        "lock",
        "log_settings",
        "log_stands",
        "logs",
        "making",
        "output",
        "own_markers",
        "randoms",
        "shipped",
        "signals",
        "slot",
        "stage",
        "unhandled",
        "user_properties",
        "warnings",
    )

    def __init__(self, item: pytest.Item, slot: int = 0) -> None:
        self.item = item
        self.slot = slot
        self.clock: Clock | None = None
        self.closed = False
        self.abandoned = False
        self.has_failed = False
        self.has_lost_loop = False
        self.output = Output()
        self.shipped: list[HookCall] = []
        self.signals: dict[int, Any] = {}
        self.compare: Callable[[str, object, object], str | None] | None = None
        self.capture_fixture: pytest.CaptureFixture[Any] | None = None
        self.stage = "setup"
        self.lock = threading.RLock()
        self.logs: Logs | None = None
        self.log_settings: dict[tuple[logging.Logger, str], tuple[Any, Any]] = {}
        self.log_stands: tuple[Any, ...] = ()
        self.warnings: Recording | None = None
        self.unhandled: list[tuple[Any, Any]] = []
        self.randoms: dict[int, Random] = {}
        self.making: tuple[tuple[Any, bool], ...] = ()
        self.changes: dict[Hashable, str | None] = {}
        self.own_markers = tuple(item.own_markers)
        self.user_properties = tuple(item.user_properties)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<ItemRun {self.item.nodeid}, {state}>"

    @property
    def reports(self) -> list[pytest.TestReport]:
        """The reports so far, in their order."""
        return reports_in(self.shipped)


@contextmanager
def making_shared(thing: object, *, is_taken_down: bool = False) -> Iterator[None]:
    """What the calling test does now is done for others as well.

    :param thing: the fixture or collector that it sets up or takes down.
    """
    run = current_run()
    if run is None:
        yield
        return
    # Replaced, not changed: the watchdog may look at any time.
    run.making += ((thing, is_taken_down),)
    try:
        yield
    finally:
        run.making = run.making[:-1]


def reports_in(calls: Iterable[HookCall]) -> list[pytest.TestReport]:
    """Return the reports among the calls of reporting hooks."""
    return [
        arguments["report"]
        for name, arguments in calls
        if name == "pytest_runtest_logreport"
    ]


def current_item() -> pytest.Item | None:
    """Return the item that the calling context works for."""
    return _item.get()


def set_current_item(item: pytest.Item) -> None:
    """Make ``item`` the current one of this context."""
    _item.set(item)


def owning_run() -> ItemRun | None:
    """Return the run that the calling code belongs to, open or closed."""
    run = _run.get()
    if run is None:
        run = getattr(threading.current_thread(), THREAD_ATTRIBUTE, None)
    return run


def run_in(context: Context) -> ItemRun | None:
    """Return the run that a context belongs to, open or closed."""
    return context.get(_run)


def current_run() -> ItemRun | None:
    """Return the open run that the calling code belongs to, ``None`` outside any."""
    run = owning_run()
    return None if run is None or run.closed else run


def enter_run(run: ItemRun) -> None:
    """Make ``run`` the current one of this context."""
    work_for(run.item, run)


def work_for(item: pytest.Item | None, run: ItemRun | None) -> None:
    """Let this context work for an item, whose run is ``None`` if it runs alone."""
    _item.set(item)
    _run.set(run)


@contextmanager
def working_for(run: ItemRun | None) -> Iterator[None]:
    """Let this thread work for another run, and for its own again afterwards.

    :param run: ``None`` for no run.
    """
    thread = threading.current_thread()
    before = getattr(thread, THREAD_ATTRIBUTE, None)
    setattr(thread, THREAD_ATTRIBUTE, run)
    token = _run.set(run)
    try:
        yield
    finally:
        _run.reset(token)
        setattr(thread, THREAD_ATTRIBUTE, before)
