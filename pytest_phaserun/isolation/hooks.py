"""The hooks an item sees on a worker thread.

Reporting hooks are shipped to the main thread; implementations that assume one test at
a time are left out, since a router of this package does their work per test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from .current import HookCall, current_run, owning_run, reports_in
from .live_log import whole_lines
from .subtests import count_subtests

#: Called in the main thread, in the order of the calls, contiguous for each test.
SHIPPED = frozenset(
    {
        "pytest_runtest_logstart",
        "pytest_runtest_logreport",
        "pytest_runtest_logfinish",
        "pytest_exception_interact",
    }
)

#: Called by pytest's plugin of warnings; concurrent tests have their own way.
_WARNING = "pytest_warning_recorded"

_STAGES = ("pytest_runtest_setup", "pytest_runtest_call", "pytest_runtest_teardown")
_PROTOCOL = "pytest_runtest_protocol"

#: Plugins of pytest whose wrappers change the process for one test, by hook.
_REPLACED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        _STAGES,
        (
            "capturemanager",
            "logging-plugin",
            "threadexception",
            "unraisableexception",
        ),
    ),
    # That of `unittest` is for Twisted, whose tests run alone.
    _PROTOCOL: ("warnings", "assertion", "faulthandler", "unittest"),
}


class WorkerHooks:
    """A hook relay for one directory, as ``Node.ihook`` is, on worker threads.

    Callers are looked up once: conftest files do not change after collection.
    """

    def __init__(self, config: pytest.Config, relay: Any) -> None:
        self._manager = config.pluginmanager
        self._relay = relay

    def __getattr__(self, name: str) -> Callable[..., Any]:
        caller = self._make_caller(name)
        setattr(self, name, caller)
        return caller

    def _make_caller(self, name: str) -> Callable[..., Any]:
        if name in SHIPPED:
            return _ship(name)
        plugins = map(self._manager.getplugin, _REPLACED.get(name, ()))
        left_out = [plugin for plugin in plugins if plugin is not None]
        if left_out:
            # `remove_mods` of pytest's own relay (all versions): the conftest files
            # that do not apply here. Without it they would all apply.
            left_out.extend(getattr(self._relay, "remove_mods", ()))
            return self._manager.subset_hook_caller(name, left_out)
        caller: Callable[..., Any] = getattr(self._relay, name)
        return caller


def _ship(name: str) -> Callable[..., None]:
    def ship(**arguments: Any) -> None:
        run = current_run()
        if run is not None:
            run.shipped.append((name, arguments))

    return ship


@contextmanager
def routed_hooks(session: pytest.Session) -> Iterator[Callable[..., Any]]:
    """Give items on worker threads hooks of their own.

    ``Session.gethookproxy`` is where every ``ihook`` comes from, in all versions.

    :returns: the caller of ``pytest_runtest_protocol`` for worker threads.
    """
    original = session.gethookproxy
    relays: dict[Any, WorkerHooks] = {}

    def gethookproxy(fspath: Any) -> Any:
        if owning_run() is None:
            return original(fspath)
        relay = relays.get(fspath)
        if relay is None:
            relay = relays[fspath] = WorkerHooks(session.config, original(fspath))
        return relay

    session.gethookproxy = gethookproxy  # type: ignore[method-assign]
    try:
        yield WorkerHooks(session.config, session.config.hook)._make_caller(_PROTOCOL)
    finally:
        del session.gethookproxy


class ReportKeeper:
    """Keeps what the reporting hooks of items that run alone are called with.

    It calls none; in the main thread. Callers are looked up once: see ``WorkerHooks``.
    """

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._relays: dict[Any, _KeptHooks] = {}
        self._kept: list[HookCall] = []

    @contextmanager
    def keeping(self) -> Iterator[list[HookCall]]:
        """Keep the calls for one item.

        :returns: them, for ``replay``.
        """
        session, self._kept = self._session, []
        session.gethookproxy = self._find_relay  # type: ignore[method-assign]
        try:
            yield self._kept
        finally:
            del session.gethookproxy

    def keep(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Keep a call of a hook."""
        self._kept.append((name, arguments))

    def _find_relay(self, fspath: Any) -> Any:
        relay = self._relays.get(fspath)
        if relay is None:
            original = type(self._session).gethookproxy(self._session, fspath)
            relay = self._relays[fspath] = _KeptHooks(original, self)
        return relay


class _KeptHooks:
    """A hook relay, as ``Node.ihook`` is, that lets no reporting hook through."""

    def __init__(self, relay: Any, keeper: ReportKeeper) -> None:
        self._relay = relay
        self._keeper = keeper

    def __getattr__(self, name: str) -> Any:
        if name in SHIPPED or name == _WARNING:
            caller: Any = _KeptHook(name, self._keeper)
        else:
            caller = getattr(self._relay, name)
        setattr(self, name, caller)
        return caller


class _KeptHook:
    """Stands for the caller of one hook."""

    def __init__(self, name: str, keeper: ReportKeeper) -> None:
        self._name = name
        self._keeper = keeper

    def __call__(self, **arguments: Any) -> None:
        self._keeper.keep(self._name, arguments)

    def call_historic(self, kwargs: Mapping[str, Any]) -> None:
        self._keeper.keep(self._name, kwargs)


def replay(
    session: pytest.Session, item: pytest.Item, calls: Iterable[HookCall]
) -> None:
    """Call the reporting hooks of an item; in the main thread."""
    calls = list(calls)
    hooks = session.gethookproxy(item.path)
    count_subtests(session.config, item, reports_in(calls))
    with whole_lines(session.config):
        for name, arguments in calls:
            caller = getattr(hooks, name)
            if caller.is_historic():
                caller.call_historic(kwargs=arguments)
            else:
                caller(**arguments)
