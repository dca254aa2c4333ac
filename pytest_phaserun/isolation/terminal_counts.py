"""Count something in the last line of pytest's terminal."""

from __future__ import annotations

from typing import Any

import pytest


def count_as(terminal: pytest.TerminalReporter, category: str, entry: object) -> None:
    """Count an entry under a category, which pytest need not know."""
    # `_add_stats`, in 8.4 to 9.2: also looks anew which categories there are. Without
    # it a new one is missing in the last line of a run that ends early.
    add: Any = getattr(terminal, "_add_stats", None)
    if add is not None:
        add(category, [entry])
    else:
        terminal.stats.setdefault(category, []).append(entry)
