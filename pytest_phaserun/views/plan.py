"""What is planned, as text: ``--phase-plan`` and ``--phase-explain``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from ..graph import TaskGraph
from ..history import STAGES, History
from ..model import (
    Claim,
    Dependency,
    Reason,
    Require,
    Resource,
    Task,
    When,
    find_limit,
)

#: How many causes a line names.
CAUSES = 3

#: How many tests of which one is enough a line names.
CHOICES = 3

#: A plan of more tests names them only if it is verbose.
SHOWN_TESTS = 200

#: So many phases of such a plan are shown, and the last one.
SHOWN_PHASES = 20

#: How a line says what must become of other tests.
NEEDS = {
    When.PASSED: "after {}",
    When.FINISHED: "after {} has ended",
    When.FAILED: "if {} fails",
}


def render(
    graph: TaskGraph,
    alone: Mapping[int, Reason],
    pulled_in: Collection[int] = (),
    *,
    is_verbose: bool = False,
) -> Iterator[str]:
    """Yield the lines of a plan; of a large one the phases alone.

    :param alone: why tasks run alone, by their number in the graph.
    :param pulled_in: the numbers of those that were not selected.
    :param is_verbose: name all tasks, what each depends on and what it holds.
    """
    is_large = len(graph) > SHOWN_TESTS and not is_verbose
    for number, phase in enumerate(graph.phases, 1):
        if is_large and SHOWN_PHASES < number < len(graph.phases):
            continue
        if is_large and number == len(graph.phases) > SHOWN_PHASES + 1:
            yield f"... {count(number - SHOWN_PHASES - 1, 'more phase')}"
        yield f"phase {number} of {len(graph.phases)}: {count(len(phase), 'test')}"
        # Sorting keeps equals in the order of the run.
        places = sorted(phase, key=lambda each: graph.tasks[each].priority)
        for place in () if is_large else places:
            yield from _describe(graph, place, alone, pulled_in, is_verbose=is_verbose)
    if is_large:
        yield "the names of the tests are shown with -v"
    tests = count(len(graph), "test")
    if pulled_in:
        yield f"{len(pulled_in)} of {tests} pulled in, since selected ones need them"
    if alone:
        yield f"{len(alone)} of {tests} to run alone: {name_causes(alone)}"


def _describe(
    graph: TaskGraph,
    place: int,
    alone: Mapping[int, Reason],
    pulled_in: Collection[int],
    *,
    is_verbose: bool,
) -> Iterator[str]:
    """Yield what a plan says of one test."""
    task = graph.tasks[place]
    said = ["pulled in"] if place in pulled_in else []
    if place in alone:
        said.append(f"alone: {alone[place].text}")
    yield f"  {task.id}  ({'; '.join(said)})" if said else f"  {task.id}"
    if is_verbose:
        for line in (*_name_needs(task), *_name_resources(task)):
            yield f"    {line}"


def name_causes(alone: Mapping[int, Reason]) -> str:
    """Return why most of the tasks that run alone do so, the most frequent cause first.

    >>> reasons = [Reason(cause="os.environ", text=""), Reason(cause="gc", text="")]
    >>> name_causes(dict(enumerate([*reasons, reasons[0]])))
    'os.environ (2), gc (1)'
    """
    causes = Counter(reason.cause for reason in alone.values())
    named = [f"{cause} ({number})" for cause, number in causes.most_common(CAUSES)]
    if len(causes) > CAUSES:
        named.append("...")
    return ", ".join(named)


def explain(
    graph: TaskGraph,
    places: Sequence[int],
    alone: Mapping[int, Reason],
    history: History,
    *,
    timeout: float,
) -> Iterator[str]:
    """Yield what is planned for some tasks, and why.

    :param history: what is known of how long they take.
    :param timeout: seconds for tasks without a limit of their own; 0 for none.
    """
    for place in places:
        task = graph.tasks[place]
        yield task.id
        yield f"  phase {graph.phase_of[place] + 1} of {len(graph.phases)}"
        befores = [f"before {graph.tasks[n].id}" for n in graph.dependents[place]]
        for line in (*_name_needs(task), *befores, *_name_resources(task)):
            yield f"  {line}"
        if place in alone:
            yield f"  runs alone: {alone[place].text}"
        elif task.exclusive:
            yield "  runs alone, as all tests of this run do"
        else:
            yield "  runs beside others"
        limit = find_limit(task, timeout)
        yield f"  time limit {limit:g} s" if limit else "  no time limit"
        yield f"  {_describe_duration(history, task)}"


def _describe_duration(history: History, task: Task) -> str:
    times = history.get_stages(task.id)
    if times is None:
        return "expected to take an unknown time: it has not passed here yet"
    stages = ", ".join(
        f"{stage} {seconds:.2f}" for stage, seconds in zip(STAGES, times, strict=True)
    )
    return f"expected to take {sum(times):.2f} s, as in earlier runs ({stages})"


def _name_needs(task: Task) -> Iterator[str]:
    """Yield what must become of which other tests, each once."""
    lines = dict[str, None]()
    for need in task.dependencies:
        if not isinstance(need, Dependency):
            need = Dependency(ids=(need,))
        lines.update(dict.fromkeys(_describe_need(need)))
    return iter(lines)


def _describe_need(need: Dependency) -> Iterator[str]:
    text, ids = NEEDS[need.when], need.ids
    if need.require is Require.ALL or len(ids) == 1:
        yield from map(text.format, ids)
    else:
        more = [f"... ({len(ids)} in all)"] if len(ids) > CHOICES else []
        yield text.format(f"any of {', '.join([*ids[:CHOICES], *more])}")


def _name_resources(task: Task) -> Iterator[str]:
    """Yield which resources a test uses, and how."""
    for claim in task.claims:
        if isinstance(claim.thing, Resource):
            yield _describe_use(claim, claim.thing.name)


def _describe_use(claim: Claim, name: str) -> str:
    if not claim.units:
        return f"shares {name}"
    units = f"{claim.units} units of " if claim.units > 1 else ""
    return f"holds {units}{name}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> count(1, "test"), count(2, "phase")
    ('1 test', '2 phases')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
