"""Whether another plugin is active in a run.

For plugins that are modules; it knows none of them.
"""

from __future__ import annotations

import sys
from types import ModuleType

import pytest


def find_active(config: pytest.Config, name: str) -> ModuleType | None:
    """Return the plugin in a module of this name, ``None`` if it is not active.

    However it was loaded: the name of an entry point may be any other.
    """
    module = sys.modules.get(name)
    is_active = module is not None and config.pluginmanager.is_registered(module)
    return module if is_active else None
