"""Threads of eight tests at once, and of pools that they share.

What a thread prints, logs and warns of belongs to the test that it works for.
"""

from __future__ import annotations

import re

import pytest

#: Prints, logs and warns; the test asserts that it finds all of it, and no more.
WORK = """
    import asyncio
    import logging
    import multiprocessing.pool
    import threading
    import warnings
    from concurrent.futures import ThreadPoolExecutor

    def work(n, part=0):
        meet()
        print(f"printed by {n}.{part}")
        logging.getLogger("app").warning("logged by %s.%s", n, part)
        warnings.warn(f"warned of by {n}.{part}")
        meet()

    @pytest.fixture
    def check(n, capsys, caplog, recwarn):
        def check(*parts):
            printed = capsys.readouterr().out.splitlines()
            assert printed == [f"printed by {n}.{part}" for part in parts]
            assert caplog.messages == [f"logged by {n}.{part}" for part in parts]
            warned = [str(warning.message) for warning in recwarn]
            assert warned == [f"warned of by {n}.{part}" for part in parts]

        return check
"""

THREADS = {
    "thread": """
        @eight
        def test_it(n, check):
            child = threading.Thread(target=work, args=[n])
            child.start()
            child.join()
            check(0)
    """,
    "thread of a thread": """
        def start(n):
            child = threading.Thread(target=work, args=[n])
            child.start()
            child.join()

        @eight
        def test_it(n, check):
            child = threading.Thread(target=start, args=[n])
            child.start()
            child.join()
            check(0)
    """,
    "timer": """
        @eight
        def test_it(n, check):
            timer = threading.Timer(0, work, [n])
            timer.start()
            timer.join()
            check(0)
    """,
    "pool of the test": """
        @eight
        def test_it(n, check):
            with ThreadPoolExecutor(1) as pool:
                list(pool.map(work, [n, n], [1, 2]))
            check(1, 2)
    """,
    "pool of threads of multiprocessing": """
        @eight
        def test_it(n, check):
            with multiprocessing.pool.ThreadPool(1) as pool:
                pool.starmap(work, [(n, 1), (n, 2)])
            check(1, 2)
    """,
    "asyncio.to_thread": """
        @eight
        def test_it(n, check):
            asyncio.run(asyncio.to_thread(work, n))
            check(0)
    """,
    "executor of an event loop": """
        async def execute(n):
            await asyncio.get_running_loop().run_in_executor(None, work, n)

        @eight
        def test_it(n, check):
            asyncio.run(execute(n))
            check(0)
    """,
    # Each of its threads is started for one test and then works for others as well.
    "shared pool": """
        @pytest.fixture(scope="session")
        def pool():
            with ThreadPoolExecutor(8) as pool:
                yield pool

        @pytest.mark.parametrize("n", range(24))
        def test_it(n, check, pool):
            for part in range(3):
                pool.submit(work, n, part).result()
            check(0, 1, 2)
    """,
    "thread that a shared pool starts a thread in": """
        def start(n):
            child = threading.Thread(target=work, args=[n])
            child.start()
            child.join()

        @pytest.fixture(scope="session")
        def pool():
            with ThreadPoolExecutor(8) as pool:
                yield pool

        @pytest.mark.parametrize("n", range(16))
        def test_it(n, check, pool):
            pool.submit(start, n).result()
            check(0)
    """,
}


@pytest.mark.parametrize("suite", THREADS.values(), ids=THREADS)
def test_thread_works_for_the_test_that_gave_it_work(eight, suite):
    # The work itself meets: all eight threads are at it at one time.
    result = eight(WORK.replace("\n    ", "\n        ") + suite)

    count = 24 if "range(24)" in suite else 16 if "range(16)" in suite else 8
    result.assert_outcomes(passed=count)


def test_report_shows_what_a_shared_pool_printed_for_its_own_test(eight):
    result = eight(
        """
        from concurrent.futures import ThreadPoolExecutor

        @pytest.fixture(scope="session")
        def pool():
            with ThreadPoolExecutor(8) as pool:
                yield pool

        def work(n):
            meet()
            print(f"printed for {n}")
            raise ValueError(f"raised for {n}")

        @pytest.mark.parametrize("n", range(16))
        def test_it(n, pool):
            pool.submit(work, n).result()
        """
    )

    result.assert_outcomes(failed=16)
    parts = re.split(r"_{3,} test_it\[(\d+)\] _{3,}\n", result.stdout.str())
    assert len(parts) == 33
    for n, entry in zip(parts[1::2], parts[2::2], strict=True):
        assert re.findall(r"^printed for (\d+)$", entry, re.MULTILINE) == [n]
        assert f"E       ValueError: raised for {n}\n" in entry
    assert "pytest_phaserun" not in result.stdout.str()


def test_shared_pool_is_as_it_was_for_tests_alone(eight):
    result = eight(
        """
        from concurrent.futures import ThreadPoolExecutor

        @pytest.fixture(scope="session")
        def pool():
            with ThreadPoolExecutor(8) as pool:
                yield pool

        def work(n):
            print(f"printed for {n}")

        @eight
        def test_it(n, pool):
            meet()
            pool.submit(work, n).result()

        @pytest.mark.exclusive
        def test_alone(pool, capsys):
            pool.submit(work, "alone").result()
            assert capsys.readouterr().out == "printed for alone\\n"
        """
    )

    result.assert_outcomes(passed=9)
