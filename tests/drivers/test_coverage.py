"""What is measured in forked processes is what is measured in a plain run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from .bodies import DRIVERS, FORKED, why_not
from .running import PATIENCE, make_environment

pytest.importorskip("coverage")

if reason := why_not(FORKED):
    pytest.skip(reason, allow_module_level=True)

SOURCES = {
    "early.py": """
        def sign(n):
            if n < 0:
                return -1
            if n > 0:
                return 1
            return 0

        def never():
            return None
    """,
    "late.py": """
        import threading

        def both(n):
            for _ in range(n):
                pass
            else:
                n += 1
            return n

        def in_thread():
            def work():
                both(2)
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
    """,
    "conftest.py": """
        import pytest

        @pytest.fixture(scope="session")
        def wide():
            up = [1]
            yield up
            up.clear()
            up = None
    """,
    "test_it.py": """
        import pytest
        import early

        @pytest.mark.parametrize("n", [-1, 0, 1, 2])
        def test_sign(n):
            assert early.sign(n) == max(-1, min(n, 1))

        @pytest.mark.parametrize("n", [0, 2])
        def test_late(n, wide):
            import late
            assert late.both(n) == n + 1

        def test_thread():
            import late
            late.in_thread()

        def test_fails():
            assert early.sign(3) == 3
            early.never()
    """,
}

COVERAGE = ("-m", "coverage", "run")
PYTEST = ("-m", "pytest")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a suite and what it tests."""
    for name, source in SOURCES.items():
        (tmp_path / name).write_text(dedent(source), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return tmp_path


def python(folder: Path, *arguments: str) -> str:
    """Run Python; return what it wrote."""
    found = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=make_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    print(found.stdout)
    return found.stdout


def configure(folder: Path, settings: str) -> None:
    """Write the settings of coverage.py."""
    text = f"[run]\nomit = recorder.py\n{settings}\n"
    (folder / ".coveragerc").write_text(text, encoding="utf-8")


def measured(folder: Path) -> dict[str, tuple[list[int], list[list[int]]]]:
    """Return the lines and branches of each file that were run, and forget them."""
    python(folder, "-m", "coverage", "json", "-q")
    data = json.loads((folder / "coverage.json").read_text(encoding="utf-8"))
    for path in folder.glob(".coverage*"):
        if path.name != ".coveragerc":
            path.unlink()
    (folder / "coverage.json").unlink()
    return {
        name: (each["executed_lines"], each.get("executed_branches", []))
        for name, each in data["files"].items()
    }


FORKS = ("-p", "phaserun", *DRIVERS[FORKED])
PLAIN = ("-p", "no:cacheprovider")

SETTINGS = {
    "lines": "",
    "branches": "branch = true",
    "parallel": "branch = true\nparallel = true",
    "threads": "branch = true\nconcurrency = thread",
    "processes": "branch = true\nparallel = true\nconcurrency = multiprocessing,thread",
    "ends of processes": "branch = true\npatch = _exit",
}


@pytest.mark.parametrize("settings", SETTINGS)
def test_coverage_run_measures_what_it_does_in_a_plain_run(folder, settings):
    configure(folder, SETTINGS[settings])

    found = []
    for options in (PLAIN, FORKS):
        output = python(folder, *COVERAGE, "--source=.", *PYTEST, *options)
        assert "1 failed, 7 passed" in output
        if "parallel" in SETTINGS[settings]:
            python(folder, "-m", "coverage", "combine", "-q")
        found.append(measured(folder))

    assert found[0]["late.py"][0]
    assert found[1] == found[0]


@pytest.mark.parametrize("settings", ["lines", "branches", "parallel"])
def test_pytest_cov_measures_what_it_does_in_a_plain_run(folder, settings):
    pytest.importorskip("pytest_cov")
    configure(folder, SETTINGS[settings])
    cov = ("-p", "pytest_cov.plugin", "--cov=.", "--cov-report=")

    found = []
    for options in (PLAIN, FORKS):
        assert "1 failed, 7 passed" in python(folder, *PYTEST, *cov, *options)
        found.append(measured(folder))

    assert found[0]["late.py"][0]
    assert found[1] == found[0]


def test_forks_add_to_what_an_earlier_run_has_measured(folder):
    pytest.importorskip("pytest_cov")
    configure(folder, SETTINGS["branches"])
    cov = ("-p", "pytest_cov.plugin", "--cov=.", "--cov-report=")
    python(folder, *PYTEST, *cov, *PLAIN)
    whole = measured(folder)

    python(folder, *PYTEST, *cov, *PLAIN, "-k", "sign or fails")
    python(folder, *PYTEST, *cov, *FORKS, "--cov-append", "-k", "late or thread")

    assert measured(folder) == whole


def test_process_that_is_lost_leaves_what_others_have_measured(folder):
    configure(folder, "branch = true")
    python(folder, *COVERAGE, "--source=.", *PYTEST, *PLAIN)
    whole = measured(folder)
    (folder / "test_crash.py").write_text(
        "import os\ndef test_crash(): os._exit(1)\n", encoding="utf-8"
    )

    # One after the other, so that nothing else runs in the process that is lost.
    alone = ("--phase-concurrency=1", "test_crash.py", "test_it.py")
    output = python(folder, *COVERAGE, "--source=.", *PYTEST, *FORKS, *alone)

    assert "2 failed, 7 passed" in output
    found = measured(folder)
    assert {name: found[name] for name in ("early.py", "late.py")} == {
        name: whole[name] for name in ("early.py", "late.py")
    }
