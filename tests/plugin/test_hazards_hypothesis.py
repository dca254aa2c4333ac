"""Tests that hypothesis drives: beside others like any test, or found to be unsafe."""

from __future__ import annotations

import pytest

pytest.importorskip("hypothesis")

HYPOTHESIS = """
    import os
    from hypothesis import given, settings, strategies

    given_a_number = given(strategies.integers())
    quick = settings(max_examples=20, deadline=None, database=None)
"""


def test_tests_of_hypothesis_run_beside_one_another(eight):
    result = eight.apart(
        f"""{HYPOTHESIS}
    met = set()

    def meet_once(*key):
        # In the middle of the first example: all eight are inside hypothesis.
        if key not in met:
            met.add(key)
            meet()

    @eight
    @quick
    @given_a_number
    def test_good(n, number):
        meet_once("good", n)
        assert number + n == n + number

    @eight
    @quick
    @given_a_number
    def test_bad(n, number):
        meet_once("bad", n)
        assert number < 10 * n
    """,
        *("-p", "hypothesispytest"),
    )

    result.assert_outcomes(passed=8, failed=8)
    for n in range(8):
        result.stdout.fnmatch_lines([f"FAILED *test_bad[[]{n}[]] - assert {10 * n} <*"])


def test_unsafe_test_of_hypothesis_is_found_and_runs_alone(eight):
    result = eight.beside_neighbours(
        f"""{HYPOTHESIS}
    @quick
    @given_a_number
    def test_alone(number):
        check_alone()
        os.environ.pop("NUMBER", None)
    """,
        *("-p", "hypothesispytest"),
    )

    result.assert_outcomes(passed=17)
