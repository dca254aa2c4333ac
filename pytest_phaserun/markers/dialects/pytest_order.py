"""The mark of pytest-order 1.5: ``order(1)``, ``order("last")``, ``order(after="a")``.

Ordinals say who starts first; who stands ``before`` or ``after`` others waits for their
end, whatever came of them. Neither makes a test run that was not selected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ...model import When
from ..declared import Declaration, Need, Node, Reference
from ..dialect import Found
from ..names.fallback import OwnRules
from ..places import function_id, location
from ..registered import ORDER_LEVEL, ORDER_PREFIX, ORDER_SCOPE
from ..values import as_names, describe, nearest

NAME = "pytest-order"
MARK = "order"

_COUNTED = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"),
)
#: Words for ordinals: from 0 up at the start, from -1 down at the end.
ORDINALS = {
    **{word: place for place, word in enumerate(_COUNTED)},
    "last": -1,
    **{f"{w}_to_last": -n for n, w in enumerate(_COUNTED[1:], start=2)},
}

#: Further from the middle, where tests without an ordinal stand, than any ordinal is.
_FAR = 2**62

#: With ``--order-marker-prefix=my`` the marks are ``my0``, ``my1``, up to this many.
_PREFIXED = 1000


class OrderDialect:
    """Reads ``order``; the nearest ordinal counts, and all of ``before`` and ``after``.

    :raises pytest.UsageError: the scope that the command line gives is none.
    """

    name = NAME

    def __init__(self, config: pytest.Config) -> None:
        prefix = config.getoption(ORDER_PREFIX, default=None)
        self._prefixed = {f"{prefix}{n}": n for n in range(_PREFIXED)} if prefix else {}
        self.marks = frozenset({MARK, *self._prefixed})
        self._find_scope = _choose_scope(config)

    def recognises(self, mark: pytest.Mark) -> bool:
        return True

    def read(
        self, item: pytest.Item, found: Sequence[Found], problems: list[str]
    ) -> Declaration:
        ordinals: list[int] = []
        needs: list[Need] = []
        marks = [each for each in found if each[2].name == MARK]
        for owner, _, mark in marks or found:
            if mark.name in self._prefixed:
                ordinals.append(self._prefixed[mark.name])
                continue
            for text in _read_order(owner, mark, ordinals, needs):
                problems.append(f"{location(owner)}: the marker {MARK!r} {text}")
        priority = _place_ordinal(ordinals[0]) if ordinals else 0
        return Declaration(priority=priority, needs=tuple(needs))

    def make_lookup(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> OrderNames:
        return OrderNames(items, declarations, self._find_scope)


class OrderNames:
    """What the names in ``before`` and ``after`` mean, and otherwise by our own rules.

    A name is the end of a node id. It means the tests of which the rest of the node id
    is around the dependent: ``test_a`` one of its class or module, ``TestB::test_a``
    one of its module, ``test_x.py::test_a`` one of its folder or of one around that.

    :param find_scope: of a test; tests of other scopes are none of its business.
    :ivar _ends: by their last part, node ids without parameters and their tests.
    """

    def __init__(
        self,
        items: Sequence[pytest.Item],
        declarations: Sequence[Declaration],
        find_scope: Callable[[str], str],
    ) -> None:
        self._items = items
        self._find_scope = find_scope
        self._own = OwnRules(items, declarations)
        self._files = {item.path for item in items}
        self._ends: dict[str, dict[str, list[int]]] = {}
        for place, item in enumerate(items):
            file, *names = function_id(item).split("::")
            node = file
            for name in names:
                node = f"{node}::{name}"
                ends = self._ends.setdefault(name, {})
                ends.setdefault(node, []).append(place)

    def resolve(self, place: int, reference: Reference) -> list[int]:
        """Return the tests of its scope that a name means.

        :raises UnresolvedError: it means none, or it cannot be told which.
        """
        found = list(self._find(place, reference))
        if not found and not self._is_left_out(place, reference.name):
            found = self._own.resolve(place, reference)
        scope = self._scope(place)
        return [each for each in found if self._scope(each) == scope]

    def _find(self, place: int, reference: Reference) -> Iterator[int]:
        name, owner = reference.name, reference.owner.nodeid
        # A mark of a class is not about the methods of that class.
        around = owner if "::" in owner else self._items[place].nodeid
        last = re.split("::|/", name)[-1]
        for node, places in self._ends.get(last, {}).items():
            rest = node.removesuffix(name)
            is_cut = rest == "" or rest.endswith(("::", "/"))
            if rest != node and is_cut and around.startswith(rest):
                yield from places

    def _is_left_out(self, place: int, name: str) -> bool:
        """Tell whether a name is that of a test in a file that is not in this run."""
        file, cut, _ = name.partition("::")
        item = self._items[place]
        around = [each / file for each in item.path.parents if _is_in_run(each, item)]
        if not cut or any(each in self._files for each in around):
            return False
        return any(each.is_file() for each in around)

    def _scope(self, place: int) -> str:
        return self._find_scope(self._items[place].nodeid)


def _is_in_run(folder: Path, item: pytest.Item) -> bool:
    return folder.is_relative_to(item.config.rootpath)


def _read_order(
    owner: Node, mark: pytest.Mark, ordinals: list[int], needs: list[Need]
) -> Iterator[str]:
    """Add what one mark says; yield what is wrong with it."""
    arguments = dict(mark.kwargs)
    given = [*mark.args, *([arguments.pop("index")] if "index" in arguments else [])]
    sides = {side: arguments.pop(side, ()) for side in ("before", "after")}
    for unknown in arguments:
        yield f"has no argument {unknown!r}; use index, before and after"
    if len(given) > 1:
        yield "takes one ordinal"
    elif given and given[0] is not None:
        yield from _read_ordinal(given[0], ordinals)
    if not mark.args and not mark.kwargs:
        yield "says nothing; give it an ordinal, before= or after="
    for side, others in sides.items():
        references = []
        for name in as_names(others):
            if isinstance(name, str) and name:
                references.append(Reference(name=name, owner=owner, dialect=NAME))
            else:
                yield f"takes names as text in {side}=, not {describe(name)}"
        if references:
            needs.append(
                Need(
                    references=tuple(references),
                    when=When.FINISHED,
                    pulls_in=False,
                    is_reversed=side == "before",
                )
            )


def _read_ordinal(given: object, ordinals: list[int]) -> Iterator[str]:
    if isinstance(given, int):
        ordinals.append(int(given))
    elif isinstance(given, str) and given in ORDINALS:
        ordinals.append(ORDINALS[given])
    else:
        hint = nearest(given, ORDINALS)
        allowed = "a whole number or a word as 'first', 'second_to_last', 'last'"
        yield f"takes as ordinal {allowed}, not {describe(given)}{hint}"


def _place_ordinal(ordinal: int) -> int:
    """Return the priority of an ordinal: 0 is left to tests that have none."""
    return ordinal - _FAR if ordinal >= 0 else ordinal + _FAR


def _choose_scope(config: pytest.Config) -> Callable[[str], str]:
    scope = config.getoption(ORDER_SCOPE, default=None)
    level = config.getoption(ORDER_LEVEL, default=None)
    scopes: dict[str | None, Callable[[str], str]] = {
        "class": _class_of,
        "module": _module_of,
        "session": lambda nodeid: "",
    }
    if scope is None and level:
        return lambda nodeid: "/".join(_module_of(nodeid).split("/")[:level])
    if scope is None:
        return scopes["session"]
    if scope not in scopes:
        allowed = ", ".join(map(str, scopes))
        raise pytest.UsageError(
            f"{ORDER_SCOPE}: {scope!r} is not valid; allowed: {allowed}"
        )
    return scopes[scope]


def _module_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _class_of(nodeid: str) -> str:
    """Return the outermost class, or the module of a test outside classes."""
    names = nodeid.partition("[")[0].split("::")
    return "::".join(names[: 2 if len(names) > 2 else 1])
