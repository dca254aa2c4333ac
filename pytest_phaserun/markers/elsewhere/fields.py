"""What is said of a test elsewhere than on it, turned into the marks that say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import pytest

from ..values import as_names, explain_unknown

#: Takes one line that says what is wrong.
Complain: TypeAlias = Callable[[str], None]


def make_marks(fields: Mapping[str, Any], complain: Complain) -> list[pytest.Mark]:
    """Return the marks that mean the same.

    Whether the marks are right is left to those who read them.

    :param fields: as described at the hook ``pytest_phaserun_task``.
    """
    marks: list[pytest.Mark] = []
    for key, value in fields.items():
        make = _MAKERS.get(key)
        if make is None:
            complain(explain_unknown(key, _MAKERS))
        else:
            marks.extend(decorator.mark for decorator in make(value, complain))
    return marks


def _make_id(value: Any, complain: Complain) -> Iterator[pytest.MarkDecorator]:
    yield pytest.mark.task(value)


def _make_timeout(value: Any, complain: Complain) -> Iterator[pytest.MarkDecorator]:
    yield pytest.mark.task(timeout=value)


def _make_exclusive(value: Any, complain: Complain) -> Iterator[pytest.MarkDecorator]:
    if not isinstance(value, bool):
        complain(f"exclusive is true or false, not {value!r}")
    elif value:
        yield pytest.mark.exclusive


def _make_dependencies(
    value: Any, complain: Complain
) -> Iterator[pytest.MarkDecorator]:
    names = []
    for each in as_names(value):
        if not isinstance(each, Mapping):
            names.append(each)
            continue
        rest = dict(each)
        ids = as_names(rest.pop("ids", ()))
        if not ids:
            complain(f"depends_on takes a table with the key 'ids', not {each!r}")
        else:
            yield pytest.mark.depends_on(*ids, **rest)
    if names:
        # With an argument the mark is applied to nothing.
        yield pytest.mark.depends_on.with_args(*names)


def _make_resources(value: Any, complain: Complain) -> Iterator[pytest.MarkDecorator]:
    for each in as_names(value):
        if isinstance(each, Mapping):
            yield pytest.mark.resource(**each)
        else:
            yield pytest.mark.resource.with_args(each)


_MAKERS: dict[str, Callable[[Any, Complain], Iterator[pytest.MarkDecorator]]] = {
    "id": _make_id,
    "depends_on": _make_dependencies,
    "resources": _make_resources,
    "timeout": _make_timeout,
    "exclusive": _make_exclusive,
}

#: The keys that may be given.
KEYS = tuple(_MAKERS)
