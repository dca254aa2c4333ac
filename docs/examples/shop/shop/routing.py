"""How a request finds the function that answers it, and what that function gets."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shop.store import Store

Body = dict[str, object]


class Refusal(Exception):
    """The shop will not do what was asked.

    :param status: the HTTP status to answer with.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Access(enum.Enum):
    """Who may call a route."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, as the rules of the shop see it.

    :param caller: the name of the account that is signed in, or an empty text.
    :param role: the role of that account: customer, business or staff.
    :param path: the named parts of the path.
    :param body: the fields that were sent along.
    """

    store: Store
    caller: str
    role: str
    path: dict[str, str]
    body: Body

    def text(self, field: str) -> str:
        """Return a field that must be a text with something in it."""
        value = self.body.get(field)
        if not isinstance(value, str) or not value:
            raise Refusal(400, f"{field} must be a text")
        return value

    def number(self, field: str) -> int:
        """Return a field that must be a whole number, zero or more."""
        value = self.body.get(field)
        if not isinstance(value, int) or value < 0:
            raise Refusal(400, f"{field} must be a whole number")
        return value


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that the shop can be asked for.

    :param pattern: a path with its named parts in braces, as in ``/products/{sku}``.
    :param answer: does what was asked and returns the fields to send back.
    :param status: the HTTP status of its answers.
    """

    method: str
    pattern: str
    access: Access
    answer: Callable[[Call], Body]
    status: int = 200

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the named parts of a path that is meant for this route."""
        if method != self.method:
            return None
        found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.pattern), path)
        return found.groupdict() if found else None


def find_route(
    routes: Iterable[Route], method: str, path: str
) -> tuple[Route, dict[str, str]]:
    """Return the route for a request, and the named parts of its path."""
    for route in routes:
        parts = route.match(method, path)
        if parts is not None:
            return route, parts
    raise Refusal(404, f"nothing here: {method} {path}")
