"""Loggers, levels and the live log are one for the process: eight tests at once."""

from __future__ import annotations

import re

#: What the live log writes of the tests below.
RECORD = re.compile(r"INFO +app:test_it\.py:\d+ record (\d+)\.(\d) end")

LOGS = """
    import logging

    @eight
    def test_it(n):
        for part in range(4):
            meet()
            logging.getLogger("app").info("record %s.%s end", n, part)
        meet()
"""

ALL_RECORDS = [(str(n), str(part)) for n in range(8) for part in range(4)]


def test_level_of_the_run_holds_for_every_test(eight):
    result = eight(
        """
        import logging

        log = logging.getLogger("app")

        @eight
        def test_it(n, caplog):
            meet()
            log.debug("debug of %s", n)
            log.info("info of %s", n)
            meet()
            assert caplog.messages == [f"info of {n}"]
            assert n != 3
        """,
        "--log-level=INFO",
    )

    result.assert_outcomes(passed=7, failed=1)
    shown = [line for line in result.outlines if line.startswith("INFO  ")]
    assert [line.partition(" info of ")[2] for line in shown] == ["3"]


def test_level_set_by_a_test_wins_over_the_level_of_the_run(eight):
    result = eight(
        """
        import logging

        log = logging.getLogger("app")

        @eight
        def test_it(n, caplog):
            if n % 2:
                caplog.set_level(logging.DEBUG)
            meet()
            log.debug("debug")
            log.info("info")
            meet()
            assert caplog.messages == (["debug", "info"] if n % 2 else ["info"])
        """,
        "--log-level=INFO",
    )

    result.assert_outcomes(passed=8)


def test_disabled_logging_is_lifted_for_the_test_that_sets_a_level_alone(
    pytester, eight
):
    pytester.makeconftest(
        """
        import logging

        def pytest_configure():
            logging.disable(logging.WARNING)

        def pytest_unconfigure():
            assert logging.root.manager.disable == logging.WARNING
            logging.disable(logging.NOTSET)
        """
    )

    result = eight(
        """
        import logging

        @eight
        def test_it(n, caplog):
            if n % 2:
                caplog.set_level(logging.WARNING)
            meet()
            logging.getLogger("app").warning("from %s", n)
            meet()
            assert caplog.messages == ([f"from {n}"] if n % 2 else [])
        """
    )

    assert result.ret == 0
    result.assert_outcomes(passed=8)


def test_records_are_kept_by_stage(eight):
    result = eight(
        """
        import logging

        log = logging.getLogger("app")

        @pytest.fixture
        def logs(n, caplog):
            meet()
            log.warning("setup of %s", n)
            yield
            meet()
            log.warning("teardown of %s", n)
            for stage in ("setup", "call", "teardown"):
                (record,) = caplog.get_records(stage)
                assert record.getMessage() == f"{stage} of {n}"

        @eight
        def test_it(n, logs):
            meet()
            log.warning("call of %s", n)
        """
    )

    result.assert_outcomes(passed=8)


def test_live_log_writes_every_record_in_a_line_of_its_own(eight):
    result = eight.apart(LOGS, "--log-cli-level=INFO")

    result.assert_outcomes(passed=8)
    lines = [line for line in result.outlines if "INFO" in line]
    assert sorted(RECORD.fullmatch(line).groups() for line in lines) == ALL_RECORDS


def test_live_log_leaves_the_lines_of_tests_whole(eight):
    # In waves of eight: tests of one wave end while those of the next one log.
    many = LOGS.replace("@eight", "@pytest.mark.parametrize('n', range(40))")

    result = eight.apart(many.replace("        meet()\n\n", ""), "--log-cli-level=INFO")

    result.assert_outcomes(passed=40)
    lines = [line for line in result.outlines if "::" in line or "PASSED" in line]
    whole = re.compile(
        r"test_it\.py::test_it\[\d+\] PASSED \[phase 1, slot \d\] +\[ *\d+%\]"
    )
    assert [line for line in lines if not whole.fullmatch(line)] == []
    assert len(lines) == 40
    records = [line for line in result.outlines if "INFO" in line]
    assert all(RECORD.fullmatch(line) for line in records)
    assert len(records) == 160


def test_live_log_of_a_test_alone_has_pytests_sections(eight):
    result = eight.apart(
        f"""{LOGS}
    @pytest.mark.exclusive
    def test_alone():
        logging.getLogger("app").info("record of one alone")
        """,
        "--log-cli-level=INFO",
    )

    result.assert_outcomes(passed=9)
    result.stdout.fnmatch_lines(["-* live log call -*", "* record of one alone"])
    assert result.stdout.str().count(" live log ") == 1


def test_live_log_does_not_take_records_from_reports_and_caplog(eight):
    result = eight.apart(
        """
        import logging

        @eight
        def test_it(n, caplog):
            meet()
            logging.getLogger("app").info("from %s", n)
            meet()
            assert caplog.messages == [f"from {n}"]
            assert n != 3
        """,
        "--log-cli-level=INFO",
        "--show-capture=log",
    )

    result.assert_outcomes(passed=7, failed=1)
    lines = [line for line in result.outlines if line.startswith("INFO ")]
    counts = {n: sum(line.endswith(f"from {n}") for line in lines) for n in range(8)}
    assert counts == {**dict.fromkeys(range(8), 1), 3: 2}


def test_log_file_holds_every_record_in_a_line_of_its_own(pytester, eight):
    result = eight(LOGS, "--log-file=out.log", "--log-file-level=INFO")

    result.assert_outcomes(passed=8)
    lines = (pytester.path / "out.log").read_text().splitlines()
    assert sorted(RECORD.fullmatch(line).groups() for line in lines) == ALL_RECORDS


def test_filter_of_a_test_sees_its_own_records_alone(eight):
    result = eight(
        """
        import logging

        log = logging.getLogger("app")

        class Sink:
            def __init__(self):
                self.seen = []

            def filter(self, record):
                self.seen.append(record.getMessage())
                return False

        @eight
        def test_it(n, caplog):
            sink = Sink()
            meet()
            if n % 2:
                log.addFilter(sink)
            meet()
            log.warning("warning of %s", n)
            meet()
            log.removeFilter(sink)
            log.warning("later")
            if n % 2:
                assert sink.seen == [f"warning of {n}"]
                assert caplog.messages == ["later"]
            else:
                assert caplog.messages == [f"warning of {n}", "later"]
            meet()
            assert log.filters == []
        """
    )

    result.assert_outcomes(passed=8)


def test_filter_of_a_wide_fixture_sees_the_records_of_all(eight):
    result = eight(
        """
        import logging

        log = logging.getLogger("app.wide")

        @pytest.fixture(scope="module")
        def seen():
            found = []
            note = lambda record: found.append(record) or True
            log.addFilter(note)
            yield found
            log.removeFilter(note)

        @eight
        def test_it(n, seen):
            meet()
            log.warning("warning of %s", n)
            meet()
            assert len(seen) == 8
        """
    )

    result.assert_outcomes(passed=8)


def test_filter_that_several_tests_add_is_taken_off_by_each_for_itself(eight):
    result = eight(
        """
        import logging

        log = logging.getLogger("app.hidden")

        def hide(record):
            return False

        @eight
        def test_it(n, caplog):
            meet()
            log.addFilter(hide)
            meet()
            if n % 2:
                log.removeFilter(hide)
            meet()
            log.warning("warning of %s", n)
            meet()
            log.removeFilter(hide)
            assert caplog.messages == ([f"warning of {n}"] if n % 2 else [])
            meet()
            assert log.filters == []
        """
    )

    result.assert_outcomes(passed=8)
