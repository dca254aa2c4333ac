"""Tests of anyio's plugin, on asyncio and trio, beside one another."""

from __future__ import annotations

import pytest

pytest.importorskip("anyio")
pytest.importorskip("trio")

ANYIO = """
import anyio
pytestmark = pytest.mark.anyio
"""


@pytest.fixture
def sixteen(make_sixteen):
    run = make_sixteen("anyio.pytest_plugin")
    return lambda source, *arguments: run(ANYIO + source, *arguments)


@pytest.fixture
def hanging(make_sixteen):
    """Run tests that hang, in a process of their own."""
    run = make_sixteen("anyio.pytest_plugin")
    # One place more, for the one that hangs.
    options = "--phase-timeout=1", "--phase-grace=1", "--phase-concurrency=17"
    return lambda source: run.apart(ANYIO + source, *options)


def test_tests_of_each_backend_run_at_once(sixteen):
    result = sixteen("""
@sixteen
async def test_it(n, anyio_backend_name):
    from sniffio import current_async_library
    await anyio.to_thread.run_sync(meet)
    assert current_async_library() == anyio_backend_name
    await anyio.sleep(0)
    meet()
""")

    result.assert_outcomes(passed=32)


def test_async_fixtures_have_the_loop_of_their_test(sixteen):
    result = sixteen("""
@pytest.fixture
async def token():
    yield anyio.lowlevel.current_token()
    meet()

@pytest.fixture
async def number(n):
    await anyio.sleep(0)
    meet()
    return n

@sixteen
async def test_it(n, token, number):
    await anyio.to_thread.run_sync(meet)
    assert number == n
    assert anyio.lowlevel.current_token() == token
""")

    result.assert_outcomes(passed=32)


def test_backend_for_each_test_lets_all_backends_run_at_once(sixteen):
    result = sixteen("""
@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param

@pytest.mark.parametrize("n", range(8))
async def test_it(n, anyio_backend):
    from sniffio import current_async_library
    await anyio.to_thread.run_sync(meet)
    assert current_async_library() == anyio_backend
""")

    result.assert_outcomes(passed=16)


