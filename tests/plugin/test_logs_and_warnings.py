"""What is logged, warned of and raised in threads belongs to the test it comes from.

Every inner test meets the others at a barrier before and after what it does, so that
all of them are at it at the same time.
"""

from __future__ import annotations

import sys

import pytest

from .reading import ONCE

#: Who keeps the filters of warnings apart: the plugin, or contexts, which threads may
#: inherit or not. By default this differs among the builds of one version.
CONTEXTS = {
    "process": "00",
    "contexts": "10",
    "inherited contexts": "11",
}

MEET = """
    import logging
    import threading
    import warnings

    import pytest

    barrier = threading.Barrier(8)
    log = logging.getLogger("app")
    eight = pytest.mark.parametrize("n", range(8))

    def meet():
        barrier.wait(10)
"""


@pytest.fixture(params=list(CONTEXTS) if sys.version_info >= (3, 14) else ["process"])
def filters_of(request, monkeypatch):
    """Choose whose the filters of warnings are; for inner runs apart."""
    aware, inherit = CONTEXTS[request.param]
    monkeypatch.setenv("PYTHON_CONTEXT_AWARE_WARNINGS", aware)
    monkeypatch.setenv("PYTHON_THREAD_INHERIT_CONTEXT", inherit)
    return request.param


@pytest.fixture
def at_once(pytester, phaserun, filters_of):
    """Run inner tests, eight at once."""

    def run(source, *arguments):
        pytester.makepyfile(meeting=MEET)
        pytester.makepyfile(test_it="from meeting import *\n" + source)
        return phaserun.apart(ONCE, "--phase-concurrency=8", *arguments)

    return run


def test_caplog_sees_the_records_of_its_own_test(at_once):
    result = at_once(
        """
@eight
def test_it(n, caplog):
    meet()
    log.warning("from %s", n)
    meet()
    assert caplog.messages == [f"from {n}"]
"""
    )

    result.assert_outcomes(passed=8)


def test_caplog_sees_the_records_of_child_threads(at_once):
    result = at_once(
        """
@eight
def test_it(n, caplog):
    thread = threading.Thread(target=log.warning, args=("child of %s", n))
    meet()
    thread.start()
    thread.join()
    meet()
    assert caplog.messages == [f"child of {n}"]
"""
    )

    result.assert_outcomes(passed=8)


def test_level_set_by_a_test_holds_for_no_other(at_once):
    result = at_once(
        """
@eight
def test_it(n, caplog):
    if n % 2:
        caplog.set_level(logging.DEBUG if n % 4 == 1 else logging.ERROR, "app")
    meet()
    log.debug("debug")
    log.warning("warning")
    log.error("error")
    meet()
    seen = {1: ["debug", "warning", "error"], 3: ["error"]}
    assert caplog.messages == seen.get(n % 4, ["warning", "error"])
"""
    )

    result.assert_outcomes(passed=8)


def test_level_of_a_block_ends_with_it(at_once):
    result = at_once(
        """
@eight
def test_it(n, caplog):
    with caplog.at_level(logging.INFO):
        meet()
        log.info("inside")
        meet()
    log.info("outside")
    meet()
    assert caplog.messages == ["inside"]
"""
    )

    result.assert_outcomes(passed=8)


def test_levels_are_as_they_were_when_all_has_ended(pytester, at_once):
    pytester.makeconftest(
        """
        import logging

        def pytest_sessionfinish():
            print("level of app:", logging.getLogger("app").level)
        """
    )

    result = at_once(
        """
log.setLevel(logging.ERROR)

@eight
def test_it(n, caplog):
    caplog.set_level(n + 1, "app")
    meet()
""",
        "-s",
    )

    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines(["*level of app: 40*"])


def test_report_shows_the_log_of_its_own_test(at_once):
    result = at_once(
        """
@eight
def test_it(n):
    meet()
    log.warning("from %s", n)
    meet()
    assert n != 3
"""
    )

    result.assert_outcomes(passed=7, failed=1)
    lines = [line for line in result.outlines if "WARNING  app" in line]
    assert [line.rpartition(" ")[2] for line in lines] == ["3"]


def test_pytest_warns_sees_the_warnings_of_its_own_test(at_once):
    result = at_once(
        """
@eight
def test_it(n):
    with pytest.warns(UserWarning) as found:
        meet()
        warnings.warn(f"from {n}")
        meet()
    assert [str(each.message) for each in found] == [f"from {n}"]
"""
    )

    result.assert_outcomes(passed=8)


def test_filters_hold_for_their_own_test(at_once):
    result = at_once(
        """
@eight
def test_it(n):
    with warnings.catch_warnings():
        warnings.simplefilter("error" if n % 2 else "ignore")
        meet()
        if n % 2:
            with pytest.raises(UserWarning):
                warnings.warn("an error")
        else:
            warnings.warn("ignored")
        meet()
""",
        "-W",
        "error",
    )

    result.assert_outcomes(passed=8)


def test_filterwarnings_mark_holds_for_its_own_test(at_once):
    result = at_once(
        """
@pytest.mark.parametrize("n", [
    pytest.param(n, marks=pytest.mark.filterwarnings("error")) if n % 2 else n
    for n in range(8)
])
def test_it(n):
    meet()
    try:
        warnings.warn(f"from {n}")
    finally:
        meet()
"""
    )

    result.assert_outcomes(passed=4, failed=4, warnings=4)


