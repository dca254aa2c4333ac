"""What the driver of pytest-xdist's workers says of those that are of no use."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytest_phaserun.drivers.workers.line import Hello
from pytest_phaserun.drivers.workers.messages import pack
from pytest_phaserun.drivers.xdist import XdistDriver
from pytest_phaserun.settings import WORKER_KEY, Settings

DSESSION = {"queue": [], "loop_once": 0, "shuttingdown": 0, "_max_worker_restart": 8}


class FakeChannel:
    def setcallback(self, callback: Any) -> None: ...


class FakeNode:
    """A worker on another machine."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name, newchannel=FakeChannel)
        self.workerinput = {"workercount": 2}
        self.workerinfo = {"executable": "/usr/bin/python3"}


def make_driver(dsession: dict[str, Any]) -> XdistDriver:
    plugins = {"dsession": SimpleNamespace(**dsession)}
    config: Any = SimpleNamespace(pluginmanager=SimpleNamespace(getplugin=plugins.get))
    return XdistDriver(config, Settings(), "1.3", {}, lambda *_: pytest.fail("begun"))


def test_worker_without_the_plugin_is_named():
    driver, node = make_driver(DSESSION), FakeNode("gw1")
    driver.pytest_sessionstart()
    driver.pytest_configure_node(node)

    with pytest.raises(pytest.UsageError) as caught:
        driver.add_node(node)

    assert caught.value.args == (
        "worker gw1 has no pytest-phaserun: install version 1.3 for /usr/bin/python3 "
        "on its machine",
    )


def test_worker_with_another_version_is_named():
    driver, node = make_driver(DSESSION), FakeNode("gw1")
    driver.pytest_sessionstart()
    driver.pytest_configure_node(node)

    with pytest.raises(pytest.UsageError) as caught:
        driver._take(node, pack(Hello("1.2", 17)))

    assert caught.value.args == (
        "worker gw1 has pytest-phaserun 1.2, and here it is 1.3: install the same "
        "version on all machines",
    )


def test_xdist_without_what_is_needed_is_refused():
    driver = make_driver({"queue": [], "shuttingdown": False})

    with pytest.raises(pytest.UsageError) as caught:
        driver.pytest_sessionstart()

    assert caught.value.args == (
        "this pytest-xdist has no loop_once, _max_worker_restart, which phaserun "
        "needs; install pytest-xdist 3.6 to 3.8, or leave out -n",
    )


def test_worker_that_replaces_another_has_its_slot():
    driver = make_driver(DSESSION)
    driver.pytest_sessionstart()
    first, second, third = map(FakeNode, ("gw0", "gw1", "gw2"))
    driver.pytest_configure_node(first)
    driver.pytest_configure_node(second)
    first.workeroutput = {}

    driver.remove_node(first)
    driver.pytest_configure_node(third)

    assert [driver._seats[node].slot for node in (second, third)] == [1, 0]
    assert WORKER_KEY in third.workerinput
