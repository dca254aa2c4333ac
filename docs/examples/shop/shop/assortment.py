"""The assortment: what the shop sells, at what price, and how to find it."""

from __future__ import annotations

import sqlite3

from shop.remote import SEARCH
from shop.routing import Access, Body, Call, Refusal, Route


def add_product(call: Call) -> Body:
    """Offer a new product."""
    sku, title = call.text("sku"), call.text("title")
    row = (sku, title, call.number("price"), call.number("stock"))
    try:
        with call.store.transaction() as db:
            db.execute("INSERT INTO products VALUES (?, ?, ?, ?)", row)
    except sqlite3.IntegrityError as error:
        raise Refusal(409, "there is such a product") from error
    SEARCH.call()
    return {"sku": sku}


def show_product(call: Call) -> Body:
    """Show one product."""
    with call.store.transaction() as db:
        row = db.execute(
            "SELECT * FROM products WHERE sku = ?", (call.path["sku"],)
        ).fetchone()
    if row is None:
        raise Refusal(404, "no such product")
    return dict(row)


def change_price(call: Call) -> Body:
    """Change what a product costs from now on."""
    price, sku = call.number("price"), call.path["sku"]
    with call.store.transaction() as db:
        changed = db.execute(
            "UPDATE products SET price = ? WHERE sku = ?", (price, sku)
        )
    if not changed.rowcount:
        raise Refusal(404, "no such product")
    SEARCH.call()
    return {"sku": sku, "price": price}


def withdraw_product(call: Call) -> Body:
    """Take a product out of the assortment."""
    with call.store.transaction() as db:
        gone = db.execute("DELETE FROM products WHERE sku = ?", (call.path["sku"],))
    if not gone.rowcount:
        raise Refusal(404, "no such product")
    SEARCH.call()
    return {}


def search(call: Call) -> Body:
    """Find the products with a word in their title."""
    SEARCH.call()
    with call.store.transaction() as db:
        rows = db.execute(
            "SELECT sku FROM products WHERE title LIKE ? ORDER BY sku",
            (f"%{call.path['word']}%",),
        )
        return {"found": [row["sku"] for row in rows]}


ROUTES = (
    Route("POST", "/products", Access.STAFF, add_product, 201),
    Route("GET", "/products/{sku}", Access.ANYONE, show_product),
    Route("PUT", "/products/{sku}/price", Access.STAFF, change_price),
    Route("DELETE", "/products/{sku}", Access.STAFF, withdraw_product),
    Route("GET", "/search/{word}", Access.ANYONE, search),
)
