"""Eight tests at once that print and log: a process has one of each stream.

Every inner test meets the seven others before and after it prints, or is seen to be
alone with what it captures.
"""

from __future__ import annotations

import re

import pytest

from .meeting import EightAtOnce
from .reading import section


@pytest.fixture
def at_once(pytester, phaserun):
    """Run inner tests, eight at once."""
    return EightAtOnce(pytester, phaserun)


def captured(result: pytest.RunResult, test: str) -> dict[str, str]:
    """Return what the entry of a failed test shows as captured, by headline."""
    text = result.stdout.str().partition(f"_ {test} _")[2]
    text = re.split(r"^(?:_{3,} .* _{3,}|={3,}.*|phaserun: .*)$", text, flags=re.M)[0]
    _, *parts = re.split(r"^-+ Captured (\w+ \w+) -+$", text, flags=re.M)
    return dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))


# Streams


def test_binary_capturing_fixture_reads_bytes_of_its_own_test(at_once):
    # Hazard: `capsysbinary` takes the streams of the process.
    result = at_once(
        """
        import sys

        @eight
        def test_it(i, capsysbinary):
            for part in range(3):
                meet()
                sys.stdout.buffer.write(bytes([0xFE, i, part]))
                sys.stderr.buffer.write(bytes([0xFF, i, part]))
                meet()
                out, err = capsysbinary.readouterr()
                assert out == bytes([0xFE, i, part])
                assert err == bytes([0xFF, i, part])
        """
    )

    result.assert_outcomes(passed=8)


#: Prints in every stage, and reads a part of it.
TALKS = """
    @pytest.fixture
    def talks(request, {fixture}):
        i = request.node.callspec.params["i"]
        say("setup", i)
        yield
        say("teardown", i)

    def say(stage, i):
        meet()
        print(stage, i)
        meet()

    @eight
    def test_it(i, talks, {fixture}):
        say("read", i)
        assert {fixture}.readouterr().out
        say("call", i)
        assert False
"""


@pytest.mark.parametrize("fixture", ["capsys", "capsysbinary", "capteesys"])
def test_what_eight_capturing_fixtures_left_unread_stands_with_its_stage(
    at_once, phaserun, fixture
):
    # Hazard: the capture of a process is read at the end of every stage of every test;
    # what is left in a fixture goes to whoever ends a stage next.
    source = TALKS.format(fixture=fixture)
    nobody_to_meet = "    def meet(): ...\n"

    result = at_once(source)

    result.assert_outcomes(failed=8)
    at_once.write(source + nobody_to_meet)
    plain = phaserun.plain()
    for i in range(8):
        found = captured(result, f"test_it[{i}]")
        assert list(found) == ["stdout setup", "stdout call", "stdout teardown"]
        assert found["stdout call"].endswith(f"call {i}")
        assert found == captured(plain, f"test_it[{i}]")


def test_capturing_of_one_test_can_be_suspended_beside_seven_that_capture(
    at_once, phaserun
):
    # Hazard: `disabled()` suspends the capture of the process.
    at_once.write(
        """
        @eight
        def test_it(i, capsys):
            print("before", i)
            meet()
            if i == 0:
                with capsys.disabled():
                    meet()
                    print("[shown by 0]")
                    meet()
            else:
                meet()
                print("kept", i)
                meet()
            out = capsys.readouterr().out
            assert out == ("before 0\\n" if i == 0 else f"before {i}\\nkept {i}\\n")
        """
    )

    result = phaserun.apart("--phase-concurrency=8")

    result.assert_outcomes(passed=8)
    text = result.stdout.str()
    assert text.count("[shown by 0]") == 1
    assert "kept" not in text


#: Knows which tests are between setup and teardown, in which thread.
WITNESS = """
    import meeting

    running = set()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(item):
        running.add(item)
        try:
            return (yield)
        finally:
            running.discard(item)

    def is_alone():
        return is_main() and len(running) == 1

    meeting.is_alone = is_alone
"""


@pytest.mark.parametrize("fixture", ["capfd", "capfdbinary"])
def test_tests_that_capture_descriptors_are_alone_between_eight_that_overlap(
    at_once, fixture
):
    # Hazard: a process has one descriptor 1; captured by a test, it holds what all the
    # others write.
    result = at_once(
        {
            "test_alone.py": f"""
            import os

            @eight
            def test_alone(i, {fixture}):
                assert is_alone()
                os.write(1, b"signal %d" % i)
                out = {fixture}.readouterr().out
                assert out in (f"signal {{i}}", b"signal %d" % i)
                LOG.append("alone")
            """,
            "test_beside.py": """
            import os

            @pytest.mark.parametrize("again", range(2))
            @eight
            def test_beside(i, again):
                meet()
                assert not is_alone()
                os.write(1, b"noise")
                meet()
                LOG.append("beside")
            """,
        },
        conftest=WITNESS,
    )

    result.assert_outcomes(passed=24)
    assert sorted(at_once.log()) == [*["alone"] * 8, *["beside"] * 16]


