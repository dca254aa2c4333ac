"""Says whether a view of what runs is shown while a run goes on."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from .options import Live
from .record import RunRecord
from .settings import Settings


def watch(
    config: pytest.Config, settings: Settings, record: RunRecord, *, forks: bool
) -> AbstractContextManager[None]:
    """Show a run on the terminal while it goes on, if that is wanted and possible.

    :param forks: the driver forks this process and runs no test in it.
    """
    terminal = config.pluginmanager.getplugin("terminalreporter")
    if terminal is None or not is_shown(config, settings, terminal):
        return nullcontext()
    # Imported only where somebody looks.
    from .live_view import show

    return show(config, settings, record, terminal, forks)


def is_shown(config: pytest.Config, settings: Settings, terminal: Any) -> bool:
    """Tell whether there is a view."""
    if settings.live is Live.OFF or not terminal.isatty:
        return False
    # Tests write to the terminal themselves.
    if config.getoption("capture", default="no") in ("no", "tee-sys"):
        return False
    if os.environ.get("TERM") == "dumb":
        return False
    if settings.live is Live.ON:
        return True
    return (
        config.get_verbosity() >= 0
        # As pytest knows CI.
        and not any(os.environ.get(name) for name in ("CI", "BUILD_NUMBER"))
        # Another reporter may have a view of its own.
        and type(terminal) is pytest.TerminalReporter
        # Its terminals come in too many kinds.
        and os.name != "nt"
    )
