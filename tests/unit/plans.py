"""Random plans of runs: graphs of all kinds, limits, outcomes, orders of ends."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from pytest_phaserun.dispatch import Dispatcher
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Claim, Dependency, Require, Schedule, Task, When

#: The things of which units are claimed, and how many there are; the others have none.
CAPACITIES = {"pool": 4, "table": 1, "disk": 2}


@dataclass(frozen=True)
class Plan:
    """All that decides what happens in a run.

    :ivar choices: what is decided when there is a choice, 0 when they have run out.
    """

    tasks: tuple[Task, ...]
    concurrency: int
    schedule: Schedule
    timeout: float
    max_fail: int
    choices: tuple[int, ...]
    affinity: bool = False

    @property
    def slots(self) -> list[int | None]:
        """Who asks for tasks."""
        return list(range(self.concurrency)) if self.affinity else [None]

    def dispatcher(self) -> Dispatcher:
        return Dispatcher(
            TaskGraph(self.tasks),
            concurrency=self.concurrency,
            schedule=self.schedule,
            timeout=self.timeout,
            max_fail=self.max_fail,
            capacities=CAPACITIES,
            affinity=self.affinity,
        )


@st.composite
def plans(draw: st.DrawFn, schedule: Schedule | None = None) -> Plan:
    size = draw(st.integers(0, 10))
    are_plain = draw(st.booleans())
    tasks = [_draw_task(draw, number, are_plain) for number in range(size)]
    return Plan(
        tasks=tuple(draw(st.permutations(tasks))),
        concurrency=draw(st.integers(1, 4)),
        schedule=schedule or draw(st.sampled_from(Schedule)),
        timeout=draw(st.sampled_from([0.0, 3.0])),
        max_fail=draw(st.sampled_from([0, 0, 0, 1, 2])),
        choices=draw(_choices()),
    )


@st.composite
def plans_of_scarcity(draw: st.DrawFn) -> Plan:
    """Many tasks at once that all claim the same few things."""
    tasks = []
    for number in range(draw(st.integers(5, 12))):
        has_dependency = number % 3 == 2
        task = Task(
            id=str(number),
            dependencies=(str(number // 2),) if has_dependency else (),
            claims=tuple(draw(_claims(1))),
            priority=draw(st.sampled_from([0, 0, 0, -1, 1])),
            exclusive=number == draw(st.integers(0, 20)),
        )
        tasks.append(task)
    return Plan(
        tasks=tuple(tasks),
        concurrency=draw(st.integers(3, 5)),
        schedule=draw(st.sampled_from([Schedule.PHASE, Schedule.GRAPH])),
        timeout=0.0,
        max_fail=0,
        choices=draw(_choices()),
    )


def _choices() -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(0, 59), min_size=30, max_size=60).map(tuple)


def _draw_task(draw: st.DrawFn, number: int, is_plain: bool) -> Task:
    earlier = [str(other) for other in range(number)]
    dependencies = st.just([])
    if earlier:
        names = st.sampled_from(earlier)
        kinds = names if is_plain else names | _conditions(names)
        dependencies = st.lists(kinds, max_size=3)
    return Task(
        id=str(number),
        dependencies=tuple(draw(dependencies)),
        timeout=draw(st.sampled_from([None, None, 0.0, 2.0])),
        exclusive=draw(st.sampled_from([False, False, False, True])),
        claims=tuple(draw(_claims(0))),
        # One of them is false to a test for truth.
        group=draw(st.sampled_from([None, None, 0, "h"])),
        estimate=draw(st.sampled_from([None, None, 0.5, 2.0])),
        priority=draw(st.sampled_from([0, 0, 0, -1, 1])),
    )


def _conditions(names: st.SearchStrategy[str]) -> st.SearchStrategy[Dependency]:
    return st.builds(
        Dependency,
        ids=st.lists(names, min_size=1, max_size=3).map(tuple),
        when=st.sampled_from(When),
        require=st.sampled_from(Require),
    )


def _claims(least: int) -> st.SearchStrategy[list[Claim]]:
    kinds = [
        *(Claim(thing=thing, state=state) for thing in "pq" for state in (0, 1)),
        *(Claim(thing="pool", state="use", units=units) for units in (1, 2, 3)),
        *(Claim(thing="disk", state="use", units=units) for units in (1, 2)),
        Claim(thing="table", state="write", units=1),
        Claim(thing="table", state="read"),
        Claim(thing="table", state="read"),
    ]
    kind = st.sampled_from(kinds)
    return st.lists(kind, min_size=least, max_size=3, unique_by=lambda c: c.thing)


def fits(claims: list[Claim]) -> bool:
    """Tell whether the last one can be had beside the others."""
    *others, claim = (each for each in claims if each.thing == claims[-1].thing)
    same = all(other.state == claim.state for other in others)
    units = claim.units + sum(other.units for other in others)
    return same and (not claim.units or units <= CAPACITIES.get(claim.thing, 1))


def is_counted(plan: Plan, claim: Claim) -> bool:
    claims = (each for task in plan.tasks for each in task.claims)
    return any(each.units for each in claims if each.thing == claim.thing)


def names(task: Task) -> set[str]:
    """Return the ids of all that a task depends on."""
    found = set()
    for each in task.dependencies:
        found |= {each} if isinstance(each, str) else set(each.ids)
    return found


def find_components(plan: Plan) -> dict[str, list[str]]:
    """Return for each task those that it is connected with and itself, in order."""
    groups = {task.id: {task.id} for task in plan.tasks}
    for task in plan.tasks:
        for name in names(task):
            together = groups[task.id] | groups[name]
            groups.update(dict.fromkeys(together, together))
    ids = [task.id for task in plan.tasks]
    return {id: [each for each in ids if each in groups[id]] for id in ids}
