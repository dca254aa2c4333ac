"""What ``pytest_phaserun`` offers by name, and what an import of it costs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_phaserun

LIBRARY = ["errors", "model", "graph", "cycles", "dispatch", "runner"]


def run_python(code: str) -> str:
    """Return what a fresh interpreter prints."""
    root = Path(pytest_phaserun.__file__).parents[1]
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_list_of_public_names_is_sorted_and_without_repetition() -> None:
    names = pytest_phaserun.__all__

    assert names == sorted(set(names))


@pytest.mark.parametrize("name", pytest_phaserun.__all__)
def test_public_name_can_be_imported(name: str) -> None:
    space: dict[str, object] = {}

    exec(f"from pytest_phaserun import {name}", space)  # the statement users write

    assert space[name] is getattr(pytest_phaserun, name)


@pytest.mark.parametrize("name", sorted(pytest_phaserun._MODULES))
def test_lazy_name_is_public_and_comes_from_the_module_it_says(name: str) -> None:
    value = getattr(pytest_phaserun, name)

    assert name in pytest_phaserun.__all__
    assert value.__module__ == f"pytest_phaserun.{pytest_phaserun._MODULES[name]}"
    assert value.__name__ == name


def test_star_import_brings_every_public_name() -> None:
    space: dict[str, object] = {}

    exec("from pytest_phaserun import *", space)  # not allowed inside a function

    assert set(pytest_phaserun.__all__) <= set(space)


def test_dir_lists_the_public_names() -> None:
    assert dir(pytest_phaserun) == sorted(pytest_phaserun.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(
        AttributeError, match="module 'pytest_phaserun' has no attribute 'Runner'"
    ):
        pytest_phaserun.Runner  # type: ignore[attr-defined]  # noqa: B018


def test_import_of_the_package_brings_nothing_else() -> None:
    code = """
import sys
before = set(sys.modules)
import pytest_phaserun
dir(pytest_phaserun), pytest_phaserun.__version__, pytest_phaserun.__all__
print(*sorted(set(sys.modules) - before - {"__future__", "typing"}))
print([name for name in ("asyncio", "pytest", "_pytest") if name in sys.modules])
"""

    brought, unwanted = run_python(code).splitlines()

    assert [name for name in brought.split() if name.startswith("pytest_phaserun")] == [
        "pytest_phaserun"
    ]
    assert unwanted == "[]"


def test_lazy_name_brings_its_own_module_alone() -> None:
    code = """
import sys
from pytest_phaserun import Task
print([n for n in ("asyncio", "pytest_phaserun.runner") if n in sys.modules])
"""

    assert run_python(code) == "[]"


def test_library_half_works_where_there_is_no_pytest() -> None:
    code = f"""
import importlib, sys
for name in ("pytest", "_pytest", "pluggy"):
    sys.modules[name] = None
for name in {LIBRARY}:
    importlib.import_module("pytest_phaserun." + name)
from pytest_phaserun import *
async def complete(task):
    pass
import asyncio
results = asyncio.run(ParallelRunner().run([Task(id="a")], complete))
print(results[0].status.value)
"""

    assert run_python(code) == "completed"


def test_rules_of_what_may_run_need_no_loop_and_no_thread() -> None:
    code = """
import sys
before = set(sys.modules)
import pytest_phaserun.dispatch
brought = set(sys.modules) - before
print([name for name in ("asyncio", "socket", "subprocess") if name in brought])
"""

    assert run_python(code) == "[]"
