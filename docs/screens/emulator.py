"""A command in a pseudo-terminal, and the emulated terminal that shows its output."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyte

#: Seconds of silence after which a command is taken for a hung one.
PATIENCE = 60


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    columns: int,
    rows: int,
    *,
    until: re.Pattern[str] | None = None,
) -> Any:
    """Run a command in a terminal; return the screen, one of pyte.

    :param until: the command is ended when its rows show this; else it runs to its end.
    :raises RuntimeError: the command hung, or has never shown what was waited for.
    """
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    try:
        for data in _read(ours):
            stream.feed(data)
            if until is not None and until.search("\n".join(_strip(screen))):
                return screen
    finally:
        process.terminate()
        # First, since it could wait for somebody to read what it writes.
        os.close(ours)
        process.wait()
    if until is not None:
        raise RuntimeError(f"never shown: {until.pattern}")
    return screen


def _strip(screen: Any) -> list[str]:
    return [row.rstrip() for row in screen.display]


def _read(terminal: int) -> Iterator[bytes]:
    """Yield what is written to a terminal until nobody has it open any more."""
    while select.select([terminal], [], [], PATIENCE)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # how Linux tells the end
            return
        if not data:
            return
        yield data
    raise RuntimeError(f"nothing was written for {PATIENCE} s")
