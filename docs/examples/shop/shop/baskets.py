"""Baskets: goods set aside for a customer, under names that the customer chooses."""

from __future__ import annotations

import sqlite3

from shop.remote import WAREHOUSE
from shop.routing import Access, Body, Call, Refusal, Route


def read_basket(db: sqlite3.Connection, account: str, basket: str) -> list[Body]:
    """Return the items of a basket, in the order of their stock keeping units."""
    rows = db.execute(
        "SELECT sku, quantity, price FROM items"
        " WHERE account = ? AND basket = ? ORDER BY sku",
        (account, basket),
    )
    return [dict(row) for row in rows]


def sum_up(db: sqlite3.Connection, account: str, basket: str) -> int:
    """Return what the items of a basket cost together."""
    total: int = db.execute(
        "SELECT coalesce(sum(quantity * price), 0) FROM items"
        " WHERE account = ? AND basket = ?",
        (account, basket),
    ).fetchone()[0]
    return total


def show_basket(call: Call) -> Body:
    """Show one of the caller's baskets; one never used is empty."""
    with call.store.transaction() as db:
        return {
            "items": read_basket(db, call.caller, call.path["basket"]),
            "total": sum_up(db, call.caller, call.path["basket"]),
        }


def set_quantity(call: Call) -> Body:
    """Set how much of a product is in a basket; none takes it out."""
    basket, sku, quantity = (
        call.path["basket"],
        call.path["sku"],
        call.number("quantity"),
    )
    with call.store.transaction() as db:
        _refuse_sealed(db, call.caller, basket)
        _move_stock(db, call.caller, basket, sku, quantity)
    WAREHOUSE.call()
    return {"sku": sku, "quantity": quantity}


def _refuse_sealed(db: sqlite3.Connection, account: str, basket: str) -> None:
    order = db.execute(
        "SELECT 1 FROM orders"
        " WHERE account = ? AND basket = ? AND status <> 'declined'",
        (account, basket),
    ).fetchone()
    if order:
        raise Refusal(409, "the basket has been ordered")


def _move_stock(
    db: sqlite3.Connection, account: str, basket: str, sku: str, quantity: int
) -> None:
    key = (account, basket, sku)
    product = db.execute(
        "SELECT price, stock FROM products WHERE sku = ?", (sku,)
    ).fetchone()
    if product is None:
        raise Refusal(404, "no such product")
    before = db.execute(
        "SELECT quantity FROM items WHERE account = ? AND basket = ? AND sku = ?", key
    ).fetchone()
    wanted = quantity - (before["quantity"] if before else 0)
    if wanted > product["stock"]:
        raise Refusal(409, "not enough in stock")

    db.execute("UPDATE products SET stock = stock - ? WHERE sku = ?", (wanted, sku))
    db.execute("DELETE FROM items WHERE account = ? AND basket = ? AND sku = ?", key)
    if quantity:
        row = (*key, quantity, product["price"])
        db.execute("INSERT INTO items VALUES (?, ?, ?, ?, ?)", row)


ROUTES = (
    Route("GET", "/baskets/{basket}", Access.SIGNED_IN, show_basket),
    Route("PUT", "/baskets/{basket}/{sku}", Access.SIGNED_IN, set_quantity),
)
