"""What tests print, and what is said of failed assertions: each for its own test."""

from __future__ import annotations

import re

import pytest

from .reading import ONCE, section

CAPTURED = re.compile(r"^-+ Captured (\w+) (\w+) -+$")


def sections(result: pytest.RunResult) -> dict[str, dict[str, list[str]]]:
    """Return what was captured: test, then stream and stage, then the lines."""
    found: dict[str, dict[str, list[str]]] = {}
    lines: list[str] | None = None
    for line in result.stdout.lines:
        if heading := re.match(r"^_{3,} (?:ERROR at \w+ of )?(\S+) _{3,}$", line):
            stages = found.setdefault(heading[1], {})
            lines = None
        elif captured := CAPTURED.match(line):
            lines = stages.setdefault(f"{captured[1]} {captured[2]}", [])
        elif re.match(r"^[=-]{2,}|^phaserun:", line):
            lines = None
        elif lines is not None:
            lines.append(line)
    return found


# Captured output


def test_output_stands_in_the_report_of_its_test_and_stage(pytester, phaserun):
    # All sixteen print in turns, a line each, in each stage.
    pytester.makepyfile(
        test_x="""
        import sys
        import threading
        import pytest

        all_sixteen = threading.Barrier(16)

        def say(what, i):
            for n in range(3):
                all_sixteen.wait(10)
                print(f"{what} {i}.{n}")
                print(f"error in {what} {i}.{n}", file=sys.stderr)

        @pytest.fixture
        def talks(request):
            i = request.node.callspec.params["i"]
            say("setup", i)
            yield
            say("teardown", i)

        @pytest.mark.parametrize("i", range(32))
        def test_one(i, talks):
            say("call", i)
            assert False
        """
    )

    result = phaserun.apart(ONCE, "--phase-concurrency=16")

    result.assert_outcomes(failed=32)
    assert sections(result) == {
        f"test_one[{i}]": {
            f"{stream} {stage}": [f"{prefix}{stage} {i}.{n}" for n in range(3)]
            for stage in ("setup", "call", "teardown")
            for stream, prefix in (("stdout", ""), ("stderr", "error in "))
        }
        for i in range(32)
    }


def test_output_of_tests_that_passed_is_shown_where_asked_for(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import pytest

        @pytest.mark.parametrize("i", range(4))
        def test_one(i):
            print("number", i)
        """
    )

    result = phaserun("-rA")

    assert sections(result) == {
        f"test_one[{i}]": {"stdout call": [f"number {i}"]} for i in range(4)
    }


def test_output_of_tests_that_passed_is_shown_nowhere_else(pytester, phaserun):
    pytester.makepyfile("def test_one(): print('a secret')")

    result = phaserun()

    assert "a secret" not in result.stdout.str() + result.stderr.str()


def test_output_of_child_threads_belongs_to_the_test_that_started_them(
    pytester, phaserun
):
    pytester.makepyfile(
        test_x="""
        import threading
        from concurrent.futures import ThreadPoolExecutor
        import pytest

        all_four = threading.Barrier(4)

        def say(text):
            print(text)

        @pytest.mark.parametrize("i", range(4))
        def test_one(i):
            all_four.wait(10)
            child = threading.Thread(target=say, args=[f"thread {i}"])
            child.start()
            child.join()
            with ThreadPoolExecutor(1) as pool:
                pool.submit(say, f"pool {i}").result()
            assert False
        """
    )

    result = phaserun(ONCE)

    assert sections(result) == {
        f"test_one[{i}]": {"stdout call": [f"thread {i}", f"pool {i}"]}
        for i in range(4)
    }


def test_output_of_wide_fixtures_stands_with_the_test_that_made_them(
    pytester, phaserun
):
    pytester.makepyfile(
        test_x="""
        import pytest

        @pytest.fixture(scope="session")
        def wide():
            print("made")

        @pytest.mark.parametrize("i", range(4))
        def test_one(i, wide):
            assert False
        """
    )

    result = phaserun()

    assert list(filter(None, sections(result).values())) == [{"stdout setup": ["made"]}]


def test_stream_kept_from_before_writes_for_the_test_that_runs(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import sys
        import pytest

        @pytest.fixture(scope="module")
        def out():
            return sys.stdout

        @pytest.mark.parametrize("i", range(4))
        def test_one(i, out):
            out.write(f"number {i}\\n")
            assert False
        """
    )

    result = phaserun()

    assert sections(result) == {
        f"test_one[{i}]": {"stdout call": [f"number {i}"]} for i in range(4)
    }


def test_output_of_hooks_while_tests_run_reaches_the_terminal(pytester, phaserun):
    pytester.makepyfile("def test_one(): ...")
    pytester.makeconftest(
        """
        def pytest_runtest_logfinish(nodeid):
            print("hook of", nodeid)
        """
    )

    result = phaserun.apart()

    result.stdout.fnmatch_lines(["*hook of *::test_one*"])


# File descriptors


