"""What the plugin's own marks say about a test.

Says which names a test depends on, not which tests they mean; see ``resolve``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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

#: Marks that make a test run alone.
ALONE_MARKS = ("exclusive", "thread_unsafe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A name that a test depends on.

    :ivar is_own: it stands on the test itself, not on its class or module.
    """

    name: str
    is_own: bool


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
    reader = _Reader(item, problems)
    for owner, mark in found:
        reader.read(owner, mark)
    return reader.declaration()


def location(item: pytest.Item) -> str:
    """Return ``file:line`` of a test."""
    path, line, _ = item.location
    return f"{path}:{(line or 0) + 1}"


def _nearest_first(item: pytest.Item) -> Iterator[tuple[str, pytest.Mark]]:
    """Yield our marks with the node id of what they stand on, the nearest first.

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
        yield from ((item.nodeid, mark) for mark in near)
        yield from ((function, mark) for mark in far)
    for node, mark in item.iter_markers_with_node():
        if node is not item and mark.name in wanted:
            yield node.nodeid, mark


class _Reader:
    """Gathers the declaration of one test, mark by mark."""

    def __init__(self, item: pytest.Item, problems: list[str]) -> None:
        self._item = item
        self._function = item.nodeid.partition("[")[0]
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

    def read(self, owner: str, mark: pytest.Mark) -> None:
        if mark.name == "task":
            self._read_task(owner, mark)
        elif mark.name == "depends_on":
            self._read_depends_on(owner, mark)
        elif self._alone is None:
            self._alone = mark.name

    def _read_task(self, owner: str, mark: pytest.Mark) -> None:
        arguments = dict(mark.kwargs)
        names = [*mark.args, *([arguments.pop("id")] if "id" in arguments else [])]
        timeout = arguments.pop("timeout", None)
        for name in arguments:
            self._complain(mark, f"has no argument {name!r}; use id and timeout")
        if len(names) > 1:
            self._complain(mark, "takes one id")
        elif names and not (isinstance(names[0], str) and names[0]):
            self._complain(mark, f"takes an id as text, not {names[0]!r}")
        elif names:
            self._ids.setdefault(names[0], owner)
        if timeout is None:
            return
        if not _is_span(timeout):
            self._complain(
                mark, f"takes a timeout in seconds, 0 or more, not {timeout!r}"
            )
        elif self._timeout is None:
            self._timeout = float(timeout)

    def _read_depends_on(self, owner: str, mark: pytest.Mark) -> None:
        for name in mark.kwargs:
            self._complain(mark, f"has no argument {name!r}; it takes ids only")
        if not mark.args and not mark.kwargs:
            name = self._function.rpartition("::")[2]
            self._complain(
                mark,
                "names nothing; was a function given to it instead of a name? "
                f"write depends_on({name!r}) on the test that depends on this one",
            )
        is_own = owner in (self._item.nodeid, self._function)
        for name in mark.args:
            if isinstance(name, str) and name:
                if name not in self._references or is_own:
                    self._references[name] = Reference(name=name, is_own=is_own)
                continue
            hint = getattr(name, "__name__", None)
            wanted = f"; write {hint!r}" if isinstance(hint, str) else ""
            self._complain(mark, f"takes ids as text, not {name!r}{wanted}")

    def _complain(self, mark: pytest.Mark, text: str) -> None:
        place = location(self._item)
        self._problems.append(f"{place}: the marker {mark.name!r} {text}")


def _is_span(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value < float("inf")
