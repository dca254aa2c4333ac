"""The marks that pytest is told of, whether the plugin is used or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import timeout

#: The lines that ``pytest --markers`` shows.
MARKERS = (
    "task(id, *, timeout=None): give the test an id that others can depend on, "
    "and a time limit of its own in seconds.",
    "depends_on(*ids, when='passed', require='all'): run the test only after the tests "
    "with these ids or names have passed, and skip it if one of them did not; "
    "when='finished' asks for the order alone, when='failed' for their failure, "
    "require='any' for one of them.",
    "resource(name, mode='write', units=1): hold a resource from setup to the end of "
    "teardown; mode='read' shares it with others that read.",
    "exclusive: run the test while no other test runs.",
    "thread_unsafe(reason=None): the same as exclusive, as in pytest-run-parallel.",
)

#: Marks of other plugins, with the names that these register themselves under.
BORROWED = ((timeout.MARKER, timeout.PLUGIN),)


def find_markers(config: pytest.Config) -> Iterator[str]:
    """Yield the lines for ``pytest --markers``, but for marks that others register."""
    yield from MARKERS
    for marker, names in BORROWED:
        if not any(map(config.pluginmanager.hasplugin, names)):
            yield marker
