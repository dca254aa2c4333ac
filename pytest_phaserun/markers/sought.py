"""What to look for in files that were not collected.

A name that means nothing may mean something there. One that leads out of the file of
its test may mean something nearer there, or more than was collected.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest


class Sought(NamedTuple):
    """A word that a file has to have, in its text or its path, to matter.

    :ivar word: empty if every file may matter.
    :ivar folder: where such files matter; ``None`` for everywhere.
    """

    word: str
    folder: Path | None = None


def seek_unknown(name: str) -> Sought:
    """Return what to look for because a name means nothing so far."""
    return Sought(word=_find_word(name))


def seek_others(
    item: pytest.Item, name: str, found: Iterable[pytest.Item]
) -> Sought | None:
    """Return what to look for though a name means some tests; ``None`` if nothing.

    Names are looked for in the class, the file and the folders of a test, nearest
    first. So what a file itself answers is settled, and elsewhere the folder that has
    both tests is the outermost that can hold another answer.
    """
    word = _find_word(name)
    if not word:
        return Sought(word=word)
    own = item.path
    # Most names stay in their file; comparing paths takes longer than all the rest.
    paths = {other.path for other in found if other.path is not own} - {own}
    if not paths and word not in own.parts[:-1]:
        return None
    around = [each for each in own.parents if each.name == word]
    try:
        common = os.path.commonpath([own.parent, *(path.parent for path in paths)])
    except ValueError:  # on several drives
        return Sought(word=word)
    folders = [Path(common), *around]
    return Sought(word=word, folder=min(folders, key=lambda each: len(each.parts)))


def _find_word(name: str) -> str:
    """Return the last part of a name without parameters; empty if it is open."""
    base = name.partition("[")[0]
    if any(each in base for each in "*?{"):
        return ""
    return base.rstrip("/").rpartition("::")[2].rpartition("/")[2]
