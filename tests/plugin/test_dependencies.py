"""What depends on what: order, ids and names, and what becomes of dependents."""

from __future__ import annotations

import pytest

from .reading import order, skip_reasons

every_concurrency = pytest.mark.parametrize("at_once", [1, 4, 16])
every_schedule = pytest.mark.parametrize("schedule", ["batch", "phase", "graph"])


# Order


@every_concurrency
@every_schedule
def test_dependents_start_after_their_dependencies_have_ended(
    pytester, phaserun, at_once, schedule
):
    # A diamond of three layers, eight wide, each defined before what it depends on.
    pytester.makepyfile(
        """
        import pytest

        ended = set()

        @pytest.fixture
        def marks_its_end(request):
            yield
            ended.add(request.node.name)

        @pytest.mark.depends_on("test_middle")
        @pytest.mark.parametrize("i", range(8))
        def test_last(i, marks_its_end):
            assert {f"test_middle[{i}]" for i in range(8)} <= ended

        @pytest.mark.depends_on("test_first")
        @pytest.mark.parametrize("i", range(8))
        def test_middle(i, marks_its_end):
            assert {f"test_first[{i}]" for i in range(8)} <= ended

        @pytest.mark.parametrize("i", range(8))
        def test_first(i, marks_its_end): ...
        """
    )

    result = phaserun(f"--phase-concurrency={at_once}", f"--phase-schedule={schedule}")

    result.assert_outcomes(passed=24)
    result.stdout.fnmatch_lines(["phaserun: 24 tests in 3 phases"])


def test_dependency_in_a_later_file_runs_first(pytester, phaserun):
    pytester.makepyfile(
        test_a="""
        import pytest

        @pytest.mark.depends_on("prepare")
        def test_use(): ...
        """,
        test_b="""
        import pytest

        @pytest.mark.task("prepare")
        def test_prepare(): ...
        """,
    )

    result = phaserun("-v")

    assert order(result) == ["test_prepare", "test_use"]


def test_phase_waits_for_the_whole_phase_before(pytester, phaserun):
    # Only the barrier keeps test_behind_quick waiting for test_slow.
    pytester.makepyfile(
        """
        import threading
        import pytest

        slow_may_end = threading.Event()

        def test_slow():
            assert not slow_may_end.wait(0.2)

        def test_quick(): ...

        @pytest.mark.depends_on("test_quick")
        def test_behind_quick():
            slow_may_end.set()
        """
    )

    result = phaserun("--phase-schedule=phase")

    result.assert_outcomes(passed=3)


def test_graph_knows_no_barriers(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        slow_may_end = threading.Event()

        def test_slow():
            assert slow_may_end.wait(10)

        def test_quick(): ...

        @pytest.mark.depends_on("test_quick")
        def test_behind_quick():
            slow_may_end.set()
        """
    )

    result = phaserun("--phase-schedule=graph")

    result.assert_outcomes(passed=3)


def test_phase_refills_a_free_place_at_once(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading

        third_runs = threading.Event()

        def test_first():
            assert third_runs.wait(10)

        def test_second(): ...

        def test_third():
            third_runs.set()
        """
    )

    result = phaserun("--phase-concurrency=2", "--phase-schedule=phase")

    result.assert_outcomes(passed=3)


def test_batch_opens_the_next_slice_when_the_last_of_this_one_has_ended(
    pytester, phaserun
):
    pytester.makepyfile(
        """
        import threading

        third_runs = threading.Event()

        def test_first():
            assert not third_runs.wait(0.2)

        def test_second(): ...

        def test_third():
            third_runs.set()
        """
    )

    result = phaserun("--phase-concurrency=2", "--phase-schedule=batch")

    result.assert_outcomes(passed=3)


