"""Random generators for every test, while pytest-randomly seeds them before each stage.

Beside others a test would draw from what another one has just seeded. The generators
of the process that the plugin seeds stand here for one of each test's own.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from .current import current_run
from .other_plugins import find_active

_MODULE = "pytest_randomly"

#: What the plugin seeds, by module. ``random._inst`` is behind the functions of that
#: module since ever; there is no public name for it. The others are of libraries that
#: make test data. What is not there, or is no plain generator, stays as it is.
_GENERATORS = {
    "random": "_inst",
    "factory.random": "randgen",
    "faker.generator": "random",
    "model_bakery.random_gen": "baker_random",
    "polyfactory.constants": "DEFAULT_RANDOM",
}

#: Functions of ``random`` that touch the state itself, and are bound to the generator
#: as its class had them at import; all others call these as methods.
STATE_FUNCTIONS = ("gauss", "getrandbits", "getstate", "random", "seed", "setstate")

_OF_NUMPY = """
    beta binomial bytes chisquare choice dirichlet exponential f gamma geometric
    get_state gumbel hypergeometric laplace logistic lognormal logseries multinomial
    multivariate_normal negative_binomial noncentral_chisquare noncentral_f normal
    pareto permutation poisson power rand randint randn random random_integers
    random_sample ranf rayleigh sample seed set_state shuffle standard_cauchy
    standard_exponential standard_gamma standard_normal standard_t triangular uniform
    vonmises wald weibull zipf
"""

#: Functions that draw from a generator that cannot be replaced: who calls them runs
#: alone where they are seeded.
SHARED_RANDOM: Mapping[str, frozenset[str]] = {
    "numpy.random": frozenset(_OF_NUMPY.split()),
}


def find_bound_functions() -> dict[str, object]:
    """Return what belongs to the generator of the process where it was imported.

    ``from random import random`` is not ``random.random``, which can be replaced.
    """
    names = (name for name in STATE_FUNCTIONS if hasattr(random, name))
    return {f"random.{name}": getattr(random, name) for name in names}


def seeds_every_test(config: pytest.Config) -> bool:
    """Tell whether pytest-randomly is active and seeds before each stage."""
    if find_active(config, _MODULE) is None:
        return False
    return bool(config.getoption("randomly_reset_seed", default=False))


class _RoutedRandom(random.Random):
    """A generator that stands for one of each test's own, beside others.

    Outside tests that run beside others it is the generator of the process.
    """

    def random(self) -> float:
        own = _find_own(self)
        return super().random() if own is None else own.random()

    def getrandbits(self, k: int, /) -> int:
        own = _find_own(self)
        return super().getrandbits(k) if own is None else own.getrandbits(k)

    def gauss(self, *arguments: Any, **keywords: Any) -> float:
        # Has a state besides, the second of the two numbers that it makes at a time.
        own = _find_own(self)
        gauss = super().gauss if own is None else own.gauss
        return gauss(*arguments, **keywords)

    def seed(self, *arguments: Any, **keywords: Any) -> None:
        own = _find_own(self)
        seed = super().seed if own is None else own.seed
        seed(*arguments, **keywords)

    def getstate(self) -> tuple[Any, ...]:
        own = _find_own(self)
        return super().getstate() if own is None else own.getstate()

    def setstate(self, state: tuple[Any, ...]) -> None:
        own = _find_own(self)
        if own is None:
            super().setstate(state)
        else:
            own.setstate(state)


def _find_own(shared: random.Random) -> random.Random | None:
    """Return the generator of the running test that stands behind a shared one."""
    run = current_run()
    if run is None:
        return None
    own = run.randoms.get(id(shared))
    if own is None:
        # Threads of one test may ask at once: they are given the same.
        own = run.randoms.setdefault(id(shared), random.Random())
    return own


@contextmanager
def routed_random(config: pytest.Config) -> Iterator[None]:
    """Give tests that run beside others generators of their own, if they are seeded."""
    if not seeds_every_test(config):
        yield
        return
    generators = list(_find_generators())
    names = [name for name in STATE_FUNCTIONS if name in vars(random)]
    functions = {name: vars(random)[name] for name in names}
    for generator in generators:
        generator.__class__ = _RoutedRandom
    if isinstance(getattr(random, "_inst", None), _RoutedRandom):
        inst = vars(random)["_inst"]
        vars(random).update((name, getattr(inst, name)) for name in names)
    try:
        yield
    finally:
        vars(random).update(functions)
        for generator in generators:
            generator.__class__ = random.Random


def _find_generators() -> Iterator[random.Random]:
    for name, attribute in _GENERATORS.items():
        found = getattr(sys.modules.get(name), attribute, None)
        if type(found) is random.Random:
            yield found
