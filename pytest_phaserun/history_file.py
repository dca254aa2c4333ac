"""A file that keeps how long tests take; see ``docs/reference/history.md``.

The same times make the same text, a line for each test, so that it can be committed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from .history import STAGES, History, are_times, read_history

#: Goes up when readers of the version before would go wrong.
VERSION = 1


class HistoryFileError(ValueError):
    """A file is not one that was written here; says so in one line."""


def read(path: Path) -> History:
    """Return what a file keeps; nothing if there is none.

    :raises HistoryFileError: it keeps something else, or cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return History()
    except OSError as error:
        raise HistoryFileError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise HistoryFileError("is not UTF-8") from None
    try:
        content = json.loads(text)
    except ValueError as error:
        raise HistoryFileError(f"is not JSON: {error}") from None
    return read_history(_check(content))


def _check(content: object) -> dict[str, object]:
    if not isinstance(content, dict) or "version" not in content:
        raise HistoryFileError("holds no durations of tests")
    if content["version"] != VERSION:
        version = content["version"]
        raise HistoryFileError(f"has the version {version!r}, known is {VERSION}")
    tests = content.get("tests")
    if not isinstance(tests, dict):
        raise HistoryFileError("has no object 'tests'")
    for name, times in tests.items():
        if not are_times(times):
            stages = ", ".join(STAGES)
            raise HistoryFileError(f"has no seconds of {stages} for {name!r}")
    return tests


def write(path: Path, history: History) -> None:
    """Write a file anew; whoever reads it meanwhile finds the old one.

    :raises OSError: it cannot be written.
    """
    lines = [
        f"    {json.dumps(name)}: {json.dumps(times)}"
        for name, times in sorted(history.dump().items())
    ]
    body = ",\n".join(lines)
    text = f'{{\n  "version": {VERSION},\n  "tests": {{\n{body}\n  }}\n}}\n'
    # A link is kept, and what it leads to is replaced.
    target = path.resolve()
    new = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
