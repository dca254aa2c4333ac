"""The table ``[tool.phaserun]`` of ``pyproject.toml``, or the file ``phaserun.toml``.

Holds what is said of tests elsewhere than on them; options stand in pytest's own
configuration.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ..values import explain_unknown, is_count
from .fields import KEYS, make_marks

#: Files in the root directory, and the tables in them.
FILES = (("phaserun.toml", ()), ("pyproject.toml", ("tool", "phaserun")))

#: What tables for tests may say; an id belongs to one test, not to a glob.
OVERRIDES = tuple(key for key in KEYS if key != "id")


class Entry(NamedTuple):
    """What one line or table says of some tests.

    :ivar pattern: the node id of a test, class, file or folder, or a glob of those.
    :ivar source: where it stands, for messages.
    """

    pattern: str
    marks: tuple[pytest.Mark, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What the file says.

    :ivar capacities: how many units resources have.
    """

    capacities: Mapping[str, int] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()


def read_tables(rootpath: Path) -> Tables:
    """Read the file of a project.

    :raises pytest.UsageError: it is wrong; one line for each mistake.
    """
    problems: list[str] = []
    found = [
        (name, table)
        for name, path in FILES
        if (table := _load(rootpath / name, path, problems)) is not None
    ]
    if len(found) > 1:
        problems.append(
            "phaserun.toml and the table [tool.phaserun] of pyproject.toml: keep one"
        )
    tables = _Tables(*found[0], problems).read() if found else Tables()
    if problems:
        raise pytest.UsageError(*problems)
    return tables


def _load(path: Path, keys: tuple[str, ...], problems: list[str]) -> object:
    """Return a table of a file, ``None`` if there is no such file or table."""
    if not path.is_file():
        return None
    # Imported where there is something to read: most of its time goes into patterns.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        found: object = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problems.append(f"{path.name}: {error}")
        return None
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


class _Tables:
    """Reads one file, table by table."""

    def __init__(self, name: str, table: object, problems: list[str]) -> None:
        self._name = name
        self._prefix = "" if name == "phaserun.toml" else "tool.phaserun."
        self._table = table
        self._problems = problems
        self._entries: list[Entry] = []
        self._capacities: dict[str, int] = {}

    def read(self) -> Tables:
        readers = {
            "depends_on": self._read_dependencies,
            "resources": self._read_capacities,
            "overrides": self._read_overrides,
        }
        for key, value in self._items(self._table, self._name):
            if key not in readers:
                self._problems.append(f"{self._name}: {explain_unknown(key, readers)}")
                continue
            where = f"{self._name}: [{self._prefix}{key}]"
            for name, each in self._items(value, where):
                readers[key](name, each, f"{where} {name!r}")
        return Tables(capacities=self._capacities, entries=tuple(self._entries))

    def _items(self, table: object, where: str) -> list[tuple[str, Any]]:
        if isinstance(table, dict):
            return list(table.items())
        self._problems.append(f"{where}: must be a table, not {table!r}")
        return []

    def _read_dependencies(self, pattern: str, value: Any, where: str) -> None:
        self._add(pattern, {"depends_on": value}, where)

    def _read_capacities(self, name: str, value: Any, where: str) -> None:
        if is_count(value):
            self._capacities[name] = value
        else:
            self._problems.append(
                f"{where}: a capacity is a whole number from 1 on, not {value!r}"
            )

    def _read_overrides(self, pattern: str, value: Any, where: str) -> None:
        fields = {}
        for key, each in self._items(value, where):
            if key in OVERRIDES:
                fields[key] = each
            elif key in ("retries", "reruns"):
                self._problems.append(
                    f"{where}: {key} are for pytest-rerunfailures; use its mark 'flaky'"
                )
            else:
                self._problems.append(f"{where}: {explain_unknown(key, OVERRIDES)}")
        self._add(pattern, fields, where)

    def _add(self, pattern: str, fields: Mapping[str, Any], where: str) -> None:
        def complain(text: str) -> None:
            self._problems.append(f"{where}: {text}")

        marks = tuple(make_marks(fields, complain))
        if marks:
            self._entries.append(Entry(pattern=pattern, marks=marks, source=where))
