"""The shop is up, and so are the systems that it needs."""

from __future__ import annotations

import pytest


@pytest.mark.task("database-up")
def test_database_is_current(shop):
    database = shop.get("/about/database").body

    assert database["version"] == 1
    assert {"accounts", "products", "orders"} <= set(database["tables"])


@pytest.mark.task("mail-up")
def test_mail_server_answers(shop):
    assert shop.get("/about/systems/mail").body["answers"]


@pytest.mark.task("search-up")
def test_search_index_answers(shop):
    assert shop.get("/about/systems/search").body["answers"]


@pytest.mark.task("warehouse-up")
def test_warehouse_answers(shop):
    assert shop.get("/about/systems/warehouse").body["answers"]


@pytest.mark.task("payments-up")
def test_payment_gateway_answers(shop):
    assert shop.get("/about/systems/payments").body["answers"]
