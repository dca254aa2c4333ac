"""Marks on base classes, test cases and other items; templates and globs."""

from __future__ import annotations

import pytest

from .reading import errors, order, skip_reasons


@pytest.fixture(autouse=True)
def _one_at_a_time(phaserun, monkeypatch):
    """Let the lines stand in the order in which tests ran."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-v -rs --phase-concurrency=1")


def test_subclass_inherits_the_marks_of_its_bases(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.depends_on("test_first")
        class Base:
            def test_base(self): ...

        class TestOne(Base): ...

        @pytest.mark.depends_on("TestOne")
        class TestTwo(Base):
            def test_two(self): ...

        def test_first(): assert 0
        """
    )

    result = phaserun()

    assert order(result) == ["test_first", "test_base", "test_base", "test_two"]
    # Those in one line are skipped for one reason.
    reason = "depends on test_it.py::test_first (failed)"
    assert skip_reasons(result) == [reason, reason]
    result.assert_outcomes(failed=1, skipped=3)


def test_id_that_two_classes_inherit_names_the_tests_of_both(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends_on("base")
        def test_behind(): ...

        @pytest.mark.depends_on("method")
        def test_behind_method(): ...

        @pytest.mark.task("base")
        class Base:
            @pytest.mark.task("method")
            def test_base(self): ...

        class TestOne(Base): ...

        class TestTwo(Base): ...
        """
    )

    result = phaserun()

    assert order(result) == [
        *("test_base", "test_base"),
        *("test_behind", "test_behind_method"),
    ]


def test_id_of_a_base_class_and_of_another_class_is_a_duplicate(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.task("same")
        class Base:
            def test_base(self): ...

        class TestOne(Base): ...

        @pytest.mark.task("same")
        class TestTwo:
            def test_two(self): ...
        """
    )

    result = phaserun()

    assert errors(result) == [
        "task id 'same' is used more than once: test_it.py:5, test_it.py:9"
    ]


def test_nested_classes_add_up_and_inner_names_are_nearest(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends_on("test_top")
        class TestOuter:
            @pytest.mark.depends_on("test_outer")
            class TestInner:
                @pytest.mark.depends_on("test_same")
                def test_use(self): ...
                def test_same(self): ...
            def test_outer(self): ...
            def test_same(self): assert 0

        def test_same(): assert 0
        def test_top(): ...
        """
    )

    result = phaserun()

    ran = order(result)
    assert ran.index("test_top") < ran.index("test_outer") < ran.index("test_use")
    result.assert_outcomes(passed=4, failed=2)


def test_methods_of_test_cases_are_named_as_others(pytester, phaserun):
    pytester.makepyfile(
        """
        import unittest

        import pytest

        @pytest.mark.depends_on("TestFirst")
        class TestLast(unittest.TestCase):
            def test_last(self): ...

        class TestFirst(unittest.TestCase):
            @pytest.mark.depends_on("test_b", "named")
            def test_a(self): ...
            def test_b(self): ...
            @pytest.mark.task("named")
            def test_c(self): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=4)
    assert order(result) == ["test_b", "test_c", "test_a", "test_last"]


def test_doctests_can_be_depended_on(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.depends_on("shop.price")
        def test_buy(): ...

        @pytest.mark.depends_on("shop.py::*")
        def test_sell(): ...
        """,
        shop='''
        def price():
            """
            >>> price()
            2
            """
            return 1
        ''',
    )

    result = phaserun("--doctest-modules")

    assert skip_reasons(result) == [
        "depends on shop.py::shop.price (failed)",
        "depends on shop.py::shop.price (failed)",
    ]


def test_items_that_are_no_python_depend_and_are_depended_on(pytester, phaserun):
    pytester.makeconftest(
        """
        import pytest

        def pytest_collect_file(file_path, parent):
            if file_path.suffix == ".calls":
                return Calls.from_parent(parent, path=file_path)

        class Calls(pytest.File):
            def collect(self):
                for line in self.path.read_text().splitlines():
                    name, _, needs = line.partition(" after ")
                    call = Call.from_parent(self, name=name)
                    if needs:
                        call.add_marker(pytest.mark.depends_on(needs))
                    yield call

        class Call(pytest.Item):
            def runtest(self):
                assert "broken" not in self.name

            def reportinfo(self):
                return self.path, 0, self.name
        """
    )
    (pytester.path / "api.calls").write_text(
        "GET /a/{id} after POST /a[new]\nPOST /a[new]\nGET /a::broken[*]\n"
        "PUT /b after POST*\nPUT /c after GET /a::broken[*]\n"
    )
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.depends_on("GET /a/{id}")
        def test_last(): ...

        @pytest.mark.depends_on("api.calls")
        def test_all(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=4, failed=1, skipped=2)
    assert skip_reasons(result) == [
        "depends on api.calls::GET /a::broken[*] (failed)",
        "depends on api.calls::GET /a::broken[*] (failed)",
    ]


# Parameters


def test_each_parametrization_depends_on_the_one_with_its_own_value(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import pytest

        each_backend = pytest.mark.parametrize("backend", ["lite", "post"])

        @each_backend
        @pytest.mark.depends_on("test_create[{backend}]")
        def test_read(backend): ...

        @each_backend
        def test_create(backend):
            assert backend == "post"
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=2, failed=1, skipped=1)
    assert skip_reasons(result) == ["depends on test_it.py::test_create[lite] (failed)"]


def test_class_may_ask_for_the_own_value_of_each_of_its_tests(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(params=["lite", "post"])
        def backend(request):
            return request.param

        class Size:
            def __init__(self, size): self.size = size

        SIZES = [Size(1), Size(2)]

        @pytest.mark.depends_on("test_create[{backend}]")
        class TestRead:
            @pytest.mark.parametrize("size", SIZES)
            def test_read(self, backend, size): ...

            def test_list(self, backend): ...

        @pytest.mark.depends_on("test_read[{backend}-{size}]")
        @pytest.mark.parametrize("size", reversed(SIZES))
        def test_last(backend, size): ...

        def test_create(backend):
            assert backend == "post"
        """
    )

    result = phaserun()

    # Of two sizes each: all of lite were skipped.
    result.assert_outcomes(passed=6, failed=1, skipped=5)


def test_parameter_that_a_template_misses_is_told(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.depends_on("test_create[{backend}]")
        @pytest.mark.parametrize("card", ["visa"])
        def test_read(card): ...

        def test_create(): ...
        """
    )

    result = phaserun()

    assert errors(result) == [
        "test_it.py:3: test_read depends on 'test_create[{backend}]', but test_read "
        "has no parameter 'backend'; its parameters are 'card'"
    ]


@pytest.mark.parametrize(
    "name", ["test_create_*", "sub/*", "tests/*/test_create.py", "TestCreate::test_*"]
)
def test_glob_means_all_that_match(pytester, phaserun, name):
    folder = pytester.mkdir("tests")
    (folder / "sub").mkdir()
    (folder / "test_a.py").write_text(
        f"import pytest\n@pytest.mark.depends_on({name!r})\ndef test_last(): ...\n"
    )
    (folder / "sub" / "test_create.py").write_text(
        "class TestCreate:\n"
        "    def test_create_one(self): ...\n"
        "    def test_create_two(self): ...\n"
    )

    result = phaserun()

    assert order(result) == ["test_create_one", "test_create_two", "test_last"]
