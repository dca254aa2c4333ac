"""A part of a suite means, and is treated, the same as in a run of everything."""

from __future__ import annotations

from .folders import write
from .reading import errors

DEPENDS_ON_X = "import pytest\n@pytest.mark.depends_on('test_x')\ndef test_a(): ..."


def test_nearer_test_in_a_file_that_was_not_named_is_the_one_that_is_meant(
    pytester, phaserun
):
    write(
        pytester,
        db__test_a=DEPENDS_ON_X,
        db__test_near="def test_x(): ...",
        test_far="def test_x(): ...",
    )
    full = phaserun("-v", "--phase-plan")

    part = phaserun("-v", "db/test_a.py", "test_far.py", "--phase-plan")

    for result in (full, part):
        result.stdout.fnmatch_lines(
            ["  db/test_a.py::test_a", "    after db/test_near.py::test_x"]
        )


def test_name_that_is_ambiguous_in_the_whole_folder_is_ambiguous_in_a_part(
    pytester, phaserun
):
    write(
        pytester,
        test_a=DEPENDS_ON_X,
        test_1="def test_x(): ...",
        test_2="def test_x(): ...",
    )

    result = phaserun("test_a.py", "test_1.py")

    (line,) = errors(result)
    assert line.startswith("test_a.py:2: test_a depends on 'test_x', which may mean")


# Shared with what pytest has collected


def test_fixtures_of_packages_and_folders_are_shared_with_pulled_in_tests(
    pytester, phaserun
):
    write(
        pytester,
        conftest="""
            import pytest

            made = []

            @pytest.fixture(scope="package")
            def server(request):
                made.append(request.node.nodeid)
                return made
        """,
        pack____init__="# a package",
        pack__conftest="""
            import pytest

            @pytest.fixture(autouse=True, scope="package")
            def seen(server): ...
        """,
        pack__test_a="""
            import pytest

            @pytest.mark.depends_on("test_b")
            def test_a(server):
                assert len(server) == 1
        """,
        pack__test_b="def test_b(server): assert len(server) == 1",
    )

    result = phaserun("pack/test_a.py")

    result.assert_outcomes(passed=2)


def test_folder_that_pytest_has_visited_twice_is_the_one_of_its_named_tests(
    pytester, phaserun
):
    write(
        pytester,
        conftest="""
            import pytest

            folders = []

            @pytest.fixture
            def note(request):
                folders.append(request.node.parent.parent)
        """,
        sub__test_a="def test_a(note): ...",
        sub__test_b="def test_b(note): ...",
        test_c="""
            import pytest
            from conftest import folders

            @pytest.mark.depends_on("test_b", "test_a")
            def test_c():
                assert len(folders) == 2
                assert folders[0] is folders[1]
        """,
    )

    result = phaserun("sub/test_a.py", "test_c.py")

    result.assert_outcomes(passed=3)


def test_pulled_in_tests_go_through_the_hooks_of_a_conftest(pytester, phaserun):
    write(
        pytester,
        conftest="""
            import pytest

            def pytest_itemcollected(item):
                if item.name == "test_b":
                    item.add_marker(pytest.mark.task("b"))

            def pytest_collection_modifyitems(items):
                for item in items:
                    if item.name == "test_b":
                        item.add_marker(pytest.mark.depends_on("test_c"))
                    if item.name == "test_c":
                        item.add_marker(pytest.mark.skip(reason="slow"))
        """,
        test_a="import pytest\n@pytest.mark.depends_on('b')\ndef test_a(): ...",
        test_b="def test_b(): ...",
        test_c="def test_c(): ...",
    )

    result = phaserun("-rs", "test_a.py")

    result.stdout.fnmatch_lines(["SKIPPED * test_c.py: slow"])
    result.assert_outcomes(skipped=3)
