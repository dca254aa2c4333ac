"""Levels that tests set, and loggers that they watch: eight tests at once."""

from __future__ import annotations

import logging


def test_level_that_a_test_sets_and_puts_back_is_its_own(eight):
    result = eight(
        """
        import logging

        log = logging.getLogger("app.level")

        @eight
        def test_it(n, caplog):
            meet()
            before = log.level
            assert before == logging.NOTSET
            meet()
            if n % 2:
                log.setLevel(logging.DEBUG + n)
                assert log.level == log.getEffectiveLevel() == logging.DEBUG + n
            meet()
            log.log(logging.DEBUG + n, "record of %s", n)
            assert log.isEnabledFor(logging.DEBUG + n) == bool(n % 2)
            meet()
            log.setLevel(before)
            meet()
            log.info("later")
            assert caplog.messages == ([f"record of {n}"] if n % 2 else [])
        """
    )

    result.assert_outcomes(passed=8)


def test_level_that_a_test_leaves_holds_for_what_comes_later(eight):
    result = eight(
        """
        import logging

        log = logging.getLogger("app.left")

        @eight
        def test_it(n):
            meet()
            log.setLevel(logging.ERROR)
            meet()

        @pytest.mark.depends_on("test_it")
        def test_later():
            assert log.level == logging.ERROR

        @pytest.mark.exclusive
        @pytest.mark.depends_on("test_later")
        def test_alone():
            assert log.level == logging.ERROR
            log.setLevel(logging.NOTSET)
        """
    )

    result.assert_outcomes(passed=10)


def test_level_that_a_wide_fixture_sets_is_for_all(eight):
    result = eight(
        """
        import logging

        log = logging.getLogger("app.wide")

        @pytest.fixture(scope="module")
        def debugged():
            log.setLevel(logging.DEBUG)
            yield
            log.setLevel(logging.NOTSET)

        @eight
        def test_it(n, debugged, caplog):
            meet()
            log.debug("record of %s", n)
            meet()
            assert caplog.messages == [f"record of {n}"]
        """
    )

    result.assert_outcomes(passed=8)


def test_assert_logs_sees_the_records_of_its_own_test(eight):
    result = eight(
        """
        import logging, unittest

        log = logging.getLogger("app.watched")
        checks = unittest.TestCase()

        @eight
        def test_it(n, caplog):
            meet()
            with checks.assertLogs(log, logging.DEBUG) as watched:
                meet()
                log.debug("record of %s", n)
                log.getChild("below").info("below of %s", n)
                meet()
            assert [r.getMessage() for r in watched.records] == [
                f"record of {n}", f"below of {n}"
            ]
            meet()
            log.warning("later")
            log.debug("never")
            assert caplog.messages == ["later"]
        """
    )

    result.assert_outcomes(passed=8)


def test_assert_no_logs_does_not_see_the_records_of_others(eight):
    result = eight(
        """
        import logging, unittest

        log = logging.getLogger("app.silent")

        @eight
        def test_it(n):
            if n % 2:
                with unittest.TestCase().assertNoLogs("app"):
                    meet()
                    meet()
            else:
                meet()
                log.warning("record of %s", n)
                meet()

        @eight
        def test_fails(n):
            meet()
            with unittest.TestCase().assertNoLogs("app"):
                log.warning("record of %s", n)
        """
    )

    result.assert_outcomes(passed=8, failed=8)
    result.stdout.fnmatch_lines(["*Unexpected logs found: *record of 3*"])


def test_assert_logs_within_another_takes_the_record(eight):
    result = eight(
        """
        import logging, unittest

        log = logging.getLogger("app.nested")
        checks = unittest.TestCase()

        @eight
        def test_it(n):
            meet()
            with checks.assertLogs() as outer:
                log.info("before")
                with checks.assertLogs(log, "ERROR") as inner:
                    meet()
                    log.error("inside")
                    log.info("nowhere")
                log.info("after")
            meet()
            assert [r.getMessage() for r in outer.records] == ["before", "after"]
            assert [r.getMessage() for r in inner.records] == ["inside"]
        """
    )

    result.assert_outcomes(passed=8)


def test_level_set_to_what_it_is_holds_though_another_test_leaves_one(eight, request):
    # It is left in this process.
    level = logging.getLogger("app").setLevel
    request.addfinalizer(lambda: level(logging.NOTSET))
    # Both set it before either ends; the one that ends first leaves its level.
    result = eight(
        """
        import logging
        import threading

        log = logging.getLogger("app")
        left = threading.Event()

        @pytest.mark.task("leaves")
        def test_leaves():
            log.setLevel(logging.ERROR)
            both.wait(10)

        def test_keeps():
            log.setLevel(log.level)
            both.wait(10)
            left.wait(10)
            assert log.level == logging.NOTSET

        @pytest.mark.depends_on("leaves")
        def test_after():
            seen = log.level
            left.set()
            assert seen == logging.ERROR

        both = threading.Barrier(2)
        """,
        "--phase-schedule=graph",
    )

    result.assert_outcomes(passed=3)
