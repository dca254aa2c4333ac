"""Exceptions that tests end with which are out of time, or what they share."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import pytest

# Private, the same in 8.4 to 9.2: see `probe`.
from _pytest.outcomes import TEST_OUTCOME

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup  # pytest itself requires it here

#: What a test, a fixture or a finalizer may raise without ending the run.
TEST_ERRORS = (*TEST_OUTCOME, BaseExceptionGroup)


# The class is public, but hidden from type checkers by the way pytest exports it.
class TimeoutInterrupt(pytest.fail.Exception):  # type: ignore[name-defined, misc]
    """Thrown into the thread of a test that is out of time.

    A ``BaseException``: a test's ``except Exception`` must not eat it. Of pytest's own
    kind, so that a fixture it ends is remembered as failed.
    """


# The class is public, but hidden from type checkers by the way pytest exports it.
class GivenUpError(pytest.fail.Exception):  # type: ignore[name-defined, misc]
    """What several tests share never got ready: it timed out in one of them."""

    # As pytest's own outcomes do, so that summaries have room for the message.
    __module__ = "builtins"

    def __init__(self, message: str) -> None:
        # No stack of this test has anything to do with it.
        super().__init__(message, pytrace=False)


# The class is public, but hidden from type checkers by the way pytest exports it.
class LoopLostError(pytest.fail.Exception):  # type: ignore[name-defined, misc]
    """An event loop that tests share was given up, since one of them blocked it."""

    def __init__(self, reason: str) -> None:
        message = f"the event loop that it shares with other tests is lost: {reason}"
        super().__init__(message, pytrace=False)


def fresh(
    error: BaseException,
    traceback: TracebackType | None,
    what: str,
    timeout: str = "",
) -> BaseException:
    """Return a copy of a stored exception, to be raised in one more test.

    Raising one object in several threads would mix their tracebacks. What cannot be
    copied is returned itself.

    :param what: what raised it, such as ``fixture 'db'``.
    :param timeout: where it timed out, if that is why it was raised.
    """
    if timeout or isinstance(error, TimeoutInterrupt):
        return GivenUpError(f"{what}: {timeout or 'timed out in another test'}")
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


def may_pass_again(failure: tuple[Any, Any] | None) -> bool:
    """Tell whether a stored failure might not come up in another try.

    A skip is none, and what ran out of time would do so again.
    """
    no_failure = (TimeoutInterrupt, pytest.skip.Exception)
    return failure is not None and not isinstance(failure[0], no_failure)


def raise_all(message: str, errors: Sequence[BaseException]) -> None:
    """Raise what several clean-ups have raised; nothing if they raised nothing.

    :raises BaseException: the only one, or a group of all.
    """
    # Stands in this file, whose frames are shown: of a group nothing else may be left
    # in the traceback, and pytest 8.4 cannot show an empty one.
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise BaseExceptionGroup(message, errors[::-1])
