"""The modules of the plugin are imported as those of any library.

pytest rewrites the assertions of all modules that are installed with a plugin, in case
that they test something, which these do not. That makes an import half as long again,
and several times as long where Python may not write files, as often in containers.
"""

from __future__ import annotations

import pytest

PACKAGE = __name__.partition(".")[0]


def import_as_written(config: pytest.Config) -> None:
    """Let what is imported of this package from now on be what its files say."""
    hook = config.pluginmanager.rewrite_hook
    # Private, in 8.4 to 9.2: packages to rewrite, and what was answered for modules.
    marked = getattr(hook, "_must_rewrite", None)
    known = getattr(hook, "_marked_for_rewrite_cache", None)
    if marked is not None and known is not None:
        marked.discard(PACKAGE)
        known.clear()
