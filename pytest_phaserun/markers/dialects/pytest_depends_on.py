"""The mark of pytest-depends-on 2.3: ``depends_on(tests=[...], status=...)``.

It has the name of our own mark and is told from it by its keywords.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from ...model import When
from ..declared import Declaration, Need, Node, Reference
from ..dialect import Found
from ..names.fallback import OwnRules
from ..names.parameters import ValueIndex, own_parameters
from ..places import function_id, location
from ..values import as_names, describe, nearest

NAME = "pytest-depends-on"
MARK = "depends_on"

#: What the mark may be given, and each of its tests that is a dict.
KEYWORDS = ("tests", "status", "allowed_not_run", "match_params")
ENTRY_KEYWORDS = ("name", *KEYWORDS[1:])

#: The statuses that we can wait for.
STATUSES = {None: When.PASSED, "passed": When.PASSED, "failed": When.FAILED}

#: Those that we cannot.
OTHER_STATUSES = ("skipped", "xfailed", "xpassed")


class DependsOnDialect:
    """Reads ``depends_on`` with keywords that are not ours."""

    name = NAME
    marks = frozenset({MARK})

    def __init__(self, config: pytest.Config) -> None: ...

    def recognises(self, mark: pytest.Mark) -> bool:
        return any(each in mark.kwargs for each in KEYWORDS)

    def read(
        self, item: pytest.Item, found: Sequence[Found], problems: list[str]
    ) -> Declaration:
        needs: list[Need] = []
        for owner, _, mark in found:
            complaints = [*_check_arguments(mark)]
            for entry in as_names(mark.kwargs.get("tests")):
                given = _complete(entry, mark)
                need = _make_need(item, owner, given, complaints)
                if need is not None:
                    needs.append(need)
            for text in complaints:
                problems.append(f"{location(owner)}: the marker {MARK!r} {text}")
        return Declaration(needs=tuple(needs))

    def make_lookup(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> FileNames:
        return FileNames(items, declarations)


class FileNames:
    """What names mean that stand below a file; other names by our own rules.

    :ivar _below: the tests of what stands behind the file in node ids, with parameters
        and without.
    """

    def __init__(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> None:
        self._items = items
        self._own = OwnRules(items, declarations)
        self._below: dict[str, dict[int, None]] = {}
        for place, item in enumerate(items):
            for nodeid in (item.nodeid, function_id(item)):
                each = nodeid.partition("::")[2]
                self._below.setdefault(each, {})[place] = None

    def resolve(self, place: int, reference: Reference) -> list[int]:
        """Return the tests of a name: those of the dependent's file, else all.

        :raises UnresolvedError: there are none.
        """
        found = list(self._below.get(reference.name, ()))
        file = self._file(place)
        found = [each for each in found if self._file(each) == file] or found
        if not found:
            found = self._own.resolve(place, reference)
        own, names = own_parameters(self._items[place]), reference.parameters
        same = ValueIndex(self._items, found, names)
        return same.find(tuple(own[name] for name in names))

    def _file(self, place: int) -> str:
        return self._items[place].nodeid.partition("::")[0]


def _check_arguments(mark: pytest.Mark) -> Iterator[str]:
    if mark.args:
        yield (
            f"takes {describe(mark.args[0])} or the keywords of {NAME}, not both; "
            "put it into tests=[...]"
        )
    for name in mark.kwargs:
        if name not in KEYWORDS:
            yield f"has no argument {name!r} beside those of {NAME}: {_list(KEYWORDS)}"
    if not mark.kwargs.get("tests"):
        yield "names nothing; give it tests=[...]"


def _complete(entry: object, mark: pytest.Mark) -> dict[object, Any]:
    """Return what is said of one test, by its own entry or by the mark."""
    of_all = {key: mark.kwargs[key] for key in KEYWORDS[1:] if key in mark.kwargs}
    return {**of_all, **(entry if isinstance(entry, dict) else {"name": entry})}


def _make_need(
    item: pytest.Item, owner: Node, given: dict[object, Any], complaints: list[str]
) -> Need | None:
    name, status = given.get("name"), given.get("status")
    parameters = as_names(given.get("match_params"))
    is_optional = bool(given.get("allowed_not_run"))
    wrong = [*_check_entry(given), *_check_parameters(item, parameters)]
    complaints.extend(wrong)
    if wrong:
        return None
    reference = Reference(
        name=str(name),
        owner=owner,
        dialect=NAME,
        parameters=tuple(map(str, parameters)),
        is_optional=is_optional,
    )
    when = STATUSES[None if status is None else str(status)]
    return Need(references=(reference,), when=when, pulls_in=not is_optional)


def _check_entry(given: dict[object, Any]) -> Iterator[str]:
    name, status = given.get("name"), given.get("status")
    for key in given:
        if key not in ENTRY_KEYWORDS:
            hint = nearest(key, ENTRY_KEYWORDS)
            yield f"has a test with {key!r}{hint or f'; use {_list(ENTRY_KEYWORDS)}'}"
    if not (isinstance(name, str) and name):
        yield f"takes names as text, not {describe(name)}"
    if status is None or (isinstance(status, str) and str(status) in STATUSES):
        return
    text = str(status)
    if text in OTHER_STATUSES:
        yield (
            f"waits for {text!r}, which phaserun has no counterpart of; use 'passed' "
            "or 'failed', or our own mark with when='finished'"
        )
    else:
        allowed = _list([each for each in STATUSES if each])
        yield f"takes status as one of {allowed}, not {text!r}"


def _check_parameters(item: pytest.Item, names: Sequence[object]) -> Iterator[str]:
    values = own_parameters(item)
    for name in names:
        if name not in values:
            test = function_id(item)
            yield f"has match_params {name!r}, which is no parameter of {test}"


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