def test_as_many_run_at_once_as_asked_for_and_no_more(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        all_five = threading.Barrier(5)
        running = set()

        @pytest.mark.parametrize("i", range(20))
        def test_one_of_five(i):
            running.add(i)
            assert len(running) <= 5
            all_five.wait(10)
            running.discard(i)
            all_five.wait(10)
        """
    )

    result = phaserun("--phase-concurrency=5")

    result.assert_outcomes(passed=20)


def test_auto_runs_one_test_per_core(phaserun, pytester, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    pytester.makepyfile("def test_one(): ...")

    result = phaserun("--phase-concurrency=auto")

    result.stdout.fnmatch_lines(["phaserun: 3 at once, *"])


# Blocked


CHAIN = """
    import pytest

    @pytest.fixture
    def costly():
        raise RuntimeError("a fixture of a blocked test was set up")

    def test_db():
        assert False

    @pytest.mark.depends_on("test_db")
    def test_login(costly): ...

    @pytest.mark.depends_on("test_login")
    def test_cart(costly): ...

    @pytest.mark.depends_on("test_cart")
    def test_order(costly): ...
"""


@every_concurrency
@every_schedule
def test_failure_blocks_the_whole_chain_with_its_root_cause(
    pytester, phaserun, at_once, schedule
):
    pytester.makepyfile(test_shop=CHAIN)

    result = phaserun(
        "-rs",
        f"--phase-concurrency={at_once}",
        f"--phase-schedule={schedule}",
    )

    result.assert_outcomes(failed=1, skipped=3)
    assert skip_reasons(result) == [
        "depends on test_shop.py::test_db (failed)",
        "depends on test_shop.py::test_login, "
        "blocked by test_shop.py::test_db (failed)",
        "depends on test_shop.py::test_cart, blocked by test_shop.py::test_db (failed)",
    ]


def test_blocked_test_is_shown_where_it_stands(pytester, phaserun):
    pytester.makepyfile(test_shop=CHAIN)

    result = phaserun("-rs")

    result.stdout.fnmatch_lines(["SKIPPED [[]1[]] test_shop.py:10: depends on *"])


@pytest.mark.parametrize(
    ("dependency", "reason"),
    [
        ("def test_db(): assert False", "failed"),
        ("def test_db(nonsense): ...", "error in setup"),
        ("@pytest.mark.skip\ndef test_db(): ...", "skipped"),
        ("def test_db(): pytest.skip('today')", "skipped"),
        ("@pytest.mark.xfail\ndef test_db(): assert False", "xfailed"),
        ("@pytest.mark.xfail(run=False)\ndef test_db(): ...", "xfailed"),
        ("@pytest.mark.xfail(strict=True)\ndef test_db(): ...", "failed"),
        ("def test_db(bad_teardown): ...", "error in teardown"),
        ("@pytest.mark.exclusive\ndef test_db(): assert False", "failed"),
        ("@pytest.mark.exclusive\ndef test_db(nonsense): ...", "error in setup"),
        ("@pytest.mark.exclusive\ndef test_db(): pytest.skip('today')", "skipped"),
    ],
)
def test_dependency_that_did_not_pass_blocks(pytester, phaserun, dependency, reason):
    pytester.makepyfile(
        test_shop=f"""
import pytest

@pytest.fixture
def bad_teardown():
    yield
    raise RuntimeError

{dependency}

@pytest.mark.depends_on("test_db")
def test_login():
    raise RuntimeError("ran although its dependency did not pass")
"""
    )

    result = phaserun("-rs")

    assert f"depends on test_shop.py::test_db ({reason})" in skip_reasons(result)


def test_unexpected_pass_satisfies(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.xfail
        def test_db(): ...

        @pytest.mark.depends_on("test_db")
        def test_login(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=1, xpassed=1)


def test_one_failed_dependency_of_several_blocks(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        def test_good(): ...

        def test_bad():
            assert False

        @pytest.mark.depends_on("test_good", "test_bad")
        def test_both(): ...
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == ["depends on test_shop.py::test_bad (failed)"]


def test_independent_tests_run_on_after_a_failure(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        def test_bad():
            assert False

        def test_good(): ...

        @pytest.mark.depends_on("test_good")
        def test_behind_good(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(failed=1, passed=2)


def test_chain_of_thousands_is_blocked_without_recursion(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        def links():
            for i in range(1, 2000):
                mark = pytest.mark.depends_on(f"test_link[{i - 1}]")
                yield pytest.param(i, marks=mark)

        @pytest.mark.parametrize("i", [0, *links()])
        def test_link(i):
            assert False
        """
    )

    result = phaserun("-q")

    result.assert_outcomes(failed=1, skipped=1999)


