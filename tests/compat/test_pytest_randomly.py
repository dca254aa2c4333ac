"""The seeds and the order of pytest-randomly are those of plain pytest."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("pytest_randomly")

#: What tests import that draw while all the others are seeded as well.
DRAWING = """
    import os
    import random
    import threading
    from random import choice, randint

    import pytest

    everybody = threading.Barrier(int(os.environ["AT_ONCE"]))
    eight = pytest.mark.parametrize("n", range(8))
"""


@pytest.fixture
def run(pytester, phaserun, monkeypatch):
    """Run a suite with the other plugin, plain or some at once."""

    def run(suite, *arguments, at_once=8):
        monkeypatch.setenv("AT_ONCE", str(at_once or 1))
        pytester.makepyfile(test_it=suite)
        options = ["-p", "pytest_randomly", *arguments]
        if not at_once:
            return phaserun.plain(*options)
        return phaserun(
            f"--phase-concurrency={at_once}", "--phase-confirm=off", *options
        )

    return run


def drawn(result):
    """Return the numbers that each test has told."""
    return sorted(re.findall(r"^drew (.*)", str(result.stdout), re.MULTILINE))


@pytest.mark.parametrize(
    "draw",
    [
        "random.random()",
        "random.getrandbits(64)",
        "random.randbytes(4)",
        "random.uniform(0, 9)",
        "randint(0, 10**9)",
        "choice(range(10**9))",
        "random.sample(range(99), 5)",
        "[random.gauss(0, 1) for _ in range(3)]",
        "random.getstate()[1][:3]",
        "random.Random(random.random()).random()",
    ],
)
def test_tests_at_once_draw_what_they_draw_in_plain_pytest(run, draw):
    suite = (
        DRAWING
        + f"""
    @pytest.fixture
    def before():
        value = {draw}
        everybody.wait(20)
        return value

    @eight
    def test_it(n, before):
        everybody.wait(20)
        first = {draw}
        everybody.wait(20)
        print("drew", n, before, first, {draw})
"""
    )
    arguments = ("--randomly-seed=7", "-rP")
    plain = run(suite, *arguments, at_once=0)

    phased = run(suite, *arguments)

    phased.assert_outcomes(passed=8)
    phased.stdout.no_fnmatch_line("*to run alone*")
    assert len(set(drawn(phased))) == 8
    assert drawn(phased) == drawn(plain)


def test_what_draws_by_a_name_of_its_own_runs_alone(run):
    suite = """
        from random import random

        def test_it():
            print("drew", random())
        """
    plain = run(suite, "--randomly-seed=7", "-rP", at_once=0)

    phased = run(suite, "--randomly-seed=7", "-rP")

    phased.stdout.fnmatch_lines(["phaserun: 1 alone: random.random (1)"])
    assert drawn(phased) == drawn(plain)


def test_without_seeding_it_need_not_run_alone(run):
    result = run(
        """
        from random import random

        def test_it(): random()
        """,
        "--randomly-dont-reset-seed",
    )

    result.stdout.no_fnmatch_line("*1 alone*")


def test_generator_of_the_process_is_itself_again_afterwards(run):
    import random

    before = {name: getattr(random, name) for name in dir(random)}

    run("def test_it(): ...")

    assert {name: getattr(random, name) for name in dir(random)} == before
    assert type(random._inst) is random.Random


def test_generators_of_other_libraries_are_seeded_for_each_test(
    pytester, phaserun, monkeypatch
):
    pytester.mkpydir("model_bakery")
    pytester.path.joinpath("model_bakery", "random_gen.py").write_text(
        "import random\nbaker_random = random.Random()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=":")
    pytester.makepyfile(
        """
        import threading

        import pytest
        from model_bakery.random_gen import baker_random

        both = threading.Barrier(2)

        @pytest.mark.parametrize("n", range(2))
        def test_it(n):
            if threading.current_thread().name != "MainThread": both.wait(20)
            first = baker_random.random()
            if threading.current_thread().name != "MainThread": both.wait(20)
            print("drew", n, first, baker_random.random())
        """
    )
    arguments = ("-ppytest_randomly", "--randomly-seed=7", "-rP")
    plain = phaserun.apart(*arguments, "--phase-concurrency=1")

    phased = phaserun.apart(*arguments, "--phase-concurrency=2")

    phased.assert_outcomes(passed=2)
    phased.stdout.no_fnmatch_line("*run alone*")
    assert drawn(phased) == drawn(plain)


def test_who_draws_from_numpy_runs_alone(pytester, phaserun, monkeypatch):
    pytester.mkpydir("numpy")
    pytester.path.joinpath("numpy", "random.py").write_text(
        "def seed(value): ...\ndef rand(): ...\ndef default_rng(): ...\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=":")
    pytester.makepyfile(
        """
        import numpy as np
        import numpy.random

        def test_shared(): np.random.rand()
        def test_own(): np.random.default_rng()
        """
    )

    result = phaserun.apart("-ppytest_randomly")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["phaserun: 1 alone: random.rand (1)"])


# Order

SUITE = """
    import pytest

    def test_a(): ...
    def test_b(): ...
    def test_c(): ...
    def test_d(): ...

    @pytest.mark.depends_on("test_a")
    def test_behind(): ...
"""


def order(result):
    return re.findall(r"::test_(\w+) PASSED", str(result.stdout))


def test_order_is_that_of_the_plugin_as_far_as_dependencies_allow(run):
    for seed in range(5):
        arguments = ("-v", f"--randomly-seed={seed}")
        plain = order(run(SUITE.replace("@pytest", "#"), *arguments, at_once=0))

        phased = order(run(SUITE, *arguments, at_once=1))

        plain.remove("behind")
        assert phased == [*plain, "behind"]


def test_same_seed_gives_the_same_order_whatever_earlier_runs_took(run):
    first, again = (
        order(run(SUITE, "-v", "--randomly-seed=5", at_once=1)) for _ in range(2)
    )

    assert first == again


def test_own_shuffling_goes_before_that_of_the_plugin(run):
    orders = {
        tuple(order(run(SUITE, "-v", "--phase-shuffle=1", at_once=1))) for _ in range(3)
    }

    assert len(orders) == 1
