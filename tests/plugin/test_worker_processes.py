"""What a process knows of itself, and when there can be none."""

from __future__ import annotations

import pytest

from .test_processes import pytestmark, run

__all__ = ["pytestmark", "run"]


def test_tests_and_session_fixtures_learn_where_they_run(run):
    result = run(
        """
        import os, pytest

        @pytest.fixture(scope="session")
        def database(phaserun_slot, worker_id):
            return f"db{phaserun_slot}", worker_id

        @pytest.mark.parametrize("i", range(4))
        def test_it(i, database, phaserun_slot, request):
            assert os.environ["PHASERUN_SLOT"] == str(phaserun_slot)
            assert os.environ["PYTEST_XDIST_WORKER"] == f"gw{phaserun_slot}"
            assert os.environ["PYTEST_XDIST_WORKER_COUNT"] == "2"
            assert database == (f"db{phaserun_slot}", f"gw{phaserun_slot}")
            assert request.config.workerinput["workerid"] == database[1]
        """
    )

    result.assert_outcomes(passed=4)


def test_processes_have_folders_of_their_own_for_temporary_files(run):
    result = run(
        """
        import pytest

        @pytest.mark.parametrize("i", range(6))
        def test_it(i, tmp_path, tmp_path_factory, worker_id):
            assert tmp_path_factory.getbasetemp().name == f"popen-{worker_id}"
            assert not list(tmp_path.iterdir())
            (tmp_path / "file").touch()
        """
    )

    result.assert_outcomes(passed=6)


def test_conftest_prepares_each_process_and_puts_an_end_to_it(run, pytester):
    pytester.makeconftest(
        """
        import os

        def note(config, what, slot):
            (config.rootpath / f"{what}-{slot}-{os.getpid()}").touch()

        def pytest_phaserun_worker_started(config, slot):
            note(config, "started", slot)

        def pytest_phaserun_worker_stopping(config, slot):
            note(config, "stopping", slot)
        """
    )

    run(
        """
        import os, signal, pytest

        def test_crashes(): os.kill(os.getpid(), signal.SIGKILL)

        @pytest.mark.parametrize("i", range(4))
        def test_it(i, phaserun_slot, request):
            name = f"started-{phaserun_slot}-{os.getpid()}"
            assert (request.config.rootpath / name).exists()
        """
    ).assert_outcomes(passed=4, failed=1)

    started = {each.name.split("-", 1)[1] for each in pytester.path.glob("started-*")}
    stopped = {each.name.split("-", 1)[1] for each in pytester.path.glob("stopping-*")}
    assert len(started - stopped) == 1  # the one that was killed
    assert stopped < started


THREAD = """
import threading

gate = threading.Event()
threading.Thread(target=gate.wait, name="heartbeat", daemon=True).start()
"""


def test_process_with_more_threads_is_not_forked(run, pytester):
    pytester.makeconftest(THREAD)

    result = run("def test_it(): pass")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: --phase-executor process: 1 more thread runs in this process "
            "(heartbeat); install what takes the place of forks: pip install "
            "pytest-xdist"
        ]
    )


def test_workers_of_xdist_take_the_place_of_forks(run, pytester):
    pytest.importorskip("xdist")
    pytester.makeconftest(THREAD)

    result = run("def test_it(worker_id): assert worker_id == 'gw0'", "-p", "xdist")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "phaserun: workers of pytest-xdist, no forks: 1 more thread runs in this "
            "process (heartbeat)"
        ]
    )


def test_fork_asked_for_by_name_has_no_substitute(run, pytester):
    pytester.makeconftest(THREAD)

    result = run("def test_it(): pass", "--phase-executor=fork")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: --phase-executor fork: 1 more thread runs in this process "
            "(heartbeat); --phase-executor process takes workers of pytest-xdist then"
        ]
    )


def test_process_with_more_threads_after_collection_is_not_forked(run):
    result = run(f"{THREAD}\ndef test_it(): pass")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: --phase-executor process: 1 more thread runs in this process "
            "(heartbeat) after collection; start such threads in fixtures, or run with "
            "-n of pytest-xdist"
        ]
    )


