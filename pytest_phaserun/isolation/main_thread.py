"""The main thread and the process: whose they are, and how to end them in order."""

from __future__ import annotations

import sys
import threading
from types import FrameType

import pytest
from _pytest.runner import SetupState


def is_command_line() -> bool:
    """Tell whether this process was started as ``pytest`` or ``python -m pytest``."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        # The entry point of both: `console_main`, in 9.2 with an underscore.
        if (
            frame.f_globals.get("__name__") == "_pytest.config"
            and frame.f_code.co_name.lstrip("_") == "console_main"
        ):
            return True
        frame = frame.f_back
    return False


def owns_process() -> bool:
    """Tell whether the process was started for the run that calls, and for no other.

    A run inside a test of another run has the same entry point in its stack.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    entered = []
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "_pytest.config":
            entered.append(frame.f_code.co_name.lstrip("_"))
        frame = frame.f_back
    # `main` and `console_main`, as above, from the inside out.
    return [name for name in entered if name.endswith("main")][:2] == [
        "main",
        "console_main",
    ]


def release_capture(config: pytest.Config) -> tuple[str, str]:
    """Give stdout and stderr back to the terminal, in the middle of a test.

    :returns: what was captured of either.
    """
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        return "", ""
    # Public names of an object without public access, the same in all versions.
    capture.suspend_fixture()
    capture.suspend_global_capture(in_=True)
    out, err = capture.read_global_capture()
    return out, err


def forget_setup(session: pytest.Session) -> None:
    """Leave everything up: nothing of a hung test can be taken down safely.

    The hooks of a test that runs again are let through from now on.
    """
    vars(session).pop("gethookproxy", None)
    # Replaced as by `setup_tree`; see there.
    session._setupstate = SetupState()


def unconfigure(config: pytest.Config) -> None:
    """Let every plugin clean up, as pytest does at its end."""
    # In all versions; `pytest_unconfigure` alone would leave the clean-ups out.
    config._ensure_unconfigure()
