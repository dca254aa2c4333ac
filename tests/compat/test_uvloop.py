"""Tests on loops of uvloop, which forks to start processes."""

from __future__ import annotations

import pytest

pytest.importorskip("uvloop")

#: A test that starts a process, and what a second one needs to do the same in the
#: middle of that. The hook is called when the handler of uvloop has been set.
FIRST = """
    import asyncio
    import os
    import subprocess
    import sys
    import threading

    import pytest
    import uvloop

    PROGRAM = sys.executable, "-c", "print('here')"

    is_forking, has_tried = threading.Event(), threading.Event()

    def before_fork():
        if not is_forking.is_set():
            is_forking.set()
            has_tried.wait(1)

    os.register_at_fork(before=before_fork)

    async def start():
        try:
            process = await asyncio.create_subprocess_exec(
                *PROGRAM, stdout=subprocess.PIPE
            )
        finally:
            if is_forking.is_set():
                has_tried.set()
        output, _ = await process.communicate()
        assert output == b"here\\n"

    def run(coroutine):
        loop = uvloop.new_event_loop()
        try:
            loop.run_until_complete(coroutine)
        finally:
            loop.close()

    def test_first():
        run(start())
"""


@pytest.fixture
def beside_first(pytester, phaserun):
    """Run a second test, which may begin when the first one is about to fork."""

    def run_both(second: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=f"{FIRST}\n{second}")
        return phaserun.apart(
            "--phase-concurrency=2", "--phase-confirm=off", "--phase-timeout=20"
        )

    return run_both


def test_two_loops_of_uvloop_start_processes(beside_first):
    # Alone in its process, uvloop says that the second one races with another loop.
    result = beside_first("""
    def test_second():
        assert is_forking.wait(10)
        run(start())
""")
    result.assert_outcomes(passed=2)


def test_a_process_that_another_test_forks_is_not_taken_for_that_of_uvloop(
    beside_first,
):
    # With a user, `subprocess` forks. In the child the handler of uvloop would run.
    result = beside_first("""
    def test_second():
        assert is_forking.wait(10)
        try:
            output = subprocess.check_output(PROGRAM, user=os.getuid())
        finally:
            has_tried.set()
        assert output == b"here\\n"
""")
    result.assert_outcomes(passed=2)


def test_a_start_that_is_cancelled(pytester, phaserun):
    # It is awaited in steps, to each of which the cancellation must get through.
    pytester.makepyfile(
        test_it="""
        import asyncio
        import sys
        import pytest
        import uvloop

        async def start():
            program = asyncio.create_subprocess_exec(sys.executable, "-c", "input()")
            task = asyncio.ensure_future(program)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(FileNotFoundError):
                await asyncio.create_subprocess_exec("/no/such/program")

        @pytest.mark.parametrize("n", range(2))
        def test_it(n):
            loop = uvloop.new_event_loop()
            try:
                loop.run_until_complete(start())
            finally:
                loop.close()
        """
    )
    result = phaserun("--phase-concurrency=2", "--phase-confirm=off")
    result.assert_outcomes(passed=2)
