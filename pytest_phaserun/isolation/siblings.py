"""The tests of a file that the command line did not name.

``pytest test_x.py::test_b`` collects the whole file and keeps one test; a test that
``test_b`` depends on is among the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest


def collect_siblings(
    session: pytest.Session, items: Iterable[pytest.Item]
) -> list[pytest.Item]:
    """Return all tests of the files that ``items`` come from, ``items`` included.

    Call during collection: the nodes that were collected already are the same again.
    """
    files: dict[Any, None] = {}
    for item in items:
        file = item.getparent(pytest.File)  # type: ignore[type-abstract]
        files[item if file is None else file] = None
    return list(
        dict.fromkeys(found for node in files for found in _walk(session, node))
    )


def _walk(session: pytest.Session, node: Any) -> Iterator[pytest.Item]:
    if isinstance(node, pytest.Item):
        yield node
        return
    # `_collect_one_node` answers from the cache of this collection, 8.0 to 9.2; the
    # public `genitems` would make every file anew. Without it nothing is pulled in.
    collect = getattr(session, "_collect_one_node", None)
    if collect is None:
        return
    report, _ = collect(node)
    if report.passed:
        for child in report.result:
            yield from _walk(session, child)
