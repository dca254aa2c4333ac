"""Fixtures that stand for resources: who uses one holds the resource.

A line of ``phase_fixture_resources`` is ``fixture = resource``; after the name of the
resource may stand ``read``, or how many of its units are taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from ...options import FIXTURE_RESOURCES
from ..declared import NOTHING, Declaration, Use


def parse_lines(lines: Iterable[str]) -> dict[str, Use]:
    """Return the resource of each fixture.

    :raises pytest.UsageError: lines are wrong; one line for each.
    """
    found, problems = {}, []
    for line in lines:
        fixture, _, rest = (part.strip() for part in line.partition("="))
        resource, *how = rest.split()[:3] or [""]
        use = _parse_use(resource, how)
        if not fixture or not resource or use is None:
            problems.append(
                f"{FIXTURE_RESOURCES.key}: {line!r} is not valid; write 'fixture = "
                "resource', 'fixture = resource read' or 'fixture = resource 2'"
            )
        else:
            found[fixture] = use
    if problems:
        raise pytest.UsageError(*problems)
    return found


def _parse_use(resource: str, how: list[str]) -> Use | None:
    if not how:
        return Use(resource=resource)
    if how == ["read"]:
        return Use(resource=resource, is_shared=True)
    if len(how) == 1 and how[0].isdecimal() and int(how[0]) > 0:
        return Use(resource=resource, units=int(how[0]))
    return None


class FixtureResources:
    """Knows which resources a test holds because of the fixtures it uses."""

    def __init__(self, resources: Mapping[str, Use]) -> None:
        self._resources = resources

    def __call__(self, item: pytest.Item, problems: list[str]) -> Declaration:
        names = getattr(item, "fixturenames", ())
        uses = [self._resources[name] for name in names if name in self._resources]
        if not uses:
            return NOTHING
        # Of two fixtures for one resource, the one that needs more of it stands.
        uses.sort(key=lambda use: 0 if use.is_shared else use.units)
        return Declaration(uses=tuple({use.resource: use for use in uses}.values()))
