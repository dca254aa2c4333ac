"""What GitHub is told of a run, and nobody else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytest_phaserun.views import github
from pytest_phaserun.views.github import Failure, annotate

SUITE = """
    import time
    import pytest

    def test_passes(): ...

    @pytest.mark.task("fails")
    def test_fails():
        assert "100%|a" == "*b*"

    @pytest.mark.task("skipped")
    def test_skipped():
        pytest.skip("no database")

    @pytest.mark.depends_on("fails")
    def test_blocked_a(): ...

    @pytest.mark.depends_on("fails")
    def test_blocked_b(): ...

    @pytest.mark.depends_on("skipped")
    def test_blocked_c(): ...

    @pytest.mark.task(timeout=0.2)
    def test_hangs():
        time.sleep(60)

    @pytest.fixture
    def broken():
        raise ValueError("no service")

    def test_error(broken): ...
"""


@pytest.fixture(autouse=True)
def _on_github(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(pytester.path.parent))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "summary.md"))
    pytester.makepyfile(test_x=SUITE)


def commands(result: pytest.RunResult) -> list[str]:
    """Return the lines that GitHub reads as commands."""
    return [line for line in result.outlines if line.startswith("::")]


def test_failures_are_annotated_where_they_are_at_the_end(pytester, phaserun):
    result = phaserun("--phase-confirm=off")

    file = f"file={pytester.path.name}/test_x.py"
    found = commands(result)
    assert found[0] == (
        f"::error {file},line=8,title=test_x.py%3A%3Atest_fails failed::"
        "AssertionError: assert '100%25|a' == '*b*'%0A  %0A  - *b*%0A  + 100%25|a%0A"
        "blocked 2 other tests"
    )
    assert found[1] == (
        f"::warning {file},line=10,title=test_x.py%3A%3Atest_skipped skipped::"
        "Skipped: no database%0Ablocked 1 other test"
    )
    assert f"{file},line=23,title=test_x.py%3A%3Atest_hangs timed out::" in found[2]
    assert found[3].endswith(
        "title=test_x.py%3A%3Atest_error error in setup::ValueError: no service"
    )
    assert result.outlines[-4:] == found


def test_summary_of_the_job_counts_and_names_what_went_wrong(pytester, phaserun):
    (pytester.path / "summary.md").write_text("before\n", encoding="utf-8")

    phaserun("--phase-confirm=off")

    lines = (pytester.path / "summary.md").read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["before", "### 8 tests, 4 at once", ""]
    head, rule, figures = lines[3:6]
    counted = "| passed | failed | errors | timeouts | blocked | skipped | time |"
    assert head.startswith(counted)
    assert head.endswith("| tests one by one | speed-up | ideal | efficiency |")
    assert rule == "|---" * 11 + "|"
    assert figures.startswith("| 1 | 1 | 1 | 1 | 3 | 1 | ")
    name = "test&#95;x.py&#58;&#58;test&#95;"
    failed = f"| <code>{name}fails</code> | failed | <code>AssertionError&#58; assert "
    assert [line for line in lines if line.startswith(failed)]
    assert f"| 2 | <code>{name}fails</code> | <code>failed</code> |" in lines
    assert not [line for line in lines if "*b*" in line or "100%|a" in line]


def test_elsewhere_there_is_nothing_of_it(pytester, phaserun, monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS")

    result = phaserun("--phase-confirm=off")

    assert commands(result) == []
    assert not (pytester.path / "summary.md").exists()


def test_without_a_file_for_it_there_is_no_summary(phaserun, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")

    assert len(commands(phaserun("--phase-confirm=off"))) == 4


def test_summary_that_cannot_be_written_fails_nothing(pytester, phaserun, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "gone" / "it.md"))
    suite = pytester.makepyfile("def test_passes(): ...")

    result = phaserun(suite)

    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["phaserun: summary not written to *it.md: No such file or directory"]
    )


def test_failures_that_another_plugin_annotates_are_not_annotated_twice(
    pytester, phaserun
):
    pytester.makeconftest(
        f"""
        def pytest_configure(config):
            config.pluginmanager.register(object(), {github.OTHER!r})
        """
    )

    found = commands(phaserun("--phase-confirm=off"))

    assert [line.partition(" ")[0] for line in found] == ["::warning"]


def test_blocked_tests_that_count_as_errors_are_not_annotated_each(phaserun):
    found = commands(phaserun("--phase-confirm=off", "--phase-blocked=fail"))

    assert not [line for line in found if "Atest_blocked" in line]


def test_no_more_is_annotated_than_is_shown():
    failures = [
        Failure(
            nodeid=f"test_{n}", kind="failed", path="a", line=1, message="", blocks=0
        )
        for n in range(30)
    ]

    assert len(list(annotate(failures))) == github.SHOWN_ANNOTATIONS


def test_files_outside_the_repository_keep_their_whole_path(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "elsewhere"))
    report = SimpleNamespace(
        nodeid="test_x.py::test_it",
        location=("test_x.py", 4, "test_it"),
        longrepr="text",
        longreprtext="text",
        when="call",
    )
    config: Any = SimpleNamespace(rootpath=tmp_path)
    record: Any = SimpleNamespace(blocked=[])

    (found,) = github.find_failures(config, {"failed": [report]}, record)

    assert (found.path, found.line) == ((tmp_path / "test_x.py").as_posix(), 5)
