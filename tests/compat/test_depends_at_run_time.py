"""The function ``depends``, that of pytest-dependency and ours: tests that wait."""

from __future__ import annotations

from textwrap import dedent

import pytest
from plugin.reading import skip_reasons

THEIRS = ("-p", "pytest_dependency")

#: Which function is asked, with which plugins.
each_function = pytest.mark.parametrize(
    ("home", "others"),
    [
        ("pytest_phaserun", ()),
        ("pytest_phaserun", THEIRS),
        ("pytest_dependency", THEIRS),
    ],
    ids=["ours", "ours, with theirs", "theirs"],
)
every_concurrency = pytest.mark.parametrize("at_once", [1, 8])
every_schedule = pytest.mark.parametrize("schedule", ["batch", "phase", "graph"])


@pytest.fixture
def run(pytester, phaserun):
    """Run files that have ``depends`` and ``dependency``."""

    def run(source, *options, home="pytest_phaserun", others=(), apart=False):
        if others:
            pytest.importorskip("pytest_dependency")
        head = (
            "import threading\nimport pytest\n"
            f"from {home} import depends\n"
            "dependency = pytest.mark.dependency\n"
        )
        pytester.makepyfile(test_it=head + dedent(source))
        start = phaserun.apart if apart else phaserun
        return start("-v", "-rs", *others, *options)

    return run


SCOPES = """
    @dependency()
    def test_a(): ...

    @dependency(name="b")
    def test_b(): assert 0

    @dependency()
    def test_c(request): depends(request, ["test_a"])

    @dependency()
    def test_d(request): depends(request, ["test_c", "b"])

    @dependency()
    def test_e(request): depends(request, ["test_d"])

    def test_f(request): depends(request, ["test_it.py::test_a"], scope="session")

    class TestIt:
        @dependency()
        def test_a(self): pytest.skip("by itself")

        @dependency()
        def test_g(self, request): depends(request, ["test_a"], scope="class")

        @dependency()
        def test_h(self, request): depends(request, ["test_a"])
"""


@each_function
@every_concurrency
def test_test_goes_on_only_if_all_have_passed(run, home, others, at_once):
    options = f"--phase-concurrency={at_once}", "--phase-confirm=off"

    result = run(SCOPES, *options, home=home, others=others)

    result.assert_outcomes(passed=4, failed=1, skipped=4)
    assert sorted(skip_reasons(result)) == [
        "by itself",
        "depends on test_it.py::TestIt::test_a (skipped)",
        "depends on test_it.py::test_b (failed)",
        "depends on test_it.py::test_d (skipped)",
    ]


def test_plugin_itself_judges_the_same(pytester, run, phaserun):
    run(SCOPES, "--phase-plan", home="pytest_dependency", others=THEIRS)

    result = phaserun.plain(*THEIRS)

    result.assert_outcomes(passed=4, failed=1, skipped=4)


@each_function
@every_schedule
def test_test_waits_for_what_stands_behind_it(run, home, others, schedule):
    # There is one place: it is free while a test waits.
    result = run(
        """
        ended = []

        def test_b(request):
            depends(request, ["test_a"])
            assert ended == ["first", "a"]

        @dependency(depends=["test_first"])
        def test_a(): ended.append("a")

        @dependency()
        def test_first(): ended.append("first")

        def test_other(): ...
        """,
        f"--phase-schedule={schedule}",
        "--phase-concurrency=2",
        home=home,
        others=others,
    )

    result.assert_outcomes(passed=4)


def test_more_may_wait_than_there_are_places(run):
    result = run(
        """
        @pytest.mark.parametrize("n", range(20))
        def test_b(request, n): depends(request, ["test_a"])

        @dependency()
        def test_a(): ...
        """,
        "--phase-concurrency=2",
    )

    result.assert_outcomes(passed=21)


def test_test_waits_for_one_that_runs(run):
    result = run(
        """
        asks = threading.Event()
        ended = []

        def test_b(request):
            asks.set()
            depends(request, ["test_a"])
            assert ended

        @dependency()
        def test_a():
            assert asks.wait(20)
            ended.append("a")
        """
    )

    result.assert_outcomes(passed=2)


