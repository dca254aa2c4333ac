"""What was ordered shows in the reports.

Other tests order at the same time, so a report is asked only for the orders that the
test depends on, never for how many there are.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.depends_on("place-order")


@pytest.fixture(scope="module")
def back_office(manager):
    """Sign the manager in for the reports: one session for all tests of this file."""
    return manager.sign_in("manager", "open sesame")


def test_invoice_lists_items(ada):
    invoice = ada.get("/reports/invoices/tea-party").body

    assert invoice["items"] == [
        {"sku": "cup", "quantity": 4, "price": 800},
        {"sku": "teapot", "quantity": 1, "price": 2500},
    ]
    assert invoice["total"] == invoice["full_price"] == 5700


@pytest.mark.depends_on("place-business-order")
def test_business_invoice_shows_discount(grace):
    invoice = grace.get("/reports/invoices/office").body

    assert (invoice["full_price"], invoice["total"]) == (40000, 36000)


@pytest.mark.depends_on("order-gift")
def test_statement_lists_orders(ada):
    orders = ada.get("/reports/statement").body["orders"]

    assert {"tea-party", "gift"} <= {order["basket"] for order in orders}


@pytest.mark.depends_on("place-business-order")
def test_manager_sees_orders_of_customer(back_office):
    orders = back_office.get("/reports/customers/grace").body["orders"]

    assert "office" in [order["basket"] for order in orders]


def test_manager_sees_sales_of_product(back_office):
    sales = back_office.get("/reports/sales/teapot").body["sales"]

    assert {"account": "ada", "basket": "tea-party", "quantity": 1} in sales
