"""Handlers of signals during a run: whose they are, and that they are put back."""

from __future__ import annotations

import signal

import pytest

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGUSR1"), reason="asks for signals of POSIX"
)

NAMES = ("SIGINT", "SIGTERM", "SIGUSR1", "SIGQUIT")


def handlers() -> list[object]:
    """Return the handlers that are in force."""
    return [signal.getsignal(getattr(signal, name)) for name in NAMES]


def test_handlers_are_put_back_after_the_run(pytester, phaserun):
    pytester.makepyfile("def test_good(): ...")
    before = handlers()

    phaserun()

    assert handlers() == before


def test_handler_of_somebody_else_stays(pytester, phaserun):
    pytester.makeconftest(
        """
        import signal

        def handle(number, frame): ...

        signal.signal(signal.SIGINT, handle)
        signal.signal(signal.SIGTERM, handle)
        """
    )
    pytester.makepyfile(
        """
        from conftest import handle
        import signal

        def current(name):
            return signal.getsignal(getattr(signal, name))

        def test_good():
            assert current("SIGINT") is handle
            assert current("SIGTERM") is handle
        """
    )

    result = phaserun.apart()

    result.assert_outcomes(passed=1)


def test_ctrl_c_is_left_to_python_while_a_test_runs_alone(pytester, phaserun):
    pytester.makepyfile(
        """
        import os, signal, time
        import pytest

        def test_usual():
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

        def test_of_its_own():
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(10)
        """
    )

    result = phaserun.apart()

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    "mark", ["", "@pytest.mark.exclusive"], ids=["beside", "alone"]
)
def test_children_die_by_signals_as_ever(pytester, phaserun, mark):
    # The second child cannot run a handler in Python: it computes in C.
    pytester.makepyfile(
        f"""
        import multiprocessing
        import time
        import pytest

        def wait(pipe):
            pipe.send(1)
            time.sleep(60)

        def compute(pipe):
            pipe.send(1)
            sum(range(10**11))

        def terminate(target):
            context = multiprocessing.get_context("fork")
            ours, theirs = context.Pipe()
            child = context.Process(target=target, args=(theirs,))
            child.start()
            ours.recv()
            child.terminate()
            child.join(20)
            code = child.exitcode
            child.kill()
            return code

        {mark}
        @pytest.mark.parametrize("target", [wait, compute])
        @pytest.mark.filterwarnings("ignore::DeprecationWarning")
        def test_child(target):
            assert terminate(target) == -15
        """
    )

    result = phaserun.apart()

    result.assert_outcomes(passed=2)
