"""Fixture values of their own for every test, class, module, package and session.

pytest keeps one value in each fixture definition, which is enough for one test at a
time. Here a value belongs to a definition and the node of its scope: a function's
fixture to the item, a module's to the module. The definition itself stays untouched;
each (definition, node) gets a copy of it, and the item's request sees only copies.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

# Private, in 8.4 to 9.2: the node that a scope means for an item, the scopes
# themselves, and the definition of `request`, of which every request has its own.
# Without them no item can run beside another: see `probe`.
from _pytest.fixtures import FixtureDef, get_scope_node, get_scope_package
from _pytest.scope import Scope

from .contexts import FixtureContext
from .current import making_shared
from .errors import fresh, may_pass_again
from .gate import Gate
from .guarding import describe_timeout
from .reruns import may_run_again

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

#: Definition and node: what a fixture value belongs to.
InstanceKey = tuple["FixtureDef[Any]", Any]

#: Name and node: what can have one parameter at a time.
Thing = tuple[str, Any]


def scope_of(item: Any, definition: FixtureDef[Any]) -> Scope:
    """Return the scope in force; ``parametrize`` may override the definition's."""
    callspec = getattr(item, "callspec", None)
    if callspec is not None:
        override = callspec._arg2scope.get(definition.argname)
        if override is not None:
            return override  # type: ignore[no-any-return]
    return definition._scope


def scope_node(item: Any, scope: Scope, definition: FixtureDef[Any]) -> Any:
    """Return the node that a value of this scope lives with; the item if none."""
    if scope is Scope.Function:
        return item
    if scope is Scope.Session:
        return item.session
    if scope is Scope.Package:
        return get_scope_package(item, definition) or item
    return get_scope_node(item, scope) or item


class FixtureInstances:
    """All wide instances of one run, by definition and node.

    Any thread may ask; two that ask for one key at once are given the same instance.

    :param items: all that may run, for the parameters that they want.
    """

    def __init__(self, items: Iterable[Any]) -> None:
        self._parametrized = frozenset(
            name for item in items for (name, _), _ in wide_parameters(item)
        )
        self._wide: dict[InstanceKey, FixtureDef[Any]] = {}
        self._tried_again: set[FixtureDef[Any]] = set()
        self._lock = threading.Lock()

    def isolate(self, item: Any) -> None:
        """Let the item's request see instances of its own; call before its setup."""
        request = getattr(item, "_request", None)
        # `_arg2fixturedefs` of the item's request, in all versions, is the one place
        # where requests look definitions up; subrequests share the mapping.
        if request and not isinstance(request._arg2fixturedefs, ItemDefinitions):
            found = ItemDefinitions(item, request._arg2fixturedefs, self)
            request._arg2fixturedefs = found

    def instance(self, item: Any, definition: FixtureDef[Any]) -> FixtureDef[Any]:
        """Return the copy of a definition that holds the item's value."""
        node = scope_node(item, scope_of(item, definition), definition)
        if node is item:
            return _copy(definition)
        key = (definition, node)
        found = self._wide.get(key)
        if found is None:
            with self._lock:
                found = self._wide.get(key)
                if found is None:
                    found = self._wide[key] = _share(_copy(definition), self)
        return found

    def of_node(self, node: Any) -> list[FixtureDef[Any]]:
        """Return the wide instances of one node."""
        wide = list(self._wide.items())
        return [instance for (_, owner), instance in wide if owner is node]

    def may_change(self, name: str, item: Any) -> bool:
        """Tell whether a value may be there that is not the one for this item.

        Where a parameter is at play: of the fixture itself or of one below it.
        """
        return name in self._parametrized or not self._parametrized.isdisjoint(
            item.fixturenames
        )

    def forget_failures(self, request: Any) -> None:
        """Finish the wide fixtures that failed, so that each is tried again, once.

        Only while nothing else runs.

        :param request: of the item that runs, for the hooks of fixtures.
        :raises BaseException: what their finalizers raised.
        """
        for instance in list(self._wide.values()):
            stored = instance.cached_result
            if instance in self._tried_again or stored is None:
                continue
            if may_pass_again(stored[2]):
                self._tried_again.add(instance)
                instance.finish(request)

    def forget(self, is_lost: Callable[[Any], bool], culprit: int | None) -> list[str]:
        """Make anew, for tests to come, what is lost and all that was made of it.

        Nothing of it is ever taken down.

        :param is_lost: tells of a value whether it is lost.
        :param culprit: what this thread is making hangs, and would hang again.
        :returns: the names of the fixtures.
        """
        with self._lock:
            lost = self._users_of(is_lost)
            lost = {each for each in lost if not each.gate.is_held_by(culprit)}
            kept = {k: v for k, v in self._wide.items() if _execution(v) not in lost}
            forgotten = [k for k in self._wide if k not in kept]
            self._wide = kept
        for execution in lost:
            execution.is_lost = True
        return [definition.argname for definition, _ in forgotten]

    def _users_of(self, is_lost: Callable[[Any], bool]) -> set[_SharedExecution]:
        found: set[_SharedExecution] = set()
        pending = [
            _execution(instance)
            for instance in self._wide.values()
            if instance.cached_result is not None and is_lost(instance.cached_result[0])
        ]
        while pending:
            execution = pending.pop()
            if execution not in found:
                found.add(execution)
                pending.extend(execution.users)
        return found

    def break_gates(self, owner: int, reason: str) -> None:
        """Give up what thread ``owner`` was making; see ``Gate.break_for``."""
        for instance in list(self._wide.values()):
            _execution(instance).gate.break_for(owner, reason)