def test_summary_names_the_test_that_warned(at_once):
    result = at_once(
        """
@eight
def test_it(n):
    meet()
    warnings.warn(f"from {n}")
    meet()
"""
    )

    result.assert_outcomes(passed=8, warnings=8)
    for n in range(8):
        result.stdout.fnmatch_lines([f"test_it.py::test_it[[]{n}[]]", f"*from {n}"])


def test_warning_of_one_place_is_one_of_each_test_that_comes_there(at_once):
    result = at_once(
        """
def look_out():
    warnings.warn("look out")

@eight
def test_it(n):
    meet()
    look_out()
    meet()
    look_out()
    if n % 2:
        with pytest.warns(UserWarning) as found:
            meet()
            look_out()
            look_out()
        assert len(found) == 2
    else:
        meet()
        look_out()
"""
    )

    result.assert_outcomes(passed=8, warnings=8)


@pytest.mark.parametrize(
    ("action", "count"), [("once", 1), ("module", 1), ("default", 2), ("always", 5)]
)
def test_action_of_a_filter_counts_repetitions_in_its_own_test(at_once, action, count):
    result = at_once(
        f"""
@eight
@pytest.mark.filterwarnings("{action}::UserWarning")
def test_it(n):
    for _ in range(3):
        meet()
        warnings.warn("look out")
    meet()
    for _ in range(2):
        warnings.warn("look out")
"""
    )

    result.assert_outcomes(passed=8, warnings=8 * count)


def test_warnings_of_a_child_thread_belong_to_its_test(at_once):
    result = at_once(
        """
@eight
def test_it(n):
    thread = threading.Thread(target=warnings.warn, args=(f"child of {n}",))
    with pytest.warns(UserWarning) as found:
        meet()
        thread.start()
        thread.join()
        meet()
    assert [str(each.message) for each in found] == [f"child of {n}"]
"""
    )

    result.assert_outcomes(passed=8)


def test_filters_after_the_concurrent_tests_are_those_before(pytester, at_once):
    pytester.makeconftest(
        """
        import warnings

        def state():
            catch = warnings.catch_warnings
            return [list(warnings.filters), warnings._showwarnmsg, warnings._add_filter,
                    warnings.defaultaction, catch.__enter__, catch.__exit__,
                    type(warnings.defaultaction), list(get())]

        get = getattr(warnings, "_get_filters", lambda: warnings.filters)

        def pytest_collection_finish(session):
            session.config.before = state()

        def pytest_sessionfinish(session):
            print("same filters:", state() == session.config.before)
        """
    )

    result = at_once(
        """
@eight
def test_it(n):
    meet()
    warnings.simplefilter("ignore")
    warnings.warn(f"from {n}")
""",
        "-s",
    )

    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines(["*same filters: True*"])


def test_threads_of_one_test_have_filters_apart_where_contexts_have(
    at_once, filters_of
):
    if filters_of != "inherited contexts":
        pytest.skip("filters belong to the whole test")

    result = at_once(
        """
def record(two, found):
    with warnings.catch_warnings(record=True) as caught:
        two.wait(10)
        warnings.warn(threading.current_thread().name)
        two.wait(10)
    found[threading.current_thread().name] = [str(each.message) for each in caught]

@eight
def test_it(n):
    two, found = threading.Barrier(2), {}
    threads = [
        threading.Thread(target=record, args=(two, found), name=name) for name in "ab"
    ]
    meet()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"a": ["a"], "b": ["b"]}
"""
    )

    result.assert_outcomes(passed=8)


def test_recwarn_and_deprecated_call_work_beside_others(at_once):
    result = at_once(
        """
@eight
def test_it(n, recwarn):
    meet()
    warnings.warn(f"from {n}")
    meet()
    assert [str(each.message) for each in recwarn] == [f"from {n}"]
    with pytest.deprecated_call():
        warnings.warn("old", DeprecationWarning)
"""
    )

    result.assert_outcomes(passed=8)


def test_exception_in_a_thread_is_a_warning_of_its_own_test(at_once):
    result = at_once(
        """
@eight
def test_it(n):
    thread = threading.Thread(target=int, args=("seven" if n == 5 else "7",))
    meet()
    thread.start()
    thread.join()
    meet()
""",
        "-W",
        "error",
    )

    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_it[[]5[]] *"])


def test_subtest_captures_what_its_own_test_prints_and_logs(at_once):
    pytest.importorskip("_pytest.subtests", reason="subtests came with pytest 9")

    result = at_once(
        """
@eight
def test_it(n, subtests):
    for part in "ab":
        with subtests.test(part):
            meet()
            print(f"print {n}{part}")
            log.warning(f"log {n}{part}")
            meet()
            assert (n, part) != (4, "b")
"""
    )

    printed = [line for line in result.outlines if line.startswith("print ")]
    assert printed == ["print 4b"]
    section = result.outlines[result.outlines.index("print 4b") :]
    assert section[2].endswith("log 4b")
    assert "unattributed output" not in result.stdout.str()
