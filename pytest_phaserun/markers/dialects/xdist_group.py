"""The mark of pytest-xdist: ``xdist_group("name")``.

There the tests of a group run on one worker. Here none of them runs beside another,
and they keep their order as far as their dependencies allow.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ..declared import Declaration, Use
from ..dialect import Found
from ..names.resolve import Names
from ..places import location

NAME = "pytest-xdist"
MARK = "xdist_group"

#: The group of marks that name none.
DEFAULT = "default"


class GroupDialect:
    """Reads ``xdist_group``; a test with several of them is in all these groups."""

    name = NAME
    marks = frozenset({MARK})

    def __init__(self, config: pytest.Config) -> None: ...

    def recognises(self, mark: pytest.Mark) -> bool:
        return True

    def read(
        self, item: pytest.Item, found: Sequence[Found], problems: list[str]
    ) -> Declaration:
        names: dict[str, None] = {}
        for owner, _, mark in found:
            names[_find_name(mark)] = None
            if len(mark.args) + len(mark.kwargs) > 1 or set(mark.kwargs) - {"name"}:
                problems.append(
                    f"{location(owner)}: the marker {MARK!r} takes one name"
                )
        return Declaration(
            uses=tuple(Use(resource=f"{MARK} {name}") for name in names),
            keeps_order=True,
        )

    def make_lookup(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> Names:
        return Names(items, declarations)


def _find_name(mark: pytest.Mark) -> str:
    return str(mark.args[0] if mark.args else mark.kwargs.get("name", DEFAULT))
