"""A suite of which each test ends in another way; run by a test, not collected."""

from __future__ import annotations

import time

import pytest

OWNED = "</script><script>document.title = 'owned'</script>"
starts = []


@pytest.mark.task("account")
def test_create_account():
    print(OWNED)
    time.sleep(0.1)


@pytest.mark.depends_on("account")
def test_log_in():
    time.sleep(0.05)
    raise ValueError(OWNED)


@pytest.mark.depends_on("test_log_in")
def test_place_order(): ...


@pytest.mark.depends_on("test_place_order")
def test_ship_order(): ...


@pytest.mark.parametrize(
    "name", ["tea"], ids=["<script>document.title='owned'</script>"]
)
def test_search(name):
    time.sleep(0.1)


@pytest.mark.exclusive
def test_change_clock():
    time.sleep(0.05)


@pytest.mark.task("slow", timeout=0.2)
def test_hang():
    while True:
        time.sleep(0.01)


def test_pass_only_alone():
    starts.append(1)
    time.sleep(0.05)
    assert len(starts) > 1


@pytest.mark.skip(reason="not today")
def test_skip(): ...


@pytest.mark.xfail(reason="not yet")
def test_xfail():
    raise AssertionError
