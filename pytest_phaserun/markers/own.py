"""What the plugin's own marks say about a test.

Says which names a test depends on, not which tests they mean; see ``resolve``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pytest

#: The lines that ``pytest --markers`` shows.
MARKERS = (
    "task(id, *, timeout=None): give the test an id that others can depend on, "
    "and a time limit of its own in seconds.",
    "depends_on(*ids): run the test only after the tests with these ids or names "
    "have passed; skip it if one of them did not.",
    "exclusive: run the test while no other test runs.",
    "thread_unsafe(reason=None): the same as exclusive, as in pytest-run-parallel.",
)

#: Something that marks can stand on.
Node: TypeAlias = pytest.Item | pytest.Collector

#: Marks that make a test run alone.
ALONE_MARKS = ("exclusive", "thread_unsafe")


#: What Python says where a mark was given the bare ``test_a``: pytest marks ``test_a``
#: then, and the test below becomes its argument.
_BARE_FUNCTION = re.compile(
    r"TypeError: (?:\w+\.)*(test\w*)\(\) takes 0 positional arguments but 1 was given"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A name that a test depends on.

    :ivar owner: what the mark stands on: the test, its class or its module.
    """

    name: str
    owner: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What the marks of one test say.

    :ivar ids: each explicit id with the node id of the object that was marked.
    :ivar timeout: seconds, ``None`` if no mark says.
    :ivar alone: the mark that makes the test run alone.
    """

    ids: tuple[tuple[str, str], ...] = ()
    timeout: float | None = None
    references: tuple[Reference, ...] = ()
    alone: str | None = None


_NOTHING = Declaration()


def read_marks(item: pytest.Item, problems: list[str]) -> Declaration:
    """Read the marks of a test.

    :param problems: is given one line for each mark that cannot be read.
    """
    found = list(_nearest_first(item))
    if not found:
        return _NOTHING
    reader = _Reader(problems)
    for owner, owner_id, mark in found:
        reader.read(owner, owner_id, mark)
    return reader.declaration()


def explain_import_error(text: str) -> str | None:
    """Return what to write if a file fails because a mark was given a function."""
    found = _BARE_FUNCTION.search(text)
    if found is None:
        return None
    name = found[1]
    return f"Was {name} itself given to depends_on? Write depends_on({name!r})."


def location(node: Node) -> str:
    """Return ``file:line`` of a test or class, ``file`` alone of what holds files."""
    if isinstance(node, pytest.Item):
        path, line, _ = node.location
        return f"{path}:{(line or 0) + 1}"
    path = node.nodeid.partition("::")[0]
    if isinstance(node, pytest.Class | pytest.Module):
        return f"{path}:{(node.reportinfo()[1] or 0) + 1}"
    return path


def _nearest_first(item: pytest.Item) -> Iterator[tuple[Node, str, pytest.Mark]]:
    """Yield our marks with what they stand on and its node id, the nearest first.

    pytest yields the marks of a function before those of its parameters, which are
    nearer; those of one object in the order of their application.
    """
    wanted = ("task", "depends_on", *ALONE_MARKS)
    callspec = getattr(item, "callspec", None)
    of_parameters = [] if callspec is None else list(callspec.marks)
    function = item.nodeid.partition("[")[0]
    own = [mark for mark in item.own_markers if mark.name in wanted]
    if own:
        near = [m for m in own if any(m is each for each in of_parameters)]
        far = [m for m in own if not any(m is each for each in near)]
        yield from ((item, item.nodeid, mark) for mark in near)
        yield from ((item, function, mark) for mark in far)
    for node, mark in item.iter_markers_with_node():
        if node is not item and mark.name in wanted:
            # Marks stand on nothing else.
            assert isinstance(node, pytest.Item | pytest.Collector)
            yield node, node.nodeid, mark


class _Reader:
    """Gathers the declaration of one test, mark by mark."""

    def __init__(self, problems: list[str]) -> None:
        self._problems = problems
        self._ids: dict[str, str] = {}
        self._timeout: float | None = None
        self._references: dict[str, Reference] = {}
        self._alone: str | None = None

    def declaration(self) -> Declaration:
        return Declaration(
            ids=tuple(self._ids.items()),
            timeout=self._timeout,
            references=tuple(self._references.values()),
            alone=self._alone,
        )

    def read(self, owner: Node, owner_id: str, mark: pytest.Mark) -> None:
        complaints: Iterable[str] = ()
        if mark.name == "task":
            complaints = self._read_task(owner_id, mark)
        elif mark.name == "depends_on":
            complaints = self._read_depends_on(owner, mark)
        elif self._alone is None:
            self._alone = mark.name
        for text in complaints:
            self._problems.append(f"{location(owner)}: the marker {mark.name!r} {text}")

    def _read_task(self, owner_id: str, mark: pytest.Mark) -> Iterator[str]:
        arguments = dict(mark.kwargs)
        names = [*mark.args, *([arguments.pop("id")] if "id" in arguments else [])]
        timeout = arguments.pop("timeout", None)
        for name in arguments:
            yield f"has no argument {name!r}; use id and timeout"
        if len(names) > 1:
            yield "takes one id"
        elif names and not (isinstance(names[0], str) and names[0]):
            yield f"takes an id as text, not {_describe(names[0])}"
        elif names:
            self._ids.setdefault(names[0], owner_id)
        if timeout is None:
            return
        if not _is_span(timeout):
            yield f"takes a timeout in seconds, 0 or more, not {timeout!r}"
        elif self._timeout is None:
            self._timeout = float(timeout)

    def _read_depends_on(self, owner: Node, mark: pytest.Mark) -> Iterator[str]:
        for name in mark.kwargs:
            yield f"has no argument {name!r}; it takes ids only"
        if not mark.args and not mark.kwargs:
            name = owner.name.partition("[")[0]
            yield (
                "names nothing; was a function given to it instead of a name? "
                f"write depends_on({name!r}) on the test that depends on this one"
            )
        for name in mark.args:
            if isinstance(name, str) and name:
                # The nearest comes first, and stands.
                self._references.setdefault(name, Reference(name=name, owner=owner))
            else:
                yield f"takes ids as text, not {_describe(name)}"


def _describe(wrong: object) -> str:
    """Say what stands where an id should, and what to write if that is plain."""
    name = getattr(wrong, "__name__", None)
    if isinstance(name, str):
        return f"{name} itself; write {name!r}"
    return repr(wrong)


def _is_span(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value < float("inf")