def test_run_does_not_end_while_it_is_decided_what_comes_next(pytester, phaserun):
    # Between the end of a test and the opening of the next phase nothing runs and
    # nothing is open. Made longer, that is when the main thread has reported a test.
    pytester.makeconftest(
        """
        import threading
        from pytest_phaserun.dispatch import Dispatcher

        open_more = Dispatcher._open_more

        def open_more_slowly(self):
            threading.Event().wait(0.05)
            open_more(self)

        Dispatcher._open_more = open_more_slowly

        def pytest_unconfigure():
            Dispatcher._open_more = open_more
        """
    )
    pytester.makepyfile(
        """
        import pytest

        def test_first(): ...

        @pytest.mark.depends_on("test_first")
        def test_second(): ...

        @pytest.mark.depends_on("test_second")
        def test_last(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=3)


# Names


def passes_in_order(result: pytest.RunResult, *names: str) -> bool:
    """Tell whether all tests passed, and these in this order."""
    found = order(result)
    return result.ret == 0 and [name for name in found if name in names] == list(names)


@pytest.mark.parametrize(
    "name",
    [
        "the-id",
        "test_second",
        "TestGroup::test_second",
        "test_names.py::TestGroup::test_second",
        "folder/test_names.py::TestGroup::test_second",
        "TestGroup",
        "test_names.py::TestGroup",
    ],
)
def test_name_of_a_test_can_be_written_in_many_ways(pytester, phaserun, name):
    folder = pytester.mkdir("folder")
    (folder / "test_names.py").write_text(
        f"""
import pytest

@pytest.mark.depends_on({name!r})
def test_first(): ...

class TestGroup:
    @pytest.mark.task("the-id")
    def test_second(self): ...
"""
    )

    result = phaserun("-v", "--strict-markers")

    assert passes_in_order(result, "test_second", "test_first")


def test_file_means_all_its_tests(pytester, phaserun):
    pytester.makepyfile(
        test_a="""
        import pytest

        @pytest.mark.depends_on("test_b.py")
        def test_last(): ...
        """,
        test_b="""
        def test_one(): ...

        def test_two():
            assert False
        """,
    )

    result = phaserun("-rs")

    result.assert_outcomes(passed=1, failed=1, skipped=1)
    assert skip_reasons(result) == ["depends on test_b.py::test_two (failed)"]


def test_class_is_a_unit(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.depends_on("TestStore")
        class TestShop:
            def test_open(self): ...

            def test_close(self): ...

        class TestStore:
            def test_read(self): ...

            def test_write(self):
                assert False
        """
    )

    result = phaserun("-rs")

    result.assert_outcomes(passed=1, failed=1, skipped=2)
    assert skip_reasons(result) == [
        "depends on test_shop.py::TestStore::test_write (failed)",
        "depends on test_shop.py::TestStore::test_write (failed)",
    ]


