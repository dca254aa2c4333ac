"""Attempts of pytest-rerunfailures beside other tests.

That plugin runs an item again inside its own ``pytest_runtest_protocol``, which works
on any thread. Here stands what it does to things that are not the item's alone, and
what it means to do with an error. Its private names are those of 13 to 16; each is
looked for where it is used, and what happens without it stands there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

# Private, the same in 8.4 to 9.2: see `probe`.
from _pytest.outcomes import TEST_OUTCOME

from .current import current_run
from .guarding import stage_guard
from .other_plugins import find_active

_MODULE = "pytest_rerunfailures"

#: What it takes out of the terminal's counts: the subtests of a failed attempt.
_FORGET_SUBTESTS = "_remove_failed_subtest_reports_from_stats"

#: Of the outcomes that pytest raises, those that are no failure.
_NO_FAILURES = (pytest.skip.Exception, pytest.xfail.Exception, pytest.exit.Exception)


def find_plugin(config: pytest.Config) -> Any:
    """Return the other plugin; ``None`` if it is not active."""
    return find_active(config, _MODULE)


def find_server() -> int | None:
    """Return the thread of the server that is for workers of pytest-xdist, if it waits.

    The plugin starts it where that plugin is loaded, whether it is used or not. A
    thread that waits for a connection holds no lock.
    """
    for thread, frame in sys._current_frames().items():
        caller: Any = frame
        # The innermost one is in `socket`.
        while caller is not None and caller.f_globals.get("__name__") == "socket":
            caller = caller.f_back
        if caller is not None and caller.f_globals.get("__name__") == _MODULE:
            return thread if caller.f_code.co_name == "run_server" else None
    return None


def may_run_again(item: Any, error: BaseException) -> bool:
    """Tell whether an item that fails with this error in its setup has another attempt.

    A condition that has to be evaluated counts as true.
    """
    plugin = find_plugin(item.config)
    # Set by the other plugin where it runs an item, one more in every attempt.
    attempt = getattr(item, "execution_count", 0)
    is_failure = isinstance(error, TEST_OUTCOME) and not isinstance(error, _NO_FAILURES)
    if plugin is None or not attempt or not is_failure:
        return False
    marker = item.get_closest_marker("flaky")
    condition = marker.kwargs.get("condition", True) if marker else True
    if not condition or attempt > (_ask(plugin, "get_reruns_count", item) or 0):
        return False
    report, raised = SimpleNamespace(outcome="failed"), SimpleNamespace(value=error)
    return not _ask(plugin, "_should_hard_fail_on_error", item, report, raised)


def _ask(plugin: Any, name: str, *arguments: Any) -> Any:
    """Call a function of the other plugin; ``None`` where it is called otherwise."""
    function = getattr(plugin, name, None)
    return None if function is None else function(*arguments)


def let_no_more_attempts(item: Any) -> None:
    """Let the attempt that runs be the last one; call after its reports are made.

    ``_terminal_errors``, by stage, keeps an item from another attempt. Without it there
    are as many as there would be anyway.
    """
    errors = getattr(item, "_terminal_errors", None)
    if errors is not None:
        errors["phaserun"] = True


def forget_attempts(item: Any) -> None:
    """Let an item be as if it had not been run yet."""
    vars(item).pop("execution_count", None)


def find_single_protocol(config: pytest.Config) -> Callable[..., Any]:
    """Return the caller of the protocol hook for one attempt and no more."""
    plugin = find_plugin(config)
    if plugin is None:
        return config.hook.pytest_runtest_protocol
    name = "pytest_runtest_protocol"
    return config.pluginmanager.subset_hook_caller(name, [plugin])


@contextmanager
def routed_reruns(config: pytest.Config) -> Iterator[None]:
    """Let attempts run beside others, and their delays be cut short, for a whole run.

    Names that the plugin does not have are left alone.
    """
    plugin = find_plugin(config)
    if plugin is None:
        yield
        return
    forget = getattr(plugin, _FORGET_SUBTESTS, None)
    replaced: dict[str, Any] = {
        "time": SimpleNamespace(**{**vars(time), "sleep": _sleep})
    }
    if forget is not None:
        reports = _SupersededSubtests(config, forget)
        replaced[_FORGET_SUBTESTS] = reports.forget
        config.pluginmanager.register(reports)
    original = {name: vars(plugin)[name] for name in replaced if name in vars(plugin)}
    vars(plugin).update((name, replaced[name]) for name in original)
    try:
        yield
    finally:
        vars(plugin).update(original)


def _sleep(seconds: float) -> None:
    """Stand for ``time.sleep`` between two attempts."""
    guard = stage_guard.get()
    if guard is None:
        time.sleep(seconds)
    else:
        guard.rest(seconds)


class _SupersededSubtests:
    """Takes the subtests of failed attempts out of the counts, in the main thread.

    The plugin does so at once, where the attempt ran; beside others its reports are
    not there yet.
    """

    def __init__(self, config: pytest.Config, forget: Callable[..., None]) -> None:
        self._config = config
        self._forget = forget

    def forget(self, *arguments: Any) -> None:
        """Stand for the function of the plugin; from any thread."""
        if current_run() is None:
            self._forget(*arguments)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.outcome == "rerun":
            session = self._config.pluginmanager.getplugin("session")
            self._forget(self._config, session, report.nodeid)
