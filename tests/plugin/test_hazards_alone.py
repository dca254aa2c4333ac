"""What cannot run beside others runs alone, though eight could run at once.

By its kind, by what it changes, or by a value that belongs to the thread that made it.
"""

from __future__ import annotations

import pytest

#: A suite with one test, ``test_alone``, for each reason.
ALONE = {
    "debugger": """
        def test_alone():
            check_alone()
            if not check_alone:
                breakpoint()
    """,
    "monkeypatch": """
        def test_alone(monkeypatch):
            check_alone()
    """,
    "attribute of a class": """
        class Codec:
            name = "plain"

        def test_alone():
            before = Codec.name
            Codec.name = "other"
            check_alone()
            Codec.name = before
    """,
    "files beside the source": """
        from pathlib import Path

        DATA = Path(__file__).with_name("data.txt")

        def test_alone():
            DATA.write_text("text")
            check_alone()
            DATA.unlink()
    """,
    "connection of sqlite3": """
        import sqlite3

        @pytest.fixture(scope="module")
        def connection():
            with sqlite3.connect(":memory:") as connection:
                yield connection
            connection.close()

        def test_alone(connection):
            check_alone()
            connection.execute("select 1")
    """,
    "connection of sqlite3 below another fixture": """
        import sqlite3

        def connect():
            return sqlite3.connect(":memory:")

        @pytest.fixture(scope="session")
        def connection():
            connection = connect()
            yield connection
            connection.close()

        @pytest.fixture
        def cursor(connection):
            return connection.cursor()

        def test_alone(cursor):
            check_alone()
            cursor.execute("select 1")
    """,
    "event loop": """
        import asyncio

        @pytest.fixture(scope="session")
        def loop():
            loop = asyncio.new_event_loop()
            yield loop
            loop.close()

        def test_alone(loop):
            check_alone()
            loop.run_until_complete(asyncio.sleep(0))
    """,
    "window of tkinter": """
        import tkinter

        @pytest.fixture(scope="class")
        def window():
            return tkinter.Tk()

        def test_alone(window):
            check_alone()
    """,
    "page of playwright": """
        from playwright.sync_api import sync_playwright

        @pytest.fixture(scope="session")
        def page():
            return sync_playwright()

        def test_alone(page):
            check_alone()
    """,
    "reactor of Twisted": """
        from twisted.trial.unittest import TestCase

        class Base(TestCase): ...

        class TestAll(Base):
            def test_alone(self):
                check_alone()
    """,
}

#: Stand for packages that need not be installed, or cannot be used everywhere.
PACKAGES = {
    "playwright/sync_api": "def sync_playwright(): ...",
    "tkinter/__init__": "class Tk: ...",
    "twisted/python/failure": "class Failure: ...",
    "twisted/trial/unittest": """
        import unittest

        class TestCase(unittest.TestCase): ...
    """,
}


