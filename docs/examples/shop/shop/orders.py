"""Orders: baskets that are paid for, and what becomes of them.

An order has its basket's name. Its status goes from ``pending`` to ``paid`` or
``declined``, from ``paid`` to ``shipped`` or ``refunded``, and a declined one can be
paid again.
"""

from __future__ import annotations

import sqlite3

from shop.accounts import send_mail
from shop.baskets import sum_up
from shop.remote import PAYMENTS, WAREHOUSE
from shop.routing import Access, Body, Call, Refusal, Route

BUSINESS_DISCOUNT = 10  # per cent
DECLINED_CARD = "4000000000000002"


def place_order(call: Call) -> Body:
    """Seal a basket and pay for it by card."""
    basket, card = call.text("basket"), call.text("card")
    if len(card) != 16 or not card.isdigit():
        raise Refusal(400, "not a card number")

    with call.store.transaction() as db:
        total = _price(db, call, basket)
        _seal(db, call.caller, basket, total)
    PAYMENTS.call()
    status = "declined" if card == DECLINED_CARD else "paid"
    with call.store.transaction() as db:
        _change_status(db, call.caller, basket, "pending", status)
    if status == "declined":
        raise Refusal(402, "the card was declined")
    return {"basket": basket, "total": total, "status": status}


def show_order(call: Call) -> Body:
    """Show one of the caller's orders."""
    with call.store.transaction() as db:
        return find_order(db, call.caller, call.path["basket"])


def refund_order(call: Call) -> Body:
    """Pay the price of an order back."""
    basket = call.path["basket"]
    with call.store.transaction() as db:
        _change_status(db, call.caller, basket, "paid", "refunded")
    PAYMENTS.call()
    return {"basket": basket, "status": "refunded"}


def ship_order(call: Call) -> Body:
    """Send the goods on their way and tell the customer."""
    account, basket = call.text("account"), call.text("basket")
    with call.store.transaction() as db:
        _change_status(db, account, basket, "paid", "shipped")
    WAREHOUSE.call()
    send_mail(call.store, account, f"{basket} is on its way")
    return {"basket": basket, "status": "shipped"}


def find_order(db: sqlite3.Connection, account: str, basket: str) -> Body:
    """Return an order of an account, or refuse when there is none."""
    row = db.execute(
        "SELECT basket, total, status FROM orders WHERE account = ? AND basket = ?",
        (account, basket),
    ).fetchone()
    if row is None:
        raise Refusal(404, "no such order")
    return dict(row)


def _price(db: sqlite3.Connection, call: Call, basket: str) -> int:
    total = sum_up(db, call.caller, basket)
    if not total:
        raise Refusal(409, "the basket is empty")
    if call.role == "business":
        total -= total * BUSINESS_DISCOUNT // 100
    return total


def _seal(db: sqlite3.Connection, account: str, basket: str, total: int) -> None:
    sealed = db.execute(
        "INSERT INTO orders VALUES (?, ?, ?, 'pending')"
        " ON CONFLICT (account, basket) DO UPDATE"
        " SET total = excluded.total, status = 'pending' WHERE status = 'declined'",
        (account, basket, total),
    )
    if not sealed.rowcount:
        raise Refusal(409, "the basket has been ordered")


def _change_status(
    db: sqlite3.Connection, account: str, basket: str, before: str, after: str
) -> None:
    changed = db.execute(
        "UPDATE orders SET status = ? WHERE account = ? AND basket = ? AND status = ?",
        (after, account, basket, before),
    )
    if not changed.rowcount:
        raise Refusal(409, f"the order is not {before}")


ROUTES = (
    Route("POST", "/orders", Access.SIGNED_IN, place_order, 201),
    Route("GET", "/orders/{basket}", Access.SIGNED_IN, show_order),
    Route("POST", "/orders/{basket}/refund", Access.SIGNED_IN, refund_order),
    Route("POST", "/shipments", Access.STAFF, ship_order, 201),
)