SHOUTS = """
    import os
    import subprocess
    import pytest

    @pytest.mark.parametrize("i", range(2))
    def test_one(i):
        os.write(1, f"descriptor {i}\\n".encode())
        subprocess.run(["echo", f"process {i}"], check=True)
        assert False
"""


def test_output_past_the_streams_is_shown_once_as_unattributed(pytester, phaserun):
    pytester.makepyfile(test_x=SHOUTS)

    result = phaserun.apart()

    assert sorted(section(result, "unattributed output")) == [
        "descriptor 0",
        "descriptor 1",
        "process 0",
        "process 1",
    ]
    for line in ("descriptor 0", "process 1"):
        assert result.stdout.lines.count(line) == 1


def test_output_past_the_streams_of_a_test_alone_is_its_own(pytester, phaserun):
    pytester.makepyfile(test_x=SHOUTS)

    result = phaserun.apart("--phase-concurrency=1")

    assert sections(result) == {
        f"test_one[{i}]": {"stdout call": [f"descriptor {i}", f"process {i}"]}
        for i in range(2)
    }
    result.stdout.no_fnmatch_line("*unattributed*")


def test_run_without_such_output_says_nothing_of_it(pytester, phaserun):
    pytester.makepyfile("def test_one(): print('through the stream')")

    result = phaserun("-rA")

    result.stdout.no_fnmatch_line("*unattributed*")


# Ways to capture


@pytest.mark.parametrize("method", ["fd", "sys", "tee-sys"])
def test_every_way_to_capture_attributes_output(pytester, phaserun, method):
    pytester.makepyfile(
        test_x="""
        import threading
        import pytest

        all_four = threading.Barrier(4)

        @pytest.mark.parametrize("i", range(4))
        def test_one(i):
            for n in range(3):
                all_four.wait(10)
                print(f"line {i}.{n}")
            assert False
        """
    )

    result = phaserun(ONCE, f"--capture={method}")

    assert sections(result) == {
        f"test_one[{i}]": {"stdout call": [f"line {i}.{n}" for n in range(3)]}
        for i in range(4)
    }


def test_tee_shows_output_at_once_as_well(pytester, phaserun):
    pytester.makepyfile("def test_one(): print('for both')")

    result = phaserun("--capture=tee-sys", "-rA")

    assert sum("for both" in line for line in result.stdout.lines) == 2


def test_no_capture_shows_output_at_once_and_never_again(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import sys

        def test_one():
            print("to the terminal")
            print("to the other", file=sys.stderr)
            assert False
        """
    )

    result = phaserun.apart("-s", ONCE)

    assert sections(result) == {"test_one": {}}
    assert sum("to the terminal" in line for line in result.stdout.lines) == 2
    assert result.stderr.str().count("to the other") == 1


def test_run_without_the_plugin_for_capturing_is_as_with_no_capture(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import pytest

        def test_one():
            print("to the terminal")

        def test_two(capsys): ...

        @pytest.mark.exclusive
        def test_three():
            print("to the terminal")

        def test_four():
            assert False
        """
    )

    result = phaserun.apart("-p", "no:capture")

    result.assert_outcomes(passed=2, failed=1, errors=1)
    assert result.stdout.str().count("to the terminal") == 2
    result.stdout.fnmatch_lines(["E *fixture 'capsys' not found"])


# Capturing fixtures


@pytest.mark.parametrize("fixture", ["capsys", "capteesys"])
def test_capturing_fixture_reads_what_its_own_test_printed(pytester, phaserun, fixture):
    pytester.makepyfile(
        f"""
        import sys
        import threading
        import pytest

        all_sixteen = threading.Barrier(16)

        @pytest.mark.parametrize("i", range(16))
        def test_one(i, {fixture}):
            for n in range(3):
                all_sixteen.wait(10)
                print("out", i, n)
                print("err", i, n, file=sys.stderr)
                all_sixteen.wait(10)
                out, err = {fixture}.readouterr()
                assert out == f"out {{i}} {{n}}\\n"
                assert err == f"err {{i}} {{n}}\\n"
        """
    )

    result = phaserun("--phase-concurrency=16")

    result.assert_outcomes(passed=16)


def test_binary_capturing_fixture_reads_bytes(pytester, phaserun):
    pytester.makepyfile(
        """
        import sys
        import threading
        import pytest

        all_four = threading.Barrier(4)

        @pytest.mark.parametrize("i", range(4))
        def test_one(i, capsysbinary):
            all_four.wait(10)
            sys.stdout.buffer.write(bytes([0xFE, i]))
            all_four.wait(10)
            assert capsysbinary.readouterr().out == bytes([0xFE, i])
        """
    )

    result = phaserun("--phase-concurrency=4")

    result.assert_outcomes(passed=4)


