"""Look once whether this pytest has the private names that the wing builds on.

What is missing means a warning and a serial run; nothing here changes anything.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

#: Every private name that must be there to run items beside one another, as a module
#: and what it must hold. The place that uses each says why and since when.
NEEDED = {
    "_pytest.assertion": "pytest_runtest_protocol",
    "_pytest.assertion.util": "_reprcompare _assertion_pass _config",
    "_pytest.capture": "CaptureBase CaptureIO CaptureManager.resume_global_capture "
    "CaptureManager.suspend_global_capture CaptureManager.read_global_capture "
    "CaptureManager.suspend_fixture CaptureManager.global_and_fixture_disabled "
    "capsys capsysbinary capteesys",
    "_pytest.fixtures": "FixtureDef.execute FixtureDef.finish get_scope_node "
    "get_scope_package FixtureManager.getfixturedefs",
    "_pytest.logging": "LogCaptureFixture._finalize LogCaptureHandler.reset "
    "caplog_handler_key caplog_records_key LoggingPlugin",
    "_pytest.main": "Session.gethookproxy",
    "_pytest.outcomes": "TEST_OUTCOME",
    "_pytest.runner": "SetupState.addfinalizer SetupState.setup "
    "SetupState.teardown_exact _update_current_test_var",
    "_pytest.scope": "Scope.Package",
    "_pytest.threadexception": "collect_thread_exception thread_exception_hook "
    "thread_exceptions",
    "_pytest.unraisableexception": "collect_unraisable unraisable_exceptions "
    "unraisable_hook",
    "_pytest.warnings": "catch_warnings_for_item",
    "warnings": "_showwarnmsg _filters_mutated filterwarnings.__globals__",
}


class PhaserunWarning(UserWarning):
    """The plugin cannot do all it is for with this pytest.

    :ivar missing: the names that it looked for in vain.
    """

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"phaserun does not know this version of pytest: {', '.join(missing)} "
            "cannot be found; tests run one at a time and without time limits"
        )


def find_missing() -> list[str]:
    """Return the names that this pytest does not have, empty if all is well."""
    return [
        f"{module}.{name}"
        for module, names in NEEDED.items()
        for name in names.split()
        if not _has(module, name)
    ]


def _has(module: str, name: str) -> bool:
    try:
        found: object = importlib.import_module(module)
    except ImportError:
        return False
    for part in name.split("."):
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True
