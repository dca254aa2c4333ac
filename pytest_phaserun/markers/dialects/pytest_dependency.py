"""The marks of pytest-dependency 0.6: ``dependency(name=, depends=[], scope=)``.

A name is an exact string in one scope. It is the ``name=`` of a mark, in every scope,
or else what is left of a node id below the scope. Tests without the mark have none.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

import pytest

from ..declared import Declaration, Need, Reference
from ..dialect import Found, UnresolvedError
from ..names.offers import OFFERS
from ..places import location
from ..registered import (
    AUTOMARK,
    IGNORE_UNKNOWN,
    Origin,
    find_plugin,
    unregister,
)
from ..run_time import find_judge
from ..values import as_names

NAME = "pytest-dependency"
MARK = "dependency"

#: What holds the names of a scope: the nearest such node of a test.
SCOPES: dict[str, type[pytest.Collector]] = {
    "session": pytest.Session,
    "package": pytest.Package,
    "module": pytest.Module,
    "class": pytest.Class,
}
DEFAULT_SCOPE = "module"


class DependencyDialect:
    """Reads ``dependency``; only the mark counts that pytest takes for the closest."""

    name = NAME
    marks = frozenset({MARK})

    def __init__(self, config: pytest.Config) -> None:
        self._automark = _is_automatic(config)
        self._ignores_unknown = bool(config.getoption(IGNORE_UNKNOWN, default=False))

    def recognises(self, mark: pytest.Mark) -> bool:
        return True

    def read(
        self, item: pytest.Item, found: Sequence[Found], problems: list[str]
    ) -> Declaration:
        closest = item.get_closest_marker(MARK)
        owner, _, mark = next(each for each in found if each[2] is closest)
        own = mark.kwargs.get("name")
        complaints: list[str] = []
        if own is not None and not isinstance(own, str):
            complaints.append(f"takes a name as text, not {own!r}")
            own = None
        scope = mark.kwargs.get("scope", DEFAULT_SCOPE)
        if not is_scope(scope):
            known = describe_scopes()
            complaints.append(f"takes scope as one of {known}, not {scope!r}")
            scope = DEFAULT_SCOPE
        references = []
        for name in as_names(mark.kwargs.get("depends")):
            if isinstance(name, str):
                references.append(
                    Reference(name=name, owner=owner, dialect=NAME, scope=scope)
                )
            else:
                complaints.append(f"takes names as text, not {name!r}")
        for text in complaints:
            problems.append(f"{location(owner)}: the marker {MARK!r} {text}")
        return Declaration(
            names=tuple(_name(item, own)),
            needs=(Need(references=tuple(references)),) if references else (),
        )

    def make_lookup(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> ScopedNames:
        return ScopedNames(
            items,
            declarations,
            automark=self._automark,
            ignores_unknown=self._ignores_unknown,
        )


class ScopedNames:
    """All names of a run, scope by scope.

    :param automark: tests without the mark count as well.
    :param ignores_unknown: names that nobody has are no mistake.
    :ivar _tests: by scope and the node id of what holds it, names and who has them, in
        the order of collection.
    """

    def __init__(
        self,
        items: Sequence[pytest.Item],
        declarations: Sequence[Declaration],
        *,
        automark: bool = False,
        ignores_unknown: bool = False,
    ) -> None:
        self._items = items
        self._ignores_unknown = ignores_unknown
        self._tests: dict[tuple[str, str], dict[str, list[int]]] = {}
        self._unmarked: dict[tuple[str, str], set[str]] = {}
        for place, item in enumerate(items):
            names = [each for each in declarations[place].names if each[0] == NAME]
            is_marked = bool(names) or automark
            for _, scope, name in names or _name(item, None):
                within = (scope, _holder(item, scope))
                if is_marked:
                    known = self._tests.setdefault(within, {})
                    known.setdefault(name, []).append(place)
                else:
                    self._unmarked.setdefault(within, set()).add(name)

    def resolve(self, place: int, reference: Reference) -> list[int]:
        """Return the one test that has the name.

        Of several the last that stands before the dependent: its result is the one
        that pytest-dependency has when it comes there. If all stand after it, the last.
        """
        item, name, scope = self._items[place], reference.name, reference.scope
        if item.getparent(SCOPES[scope]) is None:
            raise UnresolvedError(f"{name!r} in its {scope}, but it is in no {scope}")
        within = (scope, _holder(item, scope))
        found = self._tests.get(within, {}).get(name)
        if found is not None:
            others = [each for each in found if each != place] or found
            before = [each for each in others if each < place]
            return [(before or others)[-1]]
        if self._ignores_unknown:
            return []
        text = f"unknown test {name!r} in its {scope}"
        raise UnresolvedError("; ".join([text, *self._give_hint(item, name, scope)]))

    def _give_hint(self, item: pytest.Item, name: str, scope: str) -> Iterator[str]:
        """Yield what may be wrong with a name, if anything comes to mind."""
        within = (scope, _holder(item, scope))
        if name in self._unmarked.get(within, ()):
            yield f"the test of this name has no mark {MARK!r}"
            return
        for other in SCOPES:
            if name in self._tests.get((other, _holder(item, other)), ()):
                yield f"there is one with scope={other!r}"
                return
        known = self._tests.get(within, {})
        nearest = [each for each in known if each.startswith(f"{name}[")][:OFFERS]
        nearest = nearest or difflib.get_close_matches(name, known, n=OFFERS)
        if nearest:
            yield f"did you mean {' or '.join(map(repr, nearest))}?"


def is_scope(scope: object) -> bool:
    """Tell whether names can be looked for in it."""
    return isinstance(scope, str) and scope in SCOPES


def describe_scopes() -> str:
    """Return all scopes, for an error."""
    return ", ".join(map(repr, SCOPES))


def take_over(config: pytest.Config, origin: Origin) -> None:
    """Take the plugin out of the run, and let its function ``depends`` ask here.

    Files import that function, also before the run; what it looks up at every call is
    the class that knows the results.
    """
    plugin = find_plugin(config, origin.name)
    unregister(config, origin)
    before = plugin.DependencyManager
    plugin.DependencyManager = _Stand
    config.add_cleanup(lambda: setattr(plugin, "DependencyManager", before))


class _Stand:
    """In the place of the class ``DependencyManager``, as ``depends`` uses it."""

    def __init__(self, scope: str) -> None:
        self._scope = scope

    @classmethod
    def getManager(cls, item: pytest.Item, scope: str) -> _Stand:  # noqa: N802 - theirs
        return cls(scope)

    def checkDepend(self, depends: object, item: pytest.Item) -> None:  # noqa: N802 - theirs
        find_judge(item.config).require(item, as_names(depends), self._scope)


def _name(item: pytest.Item, own: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield the names that a test has, for the scopes that it is in."""
    for scope, kind in SCOPES.items():
        if item.getparent(kind) is None:
            continue
        if own:
            yield NAME, scope, own
            continue
        parts = item.nodeid.split("::", 2)
        skipped = {"module": 1, "class": 2}.get(scope, 0)
        if len(parts) > skipped:
            yield NAME, scope, "::".join(parts[skipped:])


def _holder(item: pytest.Item, scope: str) -> str:
    node = item.getparent(SCOPES[scope])
    return "" if node is None else node.nodeid


def _is_automatic(config: pytest.Config) -> bool:
    try:
        return bool(config.getini(AUTOMARK))
    except ValueError:
        # Nobody has added the key: this plugin was loaded by a conftest file.
        return False
