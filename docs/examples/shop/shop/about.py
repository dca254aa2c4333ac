"""What the shop tells about itself: its database, and the systems that it needs."""

from __future__ import annotations

from shop.remote import SYSTEMS
from shop.routing import Access, Body, Call, Refusal, Route


def describe_database(call: Call) -> Body:
    """Tell the version of the database and the names of its tables."""
    with call.store.transaction() as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {"version": version, "tables": sorted(row["name"] for row in tables)}


def check_system(call: Call) -> Body:
    """Ask one remote system for a sign of life."""
    system = SYSTEMS.get(call.path["system"])
    if system is None:
        raise Refusal(404, "no such system")
    system.ping()
    return {"system": system.name, "answers": True}


ROUTES = (
    Route("GET", "/about/database", Access.ANYONE, describe_database),
    Route("GET", "/about/systems/{system}", Access.ANYONE, check_system),
)
