"""Tests that take too long, and tests that take their process with them."""

from __future__ import annotations

from .scenario import Difference, Result, Scenario

#: By design, the whole run is one process.
NOT_IN_THREADS = {"threads": Difference(row="A test crashes its process")}

HOW_IT_ENDED = ("*killed by SIGSEGV*", "*killed by SIGKILL*", "*exit code 3*")

#: It is another machine's process.
NOT_BEHIND_A_HUB = {
    "hub": Difference(row="What has ended a process", lacks=HOW_IT_ENDED)
}

#: Where it was kept belonged to the worker.
OUTPUT_IS_LOST = dict.fromkeys(
    ("xdist", "hub"),
    Difference(row="What a killed test has printed", lacks=("last words",)),
)

OTHERS_PASS = {f"test_other[{n}]": "passed" for n in range(6)}


def _teardown_ran(result: Result) -> None:
    assert (result.folder / "down").exists()


ENDS = (
    Scenario(
        name="timeouts",
        files="""
            limit = task(timeout=0.3)

            def hang():
                while True:
                    time.sleep(0.01)

            @pytest.fixture
            def hangs(): hang()

            @pytest.fixture
            def hangs_late():
                yield
                hang()

            @limit
            def test_setup(hangs): pass

            @limit
            def test_call():
                print("last words", flush=True)
                hang()

            @limit
            def test_teardown(hangs_late): pass

            @depends_on("test_call")
            def test_after(): pass

            @depends_on("test_call", when="finished")
            def test_follows(): pass

            @several
            def test_other(n): pass
        """,
        code=1,
        outcomes={
            "test_setup": "timeout",
            "test_call": "timeout",
            "test_teardown": "passed timeout",
            "test_after": "skipped",
            "test_follows": "passed",
            **OTHERS_PASS,
        },
        says=(
            "Timed out after 0.3 s in setup*",
            "Timed out after 0.3 s in call*",
            "Timed out after 0.3 s in teardown*",
            "last words",
            "*::test_call (timed out after 0.3 s)",
            "*in hang",
        ),
        differs=OUTPUT_IS_LOST,
    ),
    Scenario(
        name="deaf_test",
        files="""
            @task(timeout=0.3)
            def test_sleeps(): time.sleep(3)

            @several
            def test_other(n): pass
        """,
        code=1,
        arguments=("--phase-grace=0.1",),
        outcomes={"test_sleeps": "timeout", **OTHERS_PASS},
        says=("*test_it.py*, line * in test_sleeps",),
    ),
    Scenario(
        name="crashes",
        files="""
            def test_signal(): os.kill(os.getpid(), signal.SIGSEGV)

            def test_killed():
                print("last words", flush=True)
                os.kill(os.getpid(), signal.SIGKILL)

            def test_exit(): os._exit(3)

            @pytest.fixture
            def dies(): os._exit(4)

            @pytest.fixture
            def dies_late():
                yield
                os._exit(5)

            def test_setup(dies): pass

            def test_teardown(dies_late): pass

            @depends_on("test_exit")
            def test_after(): pass

            @several
            def test_other(n): pass
        """,
        code=1,
        outcomes={
            "test_signal": "failed",
            "test_killed": "failed",
            "test_exit": "failed",
            "test_setup": "error",
            "test_teardown": "error passed",
            "test_after": "skipped",
            **OTHERS_PASS,
        },
        says=("The process of the test *", *HOW_IT_ENDED),
        differs={**NOT_IN_THREADS, **NOT_BEHIND_A_HUB},
    ),
    Scenario(
        name="lost_state",
        files="""
            found = []

            def test_first(): found.append(1)

            @depends_on("test_first")
            def test_crashes(): os._exit(1)

            @depends_on("test_first")
            def test_second(): assert found == [1]
        """,
        code=1,
        outcomes={
            "test_first": "passed",
            "test_crashes": "failed",
            "test_second": "passed",
        },
        differs=NOT_IN_THREADS,
    ),
    Scenario(
        name="lost_state_blocks",
        files="""
            def test_first(): pass

            @depends_on("test_first")
            def test_crashes(): os._exit(1)

            @depends_on("test_first", "test_crashes", require="any")
            @depends_on("test_crashes", when="finished")
            def test_second(): pass
        """,
        code=1,
        arguments=("--phase-lost-state=block",),
        outcomes={
            "test_first": "passed",
            "test_crashes": "failed",
            "test_second": "skipped",
        },
        differs=NOT_IN_THREADS,
    ),
    Scenario(
        name="crash_at_first_failure",
        files="""
            def test_a(): pass

            @depends_on("test_a")
            def test_b(): os._exit(1)

            @depends_on("test_b", when="finished")
            def test_c(): pass
        """,
        code=1,
        arguments=("-x",),
        outcomes={"test_a": "passed", "test_b": "failed"},
        says=("*stopping after 1 failures*",),
        differs=NOT_IN_THREADS,
    ),
    Scenario(
        name="timeout_at_first_failure",
        files="""
            def test_a(): pass

            @task(timeout=0.3)
            @depends_on("test_a")
            def test_b():
                while True:
                    time.sleep(0.01)

            @depends_on("test_b", when="finished")
            def test_c(): pass
        """,
        code=1,
        arguments=("-x",),
        outcomes={"test_a": "passed", "test_b": "timeout"},
        says=("*stopping after 1 failures*",),
    ),
    Scenario(
        name="interrupt_from_outside",
        files="""
            @pytest.fixture
            def down():
                yield
                (HERE / "down").touch()

            def test_waits(down):
                (HERE / "ready").touch()
                while True:
                    time.sleep(0.01)

            @depends_on("test_waits")
            def test_later(): pass
        """,
        code=2,
        interrupt="ready",
        outcomes={},
        says=("*KeyboardInterrupt*",),
        check=_teardown_ran,
    ),
)
