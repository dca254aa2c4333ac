"""What a scenario is: a small suite, how it is run, and how it is to end.

The tables have nothing but scenarios; ``running`` runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: How each test ended: by its name what the terminal counts it as, in alphabetic order.
Outcomes = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What has come of a scenario on one driver.

    :ivar folder: where its tests have left files.
    :ivar output: of a run with others, the lines that name the folder of the scenario.
    """

    folder: Path
    outcomes: Outcomes
    code: int
    output: str

    def lines_of(self, name: str) -> list[str]:
        """Return the lines of a file that the tests have written."""
        return (self.folder / name).read_text(encoding="utf-8").splitlines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A suite that ends in the same way on every driver.

    :ivar files: by their names. Modules find ``PRELUDE`` in front of them. One
        text alone is the file ``test_it.py``.
    :ivar outcomes: of exactly the tests that end; those of ``test_it.py`` by what
        follows the name of the file.
    :ivar perhaps: tests that may have been begun when the run ended; they count for
        nothing.
    :ivar code: the exit code of a run of its own; ``None``: the scenario runs in one
        run with all others that have none, in which some tests fail.
    :ivar arguments: in them ``{made}`` stands for the folder of what the tests leave.
    :ivar earlier: the arguments of a run that goes before.
    :ivar interrupt: the file that the suite makes when it is to be interrupted.
    :ivar says: patterns for ``fnmatch``, each matches a line of the output; in a run
        with others, of those lines that name the folder of the scenario.
    :ivar needs: modules of other plugins, which are loaded.
    :ivar check: looks at what the suite has left.
    :ivar differs: what is different by design on some drivers, by their names.
    """

    name: str
    files: str | Mapping[str, str]
    outcomes: Outcomes
    perhaps: tuple[str, ...] = ()
    code: int | None = None
    arguments: tuple[str, ...] = ()
    earlier: tuple[str, ...] | None = None
    interrupt: str | None = None
    says: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    check: Callable[[Result], None] | None = None
    differs: Mapping[str, Difference] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is different on one driver by design.

    :ivar row: the first cell of the row of the page on drivers that says so.
    :ivar lacks: those of ``says`` that are not said; ``None``: it cannot be run there.
    """

    row: str
    lacks: tuple[str, ...] | None = None


#: What every module finds in front of its own source.
PRELUDE = '''
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path({folder!r})
depends_on, task = pytest.mark.depends_on, pytest.mark.task
several = pytest.mark.parametrize("n", range(6))


def note(word, name="log"):
    """Add a line to a file."""
    with open(HERE / name, "a") as file:
        file.write(str(word) + "\\n")


def wait_for(name):
    """Wait for a file of another test."""
    for _ in range(3000):
        if (HERE / name).exists():
            return
        time.sleep(0.01)
    raise AssertionError("no " + name)


def meet(own, other):
    """Wait until another test is here as well."""
    (HERE / own).touch()
    wait_for(other)


@contextmanager
def nobody_else(name):
    """Leave a file if another test is here as well, and give it time to come."""
    try:
        (HERE / name).touch(exist_ok=False)
    except FileExistsError:
        (HERE / "met").touch()
    time.sleep(0.02)
    yield
    (HERE / name).unlink(missing_ok=True)
'''


def nobody_met(result: Result) -> None:
    """Fail if tests have been in ``nobody_else`` at once."""
    assert not (result.folder / "met").exists()
