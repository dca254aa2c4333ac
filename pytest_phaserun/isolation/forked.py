"""Make a process that was forked while pytest runs a pytest of its own.

What it shares with its parent by then is pytest's captured output, the terminal and the
directory for temporary files.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

#: The name that pytest-xdist would give to a worker, by which suites tell databases
#: and ports apart.
WORKER_NAME = "gw{}"


def detach(config: pytest.Config, name: str, outputs: dict[str, int]) -> None:
    """Let go of what is the parent's; in the child, before it runs anything.

    :param name: of the worker.
    :param outputs: files of the parent's, by stream; what is captured goes there, so
        that the parent can read it if the child is killed.
    """
    # Reports are written by the parent alone.
    terminal = config.pluginmanager.getplugin("terminalreporter")
    if terminal is not None:
        config.pluginmanager.unregister(terminal)
        config.pluginmanager.register(_Terminal(terminal), "terminalreporter")
    _restart_capture(config, outputs)
    _move_temporary_files(config, name)


class _Terminal:
    """Stands for the terminal that is the parent's: it is there, and hears no hooks.

    Before 9.2 pytest asks it for colours whenever an assertion has compared something,
    and fails if it is not there.
    """

    def __init__(self, terminal: object) -> None:
        self._terminal = terminal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._terminal, name)


def prepare(config: pytest.Config) -> None:
    """Make what children make only once; in the parent, before the first fork."""
    # See `_move_temporary_files`.
    factory: Any = getattr(config, "_tmp_path_factory", None)
    if factory is not None:
        factory.getbasetemp()


def _restart_capture(config: pytest.Config, outputs: dict[str, int]) -> None:
    """Capture into files of this process's own.

    The file that pytest captures into was opened before the fork, and what one process
    reads and truncates would be the others' as well.
    """
    manager: Any = config.pluginmanager.getplugin("capturemanager")
    if manager is None:
        return
    # `stop_global_capturing`, `start_global_capturing` and `_global_capturing`, in 8.4
    # to 9.2: there is no public way to capture anew. Without the attribute, what a
    # killed test has printed is lost.
    # What the parent has not read yet is the parent's; stopping would print it.
    manager.suspend_global_capture(in_=True)
    manager.read_global_capture()
    manager.stop_global_capturing()
    manager.start_global_capturing()
    capturing = getattr(manager, "_global_capturing", None)
    manager.suspend_global_capture(in_=True)
    for name, target in outputs.items():
        capture = getattr(capturing, {"stdout": "out", "stderr": "err"}[name], None)
        file = getattr(capture, "tmpfile", None)
        if hasattr(capture, "targetfd") and file is not None:
            os.dup2(target, file.fileno())


def _move_temporary_files(config: pytest.Config, name: str) -> None:
    """Give this process a directory of its own for temporary files, as xdist does.

    Directories are numbered by looking which ones are there.
    """
    # `_tmp_path_factory` and its `_basetemp`, in 8.4 to 9.2. Without the plugin there
    # is none; without the attribute, processes look for free numbers side by side.
    factory: Any = getattr(config, "_tmp_path_factory", None)
    if factory is not None:
        base = factory.getbasetemp() / f"popen-{name}"
        base.mkdir(exist_ok=True)
        factory._basetemp = base
