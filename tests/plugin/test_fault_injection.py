"""Suites in which tests fail by chance end alike, however their tests interleave."""

from __future__ import annotations

import json
import random

import pytest

#: How many tests in how many files.
TESTS = 40
FILES = 4

#: Lets each test fail, with a probability of 0.15, in a stage that its node id decides.
FAULTS = """
    import hashlib
    import json

    import pytest

    STAGES = ("setup", "call", "teardown")

    def fault(nodeid):
        number = int.from_bytes(hashlib.sha256(nodeid.encode()).digest()[:4], "big")
        return STAGES[number % 3] if number // 3 % 100 < 15 else None

    @pytest.fixture(autouse=True)
    def unreliable(request):
        stage = fault(request.node.nodeid)
        assert stage != "setup"
        yield
        assert stage != "teardown"

    @pytest.fixture
    def call(request):
        assert_it = fault(request.node.nodeid) != "call"
        def call():
            assert assert_it
        return call

    @pytest.fixture(scope="module")
    def server(): yield

    @pytest.fixture(scope="session")
    def database(): yield

    outcomes = []

    def pytest_runtest_logreport(report):
        if report.when == "call" or report.outcome != "passed":
            outcomes.append((report.nodeid, report.when, report.outcome))

    def pytest_sessionfinish(session):
        path = session.config.rootpath / "outcomes.json"
        path.write_text(json.dumps(sorted(outcomes)))
        outcomes.clear()
"""


def write_suite(pytester: pytest.Pytester, seed: int) -> None:
    """Write tests with edges of all kinds, to tests before and after them."""
    rng = random.Random(seed)
    order = list(range(TESTS))
    rng.shuffle(order)
    files: dict[str, list[str]] = {f"test_{n}": ["import pytest"] for n in range(FILES)}
    for position, number in enumerate(order):
        lines = files[f"test_{number % FILES}"]
        for _ in range(rng.choice([0, 0, 1, 1, 2]) if position else 0):
            names = rng.sample(order[:position], k=min(position, rng.randint(1, 2)))
            ids = ", ".join(f'"test_{name}"' for name in names)
            when = rng.choice(["passed", "passed", "passed", "finished", "failed"])
            require = rng.choice(["all", "all", "any"])
            lines.append(
                f'@pytest.mark.depends_on({ids}, when="{when}", require="{require}")'
            )
        fixtures = rng.choice(["", ", server", ", database", ", tmp_path"])
        lines.append(f"def test_{number}(call{fixtures}): call()")
    pytester.makeconftest(FAULTS)
    pytester.makepyfile(**{name: "\n".join(lines) for name, lines in files.items()})


def outcomes(pytester: pytest.Pytester, phaserun, *arguments: str) -> list[list[str]]:
    """Run the suite; return how each stage ended that did not simply pass."""
    phaserun("-p", "no:cacheprovider", *arguments)
    found: list[list[str]] = json.loads((pytester.path / "outcomes.json").read_text())
    return found


@pytest.mark.parametrize(
    ("schedule", "runs"), [("batch", 4), ("phase", 12), ("graph", 4)]
)
def test_outcomes_are_those_of_a_serial_run(pytester, phaserun, schedule, runs):
    write_suite(pytester, seed=1)
    serial = outcomes(pytester, phaserun, "--phase-concurrency=1")

    beside = [
        outcomes(
            pytester,
            phaserun,
            "--phase-concurrency=8",
            f"--phase-schedule={schedule}",
            "--phase-confirm=off",
        )
        for _ in range(runs)
    ]

    assert {outcome for _, _, outcome in serial} == {"passed", "failed", "skipped"}
    assert beside == [serial] * runs


@pytest.mark.parametrize("seed", range(2, 5))
def test_outcomes_are_the_same_where_failures_are_confirmed(pytester, phaserun, seed):
    write_suite(pytester, seed)
    serial = outcomes(pytester, phaserun, "--phase-concurrency=1")

    assert outcomes(pytester, phaserun, "--phase-concurrency=8") == serial
