"""What the plugin's own marks say about a test."""

from __future__ import annotations

import enum
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TypeVar

import pytest

from ...model import Require, When
from ..declared import OWN, Declaration, Need, Node, Reference, Use
from ..dialect import Found
from ..names.resolve import Names
from ..places import find_origin, location
from ..values import describe, is_count

#: Marks that make a test run alone.
ALONE_MARKS = ("exclusive", "thread_unsafe")

#: What Python says where a mark was given the bare ``test_a``: pytest marks ``test_a``
#: then, and the test below becomes its argument.
_BARE_FUNCTION = re.compile(
    r"TypeError: (?:\w+\.)*(test\w*)\(\) takes 0 positional arguments but 1 was given"
)

#: Arguments of marks that are called as ours is, and who reads those if asked to.
_OF_OTHERS = {"tests": "pytest-depends-on", "on": "keywords"}


class OwnDialect:
    """Reads ``task``, ``depends_on``, ``resource`` and those that ask to run alone."""

    name = OWN
    marks = frozenset({"task", "depends_on", "resource", *ALONE_MARKS})

    def recognises(self, mark: pytest.Mark) -> bool:
        return True

    def read(
        self, item: pytest.Item, found: Sequence[Found], problems: list[str]
    ) -> Declaration:
        return read_marks(found, problems)

    def make_lookup(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> Names:
        return Names(items, declarations)


def read_marks(
    found: Iterable[Found], problems: list[str], source: str | None = None
) -> Declaration:
    """Return what marks say, the nearest first.

    :param source: where they stand, if not on a test or what holds it.
    """
    reader = _Reader(problems, source)
    for each in found:
        reader.read(*each)
    return reader.declaration()


def explain_import_error(text: str) -> str | None:
    """Return what to write if a file fails because a mark was given a function."""
    found = _BARE_FUNCTION.search(text)
    if found is None:
        return None
    name = found[1]
    return f"Was {name} itself given to depends_on? Write depends_on({name!r})."


class _Reader:
    """Gathers the declaration of one test, mark by mark, the nearest first."""

    def __init__(self, problems: list[str], source: str | None) -> None:
        self._problems = problems
        self._source = source
        self._ids: dict[str, str] = {}
        self._timeout: float | None = None
        self._needs: list[Need] = []
        self._uses: dict[str, Use] = {}
        self._alone: str | None = None

    def declaration(self) -> Declaration:
        return Declaration(
            ids=tuple(self._ids.items()),
            timeout=self._timeout,
            needs=tuple(self._needs),
            uses=tuple(self._uses.values()),
            alone=self._alone,
        )

    def read(self, owner: Node, owner_id: str, mark: pytest.Mark) -> None:
        complaints: Iterable[str] = ()
        if mark.name == "task":
            complaints = self._read_task(find_origin(owner, owner_id, mark), mark)
        elif mark.name == "depends_on":
            complaints = self._read_depends_on(owner, mark)
        elif mark.name == "resource":
            complaints = self._read_resource(mark)
        elif self._alone is None:
            self._alone = mark.name
        for text in complaints:
            where = f"{location(owner)}: the marker {mark.name!r}"
            if self._source is not None:
                where = f"{self._source}:"
            self._problems.append(f"{where} {text}")

    def _read_task(self, owner_id: str, mark: pytest.Mark) -> Iterator[str]:
        arguments = dict(mark.kwargs)
        names = [*mark.args, *([arguments.pop("id")] if "id" in arguments else [])]
        timeout = arguments.pop("timeout", None)
        for name in arguments:
            yield f"has no argument {name!r}; use id and timeout"
        if len(names) > 1:
            yield "takes one id"
        elif names and not (isinstance(names[0], str) and names[0]):
            yield f"takes an id as text, not {describe(names[0])}"
        elif names:
            self._ids.setdefault(names[0], owner_id)
        if timeout is None:
            return
        if not _is_span(timeout):
            yield f"takes a timeout in seconds, 0 or more, not {timeout!r}"
        elif self._timeout is None:
            self._timeout = float(timeout)

    def _read_depends_on(self, owner: Node, mark: pytest.Mark) -> Iterator[str]:
        arguments = dict(mark.kwargs)
        when = yield from _choose(When, arguments.pop("when", When.PASSED))
        require = yield from _choose(Require, arguments.pop("require", Require.ALL))
        for name in arguments:
            reader = _OF_OTHERS.get(name) if self._source is None else None
            hint = f", or add {reader} to phase_dialects" if reader else ""
            yield f"has no argument {name!r}; use ids, when and require{hint}"
        if not mark.args and not arguments:
            name = owner.name.partition("[")[0]
            yield (
                "names nothing; was a function given to it instead of a name? "
                f"write depends_on({name!r}) on the test that depends on this one"
            )
        references = []
        for name in mark.args:
            if isinstance(name, str) and name:
                reference = Reference(name=name, owner=owner, source=self._source)
                references.append(reference)
            elif isinstance(name, list | tuple):
                ids = ", ".join(map(repr, name))
                yield f"takes ids one by one, not in a list; write depends_on({ids})"
            else:
                yield f"takes ids as text, not {describe(name)}"
        if references and when and require:
            need = Need(references=tuple(references), when=when, require=require)
            self._needs.append(need)

    def _read_resource(self, mark: pytest.Mark) -> Iterator[str]:
        arguments = dict(mark.kwargs)
        values = [*mark.args, *([arguments.pop("name")] if "name" in arguments else [])]
        mode = arguments.pop("mode", "write")
        units = arguments.pop("units", 1)
        for name in arguments:
            yield f"has no argument {name!r}; use name, mode and units"
        if len(values) != 1 or not (isinstance(values[0], str) and values[0]):
            given = ", ".join(map(repr, values))
            yield f"takes one name as text, not {given or 'none'}"
        elif mode not in ("read", "write"):
            yield f"takes the mode 'read' or 'write', not {mode!r}"
        elif not is_count(units):
            yield f"takes units as a whole number from 1 on, not {units!r}"
        elif mode == "read" and "units" in mark.kwargs:
            yield "takes no units with mode='read', which shares the resource"
        else:
            is_shared = mode == "read"
            use = Use(resource=values[0], is_shared=is_shared, units=units)
            self._uses.setdefault(use.resource, use)


_Closed = TypeVar("_Closed", bound=enum.Enum)


def _choose(kind: type[_Closed], given: object) -> Generator[str, None, _Closed | None]:
    """Return the member of a closed set that was given; yield a complaint if none."""
    try:
        return kind(given)
    except ValueError:
        allowed = ", ".join(repr(each.value) for each in kind)
        yield f"takes {kind.__name__.lower()} as one of {allowed}, not {given!r}"
    return None


def _is_span(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value < float("inf")
