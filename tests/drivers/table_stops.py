"""What ends a run early, and what keeps it from beginning."""

from __future__ import annotations

from .scenario import Scenario

#: Of these, each starts after the one before it has ended.
STEPS = """
    after = lambda name: depends_on(name, when="finished")

    def test_a(): pass

    @after("test_a")
    def test_b(): assert 0

    @after("test_b")
    def test_c(): assert 0

    @after("test_c")
    def test_d(): pass
"""


def _ends_by(statement: str) -> str:
    return f"""
        def test_a(): pass

        @depends_on("test_a")
        def test_b(): {statement}

        @depends_on("test_b", when="finished")
        def test_c(): pass
    """


FAILS_BESIDE_OTHERS = """
    def test_a():
        (HERE / "a").touch()
        wait_for("b")

    def test_b():
        wait_for("a")
        again = (HERE / "b").exists()
        (HERE / "b").touch()
        assert again
"""

STOPS = (
    Scenario(
        name="first_failure",
        files=STEPS,
        arguments=("-x",),
        code=1,
        outcomes={"test_a": "passed", "test_b": "failed"},
        says=("*stopping after 1 failures*", "*2 tests not run*"),
    ),
    Scenario(
        name="second_failure",
        files=STEPS,
        arguments=("--maxfail=2",),
        code=1,
        outcomes={"test_a": "passed", "test_b": "failed", "test_c": "failed"},
        says=("*stopping after 2 failures*",),
    ),
    Scenario(
        name="exit_in_a_test",
        files=_ends_by('pytest.exit("enough", returncode=7)'),
        code=7,
        outcomes={"test_a": "passed"},
        says=("*Exit: enough*",),
    ),
    Scenario(
        name="interrupt_in_a_test",
        files=_ends_by('raise KeyboardInterrupt("mine")'),
        code=2,
        outcomes={"test_a": "passed"},
        says=("*KeyboardInterrupt*",),
    ),
    Scenario(
        name="hook_ends_the_run",
        files={
            "conftest.py": """
                def pytest_runtest_logreport(report):
                    if report.failed and SESSION:
                        SESSION[0].shouldstop = "seen enough"

                SESSION = []

                def pytest_sessionstart(session):
                    if not hasattr(session.config, "workerinput"):
                        SESSION.append(session)
            """,
            "test_it.py": STEPS,
        },
        code=2,
        outcomes={"test_a": "passed", "test_b": "failed"},
        # It may begin before the failure has been reported.
        perhaps=("test_c",),
        says=("*seen enough*",),
    ),
    Scenario(
        name="blocked_fail",
        files="""
            def test_a(): assert 0

            @depends_on("test_a")
            def test_b(): pass
        """,
        arguments=("--phase-blocked=fail",),
        code=1,
        outcomes={"test_a": "failed", "test_b": "error"},
    ),
    Scenario(
        name="confirmed",
        files=FAILS_BESIDE_OTHERS,
        code=0,
        outcomes={"test_a": "passed", "test_b": "passed"},
        says=("*PASSED ONLY ALONE*",),
    ),
    Scenario(
        name="confirmed_with_subtests",
        files="""
            def test_a():
                (HERE / "a").touch()
                wait_for("b")

            def test_b(subtests):
                wait_for("a")
                with subtests.test("again"):
                    try:
                        assert (HERE / "b").exists()
                    finally:
                        (HERE / "b").touch()
        """,
        code=0,
        outcomes={"test_a": "passed", "test_b": "passed"},
        says=("*PASSED ONLY ALONE*",),
        needs=("_pytest.subtests",),
    ),
    Scenario(
        name="unconfirmed",
        files=FAILS_BESIDE_OTHERS,
        arguments=("--phase-confirm=off",),
        code=1,
        outcomes={"test_a": "passed", "test_b": "failed"},
    ),
    Scenario(
        name="strict",
        files=FAILS_BESIDE_OTHERS,
        arguments=("--phase-strict",),
        code=1,
        outcomes={"test_a": "passed", "test_b": "failed"},
    ),
    Scenario(
        name="circle",
        files="""
            @depends_on("test_b")
            def test_a(): pass

            @depends_on("test_a")
            def test_b(): pass
        """,
        code=4,
        outcomes={},
        says=("ERROR: *test_a*test_b*",),
    ),
    Scenario(
        name="unknown_name",
        files="""
            def test_login(): pass

            @depends_on("test_logn")
            def test_b(): pass
        """,
        code=4,
        outcomes={},
        says=("ERROR: *test_logn*test_login*",),
    ),
    Scenario(
        name="collection_error",
        files={"test_it.py": "def test_a(): pass", "test_bad.py": "import nowhere"},
        code=2,
        outcomes={"test_bad.py": "error"},
        says=("*ModuleNotFoundError*",),
    ),
    Scenario(
        name="goes_on_after_collection_error",
        files={"test_it.py": "def test_a(): pass", "test_bad.py": "import nowhere"},
        arguments=("--continue-on-collection-errors",),
        code=1,
        outcomes={"test_a": "passed", "test_bad.py": "error"},
    ),
    Scenario(
        name="no_tests",
        files="def test_a(): pass",
        arguments=("-k", "nothing"),
        code=5,
        outcomes={},
    ),
)
