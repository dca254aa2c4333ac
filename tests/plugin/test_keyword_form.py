"""The keyword form of our mark, from the marks to the end of the run."""

from __future__ import annotations

import pytest

from .reading import order, skip_reasons

SUITE = """
    import pytest

    both = pytest.mark.parametrize("backend", ["pg", "my"])

    @both
    @pytest.mark.depends_on(on=["create-{backend}"], name="fill")
    def test_fill(backend): ...

    @pytest.mark.depends_on(on=["fill"])
    def test_last(): ...

    @both
    @pytest.mark.depends_on(name="create-{backend}")
    def test_create(backend): assert backend == "pg"
"""


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(test_it=SUITE)


def test_each_parametrization_waits_for_its_own(suite, phaserun):
    result = phaserun("-v", "-rs", "--phase-concurrency=1")

    result.assert_outcomes(passed=2, failed=1, skipped=2)
    assert skip_reasons(result) == [
        "depends on test_it.py::test_create[my] (failed)",
        "depends on test_it.py::test_fill[my], "
        "blocked by test_it.py::test_create[my] (failed)",
    ]


def test_what_is_selected_pulls_its_own_prerequisites_in(suite, phaserun):
    result = phaserun("-v", "-k", "fill and pg")

    assert order(result) == ["test_create[pg]", "test_fill[pg]"]


def test_what_is_not_selected_can_be_done_without(suite, phaserun):
    result = phaserun("-v", "-k", "test_last", "--phase-deselected=ignore")

    result.assert_outcomes(passed=1, deselected=4)
