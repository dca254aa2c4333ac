"""What is said of tests elsewhere than on them: in files, by plugins, by fixtures."""

from __future__ import annotations

import pytest

from .reading import errors, order

SUITE = """
    def test_ship(): ...
    def test_pay(): ...
    def test_log_in(): ...
"""


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(test_shop=SUITE)


def explained(result: pytest.RunResult) -> list[str]:
    """Return what is said of one test."""
    lines = result.stdout.lines
    start = next(n for n, line in enumerate(lines) if line.startswith("  phase "))
    return [line.strip() for line in lines[start : lines.index("", start)]]


def test_dependencies_may_stand_in_the_file_of_the_project(suite, pytester, phaserun):
    pytester.makepyprojecttoml(
        """
        [tool.phaserun.depends_on]
        "test_shop.py::test_ship" = ["test_pay"]
        "test_pay" = "no test has this node id"
        "test_shop.py::test_p*" = "test_log_in"
        """
    )

    result = phaserun("-v")

    assert order(result) == ["test_log_in", "test_pay", "test_ship"]


def test_test_that_a_glob_of_the_file_means_as_well_does_not_wait_for_itself(
    suite, pytester, phaserun
):
    pytester.makepyprojecttoml(
        '[tool.phaserun.depends_on]\n"test_shop.py" = "test_log_in"'
    )

    result = phaserun("-v")

    result.assert_outcomes(passed=3)
    assert order(result)[0] == "test_log_in"


def test_unknown_name_in_the_file_is_told_with_its_place(suite, pytester, phaserun):
    pytester.makepyprojecttoml(
        '[tool.phaserun.depends_on]\n"test_shop.py::test_ship" = "test_log_inn"'
    )

    (error,) = errors(phaserun())

    assert error.startswith(
        "pyproject.toml: [tool.phaserun.depends_on] 'test_shop.py::test_ship' depends "
        "on unknown test 'test_log_inn'; did you mean 'test_log_in'"
    )


@pytest.mark.parametrize(
    ("choice", "ends"),
    [("skip", {"passed": 2, "skipped": 1}), ("run", {"passed": 3})],
)
def test_unknown_name_in_the_file_can_be_done_without(
    suite, pytester, phaserun, choice, ends
):
    pytester.makepyprojecttoml(
        '[tool.phaserun.depends_on]\n"test_shop.py::test_ship" = "test_gone"'
    )

    phaserun(f"--phase-missing={choice}").assert_outcomes(**ends)


def test_overrides_hold_for_the_tests_that_are_meant(suite, pytester, phaserun):
    pytester.makepyprojecttoml(
        """
        [tool.phaserun.overrides."*::test_p*"]
        timeout = 7
        exclusive = true
        """
    )

    result = phaserun("--phase-explain=test_pay")

    assert "time limit 7 s" in explained(result)
    assert "runs alone: marked exclusive" in explained(result)


def test_of_two_overrides_the_last_one_stands(suite, pytester, phaserun):
    pytester.makepyprojecttoml(
        """
        [tool.phaserun.overrides]
        "test_shop.py" = { timeout = 7 }
        "test_shop.py::test_pay" = { timeout = 8 }
        """
    )

    result = phaserun("--phase-explain=test_pay")

    assert "time limit 8 s" in explained(result)


def test_mark_goes_before_an_override(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.task(timeout=9)
        def test_pay(): ...
        """
    )
    pytester.makepyprojecttoml(
        "[tool.phaserun.overrides]\n'test_shop.py' = { timeout = 7 }"
    )

    result = phaserun("--phase-explain=test_pay")

    assert "time limit 9 s" in explained(result)


def test_wrong_value_in_an_override_is_told_once_with_its_place(
    suite, pytester, phaserun
):
    pytester.makepyprojecttoml(
        "[tool.phaserun.overrides]\n'test_shop.py' = { timeout = 'soon' }"
    )

    assert errors(phaserun()) == [
        "pyproject.toml: [tool.phaserun.overrides] 'test_shop.py': takes a timeout in "
        "seconds, 0 or more, not 'soon'"
    ]


def test_mistakes_in_the_file_are_told_before_anything_is_collected(pytester, phaserun):
    pytester.makepyfile(test_shop="raise SystemExit('was imported')")
    pytester.makepyprojecttoml("[tool.phaserun]\noverride.'a'.timeout = 1")

    assert errors(phaserun()) == [
        "pyproject.toml: unknown key 'override'; did you mean 'overrides'?"
    ]


def test_file_is_not_looked_at_where_the_plugin_is_off(suite, pytester, phaserun):
    pytester.makepyprojecttoml("[tool.phaserun]\noverride.'a'.timeout = 1")

    phaserun("--phase-off").assert_outcomes(passed=3)


# Plugins


def test_plugin_may_say_what_a_test_depends_on(suite, pytester, phaserun):
    pytester.makeconftest(
        """
        def pytest_phaserun_task(item):
            if item.name == "test_log_in":
                return {"id": "log-in"}
            if item.name != "test_ship":
                return {"depends_on": ["log-in"]}
            return {"depends_on": [{"ids": ["test_pay"], "when": "passed"}]}
        """
    )

    result = phaserun("-v")

    assert order(result) == ["test_log_in", "test_pay", "test_ship"]


def test_id_of_a_plugin_may_cover_all_parametrizations(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends_on("make")
        def test_use(): ...

        @pytest.mark.parametrize("n", [1, 2])
        def test_make(n): ...
        """
    )
    pytester.makeconftest(
        """
        def pytest_phaserun_task(item):
            return {"id": "make"} if "make" in item.name else None
        """
    )

    result = phaserun("-v")

    assert order(result)[-1] == "test_use"
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("'test_pay'", "must return a mapping, not 'test_pay'"),
        ("{'dependson': 'a'}", ": unknown key 'dependson'; did you mean 'depends_on'?"),
        ("{'timeout': -1}", ": takes a timeout in seconds, 0 or more, not -1"),
        ("{'exclusive': 1}", ": exclusive is true or false, not 1"),
        ("{'depends_on': 'test_x'}", " depends on unknown test 'test_x'"),
    ],
)
def test_wrong_answer_of_a_plugin_is_told_with_the_test(
    suite, pytester, phaserun, answer, complaint
):
    pytester.makeconftest(
        f"def pytest_phaserun_task(item):\n"
        f"    return {answer} if item.name == 'test_ship' else None"
    )

    (error,) = errors(phaserun())

    hook = "test_shop.py::test_ship: the hook pytest_phaserun_task"
    assert error.startswith(f"{hook} {complaint}".replace(" :", ":").replace("  ", " "))


