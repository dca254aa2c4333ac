"""Tests of pytest-asyncio: sixteen at once, also on one loop."""

from __future__ import annotations

from textwrap import dedent

import pytest

pytest.importorskip("pytest_asyncio")

WIDE = ("class", "module", "package", "session")

COMMON = """
    import asyncio
    import contextvars
    import threading
    import time

    import pytest
    import pytest_asyncio

    sixteen = pytest.mark.parametrize("n", range(16))
    barrier = threading.Barrier(16)
    arrived = []

    async def meet():
        "Go on when sixteen tests are here, on the loop that they share."
        arrived.append(None)
        for _ in range(2000):
            if len(arrived) >= 16:
                return
            await asyncio.sleep(0.01)
        raise TimeoutError("the others have not come")

    def meet_on_threads():
        barrier.wait(20)
"""


@pytest.fixture
def sixteen(pytester, phaserun):
    """Run an inner suite sixteen at once; no failure is confirmed."""

    def run(suite: str, *options: str, fixture_loops: str = "function"):
        pytester.makepyfile(common=COMMON)
        pytester.makepyfile("from common import *\n" + dedent(suite))
        return phaserun(
            *("-p", "asyncio", "--phase-concurrency=16", "--phase-confirm=off"),
            *("-o", f"asyncio_default_fixture_loop_scope={fixture_loops}"),
            *options,
        )

    return run


def test_tests_with_loops_of_their_own_are_there_at_once(sixteen):
    result = sixteen(
        """
        @sixteen
        @pytest.mark.asyncio
        async def test_it(n):
            meet_on_threads()
            await asyncio.sleep(0)
            assert threading.current_thread().name != "MainThread"
        """
    )

    result.assert_outcomes(passed=16)


@pytest.mark.parametrize("scope", WIDE)
def test_tests_of_one_loop_are_on_it_at_once(sixteen, scope):
    result = sixteen(
        f"""
        loops = set()

        class TestIt:
            @sixteen
            @pytest.mark.asyncio(loop_scope="{scope}")
            async def test_it(self, n):
                await meet()
                loops.add(asyncio.get_running_loop())
                await asyncio.sleep(0)
                assert len(loops) == 1
        """
    )

    result.assert_outcomes(passed=16)


def test_failure_on_a_shared_loop_is_that_of_its_test(sixteen):
    result = sixteen(
        """
        @sixteen
        @pytest.mark.asyncio(loop_scope="module")
        async def test_it(n):
            await meet()
            print(f"output {n}")
            assert n != 7
        """
    )

    result.assert_outcomes(passed=15, failed=1)
    result.stdout.fnmatch_lines(["*_ test_it?7? _*", "*assert 7 != 7", "output 7"])
    result.stdout.no_fnmatch_line("output 6")


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "SystemExit"])
def test_what_unwinds_a_loop_ends_one_test_and_not_the_loop(sixteen, raised):
    result = sixteen(
        f"""
        @sixteen
        @pytest.mark.asyncio(loop_scope="module")
        async def test_it(n):
            await meet()
            if n == 7:
                try:
                    raise {raised}
                finally:
                    print("raised")
            await asyncio.sleep(0.01)
        """
    )

    if raised == "SystemExit":
        result.assert_outcomes(passed=15, failed=1)
    else:
        assert result.ret == pytest.ExitCode.INTERRUPTED


@pytest.mark.parametrize("scope", ["function", *WIDE])
@pytest.mark.parametrize("loops", ["function", "session"])
def test_fixtures_are_made_once_a_scope_and_taken_down_on_their_loop(
    sixteen, pytester, scope, loops
):
    loop = scope if loops == "function" else loops
    result = sixteen(
        f"""
        LOG = []

        @pytest_asyncio.fixture(scope="{scope}", loop_scope="{loop}")
        async def generated():
            made_on = asyncio.get_running_loop()
            LOG.append("up")
            await asyncio.sleep(0.01)
            yield made_on
            await asyncio.sleep(0.01)
            assert asyncio.get_running_loop() is made_on
            LOG.append("down")

        @pytest_asyncio.fixture(scope="{scope}", loop_scope="{loop}")
        async def returned(generated):
            assert asyncio.get_running_loop() is generated
            return generated

        @pytest.fixture(scope="{scope}")
        def plain(returned):
            return returned

        class TestIt:
            @sixteen
            @pytest.mark.asyncio(loop_scope="{loop}")
            async def test_it(self, n, plain):
                assert plain is asyncio.get_running_loop()
                await meet()

        @pytest.mark.depends_on("TestIt")
        def test_log():
            count = 16 if "{scope}" == "function" else 1
            expected = 0 if "{scope}" in ("package", "session", "module") else count
            assert LOG.count("up") == count
            assert LOG.count("down") == expected

        """
    )

    result.assert_outcomes(passed=17)


