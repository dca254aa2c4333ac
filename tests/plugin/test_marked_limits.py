"""Time limits that marks give to tests."""

from __future__ import annotations


def test_nearest_time_limit_wins(pytester, phaserun):
    # Each one but the innermost limit would end the test.
    pytester.makepyfile(
        """
        import threading
        import pytest

        pytestmark = pytest.mark.task(timeout=0.01)

        def wait():
            threading.Event().wait(0.15)

        @pytest.mark.task(timeout=0.01)
        class TestLimits:
            @pytest.mark.task(timeout=9)
            def test_function_before_class(self):
                wait()

            @pytest.mark.task(timeout=0.01)
            @pytest.mark.parametrize(
                "i", [pytest.param(1, marks=pytest.mark.task(timeout=9))]
            )
            def test_parameter_before_function(self, i):
                wait()

        @pytest.mark.task(timeout=9)
        class TestClass:
            def test_class_before_module(self):
                wait()
        """
    )

    result = phaserun("--phase-timeout=0.01")

    result.assert_outcomes(passed=3)


def test_mark_without_a_limit_leaves_that_of_the_class_in_force(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        @pytest.mark.task(timeout=9)
        class TestClass:
            @pytest.mark.task("named")
            def test_named(self):
                threading.Event().wait(0.15)
        """
    )

    result = phaserun("--phase-timeout=0.01")

    result.assert_outcomes(passed=1)
