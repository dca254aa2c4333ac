"""The keyword form of our own mark: ``depends_on(on=["a"], name="b-{backend}")``.

It is met in suites that had a plugin of their own. ``{backend}`` is the value that the
test has of this parameter. The names mean what they mean in our own marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import pytest

from .declared import Declaration, Need, Node, Reference
from .dialect import Found
from .places import find_values, location
from .resolve import Names
from .values import as_names, describe

NAME = "keywords"
MARK = "depends_on"

_TEMPLATE = re.compile(r"\{(\w+)\}")


class KeywordDialect:
    """Reads ``depends_on`` with ``on=`` or ``name=``."""

    name = NAME
    marks = frozenset({MARK})

    def __init__(self, config: pytest.Config) -> None: ...

    def recognizes(self, mark: pytest.Mark) -> bool:
        return "on" in mark.kwargs or "name" in mark.kwargs

    def read(
        self, item: pytest.Item, found: Sequence[Found], problems: list[str]
    ) -> Declaration:
        ids: dict[str, str] = {}
        needs: list[Need] = []
        for owner, owner_id, mark in found:
            complaints = list(_check_arguments(mark))
            read = list(_fill(item, "name", mark, complaints))
            ids.update((name, owner_id) for name in read if name not in ids)
            on = list(_fill(item, "on", mark, complaints))
            if on:
                needs.append(_make_need(owner, on))
            for text in complaints:
                problems.append(f"{location(owner)}: the marker {MARK!r} {text}")
        return Declaration(ids=tuple(ids.items()), needs=tuple(needs))

    def make_lookup(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> Names:
        return Names(items, declarations)


def _make_need(owner: Node, names: Sequence[str]) -> Need:
    # Of our own dialect: that is who knows the names.
    return Need(references=tuple(Reference(name=each, owner=owner) for each in names))


def _check_arguments(mark: pytest.Mark) -> Iterator[str]:
    if mark.args:
        first = describe(mark.args[0])
        yield f"takes {first} or the keywords on and name, not both"
    for name in mark.kwargs:
        if name not in ("on", "name"):
            yield f"has no argument {name!r} beside on and name"


def _fill(
    item: pytest.Item, keyword: str, mark: pytest.Mark, complaints: list[str]
) -> Iterator[str]:
    """Yield names with the test's own values in the place of ``{parameter}``."""
    values = find_values(item)
    for name in as_names(mark.kwargs.get(keyword)):
        if not (isinstance(name, str) and name):
            complaints.append(
                f"takes names as text in {keyword}=, not {describe(name)}"
            )
            continue
        unknown = [each for each in _TEMPLATE.findall(name) if each not in values]
        if unknown:
            test = item.nodeid.partition("[")[0]
            complaints.append(
                f"names {name!r}, but {unknown[0]!r} is no parameter of {test}"
            )
        else:
            yield _insert(name, values)


def _insert(name: str, values: Mapping[str, object]) -> str:
    return _TEMPLATE.sub(lambda found: str(values[found[1]]), name)
