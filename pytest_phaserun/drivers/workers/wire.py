"""Calls of reporting hooks as plain data, and back.

Reports go through pytest's own two hooks for that, so that those of plugins do too.
"""

from __future__ import annotations

import marshal
import pickle
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from ...isolation.current import HookCall
from .messages import WireCall

#: Of marshal, which takes builtin types alone; is read by all versions of Python.
_FORMAT = 4

REPORT = "pytest_runtest_logreport"
#: Cannot be called in another process.
INTERACT = "pytest_exception_interact"
WARNING = "pytest_warning_recorded"


def encode(config: pytest.Config, calls: Iterable[HookCall]) -> list[WireCall]:
    """Return calls as data that any process can read."""
    return [
        (name, _dump(_encode(config, name, arguments))) for name, arguments in calls
    ]


def _dump(data: dict[str, Any]) -> bytes:
    try:
        return marshal.dumps(data, _FORMAT)
    except ValueError:
        return marshal.dumps(plain(data), _FORMAT)


def _encode(config: pytest.Config, name: str, arguments: Any) -> dict[str, Any]:
    if name == REPORT:
        to_data = config.hook.pytest_report_to_serializable
        return {"report": to_data(config=config, report=arguments["report"])}
    if name == WARNING:
        return {**arguments, "warning_message": _encode_warning(arguments)}
    return dict(arguments)


def decode(config: pytest.Config, calls: Iterable[WireCall]) -> Iterator[HookCall]:
    """Yield calls as they were."""
    for name, text in calls:
        data = marshal.loads(text)
        if name == REPORT:
            from_data = config.hook.pytest_report_from_serializable
            report = from_data(config=config, data=data["report"])
            if report is not None:
                yield name, {"report": report}
        elif name == WARNING:
            message = _decode_warning(data["warning_message"])
            yield name, {**data, "warning_message": message}
        else:
            yield name, data


def plain(value: Any) -> Any:
    """Return a value made of builtin types; anything else becomes its text.

    A value that looks like a builtin one may belong to a class that another process
    cannot load.
    """
    kind = type(value)
    if value is None or kind in (str, int, float, bool, bytes):
        return value
    if kind is dict:
        return {plain(key): plain(each) for key, each in value.items()}
    if kind in (list, tuple):
        return kind([plain(each) for each in value])
    for base in (str, int, float):
        if isinstance(value, base):
            return base(value)
    return str(value)


def _encode_warning(arguments: Any) -> tuple[bytes | str, str, int, str]:
    """Return the warning itself if it can be pickled, otherwise its text."""
    message = arguments["warning_message"]
    place = (message.filename, message.lineno, message.category.__name__)
    try:
        return pickle.dumps(message.message), *place[:2], place[2]
    except Exception:  # whatever the class of a warning does when it is pickled
        return str(message.message), *place[:2], place[2]


def _decode_warning(
    data: tuple[bytes | str, str, int, str],
) -> warnings.WarningMessage:
    text, filename, lineno, category = data
    warning: Warning
    if isinstance(text, bytes):
        try:
            warning = pickle.loads(text)
        except Exception:  # as above
            warning = UserWarning(f"{category}: a warning that cannot be read here")
    else:
        warning = UserWarning(f"{category}: {text}")
    return warnings.WarningMessage(warning, type(warning), filename, lineno)
