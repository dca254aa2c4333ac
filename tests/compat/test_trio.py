"""Tests of pytest-trio, and tests that run trio themselves, beside one another."""

from __future__ import annotations

import pytest

pytest.importorskip("trio")

HANGS = """
import time
import trio

CLEANED = []

@pytest.fixture(scope="session", autouse=True)
def cleaned(pytestconfig):
    yield
    pytestconfig.rootpath.joinpath("cleaned.txt").write_text(" ".join(CLEANED))

async def hang(name):
    try:
        await trio.sleep_forever()
    finally:
        CLEANED.append(name)
"""


@pytest.fixture
def sixteen(make_sixteen):
    pytest.importorskip("pytest_trio")
    return make_sixteen("pytest_trio.plugin")


@pytest.fixture
def hanging(make_sixteen):
    """Run tests that hang, in a process of their own."""
    run = make_sixteen()
    limits = "--phase-timeout=0.5", "--phase-grace=1"
    return lambda source: run.apart(HANGS + source, *limits)


def test_tests_with_async_fixtures_run_at_once(sixteen):
    result = sixteen("""
import trio

@pytest.fixture
async def token(n):
    yield trio.lowlevel.current_trio_token()
    await trio.sleep(0)
    meet()

@sixteen
@pytest.mark.trio
async def test_it(n, token, nursery):
    assert trio.lowlevel.current_trio_token() is token
    nursery.start_soon(trio.sleep, 0)
    await trio.to_thread.run_sync(meet)
    meet()
""")

    result.assert_outcomes(passed=16)


def test_failures_and_context_variables_are_those_of_the_test(sixteen):
    result = sixteen("""
import trio

var = contextvars.ContextVar("var", default=None)

@pytest.fixture
async def bad(n):
    var.set(n)
    yield
    assert n != 5, f"teardown of {n}"

@sixteen
@pytest.mark.trio
async def test_it(n, bad):
    await trio.to_thread.run_sync(meet)
    assert var.get() == n
    assert n != 3, f"call of {n}"
""")

    # That plugin tears its fixtures down in the call.
    result.assert_outcomes(passed=14, failed=2)
    result.stdout.fnmatch_lines(["*AssertionError: call of 3*"])
    result.stdout.fnmatch_lines(["*AssertionError: teardown of 5*"])


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_hung_await_is_stopped_and_its_line_shown(pytester, hanging, alone):
    result = hanging(f"""
{alone}
def test_hung():
    trio.run(hang, "it")

def test_good(): ...
""")

    assert result.parseoutcomes() == {"passed": 1, "timeout": 1}
    result.stdout.fnmatch_lines(
        [
            "Timed out after 0.5 s in call, the limit of setup and call together",
            "",
            "Awaits of its tasks when its time was up:",
            '  File "*test_it.py", line *, in hang',
            "    await trio.sleep_forever()",
            "phaserun: *",
        ],
        consecutive=True,
    )
    assert (pytester.path / "cleaned.txt").read_text() == "it"


def test_every_task_of_a_hung_test_is_shown_and_cleaned_up(pytester, hanging):
    result = hanging("""
async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hang, "one", name="first")
        nursery.start_soon(hang, "two", name="second")

def test_hung():
    trio.run(main)
""")

    result.stdout.fnmatch_lines(
        [
            "Task test_it.main:",
            '  File "*test_it.py", line *, in main',
            "Task first:",
            '  File "*test_it.py", line *, in hang',
            "    await trio.sleep_forever()",
            "Task second:",
            '  File "*test_it.py", line *, in hang',
        ]
    )
    assert sorted((pytester.path / "cleaned.txt").read_text().split()) == ["one", "two"]


def test_fixtures_of_a_hung_test_are_taken_down(pytester, make_sixteen):
    pytest.importorskip("pytest_trio")
    run = make_sixteen("pytest_trio.plugin")

    result = run.apart(
        HANGS
        + """
@pytest.fixture
async def resource():
    yield
    CLEANED.append("resource")

@pytest.mark.trio
async def test_hung(resource):
    await hang("it")
""",
        "--phase-timeout=0.5",
    )

    result.stdout.fnmatch_lines(["Timed out after 0.5 s in call*"])
    result.stdout.no_fnmatch_line("It did not stop when told to*")
    assert (pytester.path / "cleaned.txt").read_text() == "it resource"


def test_task_that_never_awaits_is_interrupted(hanging):
    result = hanging("""
async def main():
    while True:
        time.sleep(0.01)

def test_hung():
    trio.run(main)

def test_good(): ...
""")

    assert result.parseoutcomes() == {"passed": 1, "timeout": 1}
    result.stdout.fnmatch_lines(["Timed out after 0.5 s in call*"])
    result.stdout.no_fnmatch_line("It did not stop when told to*")


@pytest.mark.parametrize(
    "body",
    [
        "await trio.to_thread.run_sync(time.sleep, 30)",
        """
    while True:
        try:
            await trio.sleep(1)
        except BaseException:
            pass
""",
    ],
    ids=["thread", "swallows"],
)
def test_task_that_cannot_be_stopped_is_given_up(hanging, body):
    result = hanging(f"""
async def main():
    {body}

def test_hung():
    trio.run(main)

def test_good(): ...
""")

    assert result.parseoutcomes() == {"passed": 1, "timeout": 1}
    result.stdout.fnmatch_lines(
        ["It did not stop when told to; its thread is abandoned."]
    )