@pytest.fixture
def _packages(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(**PACKAGES)
    for name in ("playwright", "twisted", "twisted/python", "twisted/trial"):
        (pytester.path / name / "__init__.py").touch()
    # pytest patches this version while any test runs.
    metadata = pytester.mkdir("twisted-24.11.dist-info") / "METADATA"
    metadata.write_text("Metadata-Version: 2.1\nName: twisted\nVersion: 24.11\n")
    pytester.syspathinsert()


@pytest.mark.usefixtures("_packages")
@pytest.mark.parametrize("suite", ALONE.values(), ids=ALONE)
def test_test_that_needs_the_process_or_a_thread_runs_alone(eight, suite):
    result = eight.beside_neighbours(suite)

    result.assert_outcomes(passed=17)
    result.stdout.fnmatch_lines(["at most 8 at once"])


@pytest.mark.usefixtures("_packages")
def test_twisted_is_not_patched_by_tests_beside_one_another(eight):
    # Each would put back what it found: the patch of another one that has ended.
    result = eight(
        """
        import twisted.trial.unittest
        from twisted.python.failure import Failure

        original = Failure.__init__

        @eight
        def test_it(n):
            meet()
            assert Failure.__init__ is original
            meet()

        class TestAll(twisted.trial.unittest.TestCase):
            def test_alone(self):
                assert Failure.__init__ is not original
        """
    )

    result.assert_outcomes(passed=9)


def test_value_bound_to_a_thread_is_safe_if_it_is_the_tests_own(eight):
    result = eight(
        """
        import asyncio
        import sqlite3

        @pytest.fixture
        def connection():
            connection = sqlite3.connect(":memory:")
            yield connection
            connection.close()

        @pytest.fixture
        def loop():
            loop = asyncio.new_event_loop()
            yield loop
            loop.close()

        @eight
        def test_it(n, connection, loop):
            meet()
            connection.execute("create table numbers (n)")
            connection.execute("insert into numbers values (?)", [n])
            loop.run_until_complete(asyncio.sleep(0))
            meet()
            assert connection.execute("select n from numbers").fetchall() == [(n,)]
        """
    )

    result.assert_outcomes(passed=8)


def test_doctests_run_alone(pytester, eight):
    # They swap stdout, the debugger and the line cache of the process.
    pytester.makepyfile(
        shouting='''
        import witness

        def shout():
            """
            >>> witness.check_alone()
            >>> print("LOUD")
            LOUD
            """

        def whisper():
            """
            >>> witness.check_alone()
            """
        '''
    )
    pytester.maketxtfile(test_text=">>> import witness\n>>> witness.check_alone()")

    result = eight.beside_neighbours("", "--doctest-modules")

    result.assert_outcomes(passed=19)


def test_items_that_are_no_functions_run_alone(pytester, eight):
    # Nobody knows what the item of a plugin does to the process.
    pytester.syspathinsert()
    pytester.path.joinpath("a.numbers").write_text("1 2 3")
    pytester.makepyfile(
        counting="""
        import pytest
        import witness

        class Number(pytest.Item):
            def runtest(self):
                witness.check_alone()

        class Numbers(pytest.File):
            def collect(self):
                for name in self.path.read_text().split():
                    yield Number.from_parent(self, name=name)

        def pytest_collect_file(file_path, parent):
            if file_path.suffix == ".numbers":
                return Numbers.from_parent(parent, path=file_path)
        """
    )

    result = eight.beside_neighbours("", "-p", "counting")

    result.assert_outcomes(passed=19)


def test_pytester_runs_alone_and_its_runs_are_not_disturbed(pytester, eight):
    result = eight.beside_neighbours(
        """
        pytest_plugins = "pytester"

        @pytest.mark.parametrize("options", [[], ["-p", "phaserun"]])
        def test_alone(pytester, options):
            check_alone()
            pytester.makepyfile("def test_good(): ...\\ndef test_bad(): assert False")
            result = pytester.runpytest_inprocess("--disable-plugin-autoload", *options)
            result.assert_outcomes(passed=1, failed=1)
        """
    )

    result.assert_outcomes(passed=18)


@pytest.mark.parametrize(
    "options",
    [["--pdb"], ["--setup-show"], ["--stepwise"], ["-s", "--log-cli-level=INFO"]],
    ids=" ".join,
)
def test_option_that_needs_the_terminal_or_an_order_lets_nothing_overlap(
    eight, options
):
    suite = """
        @eight
        def test_it(n):
            check_alone()
    """

    result = eight.beside_neighbours(suite, "--ignore=test_neighbours.py", *options)

    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines(["at most 1 at once"])


def test_timer_of_faulthandler_runs_for_tests_alone_only(pytester, eight):
    # There is one for the process: any test that ends would stop it for all.
    pytester.makepyfile(
        timer="""
        import faulthandler

        calls = []

        def pytest_configure():
            faulthandler.dump_traceback_later = lambda *a, **kw: calls.append("start")
            faulthandler.cancel_dump_traceback_later = lambda: calls.append("cancel")

        def pytest_terminal_summary(terminalreporter):
            terminalreporter.write_line(f"calls: {calls}")
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
        *("-p", "timer", "-o", "faulthandler_timeout=60"),
    )

    result.assert_outcomes(passed=9)
    assert "calls: ['start', 'cancel']" in result.outlines
