"""The values that marks are read into.

They say which names a test depends on, not which tests those names mean; see
``names``.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import pytest

from ..model import Require, When

#: The name of our own dialect.
OWN = "phaserun"

#: Something that marks can stand on.
Node: TypeAlias = pytest.Item | pytest.Collector


class Reference(NamedTuple):
    """A name that a test depends on.

    :ivar owner: what the mark stands on: the test, its class or its module.
    :ivar dialect: whose rules tell what the name means.
    :ivar scope: where it is looked for, in dialects in which the mark says so.
    :ivar source: where the name stands, if not in a mark on ``owner``.
    :ivar parameters: of the tests that it means, those that have the dependent's own
        values of these are meant.
    :ivar is_optional: it is no mistake if no test has the name.
    """

    name: str
    owner: Node
    dialect: str = OWN
    scope: str = ""
    source: str | None = None
    parameters: tuple[str, ...] = ()
    is_optional: bool = False


class Need(NamedTuple):
    """What one mark asks of other tests.

    :ivar when: how they must end.
    :ivar require: whether all of them must, or one is enough.
    :ivar pulls_in: tests that were not selected run as well; otherwise the need counts
        among tests that run anyway.
    :ivar is_reversed: it is the others that need this test; for needs that pull
        nothing in.
    """

    references: tuple[Reference, ...]
    when: When = When.PASSED
    require: Require = Require.ALL
    pulls_in: bool = True
    is_reversed: bool = False


class Use(NamedTuple):
    """A resource that a test holds from its setup to the end of its teardown.

    :ivar is_shared: it may be used together with others that share it.
    :ivar units: how much of its capacity is taken; none by those that share it.
    """

    resource: str
    is_shared: bool = False
    units: int = 1


class Declaration(NamedTuple):
    """What the marks of one test say.

    :ivar ids: each explicit id with the node id of the object that was marked.
    :ivar names: what dialects other than our own call the test: the dialect, the scope
        in which the name holds, and the name.
    :ivar timeout: seconds, ``None`` if no mark says.
    :ivar alone: the mark that makes the test run alone.
    :ivar priority: tests of a lower one go first; as far as their needs allow.
    :ivar keeps_order: among others of this kind it keeps its place in the run, before
        tests without a priority; a priority of its own goes before.
    """

    ids: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, str, str], ...] = ()
    timeout: float | None = None
    needs: tuple[Need, ...] = ()
    uses: tuple[Use, ...] = ()
    alone: str | None = None
    priority: int = 0
    keeps_order: bool = False

    def join(self, other: Declaration) -> Declaration:
        """Return what both say; where only one can stand, it is that of ``self``."""
        if self is NOTHING or other is NOTHING:
            return other if self is NOTHING else self
        uses = {use.resource: use for use in (*other.uses, *self.uses)}
        return Declaration(
            ids=self.ids + other.ids,
            names=self.names + other.names,
            timeout=self.timeout if self.timeout is not None else other.timeout,
            needs=self.needs + other.needs,
            uses=tuple(uses.values()),
            alone=self.alone or other.alone,
            priority=self.priority or other.priority,
            keeps_order=self.keeps_order or other.keeps_order,
        )


#: What no mark says anything of.
NOTHING = Declaration()
