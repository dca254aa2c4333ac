"""Random order: any that the dependencies allow, and the same again for the same seed.

Says in which order tests stand; which of them may start is the dispatcher's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pytest

from .isolation.other_plugins import find_active
from .markers.selection import Selection

#: The other plugin that puts tests into random order.
_OTHER = "pytest_randomly"


def shuffle(selection: Selection, seed: int) -> None:
    """Put the tests of a selection, and what is known of each, into random order."""
    order = rank([item.nodeid for item in selection.items], seed)
    selection.arrange(order)


def rank(names: Iterable[str], seed: int) -> list[int]:
    """Return the places of names in random order.

    Each name has its place by itself, by a hash of it and the seed: the same in every
    version of Python, and whatever other names come and go. Equal ones keep their
    order.
    """
    keys = [_hash(f"{seed}::{name}") for name in names]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _hash(text: str) -> bytes:
    # Node ids may hold what cannot be encoded otherwise.
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


def is_shuffled_by_other(config: pytest.Config) -> bool:
    """Tell whether pytest-randomly has put the tests into its own order."""
    if find_active(config, _OTHER) is None:
        return False
    return bool(config.getoption("randomly_reorganize", default=False))
