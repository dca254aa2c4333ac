"""Dependencies as numbers: those on tasks that must complete, and the conditions.

Knows neither graph nor run; see ``conditions`` for what ends make of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .model import Dependency, Require, Task, When


class Condition(NamedTuple):
    """A dependency that is more than a list of tasks that must complete.

    :ivar dependent: the number of the task that it holds back.
    :ivar places: the numbers of those it looks at, each once, in the order given.
    """

    dependent: int
    places: tuple[int, ...]
    when: When
    require: Require


def get_ids(task: Task) -> Iterator[str]:
    """Yield the ids of all tasks that a task depends on, in whatever way."""
    for dependency in task.dependencies:
        if isinstance(dependency, Dependency):
            yield from dependency.ids
        else:
            yield dependency


def read_dependencies(
    number: int, task: Task, index: Mapping[str, int]
) -> tuple[dict[int, None], list[Condition]]:
    """Split what a task depends on into what must complete and the conditions.

    :param number: of the task.
    :param index: the numbers of all tasks by their ids.
    :raises KeyError: an id is not there.
    """
    plain: dict[int, None] = {}
    conditions = []
    for dependency in task.dependencies:
        if not isinstance(dependency, Dependency):
            plain[index[dependency]] = None
            continue
        places = tuple(dict.fromkeys(index[name] for name in dependency.ids))
        # Any of one is all of one.
        require = dependency.require if len(places) > 1 else Require.ALL
        if dependency.when is When.PASSED and require is Require.ALL:
            plain.update(dict.fromkeys(places))
        else:
            conditions.append(Condition(number, places, dependency.when, require))
    return plain, conditions
