"""Where the system has Chromium."""

from __future__ import annotations

import shutil
import sys

#: Names under which systems have it.
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str:
    """Return its path.

    :raises SystemExit: there is none; says how to install it.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        sys.exit("no Chromium found; install it, as by: apt-get install chromium")
    return path
