"""Which tests the configuration makes run alone.

An entry of ``phase_exclusive`` is the node id of a test, class, file or folder, a glob
of node ids, or the name of a fixture.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

import pytest


def find_entry(item: pytest.Item, entries: Iterable[str]) -> str | None:
    """Return the first entry that means a test, ``None`` if none does."""
    fixtures = getattr(item, "fixturenames", ())
    for entry in entries:
        if entry in fixtures or _is_node(item.nodeid, entry):
            return entry
    return None


def _is_node(nodeid: str, entry: str) -> bool:
    # Parameters in brackets are no glob where the whole id is given.
    if nodeid == entry or fnmatchcase(nodeid, entry):
        return True
    return nodeid.startswith((f"{entry}::", f"{entry.rstrip('/')}/", f"{entry}["))
