"""Whether a function only reads what a process has one of, such as ``os.environ``.

To read it beside others is safe: who changes it runs alone. A static reading of the
instructions after each use; what they do not tell counts as a change.
"""

from __future__ import annotations

import dis
from types import CodeType

from .process import CURRENT_TEST

#: What can be read without a change.
READABLE = frozenset({"os.environ", "os.environb", "sys.argv", "sys.path"})

#: Methods of dictionaries and lists that leave them as they are.
_READERS = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})

#: Functions that leave their argument as it is.
_TAKERS = frozenset(
    {"dict", "frozenset", "iter", "len", "list", "set", "sorted", "tuple"}
)

#: Operations on the value on top of the stack that leave it as it is.
_TOP = frozenset({"CONTAINS_OP", "DICT_UPDATE", "GET_ITER", "LIST_EXTEND"})


def is_only_read(code: CodeType, name: str) -> bool:
    """Tell whether all uses of a name leave the object behind it as it is.

    :param name: of a global variable or an attribute, such as ``environ``.
    """
    if CURRENT_TEST in code.co_consts:
        # It tells tests apart, which one value for all of them does not.
        return False
    steps = list(dis.get_instructions(code))
    for index, step in enumerate(steps):
        if step.argval == name and not _is_read(steps, index):
            return False
    nested = (each for each in code.co_consts if isinstance(each, CodeType))
    return all(is_only_read(each, name) for each in nested)


def _is_read(steps: list[dis.Instruction], index: int) -> bool:
    if steps[index].opname not in ("LOAD_ATTR", "LOAD_GLOBAL"):
        return False
    return _is_given_to_reader(steps, index) or _is_looked_into(steps[index + 1 :])


def _is_given_to_reader(steps: list[dis.Instruction], index: int) -> bool:
    """Tell whether a reading function gets it, as in ``dict(os.environ)``."""
    if steps[index].opname == "LOAD_ATTR":
        index -= 1
    before = [step for step in steps[:index] if step.opname != "PUSH_NULL"][-1:]
    return any(
        step.opname == "LOAD_GLOBAL" and step.argval in _TAKERS for step in before
    )


def _is_looked_into(following: list[dis.Instruction]) -> bool:
    """Tell whether what is on top of the stack is looked into, by method or key.

    :param following: the instructions after the one that put it there.
    """
    first = following[0]
    if first.opname in ("LOAD_ATTR", "LOAD_METHOD"):
        return first.argval in _READERS
    if first.opname in _TOP:
        return True
    # How many values are on the stack, from it upwards, while the key is worked out.
    depth = 1
    for step in following:
        if _is_subscript(step, depth):
            return True
        depth += dis.stack_effect(step.opcode, step.arg)
        if depth < 2:
            return False
    return False


def _is_subscript(step: dis.Instruction, depth: int) -> bool:
    """Tell whether a step looks up a key or slice in the lowest of ``depth`` values."""
    if step.opname == "BINARY_SLICE":
        return depth == 3
    # Python 3.14 has no operation of its own for it.
    is_lookup = step.opname == "BINARY_OP" and step.argrepr == "[]"
    return depth == 2 and (is_lookup or step.opname == "BINARY_SUBSCR")
