"""Look once whether this pytest has the private names that the wing builds on.

What is missing means a warning and a serial run; nothing here changes anything.
"""

from __future__ import annotations

import importlib

import pytest

#: Module and dotted name of everything private that must be there to run items beside
#: one another. The place that uses each says why and since when.
NEEDED = (
    ("_pytest.runner", "SetupState.setup"),
    ("_pytest.runner", "SetupState.teardown_exact"),
    ("_pytest.runner", "SetupState.addfinalizer"),
    ("_pytest.runner", "_update_current_test_var"),
    ("_pytest.outcomes", "TEST_OUTCOME"),
    ("_pytest.fixtures", "FixtureDef.execute"),
    ("_pytest.fixtures", "FixtureDef.finish"),
    ("_pytest.fixtures", "get_scope_node"),
    ("_pytest.fixtures", "get_scope_package"),
    ("_pytest.scope", "Scope.Package"),
    ("_pytest.capture", "CaptureIO"),
    ("_pytest.capture", "CaptureBase"),
    ("_pytest.capture", "CaptureManager.resume_global_capture"),
    ("_pytest.capture", "CaptureManager.suspend_global_capture"),
    ("_pytest.capture", "CaptureManager.read_global_capture"),
    ("_pytest.assertion", "pytest_runtest_protocol"),
    ("_pytest.assertion.util", "_reprcompare"),
    ("_pytest.assertion.util", "_assertion_pass"),
    ("_pytest.assertion.util", "_config"),
    ("_pytest.main", "Session.gethookproxy"),
)


def find_missing(session: pytest.Session) -> list[str]:
    """Return the names that this pytest does not have, empty if all is well."""
    missing = [f"{module}.{name}" for module, name in NEEDED if not _has(module, name)]
    for attribute in ("_setupstate", "_fixturemanager"):
        if not hasattr(session, attribute):
            missing.append(f"Session.{attribute}")
    return missing


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
