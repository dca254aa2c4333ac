"""What a test that was given up leaves without a teardown, by name.

Looks only, in the watchdog's thread, while the test may go on.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

# Private; see `fixtures`.
from _pytest.fixtures import FixtureDef

from .current import ItemRun
from .fixtures import FixtureInstances, scope_node, scope_of

#: What pytest makes of ``setup_module`` and kin, in 8.4 to 9.2; with other names the
#: fixture is named as it is.
_XUNIT = re.compile(r"_(?:xunit|unittest)_(\w+?)_fixture")


def find_left_up(run: ItemRun, instances: FixtureInstances) -> list[str]:
    """Return the fixtures that stay up because a test hangs, the widest first.

    Its own, and wider ones that it was just making or taking down. Those that it
    merely uses are taken down by their last user.
    """
    making = run.making
    all_made = {id(thing) for thing, _ in making}
    shared = [text for each in making for text in _describe(each, all_made, instances)]
    own = [_name(each) for each in _own_instances(run.item) if _is_up(each)]
    return list(dict.fromkeys([*shared, *own]))


def _describe(
    making: tuple[Any, bool], all_made: set[int], instances: FixtureInstances
) -> Iterator[str]:
    thing, is_taken_down = making
    if isinstance(thing, FixtureDef):
        doing = "was being taken down" if is_taken_down else "was being made"
        yield f"{_name(thing)} ({doing})"
    elif is_taken_down:
        # The test has it in its hands; nobody else can take down the rest.
        for each in instances.of_node(thing):
            if id(each) not in all_made and _is_up(each):
                yield _name(each)
    else:
        yield f"{thing!r} (was being set up)"


def _own_instances(item: Any) -> Iterator[FixtureDef[Any]]:
    request = getattr(item, "_request", None)
    # See `fixtures`; copied first, since the test may ask for more.
    definitions = [] if request is None else list(request._arg2fixturedefs.values())
    for each in definitions:
        for instance in each:
            if scope_node(item, scope_of(item, instance), instance) is item:
                yield instance


def _is_up(instance: FixtureDef[Any]) -> bool:
    """Tell whether a fixture was made and has something to take down."""
    stored = instance.cached_result
    return stored is not None and stored[2] is None and _has_teardown(instance)


def _has_teardown(instance: FixtureDef[Any]) -> bool:
    function = instance.func
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return True
    return any(map(_is_of_its_own, list(instance._finalizers)))


def _is_of_its_own(finalizer: Any) -> bool:
    """Tell whether a finalizer was added by the fixture: by pytest are two others.

    One takes down what depends on the fixture, one calls a hook.
    """
    function = getattr(finalizer, "func", finalizer)
    is_hook = getattr(function, "__module__", "") == FixtureDef.__module__
    return not is_hook and getattr(function, "__name__", "") != "finish"


def _name(instance: FixtureDef[Any]) -> str:
    name = instance.argname
    found = _XUNIT.match(name)
    return found[1] if found else name
