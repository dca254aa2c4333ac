"""Source that several threads parse at once."""

from __future__ import annotations

import ast
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_phaserun.isolation.parsing import one_parse_at_a_time

THREADS = 4
SOURCE = Path(ast.__file__).read_text(encoding="utf-8")


@pytest.fixture
def many_switches():
    """Let another thread go on whenever garbage is collected, as during a parse."""
    others = threading.Event()

    def switch(phase, info):
        others.wait(0.001)

    gc.callbacks.append(switch)
    yield
    gc.callbacks.remove(switch)


def test_threads_may_parse_at_once(many_switches):
    all_there = threading.Barrier(THREADS)

    def parse(n):
        all_there.wait(20)
        return [len(ast.parse(SOURCE).body) for _ in range(6)]

    with one_parse_at_a_time(), ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(parse, range(THREADS)))

    assert found == [[len(ast.parse(SOURCE).body)] * 6] * THREADS


def test_parser_is_put_back():
    parse = ast.parse

    with one_parse_at_a_time():
        pass

    assert ast.parse is parse
