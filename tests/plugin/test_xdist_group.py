"""Groups as pytest-xdist has them: one test at a time, in their order."""

from __future__ import annotations

import re

import pytest

from .reading import ONCE, order

PLUGIN = ("-p", "xdist.plugin")

#: A test stays a moment, so that whoever may run beside it comes; if somebody of one of
#: its groups does, it fails.
HOLDING = """
    import threading

    import pytest

    many = pytest.mark.parametrize("n", range(4))
    _holders = {}
    _crowded = threading.Event()

    @pytest.fixture
    def hold(request):
        names = [mark.args[0] for mark in request.node.iter_markers("xdist_group")]
        for name in names:
            holders = _holders.setdefault(name, [])
            holders.append(request.node)
            if len(holders) > 1:
                _crowded.set()
        yield
        assert not _crowded.wait(0.1)
        for name in names:
            _holders[name].remove(request.node)
"""


@pytest.fixture(params=[(), PLUGIN], ids=["alone", "beside"])
def grouped(pytester, phaserun, request):
    """Run inner tests with and without pytest-xdist, eight at once."""
    if request.param:
        pytest.importorskip("xdist")
    pytester.makepyfile(holding=HOLDING)

    def run(source: str, *arguments: str) -> pytest.RunResult:
        header = "import threading\nimport pytest\nfrom holding import hold, many\n"
        pytester.makepyfile(test_it=header + source)
        options = (ONCE, "-v", "--strict-markers", "--phase-concurrency=8")
        return phaserun(*options, *request.param, *arguments)

    return run


def test_tests_of_one_group_never_overlap(grouped):
    result = grouped(
        """
@pytest.mark.xdist_group("db")
@many
def test_a(n, hold): ...

@pytest.mark.xdist_group("db")
class TestB:
    @many
    def test_b(self, n, hold): ...
"""
    )

    result.assert_outcomes(passed=8)


def test_test_of_several_groups_overlaps_with_none_of_them(grouped):
    result = grouped(
        """
@pytest.mark.xdist_group("a")
@pytest.mark.xdist_group("b")
@many
def test_both(n, hold): ...

@pytest.mark.xdist_group("a")
@many
def test_a(n, hold): ...

@pytest.mark.xdist_group("b")
@many
def test_b(n, hold): ...
"""
    )

    result.assert_outcomes(passed=12)


def test_tests_of_one_group_keep_their_order(grouped):
    # What has much behind it would start first.
    result = grouped(
        """
@pytest.mark.xdist_group("db")
def test_1(): ...

@pytest.mark.xdist_group("db")
def test_2(): ...

@pytest.mark.xdist_group(name="db")
def test_3(): ...

@pytest.mark.depends_on("test_3")
def test_4(): ...

@pytest.mark.depends_on("test_4")
def test_5(): ...
"""
    )

    assert order(result) == ["test_1", "test_2", "test_3", "test_4", "test_5"]


def test_tests_of_one_group_keep_a_random_order(grouped):
    source = """
@pytest.mark.xdist_group("db")
@many
def test_a(n, hold): ...

@many
def test_b(n): ...

@pytest.mark.depends_on("test_a[3]")
def test_behind(): ...
"""

    orders = set()
    for seed in range(4):
        shuffle = f"--phase-shuffle={seed}"
        plan = grouped(source, shuffle, "--phase-plan").stdout.str()
        planned = re.findall(r"^  test_it.py::(test_a\[\d\])", plan, re.MULTILINE)
        started = [each for each in order(grouped(source, shuffle)) if each in planned]
        assert started == planned
        orders.add(tuple(started))
    assert len(orders) > 1


def test_dependencies_go_before_the_order(grouped):
    result = grouped(
        """
@pytest.mark.xdist_group("db")
@pytest.mark.depends_on("test_2")
def test_1(): ...

@pytest.mark.xdist_group("db")
def test_2(): ...
"""
    )

    assert order(result) == ["test_2", "test_1"]


def test_ordinals_go_before_the_order(grouped):
    result = grouped(
        """
@pytest.mark.xdist_group("db")
def test_1(): ...

@pytest.mark.xdist_group("db")
@pytest.mark.order(1)
def test_2(): ...
"""
    )

    assert order(result) == ["test_2", "test_1"]


def test_group_runs_beside_other_groups_and_other_tests(grouped):
    result = grouped(
        """
all_three = threading.Barrier(3)

@pytest.mark.xdist_group("a")
def test_a():
    all_three.wait(20)

@pytest.mark.xdist_group("b")
def test_b():
    all_three.wait(20)

def test_c():
    all_three.wait(20)
"""
    )

    result.assert_outcomes(passed=3)


def test_marks_without_a_name_are_one_group(grouped):
    result = grouped(
        """
running = []
crowded = threading.Event()

@pytest.mark.xdist_group
@many
def test_a(n):
    running.append(n)
    if len(running) > 1:
        crowded.set()
    assert not crowded.wait(0.1)
    running.remove(n)
"""
    )

    result.assert_outcomes(passed=4)


def test_group_is_no_resource_of_the_same_name(grouped):
    result = grouped(
        """
both = threading.Barrier(2)

@pytest.mark.xdist_group("db")
def test_a():
    both.wait(20)

@pytest.mark.resource("db")
def test_b():
    both.wait(20)
"""
    )

    result.assert_outcomes(passed=2)


def test_other_plugin_is_left_as_it_is(grouped):
    result = grouped("def test_a(): ...")

    result.stdout.no_fnmatch_line("phaserun: reads the marks of *")


def test_wrong_marks_are_told(grouped):
    result = grouped('@pytest.mark.xdist_group("a", "b")\ndef test_a(): ...')

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: test_it.py:4: the marker 'xdist_group' takes one name"]
    )