def test_failures_of_tests_and_fixtures_are_their_own(sixteen):
    result = sixteen(
        """
@pytest.fixture
async def bad(n):
    yield
    meet()
    assert n != 5, f"teardown of {n}"

@pytest.fixture
def anyio_backend():
    return "trio"

@sixteen
async def test_it(n, bad):
    meet()
    assert n != 3, f"call of {n}"
"""
    )

    result.assert_outcomes(passed=15, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*AssertionError: teardown of 5*"])
    result.stdout.fnmatch_lines(["*AssertionError: call of 3*"])


def test_context_variables_are_those_of_the_test(sixteen):
    result = sixteen("""
var = contextvars.ContextVar("var", default=None)

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.fixture
def sync(n):
    var.set(n)

@sixteen
async def test_it(n, sync):
    await anyio.to_thread.run_sync(meet)
    assert var.get() == n
    var.set(-n)
    await anyio.to_thread.run_sync(meet)
    assert var.get() == -n
""")

    result.assert_outcomes(passed=16)


def test_async_fixture_wider_than_a_test_is_used_in_one_thread_and_loop(sixteen):
    result = sixteen("""
@pytest.fixture(scope="module")
async def shared():
    token = anyio.lowlevel.current_token()
    yield token, threading.get_ident()
    assert anyio.lowlevel.current_token() == token

@sixteen
async def test_it(n, shared):
    assert shared == (anyio.lowlevel.current_token(), threading.get_ident())
""")

    result.assert_outcomes(passed=32)
    result.stdout.fnmatch_lines(["phaserun: 32 tests in 1 phase, 32 to run alone"])


def test_tests_alone_of_another_backend_do_not_get_the_loop_that_lives(
    pytester, make_sixteen
):
    # `test_b` runs while the fixture of the module is kept up for `test_c`.
    pytester.makepyfile(
        test_other="""
        import pytest
        from sniffio import current_async_library

        @pytest.fixture
        def anyio_backend():
            return "trio"

        @pytest.mark.exclusive
        @pytest.mark.task(id="b")
        @pytest.mark.depends_on("a")
        @pytest.mark.anyio
        async def test_b():
            assert current_async_library() == "trio"
        """
    )

    result = make_sixteen("anyio.pytest_plugin")(
        ANYIO
        + """
@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"

@pytest.fixture(scope="module")
async def shared():
    yield anyio.lowlevel.current_token()

@pytest.mark.task(id="a")
async def test_a(shared): ...

@pytest.mark.depends_on("b")
async def test_c(shared):
    assert anyio.lowlevel.current_token() == shared
"""
    )

    result.assert_outcomes(passed=3)


def test_marks_given_during_collection_count(pytester, sixteen):
    pytester.makeconftest("""
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.anyio)
    """)

    result = sixteen("""
pytestmark = []

@pytest.mark.depends_on("test_b")
async def test_a(): await anyio.sleep(0)

async def test_b(): await anyio.sleep(0)

def test_c(): ...
""")

    # As many as with anyio alone, of which older versions leave such tests out.
    plain = pytester.runpytest_inprocess(
        "--disable-plugin-autoload", "-p", "anyio.pytest_plugin", "-Wignore"
    )
    assert result.parseoutcomes()["passed"] == plain.parseoutcomes()["passed"]


def test_hypothesis_drives_them_alone(sixteen):
    pytest.importorskip("hypothesis")

    result = sixteen("""
from hypothesis import given, settings, strategies

@settings(max_examples=5, database=None, deadline=None)
@given(strategies.integers())
async def test_it(anyio_backend_name, number):
    from sniffio import current_async_library
    await anyio.sleep(0)
    assert current_async_library() == anyio_backend_name
""")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["phaserun: 2 alone: anyio's handle of hypothesis (2)"])


def test_unknown_anyio_is_told_once_and_its_tests_run_alone(pytester, sixteen):
    pytester.makeconftest("""
        import contextlib
        import anyio.pytest_plugin

        known = anyio.pytest_plugin.get_runner

        @contextlib.contextmanager
        def get_runner(name, options, more=None):
            with known(name, options) as runner:
                yield runner

        anyio.pytest_plugin.get_runner = get_runner

        def pytest_unconfigure():
            anyio.pytest_plugin.get_runner = known
    """)

    result = sixteen("""
@sixteen
async def test_it(n):
    assert threading.current_thread() is threading.main_thread()
""")

    result.assert_outcomes(passed=32, warnings=1)
    result.stdout.fnmatch_lines(
        [
            "*PhaserunWarning: phaserun does not know this version of anyio: "
            "anyio.pytest_plugin.get_runner cannot be found; its tests run one at a "
            "time"
        ]
    )


def test_plugin_is_as_it_was_after_the_run(sixteen):
    import anyio.pytest_plugin

    before = anyio.pytest_plugin.get_runner
    result = sixteen("async def test_it(): ...")

    result.assert_outcomes(passed=2)
    assert anyio.pytest_plugin.get_runner is before
    assert anyio.pytest_plugin._current_runner is None


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_hung_test_times_out_and_others_go_on(hanging, backend, alone):
    result = hanging(
        f"""
@pytest.fixture
def anyio_backend():
    return {backend!r}

{alone}
async def test_hung():
    await anyio.sleep_forever()

@sixteen
async def test_good(n):
    await anyio.to_thread.run_sync(meet)
"""
    )

    assert result.parseoutcomes() == {"passed": 16, "timeout": 1}
    result.stdout.fnmatch_lines(["Timed out after 1 s in call,*"])
    if backend == "trio":
        result.stdout.fnmatch_lines(["    await anyio.sleep_forever()"])
        result.stdout.no_fnmatch_line("It did not stop when told to*")
