"""Which tests the configuration makes run alone.

An entry of ``phase_exclusive`` is the node id of a test, class, file or folder, a glob
of node ids, or the name of a fixture or mark.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from .node_globs import is_meant


def find_entry(item: pytest.Item, entries: Sequence[str]) -> str | None:
    """Return the first entry that means a test, ``None`` if none does."""
    if not entries:
        return None
    names = {*getattr(item, "fixturenames", ()), *(m.name for m in item.iter_markers())}
    for entry in entries:
        if entry in names or is_meant(item.nodeid, entry):
            return entry
    return None
