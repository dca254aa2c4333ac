"""The state of ``warnings`` is one for the process: eight tests at once, each its own.

So it is with exceptions that nobody handles, which pytest makes warnings of.
"""

from __future__ import annotations

import pytest


def test_warning_made_an_error_fails_the_test_that_warned_alone(eight):
    # The filter is in force while all eight warn, or might.
    result = eight.apart(
        """
        import warnings

        @eight
        def test_it(n):
            meet()
            try:
                if n == 3:
                    warnings.warn("from 3")
            finally:
                meet()
        """,
        "-W",
        "error",
    )

    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_it[[]3[]] - *from 3"])


def test_block_ends_for_its_test_and_goes_on_for_others(eight):
    # The blocks begin at one time; those of the even tests end before the others warn.
    result = eight.apart(
        """
        import warnings

        @eight
        def test_it(n):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                meet()
                if n % 2:
                    meet()
                    with pytest.raises(UserWarning):
                        warnings.warn("an error")
            if not n % 2:
                meet()
                warnings.warn("no error")
            meet()
        """
    )

    result.assert_outcomes(passed=8, warnings=4)


def test_block_records_the_warnings_of_its_own_test(eight):
    result = eight.apart(
        """
        import warnings

        @eight
        def test_it(n):
            with warnings.catch_warnings(record=True) as found:
                warnings.simplefilter("always")
                meet()
                for part in "ab":
                    warnings.warn(f"{part} from {n}")
                    meet()
            assert [str(w.message) for w in found] == [f"a from {n}", f"b from {n}"]
        """
    )

    result.assert_outcomes(passed=8)


def test_filter_set_without_a_block_ends_with_its_test(pytester, eight):
    pytester.makeconftest(
        """
        import warnings

        before = []

        def pytest_collection_finish():
            before[:] = warnings.filters

        def pytest_sessionfinish():
            assert warnings.filters == before
        """
    )

    result = eight.apart(
        """
        import warnings

        @pytest.mark.parametrize("n", range(16))
        def test_it(n):
            meet()
            if n % 2:
                warnings.simplefilter("ignore")
            meet()
            warnings.warn(f"from {n}")
            meet()
        """
    )

    assert result.ret == 0
    result.assert_outcomes(passed=16, warnings=8)


def test_warning_of_the_interpreter_goes_to_its_own_test(eight):
    # The compiler warns from C code, of a file that is not on any stack.
    result = eight.apart(
        """
        @eight
        def test_it(n):
            with pytest.warns(Warning, match="invalid escape") as found:
                meet()
                compile(r"'\\d'", f"<from {n}>", "exec")
                meet()
            assert [warning.filename for warning in found] == [f"<from {n}>"]
        """
    )

    result.assert_outcomes(passed=8)


def test_warning_of_a_child_thread_goes_to_the_test_that_started_it(eight):
    result = eight.apart(
        """
        import threading
        import warnings

        def warn(n):
            meet()
            warnings.warn(f"from {n}")
            meet()

        @eight
        def test_it(n):
            with pytest.warns(UserWarning) as found:
                child = threading.Thread(target=warn, args=[n])
                child.start()
                child.join()
            assert [str(warning.message) for warning in found] == [f"from {n}"]
        """
    )

    result.assert_outcomes(passed=8)


@pytest.mark.parametrize(
    "expectation", ["pytest.warns(DeprecationWarning)", "pytest.deprecated_call()"]
)
def test_expected_warning_does_not_count_if_another_test_warns(eight, expectation):
    result = eight.apart(
        f"""
        import warnings

        @eight
        def test_it(n):
            with {expectation}:
                meet()
                if n % 2:
                    warnings.warn("old", DeprecationWarning)
                meet()
        """
    )

    result.assert_outcomes(passed=4, failed=4)
    for n in (0, 2, 4, 6):
        line = f"FAILED test_it.py::test_it[[]{n}[]] *DID NOT WARN*"
        result.stdout.fnmatch_lines([line])


