"""The drivers that the scenarios run on, two tests at once on each."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

FORKED = "process"
HUB = "hub"

#: Options that choose a driver; ``{hub}`` stands for the address of a server.
DRIVERS = {
    "threads": ("--phase-concurrency=2",),
    FORKED: ("--phase-executor=process", "--phase-concurrency=2"),
    "xdist": ("-p", "xdist", "-n", "2"),
    HUB: (
        *("-p", "xdist", "-d", "--px", "id=hub//socket={hub}"),
        *("--tx", "2*popen//via=hub"),
    ),
}


def why_not(driver: str) -> str | None:
    """Return why a driver cannot be used here."""
    if driver == FORKED and not sys.platform.startswith("linux"):
        return "processes are forked on Linux alone"
    if driver in ("xdist", HUB) and find_spec("xdist") is None:
        return "pytest-xdist is not installed"
    return None


@contextmanager
def options_of(
    driver: str, folder: Path, environment: Mapping[str, str]
) -> Iterator[list[str]]:
    """Give the options that choose a driver; serve its hub meanwhile.

    :param folder: from which it is run.
    """
    if driver != HUB:
        yield [*DRIVERS[driver]]
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = "127.0.0.1:{1}".format(*probe.getsockname())
    command = [sys.executable, "-um", "execnet.script.socketserver", address]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        # What it says first it says once it can be reached.
        assert "Entering Accept loop" in server.stdout.readline()
        try:
            yield [option.format(hub=address) for option in DRIVERS[driver]]
        finally:
            server.kill()
