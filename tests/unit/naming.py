"""What names mean in suites that were never written."""

from __future__ import annotations

import pytest
from nodes import Suite

from pytest_phaserun.markers.declared import Declaration, Reference
from pytest_phaserun.markers.dialect import UnresolvedError
from pytest_phaserun.markers.dialects.own import OwnDialect
from pytest_phaserun.markers.names.resolve import Names
from pytest_phaserun.markers.reading import Reader

_read_marks = Reader([OwnDialect()]).read


def declarations_of(suite: Suite) -> list[Declaration]:
    """Read the marks of a suite."""
    return [_read_marks(item, []) for item in suite.items]


def names_of(suite: Suite) -> Names:
    """Read the marks of a suite and make its names known."""
    return Names(suite.items, declarations_of(suite))


def resolve(suite: Suite, name: str, *, seen_from: int = 0) -> list[str]:
    """Return the node ids of what a name means."""
    owner = suite.items[seen_from]
    found = names_of(suite).resolve(seen_from, Reference(name=name, owner=owner))
    return [suite.items[place].nodeid for place in found]


def problem(suite: Suite, name: str, *, seen_from: int = 0) -> str:
    """Return why a name means nothing, or too much."""
    with pytest.raises(UnresolvedError) as caught:
        resolve(suite, name, seen_from=seen_from)
    return str(caught.value)