def test_recwarn_holds_the_warnings_of_all_stages_of_its_own_test(eight):
    result = eight.apart(
        """
        import warnings

        @pytest.fixture
        def warns(n, recwarn):
            meet()
            warnings.warn(f"setup of {n}")
            yield
            meet()
            warnings.warn(f"teardown of {n}")
            texts = [str(warning.message) for warning in recwarn]
            stages = ("setup", "call", "teardown")
            assert texts == [f"{stage} of {n}" for stage in stages]

        @eight
        def test_it(n, warns):
            meet()
            warnings.warn(f"call of {n}")
        """
    )

    result.assert_outcomes(passed=8)


def test_summary_names_the_test_for_warnings_of_every_stage(eight):
    result = eight.apart(
        """
        import warnings

        @pytest.fixture
        def warns(n):
            meet()
            warnings.warn(f"setup of {n}")
            yield
            meet()
            warnings.warn(f"teardown of {n}")

        @eight
        def test_it(n, warns):
            meet()
            warnings.warn(f"call of {n}")
        """
    )

    result.assert_outcomes(passed=8, warnings=24)
    pairs = zip(result.outlines, result.outlines[1:], strict=False)
    found = sorted((heading, text[-1]) for heading, text in pairs if " of " in text)
    in_summary = [pair for pair in found if pair[0].startswith("test_it.py::")]
    assert in_summary == [
        (f"test_it.py::test_it[{n}]", str(n)) for n in range(8) for _ in range(3)
    ]


def test_exception_in_a_destructor_is_a_warning_of_its_own_test(eight):
    result = eight.apart(
        """
        class Broken:
            def __del__(self):
                raise ValueError("in a destructor")

        @eight
        def test_it(n):
            broken = Broken() if n == 5 else None
            meet()
            del broken
            meet()
        """,
        "-W",
        "error",
    )

    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_it[[]5[]] *"])


def test_exceptions_in_threads_are_warnings_of_their_own_tests(eight):
    result = eight.apart(
        """
        import threading

        def fail(n):
            meet()
            raise ValueError(f"in the thread of {n}")

        @eight
        def test_it(n):
            child = threading.Thread(target=fail, args=[n])
            child.start()
            child.join()
            meet()
        """
    )

    result.assert_outcomes(passed=8, warnings=8)
    entries = result.stdout.str().split("\ntest_it.py::test_it[")[1:]
    assert len(entries) == 8
    for entry in entries:
        assert entry.count("ValueError: in the thread of") == 1
        assert f"ValueError: in the thread of {entry[0]}\n" in entry


def test_what_the_garbage_collector_finds_is_blamed_on_no_test(eight, pytester):
    # The one that it comes to run in has nothing to do with it.
    pytester.makepyfile(
        app="""
        import gc

        class Broken:
            def __init__(self):
                self.cycle = self

            def __del__(self):
                raise ValueError("in a destructor")

        def collect():
            gc.collect()

        gc.disable()
        """
    )
    result = eight.apart(
        """
        from app import Broken, collect

        @eight
        def test_it(n):
            if n == 5:
                Broken()
            meet()
            if n == 2:
                collect()
            meet()
        """,
        "-W",
        "error::pytest.PytestUnraisableExceptionWarning",
    )

    result.assert_outcomes(passed=8, warnings=1)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*ValueError: in a destructor"])


def test_garbage_found_between_tests_is_not_blamed_on_the_next_one(eight, pytester):
    pytester.makeconftest(
        """
        import gc

        class Broken:
            def __init__(self):
                self.cycle = self

            def __del__(self):
                raise ValueError("in a destructor")

        def pytest_runtest_logfinish():
            Broken()
            gc.collect()
        """
    )
    result = eight.apart(
        """
        @eight
        def test_it(n):
            meet()

        @pytest.mark.exclusive
        def test_alone(): ...
        """,
        "-W",
        "error::pytest.PytestUnraisableExceptionWarning",
    )

    result.assert_outcomes(passed=9, warnings=8)