def test_what_eight_tests_write_to_descriptors_is_shown_once_for_none_of_them(
    at_once, phaserun
):
    # Hazard: nobody can say which of them wrote it; given to the test whose stage ends
    # next, it would be given to the wrong one.
    at_once.write(
        """
        import os

        @eight
        def test_it(i):
            meet()
            os.write(1, f"one {i}\\n".encode())
            os.write(2, f"two {i}\\n".encode())
            meet()
            assert False
        """
    )

    result = phaserun.apart("--phase-concurrency=8", "--phase-confirm=off")

    result.assert_outcomes(failed=8)
    lines = section(result, "unattributed output")
    assert sorted(lines) == [f"{n} {i}" for n in ("one", "two") for i in range(8)]
    for i in range(8):
        assert captured(result, f"test_it[{i}]") == {}


# Logs


def test_records_outlive_the_stages_of_other_tests(at_once):
    # Hazard: every stage of every test empties the handler behind `caplog` and that of
    # the report.
    result = at_once(
        """
        import logging

        ended = threading.Semaphore(0)
        log = logging.getLogger("app")

        @pytest.fixture
        def ends():
            yield
            log.warning("teardown")
            ended.release()

        @eight
        def test_it(i, ends, caplog):
            log.warning("call %s", i)
            meet()
            if i == 0:
                for _ in range(7):
                    assert ended.acquire(timeout=10)
                assert caplog.messages == ["call 0"]
                assert False
        """
    )

    result.assert_outcomes(passed=7, failed=1)
    found = captured(result, "test_it[0]")
    assert list(found) == ["log call", "log teardown"]
    assert found["log call"].endswith("call 0")
    assert found["log teardown"].endswith("teardown")


def test_records_of_eight_tests_are_kept_by_stage(at_once):
    # Hazard: records are found by stage in the stash of an item, where the plugin puts
    # those of its one handler.
    result = at_once(
        """
        import logging

        log = logging.getLogger("app")

        @pytest.fixture
        def logs(caplog, request):
            i = request.node.callspec.params["i"]
            meet()
            log.warning("setup %s", i)
            yield
            meet()
            log.warning("teardown %s", i)
            meet()
            for stage in ("setup", "call", "teardown"):
                records = caplog.get_records(stage)
                messages = [record.getMessage() for record in records]
                assert messages == [f"{stage} {i}"]
            LOG.append("looked")

        @eight
        def test_it(i, logs, caplog):
            meet()
            log.warning("cleared %s", i)
            meet()
            caplog.clear()
            log.warning("call %s", i)
            meet()
            assert caplog.messages == [f"call {i}"]
        """
    )

    result.assert_outcomes(passed=8)
    assert at_once.log() == ["looked"] * 8


def test_handlers_of_the_root_logger_do_not_change_while_eight_tests_run(at_once):
    # Hazard: pytest adds two handlers for each stage and takes them out again, from a
    # list that other threads walk through to log.
    result = at_once(
        """
        import logging

        @eight
        def test_it(i):
            meet()
            LOG.append(str(logging.getLogger().handlers))
            meet()
        """,
        conftest="""
        import logging

        @pytest.hookimpl(wrapper=True, trylast=True)
        def pytest_runtestloop():
            before = list(logging.getLogger().handlers)
            result = yield
            LOG.append(f"as before: {logging.getLogger().handlers == before}")
            return result
        """,
    )

    result.assert_outcomes(passed=8)
    *during, after = at_once.log()
    assert len(during) == 8
    assert len(set(during)) == 1
    assert after == "as before: True"


def test_output_of_asynchronous_test_cases_is_their_own(at_once):
    result = at_once(
        """
        import unittest

        class TestIt(unittest.IsolatedAsyncioTestCase):
            async def check(self, n):
                thread = threading.Thread(target=print, args=[f"thread {n}"])
                meet()
                print(f"test {n}")
                thread.start()
                thread.join()
                assert n != 5

        for n in range(8):
            async def check(self, n=n):
                await self.check(n)
            setattr(TestIt, f"test_{n}", check)
        """
    )

    result.assert_outcomes(passed=7, failed=1)
    assert captured(result, "TestIt.test_5") == {"stdout call": "test 5\nthread 5"}
    result.stdout.no_fnmatch_line("* 6")
