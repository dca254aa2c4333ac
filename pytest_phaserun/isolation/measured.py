"""What coverage.py measures in forked processes, brought together.

The end of such a process runs no exit handlers, so that nothing is saved by itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Seconds between two saves while tests run, so that a process that is killed later on
#: takes little with it.
INTERVAL = 1.0


class Measurements:
    """Made in the parent, before the first fork; children ``start`` and ``save``.

    Where data files get a name for each process, as with pytest-cov, coverage.py itself
    brings them together. Otherwise children write to files of their own, which
    ``merge`` adds to what the parent has measured.
    """

    def __init__(self) -> None:
        module = sys.modules.get("coverage")
        self._module: Any = module
        self._coverage: Any = None if module is None else module.Coverage.current()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if self._coverage is not None and self._names_by_process() is False:
            self._folder = tempfile.TemporaryDirectory(prefix="phaserun-coverage-")
        self._saved_at = 0.0

    def start(self) -> None:
        """Begin to measure in a child."""
        self._saved_at = time.monotonic()
        if self._folder is not None:
            # A process that finds itself forked chooses the name of its file anew.
            path = Path(self._folder.name, str(os.getpid()))
            self._coverage._data._basename = str(path)

    def save_sometimes(self) -> None:
        """Save if the last time is long ago; in a child, between tests."""
        if self._coverage is not None and time.monotonic() - self._saved_at >= INTERVAL:
            self.save()

    def save(self) -> None:
        """Save what a child has measured so far."""
        if self._coverage is not None:
            with suppress(self._module.CoverageException):
                self._coverage.save()
        self._saved_at = time.monotonic()

    def merge(self) -> None:
        """Take over what children have saved; in the parent, once they have ended."""
        if self._folder is None:
            return
        for path in sorted(Path(self._folder.name).iterdir()):
            data = self._module.CoverageData(basename=str(path))
            # One that was killed while it wrote has left nothing that can be read.
            with suppress(self._module.CoverageException):
                data.read()
                self._coverage.get_data().update(data)
        self._folder.cleanup()

    def _names_by_process(self) -> bool | None:
        """Tell whether each process has a data file of its own; ``None`` if unknown.

        `_data` of `Coverage`, and `_basename` and `_suffix` of `CoverageData`, in 5.0
        to 7.13. Without them, what children measure is lost.
        """
        data: Any = getattr(self._coverage, "_data", None)
        if not hasattr(data, "_basename") or not hasattr(data, "_suffix"):
            return None
        return bool(data._suffix)