def test_run_ends_when_no_process_can_take_the_place_of_a_lost_one(run, pytester):
    pytester.makeconftest(
        """
        import threading

        gate = threading.Event()

        def pytest_runtest_logreport(report):
            # Where reporting is done.
            if report.when == "call" and "test_first" in report.nodeid:
                thread = threading.Thread(target=gate.wait, name="late", daemon=True)
                thread.start()
        """
    )

    result = run(
        """
        import os, pytest

        def test_first(): pass

        @pytest.mark.depends_on("test_first")
        def test_crashes(): os._exit(1)

        @pytest.mark.depends_on("test_crashes", when="finished")
        def test_after(): pass
        """
    )

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*1 test not run*",
            "*no process can be started any more: 1 more thread runs in this process "
            "(late)*",
        ]
    )


@pytest.mark.parametrize("flag", ["-s", "-p no:capture"])
def test_no_capture_means_one_test_at_a_time_where_the_terminal_is(run, flag):
    result = run("def test_it(): print('seen')", *flag.split())

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [f"phaserun: one at a time because of {flag} with processes*", "*seen*"]
    )


def test_one_process_at_a_time_is_a_process_all_the_same(run):
    result = run(
        "import os\ndef test_crashes(): os._exit(3)\ndef test_other(): pass",
        "--phase-concurrency=1",
    )

    result.assert_outcomes(passed=1, failed=1)


def test_threads_know_their_place_as_well(pytester):
    pytester.makepyfile(
        """
        import threading, pytest

        both = threading.Barrier(2, timeout=30)
        seen = []

        @pytest.mark.parametrize("i", range(2))
        def test_at_once(i, phaserun_slot, worker_id):
            assert worker_id == "master"
            seen.append(phaserun_slot)
            both.wait()
            assert sorted(seen) == [0, 1]
        """
    )

    result = pytester.runpytest_subprocess(
        "--disable-plugin-autoload",
        *("-p", "phaserun", "--phase-concurrency=2"),
        timeout=60,
    )

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("name", "code"),
    [("shouldstop", pytest.ExitCode.INTERRUPTED), ("shouldfail", 1)],
)
def test_test_that_asks_the_session_to_stop_stops_the_run(run, name, code):
    result = run(
        f"""
        import pytest

        def test_asks(request):
            request.session.{name} = "enough of it"

        @pytest.mark.depends_on("test_asks")
        def test_after(): pass
        """
    )

    assert result.ret == code
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*! *enough of it !*"])


#: Each process keeps it up for the test that runs in the other one.
SHARED = """
    import os, time, pytest

    @pytest.fixture(scope="session")
    def shared():
        yield
        {end}

    @pytest.mark.parametrize("own, other", ["ab", "ba"])
    def test_uses_it(own, other, shared, request):
        folder = request.config.rootpath
        (folder / own).touch()
        give_up = time.monotonic() + 30
        while not (folder / other).exists():
            assert time.monotonic() < give_up
            time.sleep(0.01)
"""


def test_crash_in_the_last_teardown_is_an_error_of_the_last_test(run):
    result = run(SHARED.format(end="os._exit(7)"))

    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_uses_it*",
            "The process of the test ended itself with exit code 7",
        ]
    )


def test_hang_in_the_last_teardown_is_a_timeout_of_the_last_test(run):
    result = run(SHARED.format(end="time.sleep(600)"), "--phase-timeout=5")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "Timed out after 5 s in teardown of what tests share",
            "*test_*.py*, line 6 in shared",
            "*2 passed, 2 timeout in*",
        ]
    )


def test_worker_for_which_nothing_is_left_is_not_missed(run):
    result = run(
        """
        import pytest

        @pytest.mark.resource("db")
        @pytest.mark.parametrize("i", range(4))
        def test_it(i): pass
        """
    )

    result.assert_outcomes(passed=4)