class ItemDefinitions(dict[str, Sequence["FixtureDef[Any]"]]):
    """One item's fixture definitions by name, each replaced by its instance.

    Filled as names are asked for, also those only known at run time.
    """

    def __init__(
        self,
        item: Any,
        source: dict[str, Sequence[FixtureDef[Any]]],
        instances: FixtureInstances,
    ) -> None:
        super().__init__()
        self._item = item
        self._source = source
        self._instances = instances

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def __missing__(self, name: str) -> Sequence[FixtureDef[Any]]:
        found = self._source.get(name)
        if found is None:
            # The lookup that requests themselves fall back to, in all versions.
            manager = self._item.session._fixturemanager
            found = manager.getfixturedefs(name, self._item)
        if found is None:
            raise KeyError(name)
        made = [self._instances.instance(self._item, each) for each in found]
        self[name] = made
        return made


class _SharedExecution:
    """Stands for ``execute`` of a wide instance: one test makes it, the others wait.

    What is made already is not waited for, but where parameters are at play: then the
    first test with another one finishes the value of the last one, and makes anew all
    that was made of it.

    :ivar gate: entered by who makes the value.
    :ivar users: what has been made of the value.
    :ivar is_lost: it is neither used again nor taken down.
    """

    def __init__(self, instance: FixtureDef[Any], instances: FixtureInstances) -> None:
        self._instance = instance
        self._instances = instances
        self._context: FixtureContext | None = None
        self._stored: Any = None
        self._timeout = ""
        self.gate = Gate(f"fixture {instance.argname!r}")
        self.users: set[_SharedExecution] = set()
        self.is_lost = False

    def __call__(self, request: Any) -> Any:
        maker = _maker.get()
        if maker is not None:
            self.users.add(maker)
        stored: Any = self._instance.cached_result
        # While it is being made, the value is there before its context.
        is_made = stored is not None and stored is self._stored
        # The item of a request, in all versions.
        item, name = request._pyfuncitem, self._instance.argname
        is_sure = is_made and not self.gate.is_broken
        if is_sure and not self._instances.may_change(name, item):
            if stored[2] is None:
                return self._use(request)
            return self._execute(request, stored)
        with self.gate.entered():
            try:
                return self._execute(request, self._instance.cached_result)
            except BaseException as error:
                if may_run_again(item, error):
                    # Before others are told of a failure that is not the last word.
                    self.finish(request)
                raise

    def finish(self, request: Any) -> None:
        """Stand for ``finish``: takes down in the context that it was made in."""
        if self.is_lost:
            return
        finish = type(self._instance).finish
        with making_shared(self._instance, is_taken_down=True):
            if self._context is None:
                finish(self._instance, request)
            else:
                self._context.take_down(finish, self._instance, request)

    def _use(self, request: Any) -> Any:
        """Return the value that is there, as it is for most tests."""
        token = _maker.set(self)
        try:
            return type(self._instance).execute(self._instance, request)
        finally:
            _maker.reset(token)
            if self._context is not None:
                self._context.enter()

    def _execute(self, request: Any, stored: Any) -> Any:
        token = _maker.set(self)
        # It may be made anew, if what it depends on is: nobody knows before.
        context = FixtureContext()
        _maker.reset(token)
        execute = type(self._instance).execute
        try:
            with making_shared(self._instance):
                return context.make(execute, self._instance, request)
        except BaseException as error:
            failure = None if stored is None else stored[2]
            if failure is None or failure[0] is not error:
                self._timeout = describe_timeout()
                raise
            what = f"fixture {self._instance.argname!r}"
            raise fresh(error, failure[1], what, self._timeout) from error.__cause__
        finally:
            context.enter()
            if self._instance.cached_result is not self._stored:
                self._context, self._stored = context, self._instance.cached_result
            elif self._context is not None:
                self._context.enter()


