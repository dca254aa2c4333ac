"""Which fixture a name means, also to a test that asks for it while it runs."""

from __future__ import annotations


def test_overridden_fixtures_build_on_one_another(pytester, phaserun):
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def wide():
            return ["conftest"]

        @pytest.fixture
        def own():
            return ["conftest"]
        """
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def wide(wide):
            return [*wide, "module"]

        @pytest.fixture
        def own(own):
            return [*own, "module"]

        class TestInClass:
            @pytest.fixture
            def own(self, own, request):
                return [*own, request.node.name]

            @pytest.mark.parametrize("i", range(8))
            def test_one(self, i, own, wide):
                assert own == ["conftest", "module", f"test_one[{i}]"]
                assert wide == ["conftest", "module"]
        """
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(passed=8)


def test_fixtures_can_be_asked_for_while_a_test_runs(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import threading
        import pytest

        all_eight = threading.Barrier(8)

        @pytest.fixture(scope="session")
        def wide():
            LOG.append("up")
            yield object()
            LOG.append("down")

        @pytest.fixture
        def own(request):
            return request.node.name

        values = set()

        @pytest.mark.parametrize("i", range(8))
        def test_one(i, request):
            all_eight.wait(10)
            values.add(request.getfixturevalue("wide"))
            assert len(values) == 1
            assert request.getfixturevalue("own") == f"test_one[{i}]"
        """
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(passed=8)
    assert log() == ["up", "down"]


def test_unknown_fixture_asked_for_while_a_test_runs_is_a_lookup_error(
    pytester, phaserun
):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("i", range(4))
        def test_one(i, request):
            with pytest.raises(pytest.FixtureLookupError):
                request.getfixturevalue("nonsense")
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=4)


def test_fixtures_that_depend_on_fixtures_of_all_scopes_are_made_without_deadlock(
    pytester, phaserun
):
    # Two orders of the same two chains, asked for at once.
    pytester.makepyfile(
        """
        import threading
        import pytest

        all_eight = threading.Barrier(8)

        @pytest.fixture(scope="session")
        def root(): ...

        @pytest.fixture(scope="session")
        def left(root): ...

        @pytest.fixture(scope="session")
        def right(root): ...

        @pytest.fixture(scope="module")
        def both(left, right): ...

        @pytest.mark.parametrize("i", range(64))
        def test_one(i, request):
            all_eight.wait(10)
            names = ["left", "right", "both"]
            for name in names if i % 2 else reversed(names):
                request.getfixturevalue(name)
        """
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(passed=64)
