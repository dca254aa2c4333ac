"""Random order: reproducible, and only as far as dependencies allow."""

from __future__ import annotations

import re

import pytest

SUITE = """
    import pytest

    def test_a(): ...
    def test_b(): ...
    def test_c(): ...
    def test_d(): ...
    def test_e(): ...
"""

CHAIN = """
    import pytest

    def test_first(): ...

    @pytest.mark.depends_on("test_first")
    def test_second(): ...

    @pytest.mark.depends_on("test_second")
    def test_third(): ...
"""


@pytest.fixture
def order(pytester, phaserun):
    """Run one test at a time and return the names in the order in which they ran."""

    def order(suite, *arguments):
        pytester.makepyfile(test_it=suite)
        result = phaserun("-v", "--phase-concurrency=1", *arguments)
        assert result.ret == 0
        return re.findall(r"::test_(\w+) PASSED", str(result.stdout))

    return order


def test_seed_changes_the_order(order):
    orders = {tuple(order(SUITE, f"--phase-shuffle={seed}")) for seed in range(4)}

    assert len(orders) > 1
    assert {tuple(sorted(each)) for each in orders} == {tuple("abcde")}


def test_same_seed_gives_the_same_order(order):
    assert order(SUITE, "--phase-shuffle=7") == order(SUITE, "--phase-shuffle=7")


def test_dependencies_are_honoured(order):
    for seed in range(8):
        names = order(CHAIN + SUITE.split("\n\n", 1)[1], f"--phase-shuffle={seed}")

        chain = [name for name in names if len(name) > 1]
        assert chain == ["first", "second", "third"]


def test_what_has_much_behind_it_does_not_go_first(order):
    suite = CHAIN + SUITE.split("\n\n", 1)[1]

    # Before any durations are known, which depend on the machine.
    unshuffled = order(suite)
    firsts = {order(suite, f"--phase-shuffle={seed}")[0] for seed in range(8)}

    assert unshuffled[0] == "first"
    assert len(firsts) > 1


def test_how_long_tests_took_does_not_change_the_order(order):
    suite = """
        import time

        def test_a(): time.sleep(0.1)
        def test_b(): time.sleep(0.05)
        def test_c(): ...
    """
    orders = [order(suite, "--phase-shuffle=2") for _ in range(2)]

    assert orders[0] == orders[1] != list("abc")


def test_prerequisites_that_are_pulled_in_have_their_place_among_the_others(order):
    suite = """
        import pytest

        def test_before(): ...

        @pytest.mark.depends_on("test_before")
        def test_wanted_after(): ...

        def test_wanted(): ...
        def test_wanted_too(): ...
    """
    arguments = ("-k", "wanted", "--phase-shuffle")

    firsts = {order(suite, *arguments, str(seed))[0] for seed in range(8)}

    assert firsts == {"before", "wanted", "wanted_too"}


def test_ordinals_go_before_chance(order):
    suite = """
        import pytest

        @pytest.mark.order("last")
        def test_last(): ...

        def test_a(): ...
        def test_b(): ...
        def test_c(): ...

        @pytest.mark.order(1)
        def test_second(): ...

        @pytest.mark.order("first")
        def test_first(): ...
    """

    orders = [order(suite, f"--phase-shuffle={seed}") for seed in range(4)]

    assert {(first, second, last) for first, second, *_, last in orders} == {
        ("first", "second", "last")
    }
    assert len(set(map(tuple, orders))) > 1


@pytest.mark.parametrize("at_once", [1, 4])
def test_header_tells_the_seed(pytester, phaserun, at_once):
    pytester.makepyfile(SUITE)

    result = phaserun("--phase-shuffle=42", f"--phase-concurrency={at_once}")

    result.stdout.fnmatch_lines(["phaserun: * s, shuffle 42"])


def test_seed_of_a_random_order_gives_it_again(pytester, phaserun):
    pytester.makepyfile(SUITE)
    first = phaserun("--phase-shuffle=random", "--phase-plan")
    seed = re.search(r", shuffle (\d+)", str(first.stdout))[1]

    again = phaserun(f"--phase-shuffle={seed}", "--phase-plan")

    def plan(result):
        return [line for line in result.stdout.lines if line.startswith("  ")]

    assert len(plan(first)) == 5
    assert plan(again) == plan(first)


def test_plan_shows_the_order(pytester, phaserun, order):
    names = order(SUITE, "--phase-shuffle=3")

    plan = phaserun("--phase-shuffle=3", "--phase-plan")

    assert re.findall(r"^  .*::test_(\w)", str(plan.stdout), re.MULTILINE) == names


def test_tests_that_run_alone_are_shuffled_among_themselves(order):
    suite = """
        import pytest

        pytestmark = pytest.mark.exclusive
    """ + "".join(f"\n        def test_{n}(): ..." for n in "abcde")

    orders = {tuple(order(suite, f"--phase-shuffle={seed}")) for seed in range(4)}

    assert len(orders) > 1


def test_ini_value_can_be_taken_back(pytester, order):
    pytester.makeini("[pytest]\nphase_shuffle = 3\n")

    assert order(SUITE) != list("abcde")
    assert order(SUITE, "-ophase_shuffle=", "-pno:cacheprovider") == list("abcde")


def test_without_it_nothing_is_shuffled(order):
    assert order(SUITE) == list("abcde")