def _execution(instance: FixtureDef[Any]) -> _SharedExecution:
    found: _SharedExecution = vars(instance)["execute"]
    return found


#: Whose value this context makes, if it is a wide one.
_maker: ContextVar[_SharedExecution | None] = ContextVar("phaserun_maker", default=None)


def _share(instance: FixtureDef[Any], instances: FixtureInstances) -> FixtureDef[Any]:
    """Make a copy safe for several tests."""
    shared = _SharedExecution(instance, instances)
    vars(instance).update(execute=shared, finish=shared.finish)
    return instance


def _copy(definition: FixtureDef[Any]) -> FixtureDef[Any]:
    """Return the definition with no value and no finalizers yet."""
    copy = object.__new__(type(definition))
    state = vars(copy)
    state.update(vars(definition))
    state["_finalizers"] = []
    state["cached_result"] = None
    return copy


def shares_below_session(item: Any) -> bool:
    """Tell whether an item uses a fixture of its class, module or package."""
    # Definitions by name, on every `Function` since 3.0; other items have none.
    info = getattr(item, "_fixtureinfo", None)
    between = (Scope.Class, Scope.Module, Scope.Package)
    return info is not None and any(
        scope_of(item, definitions[-1]) in between
        for definitions in info.name2fixturedefs.values()
        if definitions
    )


def wide_claims(items: Sequence[Any]) -> list[dict[Thing, object]]:
    """Return what each item claims: things, and a key of the parameter it wants.

    Two items with different keys for one thing cannot use it at one time. An item
    that wants no parameter of a fixture claims that where others do want one.
    """
    claims = [dict(wide_parameters(item)) for item in items]
    wanted = {thing for each in claims for thing in each}
    names = {name for name, _ in wanted}
    for item, claimed in zip(items, claims, strict=True):
        for thing in _plain_uses(item, names) if names else ():
            if thing in wanted:
                claimed.setdefault(thing, _parameter_key(None))
    return claims


def wide_parameters(item: Any) -> Iterator[tuple[Thing, object]]:
    """Yield the wide fixtures that an item gives parameters to, and their keys."""
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        return
    for name, value in callspec.params.items():
        node = _claimed_node(item, callspec._arg2scope[name])
        if node is not item:
            yield (name, node), _parameter_key(value)


def _plain_uses(item: Any, names: set[str]) -> Iterator[Thing]:
    """Yield those of the named wide fixtures that an item uses as they are."""
    # Definitions by name, on every `Function` since 3.0; other items have none.
    info = getattr(item, "_fixtureinfo", None)
    if info is None:
        return
    for name, definitions in info.name2fixturedefs.items():
        for definition in definitions if name in names else ():
            node = _claimed_node(item, scope_of(item, definition))
            if node is not item:
                yield name, node


def _claimed_node(item: Any, scope: Scope) -> Any:
    if scope is Scope.Function:
        return item
    # Packages are told apart by definition, unknown here: the session is wider.
    if scope in (Scope.Session, Scope.Package):
        return item.session
    return get_scope_node(item, scope) or item


def _parameter_key(value: object) -> object:
    """Return a hashable that is equal only where pytest would reuse the value.

    What cannot be hashed is told apart by identity: at worst equal parameters wait
    for one another. What does not equal itself, as NaN, is never reused.
    """
    try:
        is_reused = bool(value == value)
        hash(value)
    except Exception:  # a comparison of somebody else's may raise anything
        return id(value)
    return (type(value), value) if is_reused else object()
