"""Exceptions that several tests are told about."""

from __future__ import annotations

from types import TracebackType
from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def fresh(error: E, traceback: TracebackType | None) -> E:
    """Return a copy of a stored exception, to be raised in one more test.

    Raising one object in several threads would mix their tracebacks. What cannot be
    copied is returned itself.
    """
    try:
        copy = type(error).__new__(type(error), *error.args)
        copy.args = error.args
        copy.__dict__.update(error.__dict__)
    except Exception:  # a constructor of somebody else's may raise anything
        copy = error
    else:
        copy.__cause__ = error.__cause__
        copy.__context__ = error.__context__
        copy.__suppress_context__ = error.__suppress_context__
    return copy.with_traceback(traceback)