def test_what_a_capturing_fixture_did_not_read_stands_in_the_report(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import pytest

        @pytest.mark.parametrize("i", range(4))
        def test_one(i, capsys):
            print("read", i)
            capsys.readouterr()
            print("unread", i)
            assert False
        """
    )

    result = phaserun()

    assert sections(result) == {
        f"test_one[{i}]": {"stdout call": [f"unread {i}"]} for i in range(4)
    }


def test_capturing_can_be_suspended(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import threading
        import pytest

        all_four = threading.Barrier(4)

        @pytest.mark.parametrize("i", range(4))
        def test_one(i, capsys):
            print("captured", i)
            all_four.wait(10)
            with capsys.disabled():
                all_four.wait(10)
                print(f"shown {i};")
                all_four.wait(10)
            print("captured again", i)
            all_four.wait(10)
            assert capsys.readouterr().out == f"captured {i}\\ncaptured again {i}\\n"
        """
    )

    result = phaserun.apart("--phase-concurrency=4")

    result.assert_outcomes(passed=4)
    for i in range(4):
        assert result.stdout.str().count(f"shown {i};") == 1


def test_two_capturing_fixtures_in_one_test_are_refused(pytester, phaserun):
    pytester.makepyfile("def test_one(capsys, capsysbinary): ...")

    result = phaserun()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["E *cannot use capsysbinary and capsys at the same time"]
    )


def test_capturing_fixture_works_without_capturing(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        all_four = threading.Barrier(4)

        @pytest.mark.parametrize("i", range(4))
        def test_one(i, capsys):
            all_four.wait(10)
            print("number", i)
            all_four.wait(10)
            assert capsys.readouterr().out == f"number {i}\\n"
        """
    )

    result = phaserun("-s", "--phase-concurrency=4")

    result.assert_outcomes(passed=4)


def test_descriptor_capturing_fixture_captures_its_test_alone(pytester, phaserun):
    pytester.makepyfile(
        """
        import os
        import pytest

        @pytest.mark.parametrize("i", range(2))
        def test_noise(i):
            os.write(1, b"noise")

        def test_one(capfd):
            os.write(1, b"signal")
            assert capfd.readouterr().out == "signal"
        """
    )

    result = phaserun.apart()

    result.assert_outcomes(passed=3)


# Assertions


FAILING = """
    import threading
    import pytest

    both = threading.Barrier(2)

    class Special:
        def __init__(self, number):
            self.number = number

        def __eq__(self, other):
            return self.number == other.number

        def __repr__(self):
            return f"Special({self.number})"

    def test_special():
        wait()
        assert Special(1) == Special(2)

    def test_dict():
        wait()
        assert {"a": 1, "b": [1, 2]} == {"a": 1, "b": [1, 3]}

    def test_text():
        wait()
        assert "one line" == "one lime"

    def test_in():
        wait()
        assert 3 in [1, 2]

    def test_raises():
        wait()
        with pytest.raises(ValueError, match="seven"):
            raise ValueError("eight")
"""

#: With phases the tests overlap; plain pytest has nobody to wait for.
WAITS = "\n    def wait(): {}\n"

CONFTEST = """
    def pytest_assertrepr_compare(op, left, right):
        if type(left).__name__ == "Special":
            return ["comparing special things:", f"   {left} {op} {right}"]
"""


def test_detail_of_failed_assertions_is_that_of_plain_pytest(pytester, phaserun):
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_x=FAILING + WAITS.format("both.wait(10)  #"))
    with_phases = phaserun(ONCE, "--phase-concurrency=6", "-k", "not raises")
    pytester.makepyfile(test_x=FAILING + WAITS.format("False or None  #"))

    plain = phaserun.plain("-k", "not raises")

    for name in ("test_special", "test_dict", "test_text", "test_in"):
        assert section(with_phases, name) == section(plain, name) != []


def test_conftest_explains_comparisons_of_its_own_folder_only(pytester, phaserun):
    for folder in ("a", "b"):
        path = pytester.mkpydir(folder)
        (path / "conftest.py").write_text(
            "def pytest_assertrepr_compare(op, left, right):\n"
            f"    return ['explained by {folder}']\n"
        )
        (path / f"test_{folder}.py").write_text(
            "import pytest\n"
            "@pytest.mark.parametrize('i', range(8))\n"
            f"def test_{folder}(i):\n"
            "    assert i == 'something else'\n"
        )

    result = phaserun("--phase-concurrency=16")

    result.assert_outcomes(failed=16)
    for folder in ("a", "b"):
        for i in range(8):
            assert "E       assert explained by " + folder in section(
                result, f"test_{folder}[{i}]"
            )


def test_traceback_shows_nothing_of_the_plugin(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import pytest

        @pytest.fixture(scope="session")
        def broken():
            raise ValueError

        @pytest.fixture
        def broken_too():
            yield
            raise ValueError

        def test_call():
            raise ValueError

        def test_setup(broken): ...

        def test_teardown(broken_too): ...

        @pytest.mark.exclusive
        def test_alone():
            raise ValueError
        """
    )

    result = phaserun()

    assert "pytest_phaserun" not in result.stdout.str()
    assert "All traceback entries are hidden" not in result.stdout.str()
