"""A worker of pytest-xdist's end of the line to its controller.

xdist's own channel says when to end; orders and what is said of tests go over one that
the controller has made. Both are read in a thread of execnet's.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import pytest

from ...isolation.interrupt import format_thread
from ...settings import WORKER_KEY, Settings
from .messages import Answer, Message, Order, pack, unpack
from .plan import Plan


@dataclass(frozen=True, slots=True)
class Hello:
    """The first word of a worker.

    :ivar version: of this package.
    :ivar pid: of its process.
    """

    version: str
    pid: int


@dataclass(frozen=True, slots=True)
class Problems:
    """Why there is nothing to run: mistakes of the user's, one line for each."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CollectionFailed:
    """There is no plan because of errors that were reported."""


@dataclass(frozen=True, slots=True)
class ShowStack:
    """To a worker: tell where the main thread is, even while a test runs."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Where a worker's main thread is, as a traceback shows it."""

    text: str


@dataclass(frozen=True, slots=True)
class Die:
    """To a worker: end at once, even while a test runs."""


#: All that a worker says.
Said = Hello | Problems | CollectionFailed | Plan | Stack | Message

#: All that it is told.
Told = Order | Answer | ShowStack | Die


@dataclass(frozen=True, slots=True)
class Input:
    """What a worker is given when it starts.

    :ivar memory: what the controller's cache knows of earlier runs.
    :ivar resumed: what it knows of a run that is resumed.
    """

    settings: Settings
    memory: dict[str, Any]
    resumed: Any
    slot: int


class Line:
    """Made in the worker; the main thread sends, and reads what it is to do.

    :param config: that of a worker whose controller has this plugin.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._given = config.workerinput[WORKER_KEY]  # type: ignore[attr-defined]
        self._channel = self._given["channel"]
        self._config = config
        self._inbox: SimpleQueue[Order | Answer | None] = SimpleQueue()

    def read_input(self, version: str) -> Input | None:
        """Say hello.

        :returns: ``None`` if the controller, which says so, has another version.
        """
        self.send(Hello(version, os.getpid()))
        if self._given["version"] != version:
            return None
        given: Input = pickle.loads(self._given["input"])
        return given

    def send(self, message: Said) -> bool:
        """Tell the controller at once.

        :returns: true, as nothing is kept to be sent later.
        """
        self._channel.send(pack(message))
        return True

    def listen(self) -> Iterator[Order | Answer]:
        """Yield what the controller orders and answers until there is no more."""
        self._channel.setcallback(self._take, endmarker=None)
        _find_channel(self._config).setcallback(self._take_command, endmarker=None)
        return iter(self._inbox.get, None)

    def _take(self, data: bytes | None) -> None:
        """Take what has come; in the thread of execnet's."""
        told = None if data is None else unpack(data)
        if isinstance(told, ShowStack):
            self.send(Stack(format_thread(threading.main_thread().ident or 0)))
        elif isinstance(told, Die):
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        else:
            self._inbox.put(told)

    def _take_command(self, command: Any) -> None:
        """Take a command of xdist's: the only one is to end."""
        self._inbox.put(None)


def _find_channel(config: pytest.Config) -> Any:
    """Return xdist's channel to its controller.

    ``channel`` of ``WorkerInteractor``, in 3.6 to 3.8: there is no public way to hear
    that a worker is to end.
    """
    for plugin in config.pluginmanager.get_plugins():
        if type(plugin).__name__ == "WorkerInteractor":
            return plugin.channel
    raise RuntimeError("this pytest-xdist has no WorkerInteractor")
