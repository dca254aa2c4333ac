"""One parse of source at a time, where the interpreter cannot do more.

CPython 3.11 counts the depth of syntax trees for all threads together, so that two that
parse at once may end with a ``SystemError`` (python/cpython#106905). pytest parses the
source of every test that fails. Who calls ``compile`` for a tree is not covered.
"""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def one_parse_at_a_time() -> Iterator[None]:
    """While active, ``ast.parse`` may be called by many threads."""
    if sys.version_info[:2] != (3, 11):
        yield
        return
    parse: Any = ast.parse
    lock = threading.Lock()

    def parse_alone(*arguments: Any, **keywords: Any) -> Any:
        with lock:
            return parse(*arguments, **keywords)

    ast.parse = parse_alone
    try:
        yield
    finally:
        ast.parse = parse
