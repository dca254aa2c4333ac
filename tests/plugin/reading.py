"""What the output of an inner run says."""

from __future__ import annotations

import re
import sys

import pytest

#: Lets failures count at once: a test that meets others cannot be run again alone.
ONCE = "--phase-confirm=off"

#: What ``--phase-executor`` takes.
EXECUTORS = (
    "threads",
    pytest.param(
        "process",
        marks=pytest.mark.skipif(
            not sys.platform.startswith("linux"), reason="forks on Linux alone"
        ),
    ),
)

_LINE = re.compile(
    r"::(\w+(?:\[\S*\])?) (?:PASSED|FAILED|ERROR|TIMEOUT|SKIPPED|XFAIL|XPASS)\b"
)
_SKIP = re.compile(r"^SKIPPED .*?:\d+: (.*)$", re.MULTILINE)


def order(result: pytest.RunResult) -> list[str]:
    """Return the names of tests in the order of a verbose run's lines."""
    return _LINE.findall(result.stdout.str())


def skip_reasons(result: pytest.RunResult) -> list[str]:
    """Return the reasons in the short summary of a run with ``-rs``."""
    return _SKIP.findall(result.stdout.str())


def errors(result: pytest.RunResult) -> list[str]:
    """Return the lines of a usage error, and see to it that it is one."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR, result.stdout.str()
    return [
        line.removeprefix("ERROR: ")
        for line in result.stderr.lines
        if line.strip() and not line.startswith("running:") and "  in:" not in line
    ]


def section(result: pytest.RunResult, title: str) -> list[str]:
    """Return the lines between the headline with ``title`` and the next one."""
    lines = iter(result.stdout.lines)
    for line in lines:
        if re.fullmatch(rf"([=_-]+) {re.escape(title)} ([=_-]+)", line):
            break
    found = []
    for line in lines:
        if re.match(r"([=_-])\1{2,}.* \1{2,}|phaserun: ", line):
            break
        found.append(line)
    return found
