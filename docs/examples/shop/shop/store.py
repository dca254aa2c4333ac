"""The database of the shop: its schema and its transactions, none of its rules."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA_VERSION = 1

# Money is in cents. An order is a basket that its owner has sealed, so it has no lines
# of its own: the basket's items, each with the price it was put in at, are its lines.
SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA user_version = {SCHEMA_VERSION};
CREATE TABLE accounts (
    name TEXT PRIMARY KEY, address TEXT, password TEXT, role TEXT
);
CREATE TABLE sessions (token TEXT PRIMARY KEY, account TEXT);
CREATE TABLE mails (id INTEGER PRIMARY KEY, account TEXT, subject TEXT);
CREATE TABLE products (sku TEXT PRIMARY KEY, title TEXT, price INTEGER, stock INTEGER);
CREATE TABLE items (
    account TEXT, basket TEXT, sku TEXT, quantity INTEGER, price INTEGER,
    PRIMARY KEY (account, basket, sku)
);
CREATE TABLE orders (
    account TEXT, basket TEXT, total INTEGER, status TEXT,
    PRIMARY KEY (account, basket)
);
"""


class Store:
    """The database file of one shop.

    One connection serves all threads; a lock lends it to one transaction at a time.
    Transactions are short: nobody waits for a remote system inside of one.

    :param path: where to make the file; it must not exist.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection; commit at the end, roll back after an exception."""
        with self._lock, self._connection:
            yield self._connection

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
