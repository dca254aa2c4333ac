"""Eight tests at once and the values of their fixtures: whose, how many, until when.

pytest keeps one value in each definition of a fixture, whoever uses it. Every inner
test meets the seven others while its values are up.
"""

from __future__ import annotations

import pytest

from .meeting import EightAtOnce


@pytest.fixture
def at_once(pytester, phaserun):
    """Run inner tests, eight at once."""
    return EightAtOnce(pytester, phaserun)


# Whose value


def test_value_of_a_test_outlives_the_end_of_another_test(at_once):
    # Hazard: the end of one test tears down the value that the definition holds, which
    # is that of another test.
    result = at_once(
        """
        ended = threading.Event()

        @pytest.fixture
        def own(request):
            value = {"of": request.node.name, "is_up": True}
            yield value
            value["is_up"] = False
            LOG.append(value["of"])
            if value["of"] == "test_it[0]":
                ended.set()

        @eight
        def test_it(i, own, request):
            meet()
            if i:
                assert ended.wait(10)
            assert own == {"of": f"test_it[{i}]", "is_up": True}
            assert request.getfixturevalue("own") is own
        """
    )

    result.assert_outcomes(passed=8)
    assert at_once.log()[0] == "test_it[0]"
    assert sorted(at_once.log()) == [f"test_it[{i}]" for i in range(8)]


@pytest.mark.parametrize("scope", ["class", "module"])
def test_one_definition_has_a_value_for_each_of_eight_nodes(at_once, scope):
    # Hazard: a definition of a conftest file has room for one value, and eight classes
    # or modules want theirs at the same time.
    source = """
        class Test{n}:
            def test_it(self, wide):
                meet()
                assert wide["node"].endswith("{n}{suffix}")
                assert wide["is_up"]
    """
    suffix = ".py" if scope == "module" else ""
    conftest = f"""
        @pytest.fixture(scope="{scope}")
        def wide(request):
            meet()
            value = {{"node": request.node.name, "is_up": True}}
            yield value
            meet()
            value["is_up"] = False
            LOG.append(value["node"])
    """

    result = at_once(
        {f"test_{n}.py": source.format(n=n, suffix=suffix) for n in range(8)},
        conftest=conftest,
    )

    result.assert_outcomes(passed=8)
    nodes = [f"test_{n}.py" if suffix else f"Test{n}" for n in range(8)]
    assert sorted(at_once.log()) == nodes


def test_package_fixture_has_one_value_for_the_package_that_defines_it(at_once):
    # Hazard: the node of a package's fixture is not the package of the test, but the
    # one of the conftest file, subpackages included.
    conftest = """
        @pytest.fixture(scope="package")
        def wide(request):
            LOG.append("{package} up")
            yield {{"of": "{package}"}}
            LOG.append("{package} down")
    """
    module = """
        seen = {{}}

        @pytest.mark.parametrize("i", range(2))
        def test_it(i, wide):
            meet()
            VALUES.append(wide)
            meet()
            assert wide == {{"of": "{package}"}}
            mine = [value for value in VALUES if value == wide]
            assert len(mine) == 4
            assert all(value is wide for value in mine)
    """
    files = {}
    for package in ("a", "b"):
        files[f"{package}/conftest.py"] = conftest.format(package=package)
        for folder in (package, f"{package}/sub"):
            files[f"{folder}/__init__.py"] = ""
            files[f"{folder}/test_it.py"] = module.format(package=package)

    result = at_once(files, conftest="import meeting; meeting.VALUES = []")

    result.assert_outcomes(passed=8)
    assert sorted(at_once.log()) == ["a down", "a up", "b down", "b up"]


def test_class_fixture_of_a_plain_function_is_its_own(at_once):
    # Hazard: a function outside any class is itself the node of such a fixture; kept
    # for the module, it would be shared.
    result = at_once(
        """
        @pytest.fixture(scope="class")
        def wide(request):
            value = [request.node.name]
            yield value
            name, number = value
            LOG.append(f"{name} had {number}")

        @eight
        def test_it(i, wide):
            meet()
            wide.append(i)
            meet()
            assert wide == [f"test_it[{i}]", i]
        """
    )

    result.assert_outcomes(passed=8)
    assert sorted(at_once.log()) == [f"test_it[{i}] had {i}" for i in range(8)]


