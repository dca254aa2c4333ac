"""Accounts: who may sign in, and the mails that they get."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time

from shop.remote import MAIL
from shop.routing import Access, Body, Call, Refusal, Route
from shop.store import Store

WRONG_PASSWORD_DELAY = 0.1  # seconds


def add_account(
    store: Store, name: str, address: str, password: str, role: str
) -> None:
    """Enter an account; refuse a name that is taken."""
    row = (name, address, _hash(name, password), role)
    try:
        with store.transaction() as db:
            db.execute("INSERT INTO accounts VALUES (?, ?, ?, ?)", row)
    except sqlite3.IntegrityError as error:
        raise Refusal(409, "the name is taken") from error


def find_caller(store: Store, token: str) -> tuple[str, str]:
    """Return name and role of the account that a token belongs to."""
    with store.transaction() as db:
        row = db.execute(
            "SELECT name, role FROM sessions JOIN accounts ON name = account"
            " WHERE token = ?",
            (token,),
        ).fetchone()
    return (row["name"], row["role"]) if row else ("", "")


def send_mail(store: Store, name: str, subject: str) -> None:
    """Send a mail to the owner of an account, and keep a note of it."""
    MAIL.call()
    with store.transaction() as db:
        db.execute(
            "INSERT INTO mails (account, subject) VALUES (?, ?)", (name, subject)
        )


def create_account(call: Call) -> Body:
    """Open an account for a customer or a business."""
    name, address, password = map(call.text, ("name", "address", "password"))
    role = "business" if call.body.get("business") else "customer"
    if "@" not in address:
        raise Refusal(400, "the address is not a mail address")
    add_account(call.store, name, address, password, role)
    send_mail(call.store, name, "Welcome")
    return {"name": name, "role": role}


def sign_in(call: Call) -> Body:
    """Exchange a name and a password for a token."""
    name = call.text("name")
    password = _hash(name, call.text("password"))
    with call.store.transaction() as db:
        row = db.execute(
            "SELECT password FROM accounts WHERE name = ?", (name,)
        ).fetchone()
        if row and row["password"] == password:
            token = secrets.token_hex(16)
            db.execute("INSERT INTO sessions VALUES (?, ?)", (token, name))
            return {"token": token}
    # The answer comes late on purpose: it makes guessing passwords slow.
    time.sleep(WRONG_PASSWORD_DELAY)
    raise Refusal(401, "wrong name or password")


def show_account(call: Call) -> Body:
    """Show the caller's own account with the mails it got."""
    with call.store.transaction() as db:
        row = db.execute(
            "SELECT name, address, role FROM accounts WHERE name = ?", (call.caller,)
        ).fetchone()
        mails = db.execute(
            "SELECT subject FROM mails WHERE account = ? ORDER BY id", (call.caller,)
        )
        return {**row, "mails": [mail["subject"] for mail in mails]}


def change_address(call: Call) -> Body:
    """Change the mail address of the caller."""
    address = call.text("address")
    with call.store.transaction() as db:
        db.execute(
            "UPDATE accounts SET address = ? WHERE name = ?", (address, call.caller)
        )
    send_mail(call.store, call.caller, "Your new address")
    return {"address": address}


def change_password(call: Call) -> Body:
    """Change the password of the caller and sign the account out everywhere."""
    password = _hash(call.caller, call.text("password"))
    with call.store.transaction() as db:
        db.execute(
            "UPDATE accounts SET password = ? WHERE name = ?", (password, call.caller)
        )
        db.execute("DELETE FROM sessions WHERE account = ?", (call.caller,))
    send_mail(call.store, call.caller, "Your new password")
    return {}


def close_account(call: Call) -> Body:
    """Remove the caller's account."""
    send_mail(call.store, call.caller, "Goodbye")
    with call.store.transaction() as db:
        db.execute("DELETE FROM accounts WHERE name = ?", (call.caller,))
        db.execute("DELETE FROM sessions WHERE account = ?", (call.caller,))
    return {}


def _hash(name: str, password: str) -> str:
    # The name is the salt. A real shop would take far more rounds, and a random salt.
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), name.encode(), 1000)
    return digest.hex()


ROUTES = (
    Route("POST", "/accounts", Access.ANYONE, create_account, 201),
    Route("POST", "/sessions", Access.ANYONE, sign_in, 201),
    Route("GET", "/account", Access.SIGNED_IN, show_account),
    Route("PUT", "/account/address", Access.SIGNED_IN, change_address),
    Route("PUT", "/account/password", Access.SIGNED_IN, change_password),
    Route("DELETE", "/account", Access.SIGNED_IN, close_account),
)