def test_waiting_does_not_count_for_the_limit(run):
    result = run(
        """
        @pytest.mark.task(timeout=0.5)
        def test_b(request): depends(request, ["test_a"])

        @dependency()
        def test_a(): threading.Event().wait(1)
        """,
        apart=True,
    )

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("scope", ["function", "class", "module", "session"])
def test_fixture_of_any_scope_may_ask(run, scope):
    result = run(
        f"""
        ended = []

        @pytest.fixture(scope="{scope}")
        def prepared(request):
            depends(request, ["test_a"])
            assert ended

        class TestIt:
            def test_b(self, prepared): ...

            def test_c(self, prepared): ...

        @dependency()
        def test_a(): ended.append("a")
        """
    )

    result.assert_outcomes(passed=3)


# What is of no use to wait for


def test_tests_that_wait_for_one_another_fail_with_the_circle(run):
    result = run(
        """
        both = threading.Barrier(2)

        @dependency()
        def test_a(request):
            both.wait(20)
            depends(request, ["test_b"])

        @dependency()
        def test_b(request):
            both.wait(20)
            depends(request, ["test_a"])
        """,
        "--phase-confirm=off",
        apart=True,
    )

    # The other one then depends on one that failed.
    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.re_match_lines(
        [r"tests wait for one another: cycle: .*test_([ab]) -> .*_[ab] -> .*_\1"]
    )


def test_test_that_waits_for_its_dependent_fails_with_the_circle(run):
    result = run(
        """
        @dependency()
        def test_a(request): depends(request, ["test_b"])

        @dependency(depends=["test_a"])
        def test_b(): ...
        """,
        "--phase-confirm=off",
        apart=True,
    )

    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "tests wait for one another: cycle: "
            "test_it.py::test_a -> test_it.py::test_b -> test_it.py::test_a"
        ]
    )


def test_unknown_name_fails_with_the_nearest(run):
    result = run(
        """
        @dependency()
        def test_a(): ...

        def test_b(request): depends(request, "tset_a")
        """,
        "--phase-confirm=off",
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["depends on unknown test 'tset_a' in its module; did you mean 'test_a'?"]
    )


def test_unknown_name_is_left_out_if_so_asked(run):
    result = run(
        "def test_b(request): depends(request, ['nobody'])",
        "--ignore-unknown-dependency",
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            "['a'], scope='function'",
            "depends() takes scope as one of 'session', 'package', 'module', 'class', "
            "not 'function'",
        ),
        ("[1]", "depends() takes names, not 1"),
    ],
)
def test_wrong_arguments_fail(run, arguments, problem):
    result = run(
        f"def test_b(request): depends(request, {arguments})", "--phase-confirm=off"
    )

    result.stdout.fnmatch_lines([problem.replace("[", "[[]")])


def test_what_was_not_selected_is_not_waited_for(run):
    result = run(
        """
        @dependency()
        def test_a(): ...

        def test_b(request): depends(request, ["test_a"])
        """,
        "-k",
        "test_b",
    )

    assert skip_reasons(result) == [
        "depends on test_it.py::test_a: it is not among the tests of this run"
    ]


ALONE = """
    {first}
    def test_b(request): depends(request, ["test_a"])

    @dependency()
    {second}
    def test_a(): ...
"""


@pytest.mark.parametrize(
    ("first", "second", "options", "reason"),
    [
        (
            "",
            "@pytest.mark.exclusive",
            "",
            "test_it.py::test_a runs alone, not while this test runs",
        ),
        (
            "@pytest.mark.exclusive",
            "@pytest.mark.exclusive",
            "",
            "test_it.py::test_a cannot start while this test runs alone",
        ),
        (
            "",
            "",
            "--phase-concurrency=1",
            "test_it.py::test_a cannot start while this test runs alone",
        ),
        (
            "@pytest.mark.resource('db')",
            "@pytest.mark.resource('db')",
            "",
            "test_it.py::test_a cannot start or end while this test runs",
        ),
    ],
)
def test_what_cannot_start_meanwhile_is_not_waited_for(
    run, first, second, options, reason
):
    source = ALONE.format(first=first, second=second)

    result = run(source, *filter(None, [options]), apart=True)

    result.assert_outcomes(passed=1, skipped=1)
    assert skip_reasons(result) == [f"depends on test_it.py::test_a: {reason}"]