# Parameters

#: The definition and the mark that give a wide fixture its parameters.
PARAMETERS = {
    "params": ('scope="session", params=["a", "b"]', ""),
    "mark with a wider scope": (
        "",
        '@pytest.mark.parametrize("wide", ["a", "b"], indirect=True, scope="module")',
    ),
    "mark with a narrower scope": (
        'scope="session"',
        '@pytest.mark.parametrize("wide", ["a", "b"], indirect=True, scope="class")',
    ),
}


@pytest.mark.parametrize(("definition", "mark"), PARAMETERS.values(), ids=PARAMETERS)
def test_eight_tests_share_a_parameter_and_none_sees_the_other(
    at_once, definition, mark
):
    # Hazard: a test that wants another parameter tears the value down that a running
    # test uses. The scope is that of the mark, where a mark gives one. Of the first
    # parameter there are four tests, so that four places are free for the other.
    result = at_once(
        f"""
        up = []
        meetings = {{"a": threading.Barrier(4), "b": threading.Barrier(8)}}

        @pytest.fixture({definition})
        def wide(request):
            up.append(request.param)
            yield request.param
            up.remove(request.param)
            LOG.append(request.param)

        class TestIt:
            {mark}
            @eight
            def test_it(self, i, wide):
                for _ in range(10):
                    meetings[wide].wait(10)
                    assert up == [wide]
        """,
        conftest="""
        def pytest_collection_modifyitems(items):
            items[:] = [item for item in items if not is_one_too_many(item)]

        def is_one_too_many(item):
            params = item.callspec.params
            return params["wide"] == "a" and params["i"] >= 4
        """,
    )

    result.assert_outcomes(passed=12)
    assert sorted(at_once.log()) == ["a", "b"]


def test_tests_without_a_parameter_do_not_overlap_those_that_give_one(at_once):
    # Hazard: for pytest no parameter is one more of them, so that a test without any
    # tears down what others have given one to, and what was built of it.
    result = at_once(
        """
        up = []
        meetings = {"given": threading.Barrier(4), "plain": threading.Barrier(8)}

        @pytest.fixture(scope="module")
        def wide(request):
            value = getattr(request, "param", "plain")
            up.append(value)
            yield value
            up.remove(value)

        @pytest.fixture(scope="module")
        def built(wide):
            up.append(f"of {wide}")
            yield wide
            up.remove(f"of {wide}")
            LOG.append(wide)

        @pytest.mark.parametrize("wide", ["given"], indirect=True)
        @pytest.mark.parametrize("i", range(4))
        def test_given(i, built):
            check(built, "given")

        @eight
        def test_plain(i, built):
            check(built, "plain")

        def check(found, value):
            for _ in range(10):
                meetings[value].wait(10)
                assert found == value
                assert up == [value, f"of {value}"]
        """
    )

    result.assert_outcomes(passed=12)
    assert sorted(at_once.log()) == ["given", "plain"]


def test_parameter_that_does_not_equal_itself_is_never_shared(at_once):
    # Hazard: pytest reuses a value for an equal parameter and makes it anew for every
    # other; for NaN each test tears down the value of the one before.
    result = at_once(
        """
        next_one = threading.Event()

        @pytest.fixture(scope="module", params=[float("nan")])
        def wide(request):
            value = {"is_up": True}
            yield value
            value["is_up"] = False
            LOG.append("down")
            next_one.set()

        @eight
        def test_it(i, wide):
            # The first of them gives a test beside it the time to do harm.
            if "down" not in LOG:
                assert not next_one.wait(0.2)
            assert wide["is_up"]
        """
    )

    result.assert_outcomes(passed=8)
    assert at_once.log() == ["down"] * 8


def test_mark_with_function_scope_gives_eight_tests_their_own_values(at_once):
    # Hazard: the scope of the definition would make one value of eight.
    result = at_once(
        """
        @pytest.fixture(scope="session")
        def wide(request):
            meet()
            return [request.param]

        @pytest.mark.parametrize("wide", range(8), indirect=True, scope="function")
        def test_it(wide, request):
            meet()
            assert wide == [request.node.callspec.params["wide"]]
        """
    )

    result.assert_outcomes(passed=8)


