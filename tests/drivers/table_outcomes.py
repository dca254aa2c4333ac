"""How tests can end, by themselves and by what they depend on."""

from __future__ import annotations

from .scenario import Result, Scenario


def _chain_is_in_order(result: Result) -> None:
    assert result.lines_of("log") == ["a", "b", "c", "d"]


OUTCOMES = (
    Scenario(
        name="chain",
        files="""
            @depends_on("test_c")
            def test_d(): note("d")

            @depends_on("test_b")
            def test_c(): note("c")

            @depends_on("test_a")
            def test_b(): note("b")

            def test_a(): note("a")
        """,
        outcomes=dict.fromkeys(["test_a", "test_b", "test_c", "test_d"], "passed"),
        check=_chain_is_in_order,
    ),
    Scenario(
        name="failure",
        files="""
            def test_a(): assert 1 == 2

            @depends_on("test_a")
            def test_b(): pass

            @depends_on("test_b")
            def test_c(): pass

            @depends_on("test_a", when="finished")
            def test_after(): pass

            @depends_on("test_a", when="failed")
            def test_if_failed(): pass

            @depends_on("test_a", "test_after", require="any")
            def test_any(): pass

            def test_other(): pass
        """,
        outcomes={
            "test_a": "failed",
            "test_b": "skipped",
            "test_c": "skipped",
            "test_after": "passed",
            "test_if_failed": "passed",
            "test_any": "passed",
            "test_other": "passed",
        },
        says=(
            "*depends on failure/test_it.py::test_a (failed)",
            "*depends on *::test_b, blocked by failure/test_it.py::test_a (failed)",
        ),
    ),
    Scenario(
        name="errors",
        files="""
            @pytest.fixture
            def breaks(): raise ValueError("broken")

            @pytest.fixture
            def breaks_late():
                yield
                raise ValueError("broken late")

            def test_setup(breaks): pass

            def test_teardown(breaks_late): pass

            def test_both(breaks_late): assert 0

            @depends_on("test_setup")
            def test_after_setup(): pass

            @depends_on("test_teardown")
            def test_after_teardown(): pass
        """,
        outcomes={
            "test_setup": "error",
            "test_teardown": "error passed",
            "test_both": "error failed",
            "test_after_setup": "skipped",
            "test_after_teardown": "skipped",
        },
        says=("*::test_setup (error in setup)", "*::test_teardown (error in teardown)"),
    ),
    Scenario(
        name="skips",
        files="""
            @pytest.mark.skip(reason="not today")
            def test_mark(): pass

            @pytest.mark.skipif("sys.platform != 'nowhere'", reason="elsewhere")
            def test_condition(): pass

            def test_call(): pytest.skip("thought better of it")

            @pytest.fixture
            def absent(): pytest.skip("nothing there")

            def test_fixture(absent): pass

            @depends_on("test_call")
            def test_after(): pass
        """,
        outcomes=dict.fromkeys(
            ["test_mark", "test_condition", "test_call", "test_fixture", "test_after"],
            "skipped",
        ),
    ),
    Scenario(
        name="expected_failures",
        files="""
            @pytest.mark.xfail(reason="known")
            def test_fails(): assert 0

            @pytest.mark.xfail
            def test_passes(): pass

            @pytest.mark.xfail(strict=True)
            def test_passes_strictly(): pass

            @pytest.mark.xfail(raises=KeyError)
            def test_fails_otherwise(): raise ValueError

            @pytest.mark.xfail(run=False)
            def test_is_not_run(): os._exit(1)

            def test_says_so(): pytest.xfail("as known")

            @depends_on("test_fails")
            def test_after_failure(): pass

            @depends_on("test_passes")
            def test_after_pass(): pass
        """,
        outcomes={
            "test_fails": "xfailed",
            "test_passes": "xpassed",
            "test_passes_strictly": "failed",
            "test_fails_otherwise": "failed",
            "test_is_not_run": "xfailed",
            "test_says_so": "xfailed",
            "test_after_failure": "skipped",
            "test_after_pass": "passed",
        },
    ),
    Scenario(
        name="strange_failures",
        files="""
            class Odd(Exception):
                def __init__(self, lock): self.lock = lock
                def __reduce__(self): raise TypeError("cannot be pickled")
                def __str__(self): return "odd \\N{SNOWMAN} \\x00"

            def test_odd():
                raise Odd(lambda: None)

            def test_chained():
                try:
                    raise Odd("strange_failures/")
                except Odd as error:
                    raise RuntimeError("because") from error

            def test_bytes():
                assert {b"a": object} == {b"b": object}

            def test_long():
                assert "x" * 70000 == "y"

            def test_fails(): pytest.fail("strange_failures/ plainly", pytrace=False)
        """,
        outcomes=dict.fromkeys(
            ["test_odd", "test_chained", "test_bytes", "test_long", "test_fails"],
            "failed",
        ),
        # Where the cause was raised, and the whole text of the failure.
        says=('> *raise Odd("strange_failures/")', "strange_failures/ plainly"),
    ),
)
