"""Which tests the configuration means by a node id or a glob of node ids."""

from __future__ import annotations

from fnmatch import fnmatchcase


def is_meant(nodeid: str, pattern: str) -> bool:
    """Tell whether a pattern means a test.

    :param pattern: the node id of a test, class, file or folder, or a glob.
    """
    # Parameters in brackets are no glob where the whole id is given.
    if nodeid == pattern or fnmatchcase(nodeid, pattern):
        return True
    return nodeid.startswith((f"{pattern}::", f"{pattern.rstrip('/')}/", f"{pattern}["))
