"""Runs of a part of the tests: what is pulled in, and what the counts say."""

from __future__ import annotations

import pytest

from .reading import order

SUITE = """
    import pytest

    @pytest.mark.depends_on("test_middle")
    def test_last(): ...

    @pytest.mark.depends_on("test_first")
    def test_middle(): ...

    def test_first(): ...

    def test_other(): ...

    @pytest.mark.exclusive
    def test_alone(): ...
"""


@pytest.fixture
def _suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_shop=SUITE)


@pytest.mark.usefixtures("_suite")
@pytest.mark.parametrize(
    "selection", [["-k", "last"], ["test_shop.py::test_last"]], ids=["k", "node-id"]
)
def test_prerequisites_of_selected_tests_are_pulled_in(phaserun, selection):
    result = phaserun("-v", *selection)

    assert order(result) == ["test_first", "test_middle", "test_last"]
    result.stdout.fnmatch_lines(
        ["phaserun: 3 tests in 3 phases, 2 prerequisites pulled in"]
    )


@pytest.mark.usefixtures("_suite")
def test_one_prerequisite_is_told_in_the_singular(phaserun):
    result = phaserun("-k", "middle")

    result.stdout.fnmatch_lines(
        ["phaserun: 2 tests in 2 phases, 1 prerequisite pulled in"]
    )


@pytest.mark.usefixtures("_suite")
def test_what_is_pulled_in_does_not_count_as_deselected(phaserun):
    result = phaserun("-k", "last")

    result.assert_outcomes(passed=3, deselected=2)


@pytest.mark.usefixtures("_suite")
def test_where_all_are_pulled_in_none_is_deselected(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.depends_on("test_first")
        def test_last(): ...

        def test_first(): ...
        """
    )

    result = phaserun("-k", "last")

    assert "deselected" not in result.stdout.lines[-1]
    result.assert_outcomes(passed=2, deselected=0)


@pytest.mark.usefixtures("_suite")
def test_selection_without_dependencies_pulls_nothing_in(phaserun):
    result = phaserun("-k", "other")

    result.assert_outcomes(passed=1, deselected=4)
    result.stdout.fnmatch_lines(["phaserun: 1 test in 1 phase"])


@pytest.mark.usefixtures("_suite")
def test_marks_select_with_prerequisites(phaserun):
    result = phaserun("-v", "-m", "depends_on")

    assert order(result) == ["test_first", "test_middle", "test_last"]


@pytest.mark.usefixtures("_suite")
def test_own_marks_select(phaserun):
    result = phaserun("-v", "-m", "exclusive")

    assert order(result) == ["test_alone"]


@pytest.mark.usefixtures("_suite")
def test_node_ids_run_only_what_they_name_and_its_prerequisites(phaserun):
    result = phaserun("-v", "test_shop.py::test_middle", "test_shop.py::test_other")

    assert sorted(order(result)) == ["test_first", "test_middle", "test_other"]


def test_node_id_finds_prerequisites_inside_a_class(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        class TestStore:
            @pytest.mark.task("store")
            def test_open(self): ...

        class TestShop:
            @pytest.mark.depends_on("store")
            def test_buy(self): ...
        """
    )

    result = phaserun("-v", "test_shop.py::TestShop::test_buy")

    assert order(result) == ["test_open", "test_buy"]


def test_one_parametrization_pulls_all_of_its_prerequisite_in(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.parametrize("n", [1, 2, 3])
        def test_first(n): ...

        @pytest.mark.depends_on("test_first")
        @pytest.mark.parametrize("n", [1, 2, 3])
        def test_last(n): ...
        """
    )

    result = phaserun("-v", "test_shop.py::test_last[2]")

    assert order(result)[-1] == "test_last[2]"
    result.assert_outcomes(passed=4)


def test_prerequisite_of_a_collected_file_is_pulled_in(pytester, phaserun):
    pytester.makepyfile(
        test_a="import pytest\n@pytest.mark.depends_on('b')\ndef test_a(): ...",
        test_b="import pytest\n@pytest.mark.task('b')\ndef test_b(): ...",
    )

    result = phaserun("-v", "-k", "test_a")

    assert order(result) == ["test_b", "test_a"]


def test_deselected_by_a_conftest_is_pulled_in(pytester, phaserun):
    pytester.makepyfile(test_shop=SUITE)
    pytester.makeconftest(
        """
        def pytest_collection_modifyitems(config, items):
            kept = [item for item in items if item.name == "test_middle"]
            config.hook.pytest_deselected(items=[i for i in items if i not in kept])
            items[:] = kept
        """
    )

    result = phaserun("-v")

    assert order(result) == ["test_first", "test_middle"]
    result.assert_outcomes(passed=2, deselected=3)


def test_order_of_a_conftest_is_kept_inside_a_phase(pytester, phaserun):
    pytester.makepyfile("def test_a(): ...\ndef test_b(): ...\ndef test_c(): ...")
    pytester.makeconftest(
        """
        def pytest_collection_modifyitems(items):
            items.reverse()
        """
    )

    result = phaserun("-v", "--phase-concurrency=1")

    assert order(result) == ["test_c", "test_b", "test_a"]


def test_item_that_a_conftest_adds_runs_too(pytester, phaserun):
    pytester.makepyfile("def test_a(): ...")
    pytester.makeconftest(
        """
        import pytest

        class Extra(pytest.Item):
            def runtest(self): ...

        def pytest_collection_modifyitems(session, items):
            items.append(Extra.from_parent(session, name="extra"))
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=2)


def test_test_that_is_named_twice_runs_twice_where_asked_for(pytester, phaserun):
    pytester.makepyfile(test_a="def test_a(): ...")

    result = phaserun("--keep-duplicates", "test_a.py", "test_a.py")

    result.assert_outcomes(passed=2)


def test_last_failed_pulls_prerequisites_in(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        def test_first(): ...

        def test_other(): ...

        @pytest.mark.depends_on("test_first")
        def test_last():
            assert False
        """
    )
    phaserun()

    result = phaserun("-v", "--lf")

    assert order(result) == ["test_first", "test_last"]


def test_nothing_selected_ends_as_without_phases(pytester, phaserun):
    pytester.makepyfile(test_shop=SUITE)

    result = phaserun("-k", "nonsense")

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.assert_outcomes(deselected=5)


def test_nothing_selected_says_nothing_of_phases(pytester, phaserun):
    pytester.makepyfile(test_shop=SUITE)

    result = phaserun("-k", "nonsense")

    result.stdout.no_fnmatch_line("phaserun: 0 *")
