"""Runs in a process of their own that a test can talk to while they go on."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import textwrap
import threading
from collections.abc import Mapping

import pytest

#: Seconds after which a run is taken for a hung one.
PATIENCE = 40

#: What inner tests import: ``ready`` tells the outer test that they have come so far,
#: ``wait`` waits for its word. No other way leads past pytest's capture.
TALK = """
    import os

    READY, WORD = {fds}

    def ready(mark="."):
        os.write(READY, mark.encode())

    def wait():
        os.read(WORD, 1)
"""


class LiveRun:
    """One run with phases; its tests have ``ready`` and ``wait`` of ``TALK``."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self._heard, self._ready = os.pipe()
        self._word, self._say = os.pipe()
        self._process: subprocess.Popen[str] | None = None

    def write(self, suite: str) -> None:
        """Write the suite, after what it imports."""
        talk = TALK.format(fds=(self._ready, self._word))
        imports = "import time\nimport threading\nimport pytest\n"
        self._pytester.makepyfile(
            talk=textwrap.dedent(talk),
            test_it=f"{imports}from talk import ready, wait\n{textwrap.dedent(suite)}",
        )

    def start(self, suite: str, *arguments: str, **options: object) -> None:
        """Start the run of a suite."""
        self.write(suite)
        command = [sys.executable, "-m", "pytest", "--disable-plugin-autoload"]
        self.launch([*command, "-p", "phaserun", *arguments], **options)

    def launch(self, command: list[str], **options: object) -> None:
        """Start a command that can talk."""
        settings: Mapping[str, object] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            **options,
        }
        self._process = subprocess.Popen(  # type: ignore[call-overload]
            command,
            cwd=self._pytester.path,
            pass_fds=(self._ready, self._word),
            text=True,
            **settings,
        )

    @property
    def process(self) -> subprocess.Popen[str]:
        """The process of the run."""
        assert self._process is not None
        return self._process

    def wait_ready(self, marks: str = ".") -> None:
        """Wait until inner tests have called ``ready`` so often, in any order."""
        heard = ""
        while len(heard) < len(marks):
            found, _, _ = select.select([self._heard], [], [], PATIENCE)
            assert found, f"the run has said {heard!r} and no more"
            heard += os.read(self._heard, 1).decode()
        assert sorted(heard) == sorted(marks)

    def say(self) -> None:
        """Let one inner test go on that waits."""
        os.write(self._say, b".")

    def read_until(self, text: str) -> str:
        """Read lines of the output to the one with ``text``."""
        assert self.process.stdout is not None
        lines = []
        killer = threading.Timer(PATIENCE, self.process.kill)
        killer.start()
        try:
            for line in self.process.stdout:
                lines.append(line)
                if text in line:
                    return "".join(lines)
        finally:
            killer.cancel()
        raise AssertionError(f"no {text!r} in {''.join(lines)}")

    def finish(self, words: str | None = None) -> str:
        """Wait for the end of the run; return what else it has written."""
        output, _ = self.process.communicate(words, timeout=PATIENCE)
        # What a failing test will show.
        print(output)
        return output

    @property
    def code(self) -> int | None:
        """The exit code."""
        return self.process.returncode

    def close(self) -> None:
        """End the run if it still runs."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        for pipe in (self._heard, self._ready, self._word, self._say):
            os.close(pipe)
