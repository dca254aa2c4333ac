"""From the marks on tests to the fields of tasks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import own, timeout

#: Marks of other plugins, with the names that these register themselves under.
BORROWED = ((timeout.MARKER, timeout.PLUGIN),)


def find_markers(config: pytest.Config) -> Iterator[str]:
    """Yield the lines for ``pytest --markers``, but for marks that others register."""
    yield from own.MARKERS
    for marker, names in BORROWED:
        if not any(map(config.pluginmanager.hasplugin, names)):
            yield marker
