"""Eight tests at once with setup and teardown in the style of xunit and unittest.

Each has methods of its own and shares those of its module and class. Every inner test
meets the seven others in its own methods, so that they all are in them at a time.
"""

from __future__ import annotations

import pytest

from .meeting import EightAtOnce


@pytest.fixture
def at_once(pytester, phaserun):
    """Run inner tests, eight at once."""
    return EightAtOnce(pytester, phaserun)


# Setup and teardown in the style of xunit


def test_xunit_methods_of_eight_tests_overlap_and_shared_ones_run_once(at_once):
    # Hazard: methods of one test are called for another, or while it still runs.
    result = at_once(
        """
        def setup_module(module): LOG.append("module up")
        def teardown_module(module): LOG.append("module down")

        def setup_function(function):
            LOG.append("function up")
            meet()

        def teardown_function(function):
            meet()
            LOG.append("function down")

        @eight
        def test_function(i):
            meet()
        """
    )

    result.assert_outcomes(passed=8)
    up, down = ["function up"] * 8, ["function down"] * 8
    assert at_once.log() == ["module up", *up, *down, "module down"]


def test_methods_of_eight_tests_of_one_class_overlap_on_instances_of_their_own(at_once):
    result = at_once(
        """
        class TestIt:
            @classmethod
            def setup_class(cls):
                LOG.append("class up")
                cls.shared = object()

            @classmethod
            def teardown_class(cls):
                LOG.append("class down")
                del cls.shared

            def setup_method(self, method):
                self.own = [threading.get_ident()]
                meet()

            def teardown_method(self, method):
                meet()
                assert self.own == [threading.get_ident(), self.shared]

            @eight
            def test_it(self, i):
                self.own.append(self.shared)
                meet()
        """
    )

    result.assert_outcomes(passed=8)
    assert at_once.log() == ["class up", "class down"]


def test_classes_are_set_up_at_the_same_time(at_once):
    source = """
        class Test{n}:
            @classmethod
            def setup_class(cls):
                meet()
                cls.number = {n}

            @classmethod
            def teardown_class(cls):
                meet()
                LOG.append(cls.__name__)

            def test_it(self):
                meet()
                assert self.number == {n}
    """

    result = at_once({"test_it.py": "".join(source.format(n=n) for n in range(8))})

    result.assert_outcomes(passed=8)
    assert sorted(at_once.log()) == [f"Test{n}" for n in range(8)]


# Test cases of unittest


def methods(body: str) -> str:
    """Return eight test methods with the same body."""
    return "".join(f"    def test_{i}(self):\n        {body}\n" for i in range(8))


def test_methods_of_eight_tests_of_one_test_case_overlap(at_once):
    # Hazard: `setUpClass` and its clean-ups belong to a class that several threads use.
    result = at_once(
        {
            "test_it.py": """
import unittest

def setUpModule(): LOG.append("module up")
def tearDownModule(): LOG.append("module down")

class TestIt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        LOG.append("class up")
        cls.addClassCleanup(LOG.append, "class cleanup")
        cls.shared = object()

    @classmethod
    def tearDownClass(cls):
        LOG.append("class down")
        del cls.shared

    def setUp(self):
        self.own = [threading.get_ident()]
        self.addCleanup(self.clean)
        meet()

    def tearDown(self):
        meet()
        self.assertEqual(self.own, [threading.get_ident(), self.shared])

    def clean(self):
        meet()
        LOG.append("cleanup")

"""
            + methods("self.own.append(self.shared); meet()")
        }
    )

    result.assert_outcomes(passed=8)
    before, after = ["module up", "class up"], ["class down", "class cleanup"]
    assert at_once.log() == [*before, *["cleanup"] * 8, *after, "module down"]


def test_test_cases_are_set_up_at_the_same_time(at_once):
    source = """
        class Test{n}(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                meet()
                cls.number = {n}

            @classmethod
            def tearDownClass(cls):
                meet()
                LOG.append(cls.__name__)

            def test_it(self):
                meet()
                self.assertEqual(self.number, {n})
    """
    cases = "".join(source.format(n=n) for n in range(8))

    result = at_once({"test_it.py": "        import unittest\n" + cases})

    result.assert_outcomes(passed=8)
    assert sorted(at_once.log()) == [f"Test{n}" for n in range(8)]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [("ValueError", "errors"), ("unittest.SkipTest", "skipped")],
)
def test_what_the_setup_of_a_test_case_raises_is_told_to_eight_tests(
    at_once, error, outcome
):
    result = at_once(
        {
            "test_it.py": f"""
import unittest

class TestIt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        LOG.append("tried")
        raise {error}("no luck")

"""
            + methods("raise AssertionError")
        },
        conftest="""
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_setup():
            meet()
        """,
    )

    result.assert_outcomes(**{outcome: 8})
    assert at_once.log() == ["tried"]
