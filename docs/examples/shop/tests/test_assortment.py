"""Staff puts the assortment together, customers search it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.depends_on("database-up", "search-up")


@pytest.mark.task("add-teapot")
def test_add_teapot(shop, manager):
    reply = manager.post(
        "/products", sku="teapot", title="Brown teapot", price=2500, stock=100
    )

    assert reply.status == 201
    assert shop.get("/products/teapot").body["title"] == "Brown teapot"


@pytest.mark.task("add-cup")
def test_add_cup(shop, manager):
    reply = manager.post(
        "/products", sku="cup", title="Blue cup", price=800, stock=1000
    )

    assert reply.status == 201
    assert shop.get("/products/cup").body["price"] == 800


@pytest.mark.task("add-first-edition")
def test_add_product_with_a_single_copy(shop, manager):
    reply = manager.post(
        "/products", sku="first-edition", title="On tea", price=90000, stock=1
    )

    assert reply.status == 201
    assert shop.get("/products/first-edition").status == 200


def test_change_price(shop, manager, product):
    manager.put(f"/products/{product}/price", price=450)

    assert shop.get(f"/products/{product}").body["price"] == 450


def test_withdraw_product(shop, manager):
    manager.post("/products", sku="milk-jug", title="Milk jug", price=900, stock=5)

    assert manager.delete("/products/milk-jug").status == 200

    assert shop.get("/products/milk-jug").status == 404


@pytest.mark.depends_on("mail-up")
def test_only_staff_adds_products(shop, newcomer):
    reply = newcomer.post("/products", sku="mine", title="Mine", price=1, stock=1)

    assert reply.status == 403
    assert shop.get("/products/mine").status == 404


@pytest.mark.depends_on("add-teapot")
def test_search_finds_product(shop):
    assert "teapot" in shop.get("/search/teapot").body["found"]


@pytest.mark.depends_on("test_withdraw_product")
def test_search_forgets_withdrawn_product(shop):
    assert "milk-jug" not in shop.get("/search/milk").body["found"]
