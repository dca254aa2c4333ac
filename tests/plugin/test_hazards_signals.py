"""Eight tests at once whose code under test takes signals, as servers do."""

from __future__ import annotations

import sys

import pytest

from .meeting import EightAtOnce

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="needs loops that handle signals"
)

#: Code under test, in a file of its own, as the source of tests is read.
SERVER = """
    import asyncio
    import os
    import signal

    class Server:
        def __init__(self):
            self.taken = []
            self.before = signal.signal(signal.SIGINT, self.take)

        def take(self, number, frame):
            self.taken.append(number)

        def stop(self):
            assert signal.getsignal(signal.SIGINT) == self.take
            assert signal.signal(signal.SIGINT, self.before) == self.take

    def set_handler(number, handler):
        signal.signal(number, handler)

    def interrupt():
        signal.raise_signal(signal.SIGINT)

    def terminate():
        os.kill(os.getpid(), signal.SIGTERM)

    async def serve():
        stopped, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stopped.set)
        terminate()
        await stopped.wait()
        assert loop.remove_signal_handler(signal.SIGTERM)
"""


@pytest.fixture
def at_once(pytester, phaserun):
    """Run inner tests, eight at once, that have a server."""
    run = EightAtOnce(pytester, phaserun)
    return lambda source: run({"server.py": SERVER, "test_it.py": source})


def test_handlers_are_those_of_each_test(at_once):
    result = at_once(
        """
        import server

        @eight
        def test_it(i):
            mine = server.Server()
            meet()
            for _ in range(i):
                server.interrupt()
            meet()
            assert mine.taken == [2] * i
            mine.stop()
        """
    )
    result.assert_outcomes(passed=8)


def test_loops_take_signals(at_once):
    result = at_once(
        """
        import asyncio
        import server

        @eight
        def test_it(i):
            meet()
            asyncio.run(server.serve())
            meet()
        """
    )
    result.assert_outcomes(passed=8)


def test_handlers_that_cannot_be_are_refused(at_once):
    result = at_once(
        """
        import server

        @eight
        def test_it(i):
            meet()
            with pytest.raises(TypeError, match="must be signal.SIG_IGN"):
                server.set_handler(2, None)
            with pytest.raises(OSError, match="Invalid argument"):
                server.set_handler(9, print)
            with pytest.raises(ValueError, match="out of range"):
                server.set_handler(4000, print)
            meet()
        """
    )
    result.assert_outcomes(passed=8)


def test_threads_of_a_test_may_set_no_handler(at_once):
    # As without others: they are not the main thread.
    result = at_once(
        """
        import server

        def start():
            with pytest.raises(ValueError, match="only works in main thread"):
                server.Server()
            done.append(True)

        done = []

        @eight
        def test_it(i):
            meet()
            thread = threading.Thread(target=start)
            thread.start()
            thread.join()
            meet()
            assert len(done) == 8
        """
    )
    result.assert_outcomes(passed=8)
