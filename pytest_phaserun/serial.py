"""Which options of pytest need one test at a time.

Where one of them is in force, the run is a serial one.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def find_serial_reasons(
    config: pytest.Config, *, has_processes: bool = False
) -> list[str]:
    """Return the options in force that need one test at a time.

    :param has_processes: tests are to run in other processes, which do not reach the
        terminal.
    """
    reasons = [flag for flag, is_given in _serial_options(config) if is_given]
    if has_processes and (flag := _find_uncaptured(config)):
        reasons.append(f"{flag} with processes")
    return reasons


def _find_uncaptured(config: pytest.Config) -> str:
    """Return the option by which nothing is captured, if there is one."""
    # Without pytest's plugin for it there is no such option.
    method = config.getoption("capture", default=None)
    return {"no": "-s", None: "-p no:capture"}.get(method, "")


def _serial_options(config: pytest.Config) -> Iterable[tuple[str, bool]]:
    def given(name: str) -> bool:
        return bool(config.getoption(name, default=False))

    uncaptured = _find_uncaptured(config)
    return (
        ("--pdb", given("usepdb")),
        ("--trace", given("trace")),
        # Each of these three sets the next one too.
        ("--setup-plan", given("setupplan")),
        ("--setup-only", given("setuponly") and not given("setupplan")),
        ("--setup-show", given("setupshow") and not given("setuponly")),
        ("--stepwise", given("stepwise")),
        (f"{uncaptured} with a live log", bool(uncaptured) and _has_live_log(config)),
    )


def _has_live_log(config: pytest.Config) -> bool:
    return bool(config.getoption("log_cli_level", default=None)) or bool(
        config.getini("log_cli")
    )
