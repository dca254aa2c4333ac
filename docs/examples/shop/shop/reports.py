"""Reports: what was sold, to whom, for how much.

Each of them waits for the payment gateway, whose books have the last word on money.
"""

from __future__ import annotations

from shop.baskets import read_basket, sum_up
from shop.orders import find_order
from shop.remote import PAYMENTS
from shop.routing import Access, Body, Call, Route
from shop.store import Store


def write_invoice(call: Call) -> Body:
    """Write the invoice for one of the caller's orders."""
    basket = call.path["basket"]
    PAYMENTS.call()
    with call.store.transaction() as db:
        order = find_order(db, call.caller, basket)
        full_price = sum_up(db, call.caller, basket)
        items = read_basket(db, call.caller, basket)
    return {**order, "full_price": full_price, "items": items}


def write_statement(call: Call) -> Body:
    """List the caller's orders."""
    return _list_orders(call.store, call.caller)


def describe_customer(call: Call) -> Body:
    """List the orders of any account."""
    return _list_orders(call.store, call.path["name"])


def describe_sales(call: Call) -> Body:
    """List the orders that have a product in them."""
    PAYMENTS.call()
    with call.store.transaction() as db:
        rows = db.execute(
            "SELECT account, basket, quantity FROM items JOIN orders"
            " USING (account, basket) WHERE sku = ? ORDER BY account, basket",
            (call.path["sku"],),
        )
        return {"sales": [dict(row) for row in rows]}


def _list_orders(store: Store, account: str) -> Body:
    PAYMENTS.call()
    with store.transaction() as db:
        rows = db.execute(
            "SELECT basket, total, status FROM orders WHERE account = ?"
            " ORDER BY basket",
            (account,),
        )
        return {"account": account, "orders": [dict(row) for row in rows]}


ROUTES = (
    Route("GET", "/reports/invoices/{basket}", Access.SIGNED_IN, write_invoice),
    Route("GET", "/reports/statement", Access.SIGNED_IN, write_statement),
    Route("GET", "/reports/customers/{name}", Access.STAFF, describe_customer),
    Route("GET", "/reports/sales/{sku}", Access.STAFF, describe_sales),
)
