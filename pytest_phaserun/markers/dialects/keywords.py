"""The keyword form of our own mark: ``depends_on(on=["a"], name="b-{backend}")``.

It is met in suites that had a plugin of their own. ``{backend}`` is the value that the
test has of this parameter. The names mean what they mean in our own marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from ..declared import Declaration, Need, Reference
from ..dialect import Found
from ..names.parameters import describe_value, own_parameters
from ..names.patterns import fill, find_blanks
from ..names.resolve import Names
from ..places import find_origin, function_id, location
from ..values import as_names, describe

NAME = "keywords"
MARK = "depends_on"


class KeywordDialect:
    """Reads ``depends_on`` with ``on=`` or ``name=``."""

    name = NAME
    marks = frozenset({MARK})

    def __init__(self, config: pytest.Config) -> None: ...

    def recognises(self, mark: pytest.Mark) -> bool:
        return "on" in mark.kwargs or "name" in mark.kwargs

    def read(
        self, item: pytest.Item, found: Sequence[Found], problems: list[str]
    ) -> Declaration:
        ids: dict[str, str] = {}
        needs: list[Need] = []
        for owner, owner_id, mark in found:
            complaints = list(_check_arguments(mark))
            for name in _find_names(mark, "name", complaints):
                filled = _fill(name, item, complaints)
                if filled is not None:
                    ids.setdefault(filled, find_origin(owner, owner_id, mark))
            # Of our own dialect: that is who knows the names, and fills them in.
            references = tuple(
                Reference(name=name, owner=owner)
                for name in _find_names(mark, "on", complaints)
            )
            if references:
                needs.append(Need(references=references))
            for text in complaints:
                problems.append(f"{location(owner)}: the marker {MARK!r} {text}")
        return Declaration(ids=tuple(ids.items()), needs=tuple(needs))

    def make_lookup(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> Names:
        return Names(items, declarations)


def _check_arguments(mark: pytest.Mark) -> Iterator[str]:
    if mark.args:
        first = describe(mark.args[0])
        yield f"takes {first} or the keywords on and name, not both"
    for name in mark.kwargs:
        if name not in ("on", "name"):
            yield f"has no argument {name!r} beside on and name"


def _find_names(mark: pytest.Mark, keyword: str, complaints: list[str]) -> list[str]:
    names = []
    for name in as_names(mark.kwargs.get(keyword)):
        if isinstance(name, str) and name:
            names.append(name)
        else:
            wrong = describe(name)
            complaints.append(f"takes names as text in {keyword}=, not {wrong}")
    return names


def _fill(name: str, item: pytest.Item, complaints: list[str]) -> str | None:
    """Put the test's own values into an id."""
    own = own_parameters(item)
    texts: dict[str, str] = {}
    for blank in find_blanks(name):
        if blank not in own:
            test = function_id(item)
            complaints.append(
                f"names {name!r}, but {blank!r} is no parameter of {test}"
            )
            return None
        texts[blank] = describe_value(own[blank]) or repr(own[blank])
    return fill(name, texts)
