"""What a dependency may name: tests, files, classes, parametrizations, ids."""

from __future__ import annotations

import pytest

from .reading import order, skip_reasons

# Names


def passes_in_order(result: pytest.RunResult, *names: str) -> bool:
    """Tell whether all tests passed, and these in this order."""
    found = order(result)
    return result.ret == 0 and [name for name in found if name in names] == list(names)


@pytest.mark.parametrize(
    "name",
    [
        "the-id",
        "test_second",
        "TestGroup::test_second",
        "test_names.py::TestGroup::test_second",
        "folder/test_names.py::TestGroup::test_second",
        "TestGroup",
        "test_names.py::TestGroup",
    ],
)
def test_name_of_a_test_can_be_written_in_many_ways(pytester, phaserun, name):
    folder = pytester.mkdir("folder")
    (folder / "test_names.py").write_text(
        f"""
import pytest

@pytest.mark.depends_on({name!r})
def test_first(): ...

class TestGroup:
    @pytest.mark.task("the-id")
    def test_second(self): ...
"""
    )

    result = phaserun("-v", "--strict-markers")

    assert passes_in_order(result, "test_second", "test_first")


def test_file_means_all_its_tests(pytester, phaserun):
    pytester.makepyfile(
        test_a="""
        import pytest

        @pytest.mark.depends_on("test_b.py")
        def test_last(): ...
        """,
        test_b="""
        def test_one(): ...

        def test_two():
            assert False
        """,
    )

    result = phaserun("-rs")

    result.assert_outcomes(passed=1, failed=1, skipped=1)
    assert skip_reasons(result) == ["depends on test_b.py::test_two (failed)"]


def test_class_is_a_unit(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.depends_on("TestStore")
        class TestShop:
            def test_open(self): ...

            def test_close(self): ...

        class TestStore:
            def test_read(self): ...

            def test_write(self):
                assert False
        """
    )

    result = phaserun("-rs")

    result.assert_outcomes(passed=1, failed=1, skipped=2)
    assert skip_reasons(result) == [
        "depends on test_shop.py::TestStore::test_write (failed)",
        "depends on test_shop.py::TestStore::test_write (failed)",
    ]


def test_base_name_means_every_parametrization(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.parametrize("n", [1, 2, 3])
        def test_db(n):
            assert n != 2

        @pytest.mark.depends_on("test_db")
        def test_login(): ...
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == ["depends on test_shop.py::test_db[2] (failed)"]


def test_name_with_parameters_means_one_parametrization(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", [1, 2, 3])
        def test_db(n):
            assert n != 2

        @pytest.mark.depends_on("test_db[3]")
        def test_login(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=3, failed=1)


@pytest.mark.parametrize("parameter", ["a/b", "a::b", "a[b]", "a b", "ä"])
def test_parameters_may_hold_anything(pytester, phaserun, parameter):
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.parametrize("p", [{parameter!r}], ids=[{parameter!r}])
        def test_db(p): ...

        @pytest.mark.depends_on("test_db")
        def test_login(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=2)


def test_same_name_in_two_files_means_the_one_in_the_same_file(pytester, phaserun):
    suite = """
        import pytest

        def test_db():
            assert {good}

        @pytest.mark.depends_on("test_db")
        def test_login(): ...
    """
    pytester.makepyfile(test_a=suite.format(good=False), test_b=suite.format(good=True))

    result = phaserun("-rs")

    result.assert_outcomes(passed=2, failed=1, skipped=1)
    assert skip_reasons(result) == ["depends on test_a.py::test_db (failed)"]


def test_name_in_the_same_class_is_nearer_than_in_the_module(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        def test_db(): ...

        class TestShop:
            def test_db(self):
                assert False

            @pytest.mark.depends_on("test_db")
            def test_login(self): ...
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == [
        "depends on test_shop.py::TestShop::test_db (failed)"
    ]


def test_name_in_the_same_folder_is_nearer_than_elsewhere(pytester, phaserun):
    for folder in ("a", "b"):
        path = pytester.mkpydir(folder)
        (path / "test_db.py").write_text(f"def test_db(): assert {folder == 'b'}")
    (pytester.path / "b" / "test_login.py").write_text(
        "import pytest\n@pytest.mark.depends_on('test_db')\ndef test_login(): ...\n"
    )

    result = phaserun()

    result.assert_outcomes(passed=2, failed=1)


# Explicit ids


def test_id_on_a_class_names_all_its_tests(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.depends_on("store")
        def test_shop(): ...

        @pytest.mark.task("store")
        class TestStore:
            def test_read(self): ...

            def test_write(self):
                assert False
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == [
        "depends on test_shop.py::TestStore::test_write (failed)"
    ]


def test_id_on_a_module_names_all_its_tests(pytester, phaserun):
    pytester.makepyfile(
        test_a="""
        import pytest

        @pytest.mark.depends_on("store")
        def test_shop(): ...
        """,
        test_b="""
        import pytest

        pytestmark = pytest.mark.task("store")

        def test_read(): ...

        def test_write():
            assert False
        """,
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == ["depends on test_b.py::test_write (failed)"]


def test_id_on_a_parametrized_test_names_every_parametrization(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.depends_on("db")
        def test_login(): ...

        @pytest.mark.task("db")
        @pytest.mark.parametrize("n", [1, 2])
        def test_db(n):
            assert n != 2
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == ["depends on test_shop.py::test_db[2] (failed)"]


def test_id_on_a_parameter_names_one_parametrization(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends_on("good")
        def test_login(): ...

        @pytest.mark.parametrize(
            "n", [pytest.param(1, marks=pytest.mark.task("good")), 2]
        )
        def test_db(n):
            assert n != 2
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=2, failed=1)


def test_dependency_on_a_parameter_is_that_parametrizations_own(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        def test_db():
            assert False

        @pytest.mark.parametrize(
            "n", [pytest.param(1, marks=pytest.mark.depends_on("test_db")), 2]
        )
        def test_login(n): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=1, failed=1, skipped=1)


def test_explicit_id_wins_over_a_test_of_that_name(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        def test_db(): ...

        @pytest.mark.task("test_db")
        def test_other():
            assert False

        @pytest.mark.depends_on("test_db")
        def test_login(): ...
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == ["depends on test_shop.py::test_other (failed)"]


def test_inherited_dependency_leaves_the_test_itself_out(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.depends_on("test_db")

        def test_login(): ...

        def test_db(): ...
        """
    )

    result = phaserun("-v")

    assert passes_in_order(result, "test_db", "test_login")


def test_dependencies_of_function_class_and_module_are_united(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.depends_on("a")

        @pytest.mark.depends_on("b")
        class TestAll:
            @pytest.mark.depends_on("c")
            def test_last(self): ...

        @pytest.mark.task("c")
        def test_c(): ...

        @pytest.mark.task("b")
        def test_b(): ...

        @pytest.mark.task("a")
        def test_a(): ...
        """
    )

    result = phaserun("-v")

    assert order(result)[0] == "test_a"
    assert order(result)[-1] == "test_last"
