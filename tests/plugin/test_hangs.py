"""Every way to hang, in every stage: it times out there, and nothing else suffers."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path
from textwrap import dedent, indent

import pytest

pytest.importorskip("pytest_asyncio")

SYNC = {
    "busy loop": "while True: pass",
    "swallowed exception": """
        while True:
            try:
                time.sleep(0.01)
            except BaseException:
                pass
        """,
    "sleep": "time.sleep(600)",
    "socket": "one, other = socket.socketpair(); one.recv(1)",
    "lock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "subprocess": """
        process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1)
        process.wait()
        """,
}
ASYNC = {
    "await": "await asyncio.sleep(600)",
    "busy coroutine": "while True: await asyncio.sleep(0)",
    "swallowed cancel": """
        while True:
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                pass
        """,
    "to_thread": "await asyncio.to_thread(threading.Event().wait)",
    "blocked shared loop": "time.sleep(600)",
}
STAGES = ("setup", "call", "teardown")
SCOPES = ("function", "module")

MODULE = """\
import asyncio, socket, subprocess, sys, threading, time
import pytest, pytest_asyncio

{mark}
{kind}def hang():
{body}

@{fixture}
{kind}def place():
    {setup}
    yield
    {teardown}

{kind}def test_hangs(place):
    {call}
"""

GOOD = """\
import time, pytest

@pytest.mark.parametrize("n", range(8))
def test_good(n): time.sleep(0.01)
"""

CONFTEST = """
import json

REPORTS = []

def pytest_runtest_logreport(report):
    REPORTS.append((report.nodeid, report.when, report.outcome, report.longreprtext))

def pytest_unconfigure(config):
    config.rootpath.joinpath("reports.json").write_text(json.dumps(REPORTS))
"""

OPTIONS = (
    *("-p", "asyncio", "-o", "asyncio_default_fixture_loop_scope=function"),
    *("-p", "phaserun", "--phase-concurrency=32"),
    *("--phase-timeout=1", "--phase-grace=0.5"),
)


def write_module(way: str, stage: str, scope: str) -> str:
    """Return a module of a test that hangs in a stage, and of one that does not."""
    is_async = way in ASYNC
    loop = "module" if way == "blocked shared loop" else scope
    marked = f'pytestmark = pytest.mark.asyncio(loop_scope="{loop}")'
    arguments = f'(scope="{scope}", loop_scope="{loop}")'
    call = "await hang()" if is_async else "hang()"
    body = dedent(ASYNC[way] if is_async else SYNC[way]).strip()
    return MODULE.format(
        mark=marked if is_async else "",
        kind="async " if is_async else "",
        body=indent(body, "    "),
        fixture=f"pytest_asyncio.fixture{arguments}"
        if is_async
        else f'pytest.fixture(scope="{scope}")',
        **{each: call if each == stage else "pass" for each in STAGES},
    )


class Hung:
    """A finished run of all ways to hang in one stage, beside one another."""

    def __init__(self, root: Path, stage: str, scope: str) -> None:
        root.joinpath("conftest.py").write_text(CONFTEST)
        root.joinpath("test_good.py").write_text(GOOD)
        for way in (*SYNC, *ASYNC):
            module = root / f"test_{way.replace(' ', '_')}.py"
            module.write_text(write_module(way, stage, scope))
        command = [sys.executable, "-m", "pytest", "--disable-plugin-autoload"]
        self.process = subprocess.run(
            [*command, *OPTIONS],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        self.reports = json.loads(root.joinpath("reports.json").read_text())

    def failures(self, way: str) -> dict[str, str]:
        """Return what is reported of the stages of a way to hang that failed."""
        return {
            when: text
            for nodeid, when, outcome, text in self.reports
            if nodeid == f"test_{way.replace(' ', '_')}.py::test_hangs"
            and outcome == "failed"
        }

    def outcomes_of_good(self) -> set[str]:
        """Return the outcomes of all that does not hang."""
        return {
            outcome
            for nodeid, _, outcome, _ in self.reports
            if nodeid.startswith("test_good.py")
        }


@pytest.fixture(
    scope="module", params=product(STAGES, SCOPES), ids=lambda each: " ".join(each)
)
def hung(request, tmp_path_factory) -> Hung:
    stage, scope = request.param
    found = Hung(tmp_path_factory.mktemp("hung"), stage, scope)
    found.stage = stage
    return found


@pytest.mark.parametrize("way", [*SYNC, *ASYNC])
def test_what_hangs_times_out_in_its_stage_and_nothing_else_suffers(hung, way):
    assert hung.process.returncode == pytest.ExitCode.TESTS_FAILED, hung.process.stdout
    failures = hung.failures(way)
    assert list(failures) == [hung.stage]
    assert failures[hung.stage].startswith(f"Timed out after 1 s in {hung.stage}")
    assert ", in hang\n" in failures[hung.stage]
    assert hung.outcomes_of_good() == {"passed"}
