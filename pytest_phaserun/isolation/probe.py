"""Look once whether this pytest has the private names that the wing builds on.

What is missing means a warning and a serial run; nothing here changes anything.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Sequence
from types import FunctionType

#: Every private name that must be there to run items beside one another, as a module
#: and what it must hold. The place that uses each says why and since when. A name that
#: the wing can do without, at its place, does not stand here.
#:
#: After a class stands an attribute of it or of its instances, after a function one of
#: its parameters or a name it mentions; see ``_is_mentioned``. ``|`` stands between
#: the names that versions have for one thing.
#:
#: What cannot be known before tests run: what a name means and what a call returns.
#: That an attribute of instances is mentioned does not prove that it is there in time.
NEEDED = {
    "_pytest._io.terminalwriter": (
        "TerminalWriter._file TerminalWriter._terminal_width"
    ),
    "_pytest.assertion": "pytest_runtest_protocol",
    "_pytest.assertion.util": "_reprcompare _assertion_pass _config",
    "_pytest.capture": "CaptureBase CaptureFixture._start CaptureFixture.close "
    "CaptureIO CaptureManager.resume_global_capture "
    "CaptureManager.suspend_global_capture CaptureManager.read_global_capture "
    "CaptureManager.suspend_fixture CaptureManager.global_and_fixture_disabled "
    "capsys capsysbinary capteesys",
    "_pytest.config": "Config._ensure_unconfigure",
    "_pytest.fixtures": "FixtureDef._finalizers FixtureDef._scope "
    "FixtureDef.cached_result FixtureDef.execute FixtureDef.finish FixtureDef.func "
    "FixtureFunctionDefinition._get_wrapped_function FixtureManager.getfixturedefs "
    "FixtureRequest._arg2fixturedefs FixtureRequest._pyfuncitem "
    "FuncFixtureInfo.name2fixturedefs get_scope_node get_scope_package",
    "_pytest.logging": "LogCaptureFixture._finalize "
    "LogCaptureFixture._initial_handler_level LogCaptureFixture.handler "
    "LogCaptureHandler.reset LoggingPlugin.formatter LoggingPlugin.log_level "
    "caplog_handler_key caplog_records_key",
    "_pytest.main": "FSHookProxy.remove_mods Session._fixturemanager "
    "Session._setupstate Session.gethookproxy",
    "_pytest.outcomes": "TEST_OUTCOME",
    "_pytest.python": "CallSpec2|CallSpec._arg2scope CallSpec2|CallSpec.params "
    "Function._fixtureinfo Function._instance Function._obj Function._request",
    "_pytest.runner": "SetupState.addfinalizer SetupState.setup SetupState.stack "
    "SetupState.teardown_exact _update_current_test_var",
    "_pytest.scope": "Scope.Class Scope.Function Scope.Module Scope.Package "
    "Scope.Session",
    "_pytest.threadexception": "collect_thread_exception thread_exception_hook.append "
    "thread_exceptions",
    "_pytest.tmpdir": "pytest_configure._tmp_path_factory",
    "_pytest.unraisableexception": "collect_unraisable unraisable_exceptions "
    "unraisable_hook.append",
    "_pytest.warnings": "catch_warnings_for_item.ihook",
    "warnings": "_add_filter _filters_mutated _showwarnmsg defaultaction",
}
if sys.version_info >= (3, 14):
    NEEDED["warnings"] += " _get_context _get_filters _set_context"

#: The same for modules that not every supported pytest has: without the module nothing
#: is missing, with it all of these must be there.
NEEDED_IF_THERE = {
    # From 9.0 on.
    "_pytest.subtests": "Captured.err Captured.out CapturedLogs.handler SubtestReport "
    "capturing_logs capturing_output failed_subtests_key",
}


class PhaserunWarning(UserWarning):
    """The plugin cannot do all it is for with this pytest, or with another plugin.

    :param of: what lacks the names.
    :param means: what follows from it.
    :ivar missing: the names that it looked for in vain.
    """

    def __init__(
        self,
        missing: Sequence[str],
        *,
        of: str = "pytest",
        means: str = "tests run one at a time and without time limits",
    ) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"phaserun does not know this version of {of}: {', '.join(missing)} "
            f"cannot be found; {means}"
        )


def find_missing() -> list[str]:
    """Return the names that this pytest does not have, empty if all is well."""
    there = {m: names for m, names in NEEDED_IF_THERE.items() if _has(m)}
    return [
        f"{module}.{name}"
        for module, names in {**NEEDED, **there}.items()
        for name in names.split()
        if not _has(module, name)
    ]


def _has(module: str, name: str = "") -> bool:
    """Tell whether a module is there and holds a name."""
    try:
        found: object = importlib.import_module(module)
    except ImportError:
        return False
    if not name:
        return True
    first, *parts = name.split(".")
    # Not by `getattr`: a module may warn of a name that it has under another one, too.
    there = [each for each in first.split("|") if each in vars(found)]
    if not there:
        return False
    found = vars(found)[there[0]]
    for part in parts:
        if not hasattr(found, part):
            return _is_mentioned(found, part)
        found = getattr(found, part)
    return True


def _is_mentioned(owner: object, name: str) -> bool:
    """Tell whether a class or a function shows that it knows a name.

    Instances have most of their attributes from methods, usually ``__init__``, or the
    class declares them. There are no instances yet that could be asked.
    """
    if isinstance(owner, type):
        declared = getattr(owner, "__annotations__", ())
        codes = [
            each.__code__
            for each in vars(owner).values()
            if isinstance(each, FunctionType)
        ]
        return name in declared or any(name in code.co_names for code in codes)
    function = inspect.unwrap(owner) if callable(owner) else None
    if not isinstance(function, FunctionType):
        return False
    code = function.__code__
    return name in (*code.co_varnames, *code.co_names, *code.co_consts)