def test_synchronous_tests_use_fixtures_of_a_loop_beside_others(sixteen):
    result = sixteen(
        """
        @pytest_asyncio.fixture(scope="session", loop_scope="session")
        async def wide():
            yield 1

        @pytest_asyncio.fixture(loop_scope="module")
        async def own():
            yield 2

        @sixteen
        def test_it(n, wide, own):
            meet_on_threads()
            assert (wide, own) == (1, 2)
        """
    )

    result.assert_outcomes(passed=16)


@pytest.mark.parametrize("kind", ["async def", "def"])
@pytest.mark.parametrize("loop", ["function", "module"])
def test_context_variables_of_a_wide_fixture_are_seen_by_all(sixteen, kind, loop):
    result = sixteen(
        f"""
        app = contextvars.ContextVar("app")
        own = contextvars.ContextVar("own")

        @pytest_asyncio.fixture(scope="module", loop_scope="module")
        {kind} wide():
            token = app.set("wide")
            yield
            app.reset(token)

        @pytest_asyncio.fixture(loop_scope="{loop}")
        async def private(n):
            token = own.set(n)
            yield
            assert own.get() == n
            own.reset(token)

        @sixteen
        @pytest.mark.asyncio(loop_scope="{loop}")
        async def test_it(n, wide, private):
            {"await meet()" if loop == "module" else "meet_on_threads()"}
            assert app.get() == "wide"
            assert own.get() == n
            app.set(n)
            await asyncio.sleep(0.01)
            assert app.get() == n
        """
    )

    result.assert_outcomes(passed=16)


def test_auto_mode_and_debug_mode_hold_on_a_shared_loop(sixteen):
    result = sixteen(
        """
        @pytest.fixture(scope="module")
        async def wide():
            return asyncio.get_running_loop()

        @sixteen
        async def test_it(n, wide):
            await meet()
            assert asyncio.get_running_loop() is wide
            assert wide.get_debug()
        """,
        *("--asyncio-mode=auto", "--asyncio-debug"),
        *("-o", "asyncio_default_test_loop_scope=module"),
        fixture_loops="module",
    )

    result.assert_outcomes(passed=16)


def test_loop_factories_are_used(sixteen, pytester):
    pytest.importorskip("pytest_asyncio", minversion="1.4")
    pytester.makeconftest(
        """
        import asyncio

        class Loop(asyncio.SelectorEventLoop): ...

        def pytest_asyncio_loop_factories(config, item):
            return {"own": Loop}
        """
    )

    result = sixteen(
        """
        @sixteen
        @pytest.mark.asyncio(loop_scope="module")
        async def test_it(n):
            await meet()
            assert type(asyncio.get_running_loop()).__name__ == "Loop"
        """
    )

    result.assert_outcomes(passed=16)


def test_test_that_runs_alone_runs_the_shared_loop_in_the_main_thread(sixteen):
    result = sixteen(
        """
        pytestmark = pytest.mark.asyncio(loop_scope="module")
        threads = []

        @pytest_asyncio.fixture(scope="module", loop_scope="module")
        async def loop():
            yield asyncio.get_running_loop()
            await asyncio.sleep(0)

        @sixteen
        async def test_beside(n, loop):
            await meet()
            assert threading.current_thread().name != "MainThread"

        @pytest.mark.exclusive
        @pytest.mark.parametrize("n", range(2))
        async def test_alone(n, loop):
            assert asyncio.get_running_loop() is loop
            assert threading.current_thread().name == "MainThread"
            await asyncio.sleep(0.01)

        @pytest.mark.depends_on("test_alone")
        @pytest.mark.parametrize("n", range(2))
        async def test_after(n, loop):
            await asyncio.sleep(0.01)
            assert threading.current_thread().name != "MainThread"
        """
    )

    result.assert_outcomes(passed=20)


