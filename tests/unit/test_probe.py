"""The table of the private names that the isolation needs, against its sources."""

from __future__ import annotations

import pytest
from reading_sources import read_uses

from pytest_phaserun.isolation import probe

TABLE = {**probe.NEEDED, **probe.NEEDED_IF_THERE}
NAMES = [(m, name) for m, names in TABLE.items() for name in names.split()]

#: Underscore attributes that the probe need not know, and why.
UNPROBED = {
    "_PyTask": "of asyncio; used in 3.10 alone, which does not change any more",
    "_RedirectStream": "of contextlib; without it, redirections are not noticed",
    "_abort_func": "of trio; without it, the task is not stopped by its loop",
    "_add_stats": "without it, timeouts are missing in the last line of a short run",
    "_attempt_abort": "of trio; it has one with the name before",
    "_basetemp": "without it, processes look for free numbers in one directory",
    "_basename": "of coverage.py; without it, what forks measure is lost",
    "_call_queue": "of anyio; without it, an exception is thrown into the thread",
    "_create_scoped_runner_fixture": "of pytest-asyncio; without it, tests run alone",
    "_current_frames": "of sys; documented",
    "_current_line": "without it, the next percentage stands too far to the left",
    "_data": "of coverage.py; without it, what forks measure is lost",
    "_entered": "of catch_warnings; both methods that use it are replaced",
    "_excinfo": "without it, timeouts of unittest's test cases count as failures",
    "_fut_waiter": "of asyncio; without it, a chain of awaits ends early",
    "_filter": "of catch_warnings; looked up with a default, new in 3.11",
    "_get_context": "of warnings; not used before 3.14, and then probed",
    "_get_filters": "of warnings; looked up with a default, from 3.14 on probed",
    "_getframe": "of sys; documented",
    "_global_capturing": "without it, what a killed test has printed is lost",
    "_inst": "of random; without it, what its functions draw is not the test's own",
    "_loop_scope": "of pytest-asyncio; without it, loops are the test's own",
    "_marked_for_rewrite_cache": "without it, assertions of the plugin are rewritten",
    "_must_rewrite": "without it, assertions of the plugin are rewritten",
    "_record": "of catch_warnings; its documented parameter of that name",
    "_report_sections": "without it, the report of a second run repeats the first",
    "_saved": "of catch_warnings; set by us",
    "_set_context": "of warnings; not used before 3.14, and then probed",
    "_suffix": "of coverage.py; without it, what forks measure is lost",
    "_terminal_errors": "of pytest-rerunfailures; without it, there are more attempts",
    "_threads_queues": "of concurrent.futures; without it, pools are not looked at",
    "_stream": "of contextlib's redirections; errors of what notes them are dropped",
}

#: Attributes of classes that inherit from pytest's, and whose they are.
NOT_OF_PYTEST = {"_pytest.logging.LogCaptureHandler.lock": "of logging.Handler"}


def test_nothing_is_missing_from_a_supported_pytest():
    assert probe.find_missing() == []


@pytest.mark.parametrize(("module", "name"), NAMES, ids=map(".".join, NAMES))
def test_each_needed_name_is_missed_when_it_is_gone(monkeypatch, module, name):
    monkeypatch.setattr(probe, "NEEDED", {module: f"{name}_that_is_gone"})
    monkeypatch.setattr(probe, "NEEDED_IF_THERE", {})

    missing = probe.find_missing()

    assert missing == [f"{module}.{name}_that_is_gone"]


def test_module_that_is_gone_is_missed(monkeypatch):
    monkeypatch.setattr(probe, "NEEDED", {"_pytest.that_is_gone": "anything"})

    assert probe.find_missing() == ["_pytest.that_is_gone.anything"]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("_pytest.fixtures", "FixtureDef._that_is_gone"),
        ("_pytest.main", "Session._that_is_gone"),
        ("_pytest.threadexception", "thread_exception_hook.that_is_gone"),
        ("_pytest.runner", "SetupState.setup.that_is_gone"),
        ("_pytest.scope", "Scope.Package.that_is_gone"),
    ],
)
def test_attribute_that_nothing_mentions_is_missed(monkeypatch, module, name):
    monkeypatch.setattr(probe, "NEEDED", {module: name})

    assert probe.find_missing() == [f"{module}.{name}"]


def test_module_that_some_versions_lack_is_not_missed(monkeypatch):
    monkeypatch.setattr(probe, "NEEDED_IF_THERE", {"_pytest.that_is_gone": "anything"})

    assert probe.find_missing() == []


def test_name_of_a_module_that_some_versions_lack_is_missed_beside_the_module(
    monkeypatch,
):
    monkeypatch.setattr(probe, "NEEDED_IF_THERE", {"_pytest.runner": "that_is_gone"})

    assert probe.find_missing() == ["_pytest.runner.that_is_gone"]


def test_every_private_name_that_the_wing_imports_is_probed():
    uses = read_uses()

    assert {name for name in uses.imported if not _is_probed(name)} == set()


def test_every_attribute_of_what_the_wing_imports_is_probed():
    uses = read_uses()

    unprobed = {name for name in uses.attributes if not _is_probed(name)}
    assert unprobed == set(NOT_OF_PYTEST)


def test_every_underscore_attribute_is_probed_or_can_be_done_without():
    uses = read_uses()

    probed = {part for _, name in NAMES for part in name.split(".")}
    assert uses.underscored - probed - set(UNPROBED) == set()


def test_reasons_to_leave_names_unprobed_are_not_outdated():
    uses = read_uses()

    assert set(UNPROBED) - uses.underscored == set()


def test_what_the_wing_uses_is_found_in_its_sources():
    uses = read_uses()

    # One of each way to use a name, so that the tests above cannot pass on nothing.
    assert "_pytest.runner.SetupState" in uses.imported
    assert "_pytest.runner._update_current_test_var" in uses.attributes
    assert "_pytest.logging.LogCaptureFixture.handler" in uses.attributes
    assert "_pytest.scope.Scope.Package" in uses.attributes
    assert "_pytest.subtests.capturing_output" in uses.attributes
    assert "_arg2fixturedefs" in uses.underscored


def _is_probed(name: str) -> bool:
    """Tell whether the table holds a name, something below it, or all of a module."""
    known = [f"{module}.{each}." for module, each in NAMES]
    return any(each.startswith(f"{name}.") for each in known)


def test_warning_names_what_is_missing_and_what_that_means():
    warning = probe.PhaserunWarning(["_pytest.runner.SetupState.setup"])

    assert str(warning) == (
        "phaserun does not know this version of pytest: "
        "_pytest.runner.SetupState.setup cannot be found; tests run one at a time and "
        "without time limits"
    )
