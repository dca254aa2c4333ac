"""Runs scenarios on a driver, in processes of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import dedent

from .bodies import options_of
from .scenario import PRELUDE, Result, Scenario

#: Seconds after which a run is taken for a hung one.
PATIENCE = 90

#: Writes how the tests ended, as the terminal counts them.
RECORDER = """
import json

import pytest

class Recorder:
    def __init__(self, config):
        self.config = config
        self.found = {}

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        hook = self.config.hook
        kind, _, word = hook.pytest_report_teststatus(report=report, config=self.config)
        self.note(report, "timeout" if "TIMEOUT" in word else kind)

    def pytest_collectreport(self, report):
        self.note(report, "error" if report.failed else "")

    def note(self, report, kind):
        if kind:
            self.found.setdefault(report.nodeid, []).append(kind)

    def pytest_sessionfinish(self):
        kinds = {name: " ".join(sorted(each)) for name, each in self.found.items()}
        (self.config.rootpath / "outcomes.json").write_text(json.dumps(kinds))

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config))
"""


def made_in(folder: Path) -> Path:
    """Return where the tests of a suite leave files.

    Not beside their sources: in threads they would run alone then.
    """
    return folder.with_name(f"{folder.name}-made")


def write(folder: Path, scenario: Scenario) -> None:
    """Write the suite of a scenario."""
    made_in(folder).mkdir(parents=True)
    files = scenario.files
    if isinstance(files, str):
        files = {"test_it.py": files}
    for name, source in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        is_module = path.suffix == ".py" and path.name != "__init__.py"
        prelude = PRELUDE.format(folder=str(made_in(folder))) if is_module else ""
        path.write_text(prelude + dedent(source), encoding="utf-8")


def run_alone(folder: Path, driver: str, scenario: Scenario) -> Result:
    """Run one scenario."""
    write(folder, scenario)
    prepare(folder)
    made = str(made_in(folder))
    arguments = [each.replace("{made}", made) for each in scenario.arguments]
    with options_of(driver, folder, make_environment(folder)) as options:
        command = make_command(options, scenario.needs)
        if scenario.earlier is not None:
            execute(folder, [*command, *scenario.earlier])
        code, output = execute(folder, [*command, *arguments], scenario.interrupt)
    return Result(
        folder=made_in(folder), outcomes=read(folder), code=code, output=output
    )


def run_together(
    folder: Path, driver: str, scenarios: Iterable[Scenario]
) -> Mapping[str, Result]:
    """Run several scenarios in one run, each in a folder of its own."""
    scenarios = list(scenarios)
    for each in scenarios:
        write(folder / each.name, each)
    prepare(folder)
    needs = dict.fromkeys(plugin for each in scenarios for plugin in each.needs)
    with options_of(driver, folder, make_environment(folder)) as options:
        code, output = execute(folder, make_command(options, needs))
    found: dict[str, dict[str, str]] = {each.name: {} for each in scenarios}
    for node_id, categories in read(folder).items():
        name, _, rest = node_id.partition("/")
        found[name][shorten(rest)] = categories
    return {
        name: Result(
            folder=made_in(folder / name),
            outcomes=outcomes,
            code=code,
            output=select(output, name),
        )
        for name, outcomes in found.items()
    }


def select(output: str, name: str) -> str:
    """Return the lines of a common run that name the folder of a scenario.

    What another scenario is shown with must not count for this one.
    """
    folder = re.compile(rf"\b{name}/")
    return "\n".join(filter(folder.search, output.splitlines()))


def prepare(folder: Path) -> None:
    """Make a folder the root of a run that is recorded."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "recorder.py").write_text(RECORDER, encoding="utf-8")


def make_command(chosen: Iterable[str], plugins: Iterable[str]) -> list[str]:
    """Return the command that runs the tests of a folder.

    :param chosen: the options that choose a driver.
    """
    options = ["-p", "recorder", "-p", "phaserun", "--import-mode=importlib", "-rA"]
    others = (name for name in plugins if not name.startswith("_pytest."))
    options += [word for name in others for word in ("-p", name)]
    return [sys.executable, "-m", "pytest", *options, *chosen]


def execute(
    folder: Path, command: Sequence[str], interrupt: str | None = None
) -> tuple[int, str]:
    """Run a command; return its exit code and what it wrote.

    :param interrupt: a file; once it is there, the command is interrupted.
    """
    (folder / "outcomes.json").unlink(missing_ok=True)
    with subprocess.Popen(
        command,
        cwd=folder,
        env=make_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            if interrupt is not None:
                wait_for(made_in(folder) / interrupt, process)
                process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    # What a failing test will show.
    print(output)
    return process.returncode, output


def make_environment(folder: Path) -> dict[str, str]:
    """Return variables that add nothing to a run."""
    names = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in names if name in os.environ}
    path = [str(folder), *filter(None, [environment.get("PYTHONPATH")])]
    return {
        **environment,
        "COLUMNS": "100",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(path),
    }


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a run has made a file."""
    give_up = time.monotonic() + PATIENCE
    while not path.exists():
        assert process.poll() is None, "the run ended before it was interrupted"
        assert time.monotonic() < give_up, f"the run has not made {path.name}"
        time.sleep(0.01)


def read(folder: Path) -> dict[str, str]:
    """Return how the tests of the last run have ended."""
    path = folder / "outcomes.json"
    if not path.exists():
        return {}
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return {shorten(name): categories for name, categories in found.items()}


def shorten(name: str) -> str:
    """Return the name of a test as the tables have it."""
    return name.removeprefix("test_it.py::")