def test_base_name_means_every_parametrization(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.parametrize("n", [1, 2, 3])
        def test_db(n):
            assert n != 2

        @pytest.mark.depends_on("test_db")
        def test_login(): ...
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == ["depends on test_shop.py::test_db[2] (failed)"]


def test_name_with_parameters_means_one_parametrization(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", [1, 2, 3])
        def test_db(n):
            assert n != 2

        @pytest.mark.depends_on("test_db[3]")
        def test_login(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=3, failed=1)


@pytest.mark.parametrize("parameter", ["a/b", "a::b", "a[b]", "a b", "ä"])
def test_parameters_may_hold_anything(pytester, phaserun, parameter):
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.parametrize("p", [{parameter!r}], ids=[{parameter!r}])
        def test_db(p): ...

        @pytest.mark.depends_on("test_db")
        def test_login(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=2)


def test_same_name_in_two_files_means_the_one_in_the_same_file(pytester, phaserun):
    suite = """
        import pytest

        def test_db():
            assert {good}

        @pytest.mark.depends_on("test_db")
        def test_login(): ...
    """
    pytester.makepyfile(test_a=suite.format(good=False), test_b=suite.format(good=True))

    result = phaserun("-rs")

    result.assert_outcomes(passed=2, failed=1, skipped=1)
    assert skip_reasons(result) == ["depends on test_a.py::test_db (failed)"]


def test_name_in_the_same_class_is_nearer_than_in_the_module(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        def test_db(): ...

        class TestShop:
            def test_db(self):
                assert False

            @pytest.mark.depends_on("test_db")
            def test_login(self): ...
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == [
        "depends on test_shop.py::TestShop::test_db (failed)"
    ]


def test_name_in_the_same_folder_is_nearer_than_elsewhere(pytester, phaserun):
    for folder in ("a", "b"):
        path = pytester.mkpydir(folder)
        (path / "test_db.py").write_text(f"def test_db(): assert {folder == 'b'}")
    (pytester.path / "b" / "test_login.py").write_text(
        "import pytest\n@pytest.mark.depends_on('test_db')\ndef test_login(): ...\n"
    )

    result = phaserun()

    result.assert_outcomes(passed=2, failed=1)


# Explicit ids


def test_id_on_a_class_names_all_its_tests(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.depends_on("store")
        def test_shop(): ...

        @pytest.mark.task("store")
        class TestStore:
            def test_read(self): ...

            def test_write(self):
                assert False
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == [
        "depends on test_shop.py::TestStore::test_write (failed)"
    ]


def test_id_on_a_module_names_all_its_tests(pytester, phaserun):
    pytester.makepyfile(
        test_a="""
        import pytest

        @pytest.mark.depends_on("store")
        def test_shop(): ...
        """,
        test_b="""
        import pytest

        pytestmark = pytest.mark.task("store")

        def test_read(): ...

        def test_write():
            assert False
        """,
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == ["depends on test_b.py::test_write (failed)"]


def test_id_on_a_parametrized_test_names_every_parametrization(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.depends_on("db")
        def test_login(): ...

        @pytest.mark.task("db")
        @pytest.mark.parametrize("n", [1, 2])
        def test_db(n):
            assert n != 2
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == ["depends on test_shop.py::test_db[2] (failed)"]


def test_id_on_a_parameter_names_one_parametrization(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends_on("good")
        def test_login(): ...

        @pytest.mark.parametrize(
            "n", [pytest.param(1, marks=pytest.mark.task("good")), 2]
        )
        def test_db(n):
            assert n != 2
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=2, failed=1)


def test_dependency_on_a_parameter_is_that_parametrizations_own(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        def test_db():
            assert False

        @pytest.mark.parametrize(
            "n", [pytest.param(1, marks=pytest.mark.depends_on("test_db")), 2]
        )
        def test_login(n): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=1, failed=1, skipped=1)


def test_explicit_id_wins_over_a_test_of_that_name(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        def test_db(): ...

        @pytest.mark.task("test_db")
        def test_other():
            assert False

        @pytest.mark.depends_on("test_db")
        def test_login(): ...
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == ["depends on test_shop.py::test_other (failed)"]


def test_inherited_dependency_leaves_the_test_itself_out(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.depends_on("test_db")

        def test_login(): ...

        def test_db(): ...
        """
    )

    result = phaserun("-v")

    assert passes_in_order(result, "test_db", "test_login")


def test_dependencies_of_function_class_and_module_are_united(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.depends_on("a")

        @pytest.mark.depends_on("b")
        class TestAll:
            @pytest.mark.depends_on("c")
            def test_last(self): ...

        @pytest.mark.task("c")
        def test_c(): ...

        @pytest.mark.task("b")
        def test_b(): ...

        @pytest.mark.task("a")
        def test_a(): ...
        """
    )

    result = phaserun("-v")

    assert order(result)[0] == "test_a"
    assert order(result)[-1] == "test_last"


# Time limits of their own


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
