"""Where and how the examples are run whose pictures are taken."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: What would change what a run shows.
UNWANTED = (
    *("CI", "COLUMNS", "GITHUB_ACTIONS", "LINES", "PHASERUN", "PYTEST_ADDOPTS"),
    *("FORCE_COLOR", "NO_COLOR", "PY_COLORS", "PYTEST_PLUGINS"),
)


@contextmanager
def copy_example(name: str) -> Iterator[Path]:
    """Give a copy of an example, for runs that leave something behind."""
    leftovers = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / name
        shutil.copytree(ROOT / "docs" / "examples" / name, copy, ignore=leftovers)
        yield copy


def make_command(shown: str) -> list[str]:
    """Return what is run for a command that begins with ``python``."""
    return [sys.executable, *shown.split()[1:]]


def make_environment(**more: str) -> dict[str, str]:
    """Return an environment in which no other plugin adds to what is shown."""
    kept = {name: text for name, text in os.environ.items() if name not in UNWANTED}
    fixed = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1"}
    return {**kept, **fixed, "TERM": "xterm-256color", **more}