# Resources

MEETING = """
    import threading

    import pytest

    pair = threading.Barrier(2)

    def meet():
        pair.wait(20)
"""

HOLDERS = """
    import pytest
    from meeting import meet

    held = []

    @pytest.fixture
    def port():
        held.append(1)
        assert len(held) <= 2
        meet()
        yield
        meet()
        held.pop()

    @pytest.mark.parametrize("n", range(4))
    @pytest.mark.resource("ports")
    def test_hold(port, n): ...
"""


def hold(pytester, phaserun, *arguments):
    """Run tests that pass only if always two of them hold a resource at once."""
    pytester.makepyfile(meeting=MEETING, test_ports=HOLDERS)
    return phaserun("--phase-concurrency=4", "--phase-confirm=off", *arguments)


def test_capacity_of_a_resource_may_stand_in_the_file(pytester, phaserun):
    pytester.makepyprojecttoml("[tool.phaserun.resources]\nports = 2")

    hold(pytester, phaserun).assert_outcomes(passed=4)


def test_plugin_may_give_a_capacity(pytester, phaserun):
    pytester.makeconftest(
        "def pytest_phaserun_resource_capacities(config): return {'ports': 2}"
    )

    hold(pytester, phaserun).assert_outcomes(passed=4)


def test_capacity_in_the_file_goes_before_that_of_a_plugin(pytester, phaserun):
    pytester.makeconftest(
        "def pytest_phaserun_resource_capacities(config): return {'ports': 1}"
    )
    pytester.makepyprojecttoml("[tool.phaserun.resources]\nports = 2")

    hold(pytester, phaserun).assert_outcomes(passed=4)


def test_capacity_of_a_plugin_must_be_a_number(pytester, phaserun, suite):
    pytester.makeconftest(
        "def pytest_phaserun_resource_capacities(config): return {'ports': 'two'}"
    )

    assert errors(phaserun()) == [
        "the hook pytest_phaserun_resource_capacities: the capacity of 'ports' is a "
        "whole number from 1 on, not 'two'"
    ]


def test_test_that_wants_more_than_there_is_is_told(pytester, phaserun):
    pytester.makepyfile(
        test_ports="""
        import pytest

        @pytest.mark.resource("ports", units=3)
        def test_hold(): ...
        """
    )
    pytester.makepyprojecttoml("[tool.phaserun.resources]\nports = 2")

    assert errors(phaserun()) == [
        "test_ports.py:3: test_hold wants 3 units of the resource 'ports', which has "
        "2; say how many there are in the table 'resources' of [tool.phaserun]"
    ]


def test_fixture_may_stand_for_a_resource(pytester, phaserun):
    pytester.makepyfile(
        test_db="""
        import pytest

        running = []

        @pytest.fixture(scope="session")
        def db(): ...

        @pytest.mark.parametrize("n", range(8))
        def test_use(db, n):
            running.append(n)
            assert len(running) == 1
            running.remove(n)
        """
    )

    result = phaserun(
        "-ophase_fixture_resources=db = database", "--phase-explain=test_use[1]"
    )

    assert "holds database" in explained(result)


def test_wrong_line_for_a_fixture_is_told(suite, phaserun):
    (error,) = errors(phaserun("-ophase_fixture_resources=db"))

    assert error.startswith("phase_fixture_resources: 'db' is not valid; write ")
