"""Handlers and switches of loggers are one for the process: eight tests at once."""

from __future__ import annotations

import logging

import pytest

from .meeting import EightAtOnce

#: Code under test that configures its loggers, as servers do when they start.
APP = """
    import logging.config

    log = logging.getLogger("shop")

    def configure():
        quiet = {"shop": {"propagate": False, "handlers": [], "level": "INFO"}}
        logging.config.dictConfig(
            {"version": 1, "disable_existing_loggers": False, "loggers": quiet}
        )
"""


@pytest.fixture
def at_once(pytester, phaserun):
    """Run inner tests, eight at once, that have an app."""
    run = EightAtOnce(pytester, phaserun)
    yield lambda source: run({"app.py": APP, "test_it.py": source})
    log = logging.getLogger("shop")
    log.handlers, log.propagate, log.disabled = [], True, False


def test_handler_of_a_test_is_given_its_own_records(at_once):
    result = at_once(
        """
        from app import log

        @eight
        def test_it(i, caplog):
            log.propagate = False
            log.addHandler(caplog.handler)
            meet()
            log.warning("record %s", i)
            meet()
            assert caplog.messages == [f"record {i}"]
            log.removeHandler(caplog.handler)
            log.propagate = True
            log.warning("last of %s", i)
            assert caplog.messages == [f"record {i}", f"last of {i}"]
            assert log.handlers == []
        """
    )
    result.assert_outcomes(passed=8)


def test_test_that_configures_takes_no_handler_from_others(at_once):
    result = at_once(
        """
        from app import configure, log

        @eight
        def test_it(i, caplog):
            log.addHandler(caplog.handler)
            meet()
            if i % 2:
                configure()
            meet()
            log.warning("record %s", i)
            # By the handler, and once more by that of the root.
            assert caplog.messages == [f"record {i}"] * (0 if i % 2 else 2)
            meet()
            log.removeHandler(caplog.handler)
        """
    )
    result.assert_outcomes(passed=8)


def test_logger_that_a_test_disables_works_for_others(at_once):
    result = at_once(
        """
        from app import log

        @eight
        def test_it(i, caplog):
            log.disabled = i == 3
            meet()
            log.warning("record")
            meet()
            assert len(caplog.messages) == (i != 3)
            log.disabled = False
        """
    )
    result.assert_outcomes(passed=8)


def test_what_a_test_leaves_is_there_for_those_after_it(at_once):
    result = at_once(
        """
        import logging
        from app import log

        kept = logging.NullHandler()

        @pytest.mark.task("leaves")
        def test_leaves():
            log.propagate = False
            log.addHandler(kept)

        @eight
        @pytest.mark.depends_on("leaves")
        def test_it(i):
            meet()
            assert not log.propagate
            assert log.handlers == [kept]
        """
    )
    result.assert_outcomes(passed=9)


def test_what_a_wide_fixture_sets_is_for_all(at_once):
    result = at_once(
        """
        import logging
        from app import log

        class Keeper(logging.Handler):
            def emit(self, record):
                records.append(record.getMessage())

        records = []

        @pytest.fixture(scope="module")
        def keeper():
            log.addHandler(handler := Keeper())
            yield
            log.removeHandler(handler)

        @eight
        def test_it(i, keeper):
            meet()
            log.warning("record %s", i)
            meet()
            assert sorted(records) == [f"record {i}" for i in range(8)]
        """
    )
    result.assert_outcomes(passed=8)


def test_test_that_configures_does_not_wait_for_handlers_of_others(at_once):
    result = at_once(
        """
        import logging
        import threading
        from app import configure, log

        writes, is_configured = threading.Event(), threading.Event()

        class Slow(logging.Handler):
            def emit(self, record):
                writes.set()
                seen.append(is_configured.wait(5))

        seen = []

        def test_writes():
            log.addHandler(Slow())
            log.warning("record")
            assert seen == [True]

        def test_configures():
            assert writes.wait(5)
            configure()
            is_configured.set()
        """
    )
    result.assert_outcomes(passed=2)


def test_handler_of_a_wide_fixture_outlives_a_test_that_puts_its_own_back(at_once):
    result = at_once(
        """
        import logging
        from app import log

        added, begun = threading.Event(), threading.Event()

        @pytest.fixture(scope="module")
        def kept():
            assert begun.wait(10)
            handler = logging.NullHandler()
            log.addHandler(handler)
            added.set()
            return handler

        def test_tidy():
            own = logging.NullHandler()
            log.addHandler(own)
            begun.set()
            assert added.wait(10)
            log.removeHandler(own)

        def test_user(kept):
            assert kept in log.handlers

        @pytest.mark.depends_on("test_tidy", "test_user")
        def test_later(kept):
            assert log.handlers == [kept]
        """
    )
    result.assert_outcomes(passed=3)
