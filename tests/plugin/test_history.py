"""What runs keep of how long tests take, where, and when not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .reading import errors

NAMES = ["test_x.py::test_a", "test_x.py::test_b"]


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    pytester.makeini("[pytest]\n")
    pytester.makepyfile(test_x="def test_a(): ...\ndef test_b(): ...")
    return pytester.path


def cached(folder: Path) -> dict[str, list[float]]:
    path = folder / ".pytest_cache" / "v" / "phaserun" / "durations"
    if not path.exists():
        return {}
    found: dict[str, list[float]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def put(folder: Path, **tests: list[float]) -> Path:
    path = folder / "history.json"
    names = {f"test_x.py::test_{name}": times for name, times in tests.items()}
    path.write_text(json.dumps({"version": 1, "tests": names}), encoding="utf-8")
    return path


def kept(path: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = json.loads(path.read_text(encoding="utf-8"))[
        "tests"
    ]
    return found


def test_times_of_the_stages_are_kept(folder, phaserun):
    phaserun()

    found = cached(folder)
    assert sorted(found) == NAMES
    assert all(len(times) == 3 for times in found.values())


def test_what_did_not_pass_is_not_kept(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import pytest

        def test_a(): ...

        def test_fails(): assert False

        def test_skips(): pytest.skip()
        """
    )

    phaserun()

    assert list(cached(pytester.path)) == ["test_x.py::test_a"]


def test_time_of_a_fixture_is_kept_as_setup(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import time
        import pytest

        @pytest.fixture
        def slow():
            time.sleep(0.05)
            yield

        def test_a(slow): ...
        """
    )

    phaserun()

    setup, call, _ = cached(pytester.path)["test_x.py::test_a"]
    # It slept that long at the least.
    assert setup >= 0.05
    assert call >= 0.0


def test_without_the_cache_nothing_is_kept(folder, phaserun):
    result = phaserun("-p", "no:cacheprovider")

    result.assert_outcomes(passed=2)
    assert cached(folder) == {}


def test_clearing_the_cache_forgets_what_was_and_keeps_what_comes(folder, phaserun):
    phaserun()

    plan = phaserun("--phase-plan", "--cache-clear")
    plan.stdout.fnmatch_lines(["how long it takes is not known yet*"])
    phaserun("--cache-clear", "-k", "test_b")

    assert list(cached(folder)) == NAMES[1:]


def test_part_of_a_split_keeps_nothing(folder, phaserun):
    path = put(folder, a=[0.0, 1.0, 0.0])
    before = path.read_bytes()

    phaserun("--phase-shard=1/2")
    phaserun("--phase-shard=1/2", f"--phase-history={path}")

    assert cached(folder) == {}
    assert path.read_bytes() == before


def test_worker_of_xdist_keeps_nothing(folder, pytester, phaserun):
    pytester.makeconftest("def pytest_configure(config): config.workerinput = {}")
    path = put(folder, a=[0.0, 1.0, 0.0])
    before = path.read_bytes()

    phaserun()
    phaserun(f"--phase-history={path}")

    assert cached(folder) == {}
    assert path.read_bytes() == before


# Tests that are gone


def test_test_that_is_gone_is_forgotten(folder, pytester, phaserun):
    phaserun()
    pytester.makepyfile(test_x="def test_a(): ...")

    phaserun()

    assert list(cached(folder)) == NAMES[:1]


def test_test_that_was_not_selected_is_not_gone(folder, phaserun):
    phaserun()

    phaserun("-k", "test_a")
    phaserun(NAMES[0])
    phaserun("--deselect", NAMES[1])

    assert sorted(cached(folder)) == NAMES


def test_tests_of_a_file_that_is_gone_are_forgotten_by_any_run(folder, phaserun):
    path = put(folder, a=[0.0, 1.0, 0.0])
    found = json.loads(path.read_text(encoding="utf-8"))
    found["tests"]["test_gone.py::test_a"] = [0.0, 1.0, 0.0]
    path.write_text(json.dumps(found), encoding="utf-8")

    phaserun(f"--phase-history={path}", NAMES[0])

    assert list(kept(path)) == NAMES[:1]


def test_tests_of_a_file_that_was_not_collected_are_not_gone(folder, phaserun):
    phaserun()

    (folder / "test_y.py").write_text("def test_c(): ...\n", encoding="utf-8")
    phaserun("test_y.py")
    phaserun("--ignore=test_x.py")

    assert sorted(cached(folder)) == [*NAMES, "test_y.py::test_c"]


def test_tests_of_a_file_that_cannot_be_imported_now_are_not_gone(
    folder, pytester, phaserun
):
    phaserun()
    pytester.makepyfile(
        test_x="import nothing_of_that_name", test_y="def test_c(): ..."
    )

    phaserun("--continue-on-collection-errors")

    assert sorted(cached(folder)) == [*NAMES, "test_y.py::test_c"]


def test_tests_that_come_up_twice_are_kept_apart(folder, phaserun):
    phaserun("--keep-duplicates", "test_x.py", "test_x.py")
    phaserun()

    numbered = sorted([*NAMES, *(f"{name} #2" for name in NAMES)])
    assert sorted(cached(folder)) == numbered


# A file of one's own


def test_file_that_is_missing_is_made(folder, phaserun):
    path = folder / "history.json"

    result = phaserun(f"--phase-history={path}")

    result.assert_outcomes(passed=2)
    assert list(kept(path)) == NAMES
    assert cached(folder) == {}


def test_file_is_read_and_written(folder, phaserun):
    path = put(folder, a=[0.0, 1.0, 0.0], b=[0.0, 1.0, 0.0])

    phaserun(f"--phase-history={path}", "-p", "no:cacheprovider")

    assert kept(path)["test_x.py::test_a"][1] == pytest.approx(0.8, abs=0.01)


def test_file_decides_what_goes_first(folder, phaserun):
    path = put(folder, a=[0.0, 1.0, 0.0], b=[0.0, 2.0, 0.0])

    plan = phaserun("--phase-plan", f"--phase-history={path}")

    plan.stdout.fnmatch_lines([f"critical path: 1 test, 2.00 s: {NAMES[1]}"])


def test_relative_file_is_that_of_the_directory_of_the_start(folder, phaserun):
    phaserun("--phase-history=kept.json")

    assert list(kept(folder / "kept.json")) == NAMES


@pytest.mark.parametrize("option", ["--phase-plan", "-v"])
def test_broken_file_is_a_mistake_told_before_anything_else(folder, phaserun, option):
    path = folder / "history.json"
    path.write_text("[]", encoding="utf-8")

    result = phaserun(option, f"--phase-history={path}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert errors(result) == [
        f"--phase-history: {path} holds no durations of tests; remove it to begin anew"
    ]
    assert path.read_text(encoding="utf-8") == "[]"


def test_plan_keeps_nothing(folder, phaserun):
    phaserun("--phase-plan", "--phase-history=kept.json")

    assert not (folder / "kept.json").exists()


def test_file_that_cannot_be_written_in_the_end_is_told(folder, pytester, phaserun):
    (folder / "sub").mkdir()
    pytester.makepyfile(
        test_x="""
        import pathlib

        def test_a():
            pathlib.Path("sub").rename("gone")
        """
    )

    result = phaserun("--phase-history=sub/kept.json")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["phaserun: history not written to *: No such file or directory"]
    )
