"""What happens by deletion alone when a run in processes has ended."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are forked on Linux alone"
)

# `tell` is called after what the driver has registered to be called at the end. The
# configuration is part of a cycle, so that nothing that it holds is deleted before, and
# nobody looks for cycles unasked before that.
CONFTEST = """
    import atexit, gc, io, os

    def tell(pid):
        if os.getpid() == pid:
            print("frozen:", gc.get_freeze_count() > 0)
            gc.enable()

    atexit.register(tell, os.getpid())
    gc.disable()
    when = {when!r}

    def pytest_configure(config):
        globals()["config"] = config
        if when == "before":
            config.held = make()

    def pytest_runtest_logreport(report):
        if when == "meanwhile" and report.when == "call":
            config.held = make()

    class Late:
        def __del__(self):
            print("deleted")

    class Slotted:
        __slots__ = ()

        def __del__(self):
            print("deleted")

    class Odd(type):
        def __getattr__(cls, name):
            raise RuntimeError(name)

    class Strange(metaclass=Odd):
        pass

    class Broken(io.RawIOBase):
        closed = property(lambda self: self.missing)

    def wait():
        try:
            yield
        finally:
            print("finished")

    class Failing:
        def __init__(self):
            self.cycle = self

        def __del__(self):
            raise ValueError("too late")

    def make():
        {made}
"""

PROCESSES = ("--phase-executor", "process", "--phase-concurrency", "2")


@pytest.fixture
def run(pytester):
    """Run a test; in the process that reports it something is made, and not closed."""

    def run(when: str, made: str, args: tuple[str, ...] = PROCESSES):
        pytester.makeconftest(CONFTEST.format(when=when, made=made))
        pytester.makepyfile("def test_it(): pass")
        result = pytester.runpytest_subprocess(
            *("--disable-plugin-autoload", "-p", "phaserun", *args), timeout=60
        )
        result.assert_outcomes(passed=1)
        return result

    return run


WHEN = pytest.mark.parametrize("when", ["before", "meanwhile"])


def test_memory_stays_frozen_where_nothing_depends_on_that(run):
    result = run("before", "return open('conftest.py')")
    result.stdout.fnmatch_lines(["frozen: False"])

    result = run("before", "return open('conftest.py').close()")
    result.stdout.fnmatch_lines(["frozen: True"])


@WHEN
def test_file_that_nobody_closes_is_written(run, pytester, when):
    run(when, "file = open('log', 'w'); file.write('written'); return file")

    assert (pytester.path / "log").read_text() == "written"


@WHEN
@pytest.mark.parametrize("kind", ["Late", "Slotted"])
def test_object_is_deleted_that_says_what_to_do_then(run, when, kind):
    result = run(when, f"return {kind}()")

    result.stdout.fnmatch_lines(["frozen: False", "deleted"])


@WHEN
@pytest.mark.parametrize("kind", ["Strange", "Broken"])
def test_odd_objects_do_no_harm(run, when, kind):
    result = run(when, f"return {kind}()")

    assert "INTERNALERROR" not in result.stdout.str()
    assert not result.stderr.str()


@WHEN
def test_generator_comes_to_its_end(run, when):
    result = run(when, "generator = wait(); next(generator); return generator")

    result.stdout.fnmatch_lines(["frozen: False", "finished"])


@WHEN
@pytest.mark.parametrize("args", [(), PROCESSES])
def test_object_that_fails_when_it_is_deleted_is_told_of(run, when, args):
    result = run(when, "Failing()", args)

    result.stderr.fnmatch_lines(["*PytestUnraisableExceptionWarning: *"])
