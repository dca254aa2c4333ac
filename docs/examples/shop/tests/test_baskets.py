"""Customers fill their baskets. Each test has a basket of its own."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.depends_on("create-account", "warehouse-up")


@pytest.mark.task("fill-basket")
@pytest.mark.depends_on("add-teapot", "add-cup")
def test_fill_basket(ada):
    ada.put("/baskets/tea-party/teapot", quantity=1)
    ada.put("/baskets/tea-party/cup", quantity=4)

    basket = ada.get("/baskets/tea-party").body
    assert [item["sku"] for item in basket["items"]] == ["cup", "teapot"]
    assert basket["total"] == 2500 + 4 * 800


@pytest.mark.task("fill-business-basket")
@pytest.mark.depends_on("create-business-account", "add-cup")
def test_fill_business_basket(grace):
    grace.put("/baskets/office/cup", quantity=50)

    assert grace.get("/baskets/office").body["total"] == 50 * 800


@pytest.mark.task("fill-gift-basket")
@pytest.mark.depends_on("add-teapot")
def test_fill_gift_basket(ada):
    ada.put("/baskets/gift/teapot", quantity=1)

    assert ada.get("/baskets/gift").body["total"] == 2500


@pytest.mark.depends_on("add-cup")
def test_change_quantity(ada):
    ada.put("/baskets/changed/cup", quantity=6)
    ada.put("/baskets/changed/cup", quantity=2)

    assert ada.get("/baskets/changed").body["total"] == 2 * 800


@pytest.mark.depends_on("add-cup")
def test_take_item_out(ada):
    ada.put("/baskets/emptied/cup", quantity=1)
    ada.put("/baskets/emptied/cup", quantity=0)

    assert ada.get("/baskets/emptied").body == {"items": [], "total": 0}


@pytest.mark.depends_on("create-business-account", "add-first-edition")
def test_last_copy_goes_to_one_customer(ada, grace):
    first = ada.put("/baskets/rare/first-edition", quantity=1)
    second = grace.put("/baskets/rare/first-edition", quantity=1)

    assert (first.status, second.status) == (200, 409)


@pytest.mark.depends_on("search-up")
def test_basket_sets_stock_aside(shop, ada, product):
    ada.put(f"/baskets/aside/{product}", quantity=2)

    assert shop.get(f"/products/{product}").body["stock"] == 1
