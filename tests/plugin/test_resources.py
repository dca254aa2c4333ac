"""Resources: who holds one runs without the others, who shares one runs with them."""

from __future__ import annotations

import pytest

#: Sees from a fixture's setup to its teardown who is there together.
CONFTEST = """
    import threading

    import pytest

    HOLDERS = set()
    BOTH = threading.Barrier(2)

    def meet():
        BOTH.wait(20)

    @pytest.fixture
    def holds(request):
        assert not HOLDERS
        HOLDERS.add(request.node)
        yield
        assert HOLDERS == {request.node}
        HOLDERS.clear()

    @pytest.fixture
    def reads():
        assert not HOLDERS
        yield
        assert not HOLDERS
"""

IMPORTS = "import pytest\nfrom conftest import meet\n"


@pytest.fixture
def run(pytester, phaserun):
    """Run a file eight at once; nothing is run again alone."""

    def run(body, *arguments):
        pytester.makeconftest(CONFTEST)
        path = pytester.path / "test_it.py"
        path.write_text(IMPORTS + body)
        return phaserun("--phase-concurrency=8", "--phase-confirm=off", *arguments)

    return run


def test_who_holds_a_resource_is_the_only_one_from_setup_to_teardown(run):
    # Those beside them meet, so that it is not for want of a second place.
    result = run("""
@pytest.mark.resource("database")
@pytest.mark.parametrize("n", range(12))
def test_write(holds, n): ...

@pytest.mark.parametrize("n", range(4))
def test_other(n): meet()
""")

    result.assert_outcomes(passed=16)


def test_those_who_read_are_there_together(run):
    result = run("""
@pytest.mark.resource("database", mode="read")
@pytest.mark.parametrize("n", range(4))
def test_read(n): meet()
""")

    result.assert_outcomes(passed=4)


def test_those_who_write_and_those_who_read_are_not(run):
    result = run("""
@pytest.mark.parametrize("n", range(8))
class TestBoth:
    @pytest.mark.resource("database", mode="read")
    def test_read(self, reads, n): ...

    @pytest.mark.resource("database")
    def test_write(self, holds, n): ...
""")

    result.assert_outcomes(passed=16)


def test_different_resources_do_not_exclude_one_another(run):
    result = run("""
@pytest.mark.resource("database")
def test_database(): meet()

@pytest.mark.resource("disk")
def test_disk(): meet()
""")

    result.assert_outcomes(passed=2)


def test_resources_of_class_and_module_are_held_too(run):
    result = run("""
pytestmark = pytest.mark.resource("database")

@pytest.mark.resource("disk")
class TestDisk:
    @pytest.mark.parametrize("n", range(4))
    def test_both(self, holds, n): ...

@pytest.mark.parametrize("n", range(4))
def test_database(holds, n): ...
""")

    result.assert_outcomes(passed=8)


def test_use_of_a_test_goes_before_that_of_its_class(run):
    result = run("""
@pytest.mark.resource("database")
class TestDatabase:
    @pytest.mark.resource("database", mode="read")
    @pytest.mark.parametrize("n", range(4))
    def test_read(self, n): meet()
""")

    result.assert_outcomes(passed=4)


def test_resource_is_given_back_after_a_failure(run):
    result = run("""
@pytest.mark.resource("database")
@pytest.mark.parametrize("n", range(3))
def test_fails(n): assert 0

@pytest.mark.resource("database")
def test_setup(nonsense): ...

@pytest.mark.resource("database")
def test_write(holds): ...
""")

    result.assert_outcomes(passed=1, failed=3, errors=1)


def test_two_resources_in_either_order_lead_to_no_deadlock(run):
    result = run("""
@pytest.mark.resource("a")
@pytest.mark.resource("b")
@pytest.mark.parametrize("n", range(6))
def test_ab(holds, n): ...

@pytest.mark.resource("b")
@pytest.mark.resource("a")
@pytest.mark.parametrize("n", range(6))
def test_ba(holds, n): ...
""")

    result.assert_outcomes(passed=12)
