"""One after the other, every private name that the isolation builds on goes missing.

Each of them is hidden from the probe alone, since few can be spared by pytest; what the
isolation imports is really gone while the plugin is at work, too.
"""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import pytest

from pytest_phaserun.isolation import probe

from .reading import order

TABLE = {**probe.NEEDED, **probe.NEEDED_IF_THERE}
NAMES = [(m, name) for m, names in TABLE.items() for name in names.split()]

#: All that the isolation imports of pytest at the top of its modules, names as well as
#: modules. Another name is looked up where it is used.
IMPORTED = {
    f"{node.module}.{alias.name}"
    for path in Path(probe.__file__).parent.glob("*.py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.ImportFrom) and str(node.module).startswith("_pytest")
    for alias in node.names
}

#: What pytest itself imports again while plugins are configured: it cannot be gone.
INDISPENSABLE = {"_pytest.assertion", "_pytest.outcomes.TEST_OUTCOME"}

SUITE = """
    import threading

    import pytest

    order = []

    @pytest.fixture(scope="module")
    def log():
        yield order
        assert order == ["b", "c", "a"]

    @pytest.mark.depends_on("test_b")
    def test_a(log): order.append("a")

    def test_b(log):
        assert threading.current_thread() is threading.main_thread()
        order.append("b")

    def test_c(log):
        order.append("c")
        assert 0

    @pytest.mark.depends_on("test_c")
    def test_d(log): order.append("d")
"""

#: Takes a name or a whole module away while the plugin is configured and while it runs
#: tests. For pytest itself it is there: before, after, and inside each test.
HIDE = """
    import importlib, sys

    import pytest

    GONE = {gone!r}

    package, _, name = GONE.rpartition(".")
    owner = vars(importlib.import_module(package))
    saved, is_module = owner[name], GONE in sys.modules

    def hide():
        del owner[name]
        if is_module:
            sys.modules[GONE] = None  # an import of it fails

    def put_back():
        owner[name] = saved
        if is_module:
            sys.modules[GONE] = saved

    class First:
        @pytest.hookimpl(tryfirst=True)
        def pytest_configure(self): hide()

    def pytest_addoption(pluginmanager):
        pluginmanager.register(First())

    # Plugins are configured in the order from the last one to the first one: after
    # phaserun, and before those of pytest.
    def pytest_configure(): put_back()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop():
        hide()
        try:
            return (yield)
        finally:
            put_back()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol():
        put_back()
        try:
            return (yield)
        finally:
            hide()
"""


@pytest.fixture
def suite(pytester):
    """Write the tests, beside which plugins can be imported."""
    pytester.makepyfile(SUITE)
    pytester.syspathinsert()
    return pytester


@pytest.fixture
def fresh_plugin(monkeypatch):
    """Let the inner run import the plugin anew, so that its imports are seen."""
    for name in list(sys.modules):
        if name.partition(".")[0] == "pytest_phaserun":
            monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize(("module", "name"), NAMES, ids=map(".".join, NAMES))
def test_hidden_name_is_warned_of_and_tests_run_one_at_a_time(
    phaserun, monkeypatch, suite, module, name
):
    pytest.importorskip(module)
    has = probe._has
    monkeypatch.setattr(
        probe, "_has", lambda *asked: asked != (module, name) and has(*asked)
    )

    result = phaserun("-v")

    assert_serial(result, [f"{module}.{name}"])


@pytest.mark.usefixtures("fresh_plugin")
@pytest.mark.parametrize("gone", sorted(IMPORTED - INDISPENSABLE))
def test_import_that_is_really_gone_is_warned_of_and_made_by_nobody(
    phaserun, suite, monkeypatch, gone
):
    write_hide(suite, monkeypatch, gone)

    result = phaserun.plain("-p", "hide", "-p", "phaserun", "-v")

    missing = [
        f"{module}.{name}"
        for module, name in NAMES
        if gone in (module, f"{module}.{name.partition('.')[0]}")
    ]
    assert_serial(result, missing)


@pytest.mark.parametrize("name", ["capturing_logs", "capturing_output"])
def test_part_of_subtests_that_is_really_gone_is_warned_of(
    phaserun, suite, monkeypatch, name
):
    pytest.importorskip("_pytest.subtests")
    gone = f"_pytest.subtests.{name}"
    write_hide(suite, monkeypatch, gone)

    result = phaserun.plain("-p", "hide", "-p", "phaserun", "-v")

    assert_serial(result, [gone])


def write_hide(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    """Write the plugin that takes something away, and see to it that it comes back."""
    package, _, name = gone.rpartition(".")
    owner = vars(importlib.import_module(package))
    monkeypatch.setitem(owner, name, owner[name])
    if gone in sys.modules:
        monkeypatch.setitem(sys.modules, gone, owner[name])
    pytester.makepyfile(hide=HIDE.format(gone=gone))


def assert_serial(result: pytest.RunResult, missing: list[str]) -> None:
    """All went well one at a time, and the warning names what is missing."""
    result.assert_outcomes(passed=2, failed=1, skipped=1, warnings=1)
    assert order(result) == ["test_b", "test_c", "test_a", "test_d"]
    output = result.stdout.str()
    assert "\nphaserun: one at a time because of this pytest, " in output
    assert (
        "PhaserunWarning: phaserun does not know this version of pytest: "
        f"{', '.join(missing)} cannot be found; " in output
    )
