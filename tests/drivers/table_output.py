"""What tests write and record, and where that is shown."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from .scenario import Result, Scenario


def _has_own_sections(result: Result) -> None:
    """Check that each failing test is shown with what it wrote, and nothing else."""
    failures = result.output.partition("= FAILURES =")[2].partition("= PASSES =")[0]
    parts = re.split(r"^_+ test_it\[(\d)\] _+$", failures, flags=re.MULTILINE)
    numbers, texts = parts[1::2], parts[2::2]
    assert sorted(numbers) == list("012345")
    for number, text in zip(numbers, texts, strict=True):
        for stage in ("setup", "call", "teardown"):
            for stream in ("stdout", "stderr", "log"):
                _, found, rest = text.partition(f" Captured {stream} {stage} -")
                assert found
                section = rest.partition("\n")[2].partition("\n---")[0]
                said = re.findall(r"\w+ \w+ of (\d)", section)
                assert section.splitlines()[0].endswith(f"{stage} {stream} of {number}")
                assert set(said) == {number}


def _read_cases(result: Result) -> dict[str, ElementTree.Element]:
    root = ElementTree.parse(result.folder / "junit.xml")
    cases = [*root.iter("testcase")]
    found = {case.attrib["name"]: case for case in cases}
    assert len(found) == len(cases)
    return found


def _junit_has_all(result: Result) -> None:
    found = _read_cases(result)
    ends = ("failure", "error", "skipped")
    kinds = {x: [y.tag for y in case if y.tag in ends] for x, case in found.items()}
    assert kinds == {
        "test_passes": [],
        "test_fails": ["failure"],
        "test_is_blocked": ["skipped"],
        "test_breaks": ["error"],
        "test_skipped": ["skipped"],
        "test_hangs": ["failure"],
    }
    passes, hangs = found["test_passes"], found["test_hangs"].find("failure")
    assert "in the test" in (passes.findtext("system-out") or "")
    assert "as well" in (passes.findtext("system-err") or "")
    properties = [each.attrib for each in passes.iter("property")]
    assert {"name": "key", "value": "value"} in properties
    assert hangs is not None
    assert hangs.attrib["type"] == "timeout"
    assert hangs.attrib["message"].startswith("Timed out after 0.3 s in call")
    suite = ElementTree.parse(result.folder / "junit.xml").getroot()[0]
    counts = {key: suite.attrib[key] for key in ("tests", "failures", "errors")}
    assert counts == {"tests": "6", "failures": "2", "errors": "1"}


def _hooks_are_called_once(result: Result) -> None:
    changed = [f"{stage} test_changed" for stage in ("setup", "call", "teardown")]
    blocked = ["setup None", "teardown None"]
    assert result.lines_of("log") == [*changed, *blocked, "finish 1"]


OUTPUT = (
    Scenario(
        name="capture_fixtures",
        files="""
            import logging
            import subprocess
            import warnings

            @several
            def test_capsys(n, capsys):
                print("out", n)
                assert capsys.readouterr().out == f"out {n}\\n"

            @several
            def test_capfd(n, capfd):
                os.write(1, b"low")
                subprocess.run(["sh", "-c", "echo child"], check=True)
                assert capfd.readouterr().out == "lowchild\\n"

            @several
            def test_caplog(n, caplog):
                with caplog.at_level("INFO"):
                    logging.getLogger("it").info("message %d", n)
                assert caplog.messages == [f"message {n}"]

            @several
            def test_recwarn(n, recwarn):
                warnings.warn(f"warning {n}")
                assert [str(each.message) for each in recwarn] == [f"warning {n}"]

            def test_warns():
                with pytest.warns(UserWarning, match="here"):
                    warnings.warn("here")

            @pytest.mark.filterwarnings("error")
            def test_as_errors(): warnings.warn("counts")
        """,
        outcomes={
            **{
                f"test_{name}[{n}]": "passed"
                for name in ("capsys", "capfd", "caplog", "recwarn")
                for n in range(6)
            },
            "test_warns": "passed",
            "test_as_errors": "failed",
        },
    ),
    Scenario(
        name="sections",
        files="""
            import logging, sys

            def say(stage, n):
                print(f"{stage} stdout of {n}")
                print(f"{stage} stderr of {n}", file=sys.stderr)
                logging.getLogger("it").warning("%s log of %s", stage, n)

            @pytest.fixture
            def loud(n):
                say("setup", n)
                yield
                say("teardown", n)

            @several
            def test_it(n, loud):
                say("call", n)
                assert 0
        """,
        code=1,
        outcomes={f"test_it[{n}]": "failed" for n in range(6)},
        check=_has_own_sections,
    ),
    Scenario(
        name="warnings_summary",
        files="""
            import warnings

            class Own(UserWarning):
                pass

            @several
            def test_it(n): warnings.warn(Own("of our own"))

            def test_other(): warnings.warn("of another", DeprecationWarning)
        """,
        code=0,
        outcomes={
            "test_other": "passed",
            **{f"test_it[{n}]": "passed" for n in range(6)},
        },
        says=(
            "*warnings summary*",
            "*Own: of our own",
            "*DeprecationWarning: of another",
            "*7 passed, 7 warnings in *",
        ),
    ),
    Scenario(
        name="junit",
        files="""
            import sys

            def test_passes(record_property):
                record_property("key", "value")
                print("in the test")
                print("as well", file=sys.stderr)

            def test_fails():
                print("before")
                assert 0

            @depends_on("test_fails")
            def test_is_blocked(): pass

            @pytest.fixture
            def broken(): raise ValueError

            def test_breaks(broken): pass

            @pytest.mark.skip(reason="no")
            def test_skipped(): pass

            @task(timeout=0.3)
            def test_hangs():
                print("hanging", flush=True)
                while True:
                    time.sleep(0.01)
        """,
        arguments=(
            "--junit-xml={made}/junit.xml",
            "-ojunit_family=xunit1",
            "-ojunit_logging=all",
        ),
        code=1,
        outcomes={
            "test_passes": "passed",
            "test_fails": "failed",
            "test_is_blocked": "skipped",
            "test_breaks": "error",
            "test_skipped": "skipped",
            "test_hangs": "timeout",
        },
        check=_junit_has_all,
    ),
    Scenario(
        name="durations",
        files="""
            @pytest.fixture
            def slow(): time.sleep(0.05)

            def test_it(slow): pass

            def test_other(): time.sleep(0.05)
        """,
        arguments=("--durations=2", "--durations-min=0.04"),
        code=0,
        outcomes={"test_it": "passed", "test_other": "passed"},
        says=("*s setup * test_it.py::test_it", "*s call * test_it.py::test_other"),
    ),
    Scenario(
        name="hooks",
        files={
            "conftest.py": """
                @pytest.hookimpl(wrapper=True)
                def pytest_runtest_makereport(item, call):
                    report = yield
                    report.mood = item.name
                    if report.when == "call" and item.name == "test_changed":
                        report.outcome = "failed"
                        report.longrepr = "changed by a hook"
                    return report

                class Noting:
                    def pytest_runtest_logreport(self, report):
                        note(f"{report.when} {getattr(report, 'mood', None)}")

                    def pytest_sessionfinish(self, exitstatus):
                        note(f"finish {int(exitstatus)}")

                def pytest_configure(config):
                    if not hasattr(config, "workerinput"):
                        config.pluginmanager.register(Noting())
            """,
            "test_it.py": """
                def test_changed(): pass

                @depends_on("test_changed")
                def test_after(): pass
            """,
        },
        code=1,
        outcomes={"test_changed": "failed", "test_after": "skipped"},
        says=("changed by a hook",),
        check=_hooks_are_called_once,
    ),
)
