"""Setup and teardown in the style of xunit, and test cases of unittest."""

from __future__ import annotations

from .reading import ONCE, order


def test_xunit_methods_run_once_for_what_they_are_for(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import threading
        import pytest

        both = threading.Barrier(2)

        def setup_module(): LOG.append("module up")
        def teardown_module(): LOG.append("module down")
        def setup_function(function): LOG.append("function up")
        def teardown_function(function): LOG.append("function down")

        @pytest.mark.parametrize("i", range(4))
        def test_function(i):
            both.wait(10)

        class TestAll:
            @classmethod
            def setup_class(cls): LOG.append("class up")

            @classmethod
            def teardown_class(cls): LOG.append("class down")

            def setup_method(self, method): self.mine = threading.get_ident()

            def teardown_method(self, method):
                assert self.mine == threading.get_ident()
                LOG.append("method down")

            @pytest.mark.parametrize("i", range(4))
            def test_method(self, i):
                assert self.mine == threading.get_ident()
                both.wait(10)
        """
    )

    result = phaserun("--phase-concurrency=2")

    result.assert_outcomes(passed=8)
    lines = log()
    counts = {line: lines.count(line) for line in lines}
    assert counts == {
        "module up": 1,
        "module down": 1,
        "function up": 4,
        "function down": 4,
        "class up": 1,
        "class down": 1,
        "method down": 4,
    }
    assert (lines[0], lines[-1]) == ("module up", "module down")


def test_test_cases_of_unittest_run_beside_one_another(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import threading
        import unittest

        both = threading.Barrier(2)

        class TestAll(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                LOG.append("class up")
                cls.shared = object()

            @classmethod
            def tearDownClass(cls):
                LOG.append("class down")

            def setUp(self):
                self.own = threading.get_ident()
                self.addCleanup(LOG.append, "cleanup")

            def tearDown(self):
                assert self.own == threading.get_ident()

            def test_a(self):
                both.wait(10)
                self.assertIsNotNone(self.shared)

            def test_b(self):
                both.wait(10)
                self.assertEqual(self.own, threading.get_ident())

            @unittest.skip("today")
            def test_skipped(self): ...

            @unittest.expectedFailure
            def test_expected(self):
                self.fail()

            def test_fails(self):
                self.assertEqual(1, 2)
        """
    )

    result = phaserun(ONCE)

    result.assert_outcomes(passed=2, skipped=1, xfailed=1, failed=1)
    assert log() == ["class up", *["cleanup"] * 4, "class down"]


def test_depends_on_works_between_methods_of_a_test_case(pytester, phaserun):
    pytester.makepyfile(
        """
        import unittest
        import pytest

        class TestAll(unittest.TestCase):
            @pytest.mark.depends_on("test_z")
            def test_a(self): ...

            def test_z(self): ...
        """
    )

    result = phaserun("-v")

    assert order(result) == ["test_z", "test_a"]