def test_loop_of_a_test_alone_serves_the_others_too(sixteen):
    result = sixteen(
        """
        pytestmark = pytest.mark.asyncio(loop_scope="session")
        loops = set()

        @pytest.mark.exclusive
        async def test_first():
            loops.add(asyncio.get_running_loop())

        @pytest.mark.depends_on("test_first")
        @sixteen
        async def test_it(n):
            await meet()
            assert asyncio.get_running_loop() in loops
        """
    )

    result.assert_outcomes(passed=17)


@pytest.mark.parametrize("timeout", [1, 2])
def test_test_that_blocks_a_shared_loop_costs_no_other_test(sixteen, timeout):
    result = sixteen(
        f"""
        pytestmark = pytest.mark.asyncio(loop_scope="module")
        made = []

        @pytest_asyncio.fixture(scope="module", loop_scope="module")
        async def wide():
            made.append(asyncio.get_running_loop())
            yield made[-1]
            assert asyncio.get_running_loop() is made[-1]

        @pytest.fixture(scope="module")
        def derived(wide):
            return wide

        @pytest.fixture(scope="module")
        def unrelated():
            yield made.append(None)

        @pytest.mark.task(timeout={timeout})
        async def test_blocks(wide):
            while len(arrived) < 15:
                await asyncio.sleep(0.01)
            time.sleep(600)

        @pytest.mark.parametrize("n", range(15))
        async def test_it(n, derived, unrelated):
            if len(arrived) < 15:
                arrived.append(None)
                await asyncio.sleep(600)
            assert asyncio.get_running_loop() is derived

        @pytest.mark.depends_on("test_it")
        async def test_log():
            assert len(made) == 3 and made.count(None) == 1
        """,
        *("--phase-timeout=1.5", "--phase-grace=0.3"),
    )

    result.stdout.fnmatch_lines(
        [
            "Timed out after * s in call*",
            "Stack of its event loop when its time was up:",
            "    time.sleep(600)",
            "TIMEOUT test_test*::test_blocks*",
            "*= 16 passed, * 1 timeout in *",
        ]
    )


def test_fixture_that_hangs_on_a_shared_loop_is_not_tried_again(sixteen):
    result = sixteen(
        """
        pytestmark = pytest.mark.asyncio(loop_scope="module")

        @pytest_asyncio.fixture(scope="module", loop_scope="module")
        async def blocks():
            time.sleep(600)

        async def test_first(blocks): ...

        @pytest.mark.depends_on("test_good")
        async def test_later(blocks): ...

        async def test_good(): ...
        """,
        *("--phase-timeout=0.5", "--phase-grace=0.2"),
    )

    result.stdout.fnmatch_lines(["*= 1 passed, * 1 error, 1 timeout in *"])


def test_unknown_version_lets_such_tests_run_alone(sixteen, pytester):
    pytester.makeconftest(
        """
        import pytest_asyncio.plugin as plugin

        known = plugin._create_scoped_runner_fixture
        plugin._create_scoped_runner_fixture = None

        def pytest_unconfigure():
            # Other tests of this process know it.
            plugin._create_scoped_runner_fixture = known
        """
    )

    result = sixteen(
        """
        @pytest.mark.parametrize("n", range(3))
        @pytest.mark.asyncio(loop_scope="module")
        async def test_it(n):
            assert threading.current_thread().name == "MainThread"
        """,
        "-v",
    )

    result.assert_outcomes(passed=3, warnings=2)
    result.stdout.fnmatch_lines(
        ["*phaserun does not know this version of pytest-asyncio: *"]
    )


def test_policy_of_its_own_and_hypothesis_run_alone(sixteen):
    pytest.importorskip("hypothesis")

    result = sixteen(
        """
        from hypothesis import given, settings, strategies

        class TestPolicy:
            @pytest.fixture
            def event_loop_policy(self):
                return asyncio.DefaultEventLoopPolicy()

            @pytest.mark.asyncio
            async def test_it(self):
                assert threading.current_thread().name == "MainThread"

        @settings(max_examples=3)
        @given(strategies.integers())
        @pytest.mark.asyncio
        async def test_examples(x):
            assert threading.current_thread().name == "MainThread"
        """,
        *("-p", "hypothesispytest", "-Wignore::DeprecationWarning"),
    )

    result.assert_outcomes(passed=2)
