"""The shop is up, and so are the systems that it needs."""

from __future__ import annotations

import pytest


@pytest.mark.task("schema")
def test_schema_is_current(shop):
    reply = shop.get("/schema")

    assert reply.body["version"] == 1
    assert {"accounts", "products", "orders"} <= set(reply.body["tables"])


@pytest.mark.task("mail-up")
def test_mail_server_answers(shop):
    assert shop.get("/health/mail").body["answers"]


@pytest.mark.task("search-up")
def test_search_index_answers(shop):
    assert shop.get("/health/search").body["answers"]


@pytest.mark.task("payments-up")
def test_payment_gateway_answers(shop):
    assert shop.get("/health/payments").body["answers"]
