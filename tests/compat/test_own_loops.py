"""Tests that bring an event loop of their own: unittest's, tornado's and aiohttp's."""

from __future__ import annotations

import pytest

UNITTEST = """
import asyncio
import unittest

class TestIt(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.loop = asyncio.get_running_loop()

    async def asyncTearDown(self):
        assert asyncio.get_running_loop() is self.loop
        await asyncio.to_thread(meet)
"""

TORNADO = """
import asyncio
from tornado.httpclient import AsyncHTTPClient
from tornado.testing import AsyncHTTPTestCase, AsyncTestCase, gen_test
from tornado.web import Application, RequestHandler

class Number(RequestHandler):
    def get(self, number):
        self.write(number)
"""

AIOHTTP = """
import asyncio
from aiohttp import web

@pytest.fixture
async def client(n, aiohttp_client):
    async def number(request):
        return web.Response(text=str(n))

    app = web.Application()
    app.router.add_get("/", number)
    return await aiohttp_client(app)
"""


def methods(template: str) -> str:
    """Return sixteen methods: unittest's are not parametrized."""
    return "".join(template.replace("NUMBER", str(n)) for n in range(16))


def test_async_tests_of_unittest_run_at_once(make_sixteen):
    result = make_sixteen()(
        UNITTEST
        + methods("""
    async def test_NUMBER(self):
        await asyncio.to_thread(meet)
        assert asyncio.get_running_loop() is self.loop
        assert NUMBER != 3, "call of NUMBER"
""")
    )

    result.assert_outcomes(passed=15, failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: call of 3*"])


def test_context_variables_of_unittest_are_those_of_the_test(make_sixteen):
    result = make_sixteen()(
        UNITTEST
        + """
    var = contextvars.ContextVar("var", default=None)

    async def check(self, number):
        self.var.set(number)
        await asyncio.to_thread(meet)
        assert self.var.get() == number
"""
        + methods("""
    async def test_NUMBER(self):
        await self.check(NUMBER)
""")
    )

    result.assert_outcomes(passed=16)


def test_async_tests_of_tornado_run_at_once(make_sixteen):
    pytest.importorskip("tornado")

    result = make_sixteen()(
        TORNADO
        + """
class TestIt(AsyncHTTPTestCase):
    def get_app(self):
        return Application([("/(.*)", Number)])

    def tearDown(self):
        meet()
        super().tearDown()
"""
        + methods("""
    def test_NUMBER(self):
        meet()
        assert self.fetch("/NUMBER").body == b"NUMBER"
        assert NUMBER != 3, "call of NUMBER"
""")
    )

    result.assert_outcomes(passed=15, failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: call of 3*"])


def test_coroutines_of_tornado_run_at_once(make_sixteen):
    pytest.importorskip("tornado")

    result = make_sixteen()(
        TORNADO
        + """
class TestIt(AsyncTestCase):
    pass
"""
        + methods("""
    @gen_test
    async def test_NUMBER(self):
        await asyncio.to_thread(meet)
        await self.io_loop.run_in_executor(None, int)
""")
    )

    result.assert_outcomes(passed=16)


def test_log_messages_that_tornado_expects_are_those_of_the_test(make_sixteen):
    pytest.importorskip("tornado")

    result = make_sixteen()("""
from tornado.log import app_log
from tornado.testing import ExpectLog

@sixteen
def test_it(n, caplog):
    with ExpectLog(app_log, "expected"):
        meet()
        app_log.error("expected")
        meet()
    meet()
    assert caplog.messages == []
""")

    result.assert_outcomes(passed=16)


def test_clients_of_aiohttp_run_at_once(make_sixteen):
    pytest.importorskip("pytest_aiohttp")

    run = make_sixteen("pytest_asyncio.plugin", "pytest_aiohttp.plugin")
    result = run(
        AIOHTTP
        + """
@sixteen
async def test_it(n, client):
    await asyncio.to_thread(meet)
    response = await client.get("/")
    assert await response.text() == str(n)
    await asyncio.to_thread(meet)
    assert n != 3, f"call of {n}"
""",
        "--asyncio-mode=auto",
        "-oasyncio_default_fixture_loop_scope=function",
    )

    result.assert_outcomes(passed=15, failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: call of 3*"])


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_hung_test_of_unittest_times_out_and_others_go_on(make_sixteen, alone):
    result = make_sixteen().apart(
        f"""
import asyncio
import unittest

{alone}
class TestHung(unittest.IsolatedAsyncioTestCase):
    async def test_it(self):
        await asyncio.Event().wait()

def test_good(): ...
""",
        "--phase-timeout=0.5",
    )

    assert result.parseoutcomes() == {"passed": 1, "timeout": 1}
    result.stdout.fnmatch_lines(["Timed out after 0.5 s in call*"])


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_hung_test_of_tornado_times_out_and_others_go_on(make_sixteen, alone):
    pytest.importorskip("tornado")

    result = make_sixteen().apart(
        TORNADO
        + f"""
{alone}
class TestHung(AsyncTestCase):
    @gen_test(timeout=60)
    async def test_it(self):
        await asyncio.Event().wait()

def test_good(): ...
""",
        "--phase-timeout=0.5",
    )

    assert result.parseoutcomes() == {"passed": 1, "timeout": 1}
    result.stdout.fnmatch_lines(["Timed out after 0.5 s in call*"])
