"""The usual ways to patch something, wrapped: what they are about to change is noted.

``pytest.MonkeyPatch``, ``unittest.mock.patch`` and ``contextlib.redirect_stdout``, in
whichever file they are used. Patches of modules, classes and the process's own tables
are named; of other objects nobody knows whether tests share them.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

import pytest

from .changes import Changes, Restore

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

_MISSING = object()

#: Tables that all tests share.
_SHARED = {id(os.environ): "os.environ", id(sys.modules): "sys.modules"}

_Note = Callable[..., None]


@contextmanager
def watched_patches(changes: Changes) -> Iterator[None]:
    """Take note of patches while tests run beside one another."""
    with ExitStack() as stack:
        for owner, name, note in _entry_points():
            original = vars(owner).get(name)
            if original is None:  # an unknown version of it
                continue
            wrapped = _wrap(original, functools.partial(note, changes))
            setattr(owner, name, wrapped)
            stack.callback(setattr, owner, name, original)
        yield


def _entry_points() -> Iterator[tuple[Any, str, _Note]]:
    for name in ("setattr", "delattr"):
        yield pytest.MonkeyPatch, name, _note_attribute_of
    for name in ("setitem", "delitem"):
        yield pytest.MonkeyPatch, name, _note_item_of
    # Private in the standard library, 3.10 to 3.14; without them such patches go
    # unnoticed.
    redirection = getattr(contextlib, "_RedirectStream", None)
    if redirection is not None:
        yield redirection, "__enter__", _note_redirection
    mock = sys.modules.get("unittest.mock")
    for kind, note in (("_patch", _note_patch), ("_patch_dict", _note_patch_dict)):
        found = getattr(mock, kind, None)
        if found is not None:
            yield found, "__enter__", note


def _wrap(original: Any, note: Callable[..., None]) -> Any:
    @functools.wraps(original)
    def noted(*args: Any, **kwargs: Any) -> Any:
        # What cannot be noted is no reason to disturb the test.
        with contextlib.suppress(Exception):
            note(*args, **kwargs)
        return original(*args, **kwargs)

    return noted


def _note_attribute_of(
    changes: Changes,
    patch: object,
    target: Any,
    name: Any = _MISSING,
    *_: Any,
    **__: Any,
) -> None:
    if isinstance(target, str):
        # The form `setattr("module.name", value)`, where a name is a value.
        path, _dot, name = target.rpartition(".")
        target = pkgutil.resolve_name(path)
    _note_attribute(changes, target, name)


def _note_attribute(changes: Changes, target: Any, name: str) -> None:
    is_shared = isinstance(target, (ModuleType, type))
    text = f"{target.__name__}.{name}" if is_shared else None

    def save() -> Restore:
        # As it stands there: `getattr` would unwrap static methods.
        before = vars(target).get(name, _MISSING)
        return lambda: _put_back(target, name, before)

    changes.note((id(target), "attribute", name), text, save)


def _put_back(target: Any, name: str, before: object) -> None:
    if vars(target).get(name, _MISSING) is before:
        return
    if before is _MISSING:
        delattr(target, name)
    else:
        setattr(target, name, before)


def _note_item_of(
    changes: Changes, patch: object, table: Any, key: Any, *_: Any, **__: Any
) -> None:
    # Of the environment the audit hook knows more.
    if table is os.environ:
        return
    shared = _SHARED.get(id(table))

    def save() -> Restore:
        before = table.get(key, _MISSING)

        def restore() -> None:
            if before is _MISSING:
                del table[key]
            elif table.get(key, _MISSING) is not before:
                table[key] = before

        return restore

    text = f"{shared}[{key!r}]" if shared else None
    changes.note((id(table), "item", key), text, save)


def _note_redirection(changes: Changes, redirection: Any) -> None:
    name = redirection._stream

    def save() -> Restore:
        before = getattr(sys, name)
        return lambda: setattr(sys, name, before)

    changes.note(("stream", name), f"sys.{name}", save)


def _note_patch(changes: Changes, patch: Any) -> None:
    _note_attribute(changes, patch.getter(), patch.attribute)


def _note_patch_dict(changes: Changes, patch: Any) -> None:
    table = patch.in_dict
    if isinstance(table, str):
        table = pkgutil.resolve_name(table)
    if table is os.environ:
        return

    def save() -> Restore:
        before = dict(table)

        def restore() -> None:
            table.clear()
            table.update(before)

        return restore

    changes.note((id(table), "table"), _SHARED.get(id(table)), save)