def test_test_that_needs_the_fixture_of_the_one_that_waits_is_not_waited_for(run):
    result = run(
        """
        @pytest.fixture(scope="module")
        def shared(request): depends(request, ["test_a"])

        @dependency()
        def test_a(shared): ...
        """,
        "--phase-confirm=off",
        apart=True,
    )

    result.stdout.fnmatch_lines(["*tests wait for one another: *"])


def test_failure_that_is_not_confirmed_is_asked_for_again(run):
    # Beside others test_a fails, and test_b is told so; alone both pass.
    result = run(
        """
        runs = []

        @dependency()
        def test_a():
            runs.append("a")
            assert len(runs) > 1

        def test_b(request): depends(request, ["test_a"])
        """,
        apart=True,
    )

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("others", [0, 6])
def test_who_asked_for_a_failure_is_confirmed_after_it(run, others):
    # With more failures than are confirmed, the rest is believed.
    result = run(
        f"""
        def test_b(request): depends(request, ["test_a"])

        @dependency()
        def test_a(): assert 0

        @pytest.mark.parametrize("n", range({others}))
        def test_other(n): assert 0
        """,
        apart=True,
    )

    assert result.parseoutcomes()["failed"] == 1 + others
    assert skip_reasons(result)[-1] == "depends on test_it.py::test_a (failed)"


def test_a_stopped_run_lets_nobody_wait(run):
    result = run(
        """
        waits = threading.Event()

        @dependency()
        def test_a(request):
            waits.set()
            depends(request, ["test_c"])

        @dependency()
        def test_b():
            assert waits.wait(20)
            assert 0

        @dependency(depends=["test_b"])
        def test_c(): ...
        """,
        "-x",
        "--phase-confirm=off",
        apart=True,
    )

    result.assert_outcomes(failed=1, skipped=2)


#: test_b asks while test_a runs, which then fails.
ASKS = """
    import multiprocessing

    asks = multiprocessing.get_context("fork").Event()

    def test_b(request):
        asks.set()
        depends(request, ["test_a"])

    @dependency()
    def test_a():
        assert asks.wait(20)
        assert 0

    @dependency(depends=["test_a"])
    def test_c(): ...
"""


@pytest.mark.parametrize("executor", ["threads", "process"])
def test_who_asked_for_the_failure_that_ends_the_run_has_not_failed(run, executor):
    result = run(ASKS, "-x", f"--phase-executor={executor}", apart=True)

    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        ["test_it.py::test_a FAILED*", "phaserun: *, 1 test not run*"]
    )


def test_who_asks_for_a_failure_that_counts_at_once_is_skipped(run):
    result = run(ASKS, "-x", "--phase-confirm=off", apart=True)

    result.assert_outcomes(failed=1, skipped=2)
    assert skip_reasons(result) == ["depends on test_it.py::test_a (failed)"] * 2


def test_without_phases_ours_asks_theirs(pytester, run, phaserun):
    run(SCOPES, "--phase-plan", others=THEIRS)

    result = phaserun.plain("-p", "phaserun", "--phase-off", *THEIRS)

    result.assert_outcomes(passed=4, failed=1, skipped=4)


def test_without_phases_and_without_theirs_nobody_waits(run):
    result = run(SCOPES, "--phase-off")

    result.assert_outcomes(passed=7, failed=1, skipped=1)


def test_their_class_is_put_back_at_the_end(run):
    theirs = pytest.importorskip("pytest_dependency")
    before = theirs.DependencyManager

    run(SCOPES, others=THEIRS)

    assert theirs.DependencyManager is before
