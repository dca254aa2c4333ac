"""What is said of tests elsewhere than on them: by files, by fixtures, by plugins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pytest

from ..declared import NOTHING, Declaration
from ..dialects.own import read_marks
from ..places import function_id
from ..reading import Elsewhere
from ..values import is_count
from .fields import make_marks
from .fixture_resources import FixtureResources, parse_lines
from .node_globs import is_meant
from .toml_file import Entry


def find_elsewhere(
    config: pytest.Config,
    entries: Iterable[Entry],
    fixture_resources: Iterable[str],
) -> list[Elsewhere]:
    """Return who knows something; whoever comes first goes before the others.

    :param entries: of the configuration file.
    :param fixture_resources: the lines of the configuration that say which fixtures
        stand for resources.
    :raises pytest.UsageError: one of those lines is wrong.
    """
    found: list[Elsewhere] = []
    if config.pluginmanager.hook.pytest_phaserun_task.get_hookimpls():
        found.append(_ask_plugins)
    if entries := list(entries):
        # Of several entries the last one stands.
        found.append(_Entries(entries[::-1]))
    if resources := parse_lines(fixture_resources):
        found.append(FixtureResources(resources))
    return found


def _ask_plugins(item: pytest.Item, problems: list[str]) -> Declaration:
    source = f"{item.nodeid}: the hook pytest_phaserun_task"
    declaration = NOTHING
    for fields in item.ihook.pytest_phaserun_task(item=item):
        if not isinstance(fields, Mapping):
            problems.append(f"{source} must return a mapping, not {fields!r}")
            continue
        marks = make_marks(fields, lambda text: problems.append(f"{source}: {text}"))
        declaration = declaration.join(_read(item, marks, problems, source))
    return declaration


class _Entries:
    """Knows what the configuration file says."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = list(entries)

    def __call__(self, item: pytest.Item, problems: list[str]) -> Declaration:
        declaration = NOTHING
        for entry in self._entries:
            if is_meant(item.nodeid, entry.pattern):
                read = _read(item, entry.marks, problems, entry.source)
                declaration = declaration.join(read)
        return declaration


def _read(
    item: pytest.Item, marks: Iterable[pytest.Mark], problems: list[str], source: str
) -> Declaration:
    # An id is that of the function; its parametrizations may all be given it.
    owner_id = function_id(item)
    return read_marks(((item, owner_id, mark) for mark in marks), problems, source)


def find_capacities(
    config: pytest.Config, written: Mapping[str, int]
) -> dict[str, int]:
    """Return the capacities of resources, where they are given.

    :param written: what the configuration file says, which goes before.
    :raises pytest.UsageError: a plugin gives something else.
    """
    hook = config.pluginmanager.hook.pytest_phaserun_resource_capacities
    found: dict[str, int] = {}
    for given in reversed(hook(config=config)):
        found.update(given)
    problems = list(_find_wrong_capacities(found))
    if problems:
        raise pytest.UsageError(*problems)
    return {**found, **written}


def _find_wrong_capacities(found: Mapping[str, object]) -> Iterator[str]:
    for name, value in found.items():
        if not is_count(value):
            yield (
                f"the hook pytest_phaserun_resource_capacities: the capacity of "
                f"{name!r} is a whole number from 1 on, not {value!r}"
            )
