"""Other plugins that judge tests by marks which a run is told not to read."""

from __future__ import annotations

import pytest

from .events import make_suite

#: By what it comes from: how it is loaded, a mark of it, and what the header says.
SKIPS = (
    "skips tests whose dependencies have not ended yet, "
    "but phases do not wait for those"
)
RIVALS = {
    "pytest-dependency": ("pytest_dependency", "dependency()", SKIPS),
    "pytest-order": (
        "pytest_order.plugin",
        "order(1)",
        "sorts the tests, but phases let none wait for those before it",
    ),
    "pytest-depends": ("pytest_depends", "depends(name='a')", SKIPS),
}
UNREAD = "-ophase_dialects=none"


@pytest.fixture(params=RIVALS)
def rival(request: pytest.FixtureRequest, pytester: pytest.Pytester):
    """Write a suite with a mark of a plugin; return its options and its line."""
    plugin, mark, effect = RIVALS[request.param]
    pytest.importorskip(plugin)
    pytester.makepyfile(test_it=make_suite({"test_a": [mark]}))
    line = (
        f"phaserun: {request.param} {effect}; add it to phase_dialects, or take it "
        f"out of the run: -p no:{plugin}"
    )
    return ["-p", plugin], line


def test_plugin_that_judges_beside_phases_is_named(rival, recorded):
    options, line = rival

    output = recorded(*options, UNREAD).result.outlines

    assert line in output
    assert output.index(line) < output.index("phaserun: 1 test in 1 phase")


def test_plugin_whose_marks_are_read_is_no_rival(rival, recorded):
    options, line = rival

    assert line not in recorded(*options).result.outlines


def test_plugin_whose_marks_nobody_bears_is_no_rival(rival, recorded, pytester):
    options, line = rival
    pytester.makepyfile(test_it=make_suite({"test_a": []}))

    assert line not in recorded(*options, UNREAD).result.outlines


def test_plugin_that_is_not_there_is_no_rival(rival, recorded):
    _, line = rival

    result = recorded(UNREAD, "-Wignore").result

    result.assert_outcomes(passed=1)
    assert line not in result.outlines
