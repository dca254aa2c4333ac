"""The mark of pytest-depends 1.0: ``depends(on=[...], name=...)``.

A name belongs to any number of tests, wherever they stand: one of its own, its node id,
that without parameters, its file or its class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest

from ...model import When
from ..declared import Declaration, Need, Node, Reference
from ..dialect import Found, UnresolvedError
from ..names.fallback import OwnRules
from ..places import location
from ..registered import FAILED_ACTION
from ..values import as_names, describe, nearest

NAME = "pytest-depends"
MARK = "depends"

_PARAMETERS = re.compile(r"\[.+\]$")


class DependsDialect:
    """Reads ``depends``; names and dependencies of all marks of a test add up."""

    name = NAME
    marks = frozenset({MARK})

    def __init__(self, config: pytest.Config) -> None:
        runs_anyway = find_failed_action(config) == "run"
        self._when = When.FINISHED if runs_anyway else When.PASSED

    def recognises(self, mark: pytest.Mark) -> bool:
        return True

    def read(
        self, item: pytest.Item, found: Sequence[Found], problems: list[str]
    ) -> Declaration:
        names: list[str] = []
        references: list[Reference] = []
        for owner, _, mark in found:
            for text in _read_depends(owner, mark, names, references):
                problems.append(f"{location(owner)}: the marker {MARK!r} {text}")
        need = Need(references=tuple(references), when=self._when)
        return Declaration(
            names=tuple((NAME, "", name) for name in names),
            needs=(need,) if references else (),
        )

    def make_lookup(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> DependsNames:
        return DependsNames(items, declarations)


class DependsNames:
    """All names of a run; what is none of them is looked up by our own rules.

    :ivar _tests: who has a name; node ids, files and classes are names too.
    :ivar _given: the names that marks give.
    """

    def __init__(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> None:
        self._items = items
        self._own = OwnRules(items, declarations)
        self._tests: dict[str, dict[int, None]] = {}
        self._given: dict[str, None] = {}
        for place, item in enumerate(items):
            given = [each[2] for each in declarations[place].names if each[0] == NAME]
            self._given.update(dict.fromkeys(given))
            for name in (*given, *_find_nodes(item.nodeid)):
                self._tests.setdefault(name, {})[place] = None

    def resolve(self, place: int, reference: Reference) -> list[int]:
        """Return the tests that have the name, or have it beside the dependent.

        :raises UnresolvedError: there are none.
        """
        name = reference.name
        for candidate in (name, _complete(name, self._items[place].nodeid)):
            if candidate in self._tests:
                return list(self._tests[candidate])
        try:
            return self._own.resolve(place, reference)
        except UnresolvedError as error:
            hint = nearest(name, self._given)
            if not hint:
                raise
            raise UnresolvedError(f"unknown test {name!r}{hint}") from error


def find_failed_action(config: pytest.Config) -> str:
    """Return what a test does whose dependency failed: run, skip or fail."""
    given = config.getoption(FAILED_ACTION, default=None)
    if given is None:
        try:
            given = config.getini(FAILED_ACTION)
        except ValueError:
            # Nobody has added the key: this plugin was loaded by a conftest file.
            return "skip"
    return str(given)


def _read_depends(
    owner: Node, mark: pytest.Mark, names: list[str], references: list[Reference]
) -> Iterator[str]:
    """Add what one mark says; yield what is wrong with it."""
    arguments = dict(mark.kwargs)
    given, on = arguments.pop("name", None), arguments.pop("on", None)
    for name in arguments:
        yield f"has no argument {name!r}; use on and name"
    if mark.args:
        yield f"takes on= and name=, not {describe(mark.args[0])} alone"
    for each in as_names(given):
        if isinstance(each, str) and each:
            names.append(each)
        else:
            yield f"takes names as text, not {describe(each)}"
    for each in as_names(on):
        if isinstance(each, str) and each:
            references.append(Reference(name=each, owner=owner, dialect=NAME))
        else:
            yield f"takes names as text in on=, not {describe(each)}"


def _find_nodes(nodeid: str) -> Iterator[str]:
    """Yield a node id, then that without parameters, its classes and its file."""
    node = _PARAMETERS.sub("", nodeid)
    if node != nodeid:
        yield nodeid
    yield node
    while "::" in node:
        node = node.rpartition("::")[0]
        yield node


def _complete(name: str, dependent: str) -> str:
    """Return the node id that a name has beside the dependent.

    >>> _complete("test_b", "test_x.py::TestA::test_a")
    'test_x.py::TestA::test_b'
    >>> _complete("TestB::test_b", "test_x.py::TestA::test_a")
    'test_x.py::TestB::test_b'
    """
    node = _PARAMETERS.sub("", dependent)
    first, cut, _ = name.partition("::")
    if not cut:
        return f"{node.rpartition('::')[0]}::{name}"
    return name if "." in first else f"{node.partition('::')[0]}::{name}"
