"""The example suites of the documentation, run as a reader would."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from .reading import section

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture
def _shop(monkeypatch: pytest.MonkeyPatch, pytester: pytest.Pytester) -> None:
    monkeypatch.chdir(EXAMPLES / "shop")


@pytest.fixture
def _outcomes(monkeypatch: pytest.MonkeyPatch, pytester: pytest.Pytester) -> None:
    monkeypatch.chdir(EXAMPLES / "outcomes")


def outcomes(path: Path) -> dict[str, list[str]]:
    """Return for each test of a JUnit file how it ended; passed is nothing.

    Its properties, which say where it ran, are left out.
    """
    (suite,) = ElementTree.parse(path).getroot()
    return {
        f"{case.get('classname')}::{case.get('name')}": [
            part.tag for part in case if part.tag != "properties"
        ]
        for case in suite
    }


@pytest.mark.usefixtures("_shop")
def test_shop_has_the_same_outcomes_plain_and_with_phases(pytester, phaserun):
    files = [pytester.path / "plain.xml", pytester.path / "phases.xml"]
    command = (sys.executable, "-m", "pytest", "--disable-plugin-autoload")
    options = ("-pno:cacheprovider", f"--junit-xml={files[0]}")

    # At the same time, since both of them wait rather than work.
    with subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL) as plain:
        phases = phaserun.apart(f"--junit-xml={files[1]}", "-pno:cacheprovider")

    assert plain.returncode == phases.ret == pytest.ExitCode.OK
    assert outcomes(files[0]) == outcomes(files[1])
    assert len(outcomes(files[0])) >= 40


@pytest.mark.usefixtures("_shop")
def test_shop_runs_in_several_phases(phaserun):
    result = phaserun.apart("--phase-plan", "-pno:cacheprovider")

    found = re.findall(r"^phase (\d+) of (\d+): ", result.stdout.str(), re.MULTILINE)
    assert [int(number) for number, _ in found] == list(range(1, len(found) + 1))
    assert len(found) in (4, 5)


@pytest.mark.usefixtures("_outcomes")
def test_outcomes_shows_each_way_to_end(phaserun):
    result = phaserun.apart("-rfs", "-pno:cacheprovider")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {
        "failed": 1,
        "passed": 2,
        "skipped": 4,
        "xfailed": 1,
        "timeout": 1,
    }
    assert section(result, "test_hangs")[0] == (
        "Timed out after 0.5 s in call, the limit of setup and call together"
    )
    assert sorted(section(result, "short test summary info")) == [
        "FAILED test_outcomes.py::test_fails - assert (1 + 1) == 3",
        "SKIPPED [1] test_outcomes.py:29: "
        "depends on test_outcomes.py::test_fails (failed)",
        "SKIPPED [1] test_outcomes.py:34: "
        "depends on test_outcomes.py::test_blocked_by_failure, "
        "blocked by test_outcomes.py::test_fails (failed)",
        "SKIPPED [1] test_outcomes.py:43: "
        "depends on test_outcomes.py::test_hangs (timed out after 0.5 s)",
        "SKIPPED [1] test_outcomes.py:47: shows a skipped test",
        "TIMEOUT test_outcomes.py::test_hangs "
        "- Timed out after 0.5 s in call, the lim...",
    ]


@pytest.mark.usefixtures("_outcomes")
def test_outcomes_runs_without_the_plugin_too(phaserun):
    hanging = "test_outcomes.py::test_hangs"

    result = phaserun.plain("--deselect", hanging, "-pno:cacheprovider")

    result.assert_outcomes(failed=1, passed=5, skipped=1, xfailed=1, deselected=1)