def test_parameters_of_eight_modules_are_up_at_once(at_once):
    # Hazard: one definition holds one parameter, though modules do not share it.
    source = """
        @pytest.mark.parametrize("wide", ["{letter}"], indirect=True)
        def test_it(wide):
            meet()
            assert wide == "test_{n} {letter}"
            meet()
    """
    conftest = """
        @pytest.fixture(scope="module")
        def wide(request):
            yield f"{request.path.stem} {request.param}"
            LOG.append(request.path.stem)
    """

    result = at_once(
        {f"test_{n}.py": source.format(n=n, letter="ab"[n % 2]) for n in range(8)},
        conftest=conftest,
    )

    result.assert_outcomes(passed=8)
    assert sorted(at_once.log()) == [f"test_{n}" for n in range(8)]


# Fixtures that override others


def test_overriding_fixtures_of_eight_tests_build_on_values_of_their_own(at_once):
    # Hazard: which definition a name means depends on the place in the chain of those
    # that override one another; a copy of the wrong one gives the value of another.
    result = at_once(
        """
        @pytest.fixture(scope="module")
        def wide(wide):
            LOG.append("module up")
            yield [*wide, "module"]
            LOG.append("module down")

        @pytest.fixture
        def own(own, wide):
            meet()
            return [*own, "module"]

        class TestIt:
            @pytest.fixture
            def own(self, own, request):
                meet()
                return [*own, request.node.name]

            @eight
            def test_it(self, i, own, wide):
                meet()
                assert own == ["conftest", f"test_it[{i}]", "module", f"test_it[{i}]"]
                assert wide == ["conftest", "module"]
        """,
        conftest="""
        @pytest.fixture(scope="session")
        def wide():
            LOG.append("conftest up")
            yield ["conftest"]
            LOG.append("conftest down")

        @pytest.fixture
        def own(request):
            meet()
            return ["conftest", request.node.name]
        """,
    )

    result.assert_outcomes(passed=8)
    assert at_once.log() == ["conftest up", "module up", "module down", "conftest down"]


def test_parameters_of_a_test_override_a_wide_fixture_for_it_alone(at_once):
    # Hazard: values given directly stand in definitions that pytest makes for a whole
    # module and shares between its tests.
    result = at_once(
        """
        @pytest.fixture(scope="module")
        def wide():
            return "wide"

        @pytest.fixture
        def uses(wide):
            meet()
            return wide

        @pytest.mark.parametrize("wide", range(4))
        def test_own(wide, uses, request):
            meet()
            assert wide == uses == request.node.callspec.params["wide"]

        @pytest.mark.parametrize("i", range(4))
        def test_other(i, wide, uses):
            meet()
            assert wide == uses == "wide"
        """
    )

    result.assert_outcomes(passed=8)


def test_wide_fixture_with_a_checker_as_its_parameter_is_made_once(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        made = []

        @pytest.fixture(scope="module", params=[pytest.raises(ValueError)])
        def expected(request):
            made.append(request.param)
            return request.param

        @pytest.mark.parametrize("n", range(4))
        def test_it(n, expected): pass

        @pytest.mark.depends_on("test_it")
        def test_after():
            assert len(made) == 1
        """
    )

    phaserun().assert_outcomes(passed=5)


def test_checker_that_is_a_parameter_serves_eight_tests_at_once(eight):
    result = eight(
        """
        import warnings

        @pytest.mark.parametrize("expected", [pytest.raises(ValueError)])
        @pytest.mark.parametrize("warned", [pytest.warns(UserWarning)])
        @eight
        def test_it(n, expected, warned):
            with expected as found, warned as seen:
                meet()
                warnings.warn(f"warning {n}")
                meet()
                raise ValueError(n)
            meet()
            assert found.value.args == (n,)
            assert [str(each.message) for each in seen] == [f"warning {n}"]
        """
    )
    result.assert_outcomes(passed=8)
