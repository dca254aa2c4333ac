"""When the plugin does something at all, and that otherwise it does nothing."""

from __future__ import annotations

import re
import sys

import pytest

from .reading import order

# The dependent stands first: with phases the order is the other one.
SUITE = """
    import pytest

    @pytest.mark.depends_on("test_b")
    def test_a(): ...

    def test_b(): ...
"""
ORDER = ["test_a", "test_b"]
ORDER_IN_PHASES = ["test_b", "test_a"]

#: Prints which modules a run has imported.
TELL_IMPORTS = """
    import sys

    def pytest_unconfigure():
        names = sorted(sys.modules)
        print("imported:", *(n for n in names if n.startswith("pytest_phaserun")))
        print("asyncio imported:", "asyncio" in names)
"""


@pytest.fixture(autouse=True)
def _suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_order=SUITE)


def body(result: pytest.RunResult) -> list[str]:
    """Return a run's output without the header and without durations."""
    text = result.stdout.str()
    start = text.index("collected")
    return re.sub(r"in \d+\.\d+s", "in TIME", text[start:]).splitlines()


def test_installed_but_unused_it_changes_no_output(phaserun):
    with_plugin = phaserun.installed_apart("-v")

    without = phaserun.installed_apart("-v", "-p", "no:phaserun", "-Wignore")
    assert body(with_plugin) == body(without)
    assert order(with_plugin) == ORDER


def test_installed_but_unused_it_says_nothing_in_the_header(phaserun):
    result = phaserun.installed()

    result.stdout.no_fnmatch_line("phaserun:*")


def test_installed_but_unused_it_imports_no_engine(pytester, phaserun):
    pytester.makeconftest(TELL_IMPORTS)

    result = phaserun.installed_apart()

    imported = [
        line.split()[1:] for line in result.stdout.lines if line.startswith("imported:")
    ]
    assert imported == [
        [
            "pytest_phaserun",
            "pytest_phaserun.hookspecs",
            "pytest_phaserun.markers",
            "pytest_phaserun.markers.registered",
            "pytest_phaserun.markers.timeout",
            "pytest_phaserun.model",
            "pytest_phaserun.options",
            "pytest_phaserun.parsers",
            "pytest_phaserun.plugin",
            "pytest_phaserun.settings",
        ]
    ]
    # From 3.14 on `pdb` imports it, and pytest imports that.
    by_pytest = sys.version_info >= (3, 14)
    result.stdout.fnmatch_lines([f"asyncio imported: {by_pytest}"])


def test_its_modules_are_imported_as_their_files_say(pytester, phaserun):
    pytester.makeconftest(
        """
        import sys

        def pytest_unconfigure():
            loader = sys.modules["pytest_phaserun.dispatch"].__loader__
            print("loader:", type(loader).__name__)
        """
    )

    result = phaserun.installed_apart("-p", "phaserun")

    result.stdout.fnmatch_lines(["loader: SourceFileLoader"])


def test_installed_but_unused_its_markers_are_known(phaserun):
    result = phaserun.installed("--strict-markers")

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("name", ["phaserun", "pytest_phaserun"])
def test_naming_the_plugin_activates_it(phaserun, name):
    result = phaserun.installed("-v", "-p", name)

    assert order(result) == ORDER_IN_PHASES


def test_naming_its_module_activates_it_where_plugins_are_not_loaded(phaserun):
    result = phaserun.plain("-v", "-p", "pytest_phaserun.plugin")

    assert order(result) == ORDER_IN_PHASES


@pytest.mark.parametrize(
    "option",
    [
        "--phase-concurrency=2",
        "--phase-timeout=9",
        "--phase-grace=1",
        "--phase-schedule=graph",
    ],
)
def test_an_option_activates_it(phaserun, option):
    result = phaserun.installed("-v", option)

    assert order(result) == ORDER_IN_PHASES


@pytest.mark.parametrize(
    "line",
    [
        "phase_concurrency = 2",
        "phase_timeout = 9",
        "phase_grace = 1",
        "phase_schedule = graph",
    ],
)
def test_an_ini_value_activates_it(pytester, phaserun, line):
    pytester.makeini(f"[pytest]\n{line}\n")

    result = phaserun.installed("-v")

    assert order(result) == ORDER_IN_PHASES


def test_the_plan_alone_activates_it(phaserun):
    result = phaserun.installed("--phase-plan")

    result.stdout.fnmatch_lines(["phase 1 of 2: 1 test"])


def test_off_switches_it_off_and_leaves_options_and_markers_known(phaserun):
    result = phaserun("-v", "--phase-off", "--phase-concurrency", 2, "--strict-markers")

    assert order(result) == ORDER
    result.stdout.no_fnmatch_line("phaserun:*")


def test_off_in_the_ini_file_switches_it_off(pytester, phaserun):
    pytester.makeini("[pytest]\nphase_off = true\n")

    result = phaserun("-v")

    assert order(result) == ORDER


def test_the_environment_switches_it_off(phaserun, monkeypatch):
    monkeypatch.setenv("PHASERUN", "0")

    result = phaserun("-v", "--phase-concurrency", 2, "--strict-markers")

    assert order(result) == ORDER
    result.stdout.no_fnmatch_line("phaserun:*")


def test_any_other_value_in_the_environment_does_not(phaserun, monkeypatch):
    monkeypatch.setenv("PHASERUN", "1")

    result = phaserun("-v")

    assert order(result) == ORDER_IN_PHASES


def test_switched_off_wrong_values_do_not_matter(phaserun):
    result = phaserun("--phase-off", "--phase-concurrency", "many")

    result.assert_outcomes(passed=2)


def test_it_runs_with_xdist_loaded_and_unused(phaserun):
    pytest.importorskip("xdist")

    result = phaserun("-v", "-p", "xdist")

    assert order(result) == ORDER_IN_PHASES


def test_switched_off_it_leaves_xdist_alone(phaserun):
    pytest.importorskip("xdist")

    result = phaserun.apart("-p", "xdist", "-n", 1, "--phase-off")

    result.assert_outcomes(passed=2)


def test_its_markers_are_listed(phaserun):
    result = phaserun("--markers")

    result.stdout.fnmatch_lines(
        [
            "@pytest.mark.task(id, [*], timeout=None): *",
            "@pytest.mark.depends_on([*]ids, when='passed', require='all'): *",
            "@pytest.mark.exclusive: run the test while no other test runs.",
            "@pytest.mark.thread_unsafe(reason=None): *",
        ]
    )


def test_its_options_are_in_the_help(phaserun):
    result = phaserun("--help")

    result.stdout.fnmatch_lines(
        [
            "dependent tests in concurrent phases:",
            "  --phase-concurrency=N",
            "  --phase-timeout=SECONDS",
            "  --phase-grace=SECONDS",
            "  --phase-schedule=batch|phase|graph",
            "  --phase-plan*",
            "  --phase-off*",
            "  phase_concurrency (string):",
            "  phase_timeout (string):*",
            "  phase_grace (string):*",
            "  phase_schedule (string):",
            "  phase_plan (bool):*",
            "  phase_off (bool):*",
        ]
    )
