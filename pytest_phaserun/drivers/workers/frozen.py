"""Memory that processes share with the one they are forked from.

To look for garbage is to write to every object, and so to copy all that is shared. What
is there before the first fork is therefore left out of that, as ``gc.freeze`` is for.
"""

from __future__ import annotations

import atexit
import gc
import io
import sys
import weakref
from collections.abc import Callable, Iterator
from types import GeneratorType, NoneType


class FrozenMemory:
    """All that is there when it is entered, in the parent before the first fork.

    It stays so to the end of the process, when the interpreter looks for garbage once
    more: that takes longer than hundreds of small tests, and mostly does nothing but
    give memory back. Where more depends on it, all is as it would be otherwise: where
    an object has a method ``__del__``, a file is open that may not have written what
    it holds, or a generator has not come to its end.
    """

    def __enter__(self) -> None:
        if gc.get_freeze_count():
            # Of a run before in this process.
            gc.unfreeze()
            gc.collect()
        self._owed = [_refer(each) for each in _find_owed()]
        gc.freeze()
        atexit.register(self._end)

    def __exit__(self, *_: object) -> None:
        """Let pytest find objects that fail when they are deleted."""
        # Files of pytest's own are still open, and its hooks have not come to an end.
        passive = (io.IOBase, GeneratorType, NoneType)
        if not all(isinstance(each(), passive) for each in self._owed):
            gc.unfreeze()

    def _end(self) -> None:
        if any(_is_owed(each()) for each in self._owed) or any(_find_owed()):
            gc.unfreeze()


def _refer(thing: object) -> Callable[[], object]:
    try:
        return weakref.ref(thing)
    except TypeError:
        return lambda: True  # nobody can tell whether it is still there


def _find_owed() -> Iterator[object]:
    """Yield the objects, but for frozen ones, whose deletion does something."""
    objects = gc.get_objects()
    kinds = {kind for kind in set(map(type, objects)) if _has_finalizer(kind)}
    return (each for each in objects if type(each) in kinds and _is_owed(each))


def _has_finalizer(kind: type) -> bool:
    # No method of a metaclass is called.
    return any("__del__" in vars(base) for base in kind.__mro__)


def _is_owed(thing: object) -> bool:
    if isinstance(thing, GeneratorType):
        return thing.gi_frame is not None
    if not isinstance(thing, io.IOBase):
        return thing is not None
    if isinstance(thing, io.StringIO | io.BytesIO) or thing in _find_standard():
        return False
    try:
        return not thing.closed
    except ValueError:
        return False  # it was detached from what it wrote to
    except Exception:  # whatever a class of the user's does when it is asked
        return True


def _find_standard() -> Iterator[object]:
    """Yield the streams that the interpreter flushes itself."""
    for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        yield stream
        yield getattr(stream, "buffer", None)
        yield getattr(getattr(stream, "buffer", None), "raw", None)
