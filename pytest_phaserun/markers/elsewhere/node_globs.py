"""Which tests the configuration means by a node id or a glob of node ids.

Wildcards and brackets are those of ``patterns``. But a node id is read from its
beginning, so that a wildcard may stand for several of its parts.
"""

from __future__ import annotations

import re
from functools import cache

from ..names.patterns import ANY_TEXT, translate

#: Where a test, class, file or folder ends: all that is in it is meant too.
_END = r"(?:\Z|/|::|\[)"


def is_meant(nodeid: str, pattern: str) -> bool:
    """Tell whether a pattern means a test.

    :param pattern: the node id of a test, class, file or folder, or a glob.
    """
    return _compile(pattern).match(nodeid) is not None


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.rstrip("/"), ANY_TEXT) + _END, re.DOTALL)
